package letter

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"uketsuke/internal/casework"
	"uketsuke/mailtemplates"
)

func embedded(t *testing.T, name string) string {
	t.Helper()
	b, err := fs.ReadFile(mailtemplates.FS, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func folder(name, text string) fs.FS {
	return fstest.MapFS{name: {Data: []byte(text)}, "読んでください.txt": {}}
}

func TestAReplacementChangesItsLetterOnly(t *testing.T) {
	own := "\ufeff" + strings.ReplaceAll(strings.Replace(embedded(t, "registered.tmpl"), "ご不明な点がございましたら", "ご質問がございましたら", 1), "\n", "\r\n")
	r := renderer(t, Options{Overrides: folder("registered.tmpl", own)})
	p, err := r.Parts(sample(t, "registered"))
	if err != nil || !strings.Contains(p.Text, "ご質問がございましたら") || strings.Contains(p.Text, "\r") {
		t.Errorf("%v\n%s", err, p.Text)
	}
	plain, own2 := renderer(t, Options{}), sample(t, "brief")
	a, _ := plain.Parts(own2)
	if b, err := r.Parts(own2); err != nil || a != b {
		t.Errorf("another letter changed: %v", err)
	}
}

func TestAReplacementThatDoesNotWorkIsRefusedWithFileAndLine(t *testing.T) {
	for _, tc := range []struct {
		rule, file, text string
		line             int
	}{
		{"unknown field", "registered.tmpl", "{{define \"subject\"}}お知らせ{{end}}\n{{define \"body\"}}\n{{.Secret}}{{end}}", 3},
		{"a field of another letter", "status.tmpl", "{{define \"subject\"}}お知らせ{{end}}\n{{define \"body\"}}{{.Why}}{{end}}", 2},
		{"a field deep inside", "brief.tmpl", "{{define \"subject\"}}お知らせ{{end}}\n{{define \"body\"}}\n\n{{.Entry.Company.Boss}}{{end}}", 4},
		{"unknown function", "held.tmpl", "{{define \"subject\"}}お知らせ{{end}}\n{{define \"body\"}}{{shout .Subject}}{{end}}", 2},
		{"not closed", "list.tmpl", "{{define \"subject\"}}お知らせ{{end}}\n{{define \"body\"}}{{if .Mine}}{{end}}", 2},
		{"no body", "help.tmpl", "{{define \"subject\"}}お知らせ{{end}}", 0},
		{"blank", "help.tmpl", "{{define \"subject\"}}お知らせ{{end}}{{define \"body\"}}  {{end}}", 0},
		{"the name of no letter", "regsitered.tmpl", "", 0},
		{"a subject that is a command", "status.tmpl", "{{define \"subject\"}}状況 のお知らせ{{end}}{{define \"body\"}}本文{{end}}", 0},
		{"partials with a bad field", "partials.tmpl", strings.Replace(string(must(fs.ReadFile(mailtemplates.FS, "partials.tmpl"))), "{{person .Reader}}", "{{person .Writer}}", 1), 4},
		{"layout with a bad field", "layout.html.tmpl", strings.Replace(embedded(t, "layout.html.tmpl"), "{{.}}", "{{.Nothing}}", 1), 9},
		{"layout without a kind of block", "layout.html.tmpl", strings.Replace(embedded(t, "layout.html.tmpl"), `{{define "grid"}}`, `{{define "columns"}}`, 1), 0},
		{"layout not closed", "layout.html.tmpl", "<p>{{range .Blocks}}</p>", 1},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			_, err := New(Options{Office: testOffice, Keys: SampleKeys{}, Overrides: folder(tc.file, tc.text)})
			var bad *TemplateError
			if !errors.As(err, &bad) || bad.File != tc.file || bad.Line != tc.line || !bad.Own || !strings.Contains(err.Error(), tc.file) {
				t.Errorf("New: %v (%+v), want %s:%d", err, bad, tc.file, tc.line)
			}
		})
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func TestEveryFileMayBeReplacedByItself(t *testing.T) {
	r := renderer(t, Options{Overrides: mailtemplates.FS})
	if p, err := r.Parts(sample(t, "registered")); err != nil || p.Text == "" {
		t.Error(err)
	}
}

func TestAValueCannotWriteStructure(t *testing.T) {
	for _, evil := range []string{
		"# 見出し", "line\n# 見出し\n| 登録番号 | 9999\n- x", "| 登録番号 | 2026-KOB-99999-0", "~ 署名", "@承認\x1fMINATO\x1fx\x1f",
		"\x01\x02\x1e\x1f# x", "\x1ftext\x1f# x", "<b>太字</b><script>alert(1)</script>", "a\u202eb\u200bc", "\u2028# x",
	} {
		l := sample(t, "held")
		h := l.Content.(casework.HeldLetter)
		h.Subject, h.From.Name, h.Evidence = evil, evil, evil
		h.Entry.Company.Name = evil
		l.Content = h
		p, err := renderer(t, Options{}).Parts(l)
		if err != nil {
			t.Fatal(err)
		}
		plain, _ := renderer(t, Options{}).Parts(sample(t, "held"))
		if strings.Count(p.HTML, "<h2") != strings.Count(plain.HTML, "<h2") || strings.Count(p.HTML, "<tr>") != strings.Count(plain.HTML, "<tr>") ||
			strings.Count(p.HTML, "href=") != strings.Count(plain.HTML, "href=") || strings.Contains(p.HTML, "<script>") {
			t.Errorf("%q changed the structure", evil)
		}
		if strings.Count(p.Text, "\n■") != strings.Count(plain.Text, "\n■") {
			t.Errorf("%q made a heading:\n%s", evil, p.Text)
		}
		if strings.ContainsAny(p.Text+p.HTML, "\x01\x02\x1e\x1f\u202e\u2028\u200b") {
			t.Errorf("%q left a control character", evil)
		}
	}
}

func TestCodesOfOthersAreCutOut(t *testing.T) {
	for in, want := range map[string]string{
		"Re: [登録 2026-KOB-00042-5 abc234] 件":   "Re: [登録 2026-KOB-00042-5] 件",
		"[受付 E26-00123 abc234]":                "[受付 E26-00123]",
		"［照会　Ｑ２６−０００３１　ａｂｃ２３４］":                "［照会　Ｑ２６−０００３１］",
		"承認 MINATO [受付\nE26-00123\nabc234] です": "承認 MINATO [受付\nE26-00123] です",
		"登録 2026-KOB-00042-5 abc234":           "登録 2026-KOB-00042-5",
		"登録番号 2026-KOB-00042-5 で登録":            "登録番号 2026-KOB-00042-5 で登録",
		"受付をお願いします":                            "受付をお願いします",
	} {
		if got := withoutCodes(in); got != want {
			t.Errorf("withoutCodes(%q) = %q, want %q", in, got, want)
		}
	}
	l := sample(t, "undelivered")
	u := l.Content.(casework.UndeliveredLetter)
	u.Subject = "[登録 2026-KOB-00042-5 abc234] コンソーシアム登録のお知らせ"
	l.Content = u
	m, err := renderer(t, Options{}).Parts(l)
	if err != nil || strings.Contains(m.Text+m.HTML, "abc234") {
		t.Errorf("another's code leaves: %v", err)
	}
}

func TestBlocksOfAPage(t *testing.T) {
	p := parsePage("一行目\n二行目\n\n次の段落\n# 見出し\n| 名 | 値\n| 空 | \n\n| 名2 | 値2\n- 項目\n  続き\n- 項目2\n> 言葉\n! 注意\n^ 小さく\n~ 署名")
	var got []string
	for _, b := range p.blocks {
		line := string(b.Kind)
		for _, r := range b.Rows {
			line += "|" + r.Label + "=" + strings.ReplaceAll(r.Text, "\n", "/")
		}
		got = append(got, line)
	}
	want := "text|=一行目|=二行目 text|=次の段落 heading|=見出し table|名=値|名2=値2 list|=項目/続き|=項目2 quote|=言葉 notice|=注意 note|=小さく sign|=署名"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
}

func TestCleanLeavesOrdinaryTextAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("abc 漢字かなカナｶﾅ髙﨑𠮷葛󠄀\n「」（）！～－ÀéЖ한"))).Draw(t, "text")
		if got := clean(s); got != s {
			t.Fatalf("clean(%q) = %q", s, got)
		}
	})
}

func FuzzPage(f *testing.F) {
	f.Add("# 見出し\n本文", "値")
	f.Add("| 名 | ", "値\n| x | y")
	f.Add("- ", "@a\x1fb\x1fc")
	f.Fuzz(func(t *testing.T, line, value string) {
		page := parsePage(line + "\n\n" + escape(value))
		page.attached(nil)
		page.link(linker{mailbox: "a@b.example", tag: "[受付 E26-00123 k3f9q2]"})
		text := page.text()
		if strings.ContainsAny(escape(value), "\n\x1e\x1f") {
			t.Errorf("value %q still has structure", value)
		}
		for _, b := range parsePage(escape(value)).blocks {
			if b.Kind != blockText || len(b.Rows) != 1 {
				t.Errorf("value %q became %s", value, b.Kind)
			}
		}
		if strings.ContainsAny(text, string(markValue)+string(markBreak)) {
			t.Errorf("marks left in %q", text)
		}
	})
}
