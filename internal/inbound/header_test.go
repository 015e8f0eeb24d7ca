package inbound

import (
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// bWord makes an RFC 2047 B word of raw bytes.
func bWord(charset, raw string) string {
	return "=?" + charset + "?B?" + base64.StdEncoding.EncodeToString([]byte(raw)) + "?="
}

func TestSubject(t *testing.T) {
	u := "受付ロボットの請求書"
	for _, c := range []struct{ rule, in, want string }{
		{"plain", "Hello", "Hello"},
		{"B words, folded", bWord("UTF-8", "受付") + "\r\n " + bWord("UTF-8", "ロボット"), "受付ロボット"},
		{"words cut inside a UTF-8 character", bWord("UTF-8", u[:4]) + " " + bWord("utf-8", u[4:]), u},
		{"words cut inside a JIS character", bWord("ISO-2022-JP", jis(t, u)[:6]) + " " + bWord("ISO-2022-JP", jis(t, u)[6:]), u},
		{"words cut inside a CP932 character", bWord("Shift_JIS", sjis(t, u)[:3]) + "\r\n\t" + bWord("Shift_JIS", sjis(t, u)[3:]), u},
		{"base64 quanta that go on in the next word", "=?UTF-8?B?5Y+X5?= =?UTF-8?B?LuY?=", "受付"},
		{"no white space between words", bWord("UTF-8", "受") + bWord("UTF-8", "付"), "受付"},
		{"no white space around a word", "Re:" + bWord("UTF-8", "受付") + "!", "Re:受付!"},
		{"two charsets side by side", bWord("UTF-8", "受") + " " + bWord("ISO-2022-JP", jis(t, "付")), "受付"},
		{"Q words", "=?UTF-8?Q?=E5=8F=97=E4=BB=98_OK?=", "受付 OK"},
		{"spaces inside a Q word", "=?UTF-8?Q?=E5=8F=97 =E4=BB=98?=", "受付"[:3] + " " + "受付"[3:]},
		{"inside quotes", `"` + bWord("UTF-8", "受付") + `"`, `"受付"`},
		{"raw JIS", jis(t, "エントリーシートの件"), "エントリーシートの件"},
		{"raw CP932", sjis(t, "表示の件"), "表示の件"},
		{"raw UTF-8", "受付の件", "受付の件"},
		{"a wrong charset", bWord("us-ascii", sjis(t, "受付の件")), "受付の件"},
		{"no word after all", "=?UTF-8?X?abc?= =? =?a?b", "=?UTF-8?X?abc?= =? =?a?b"},
		{"control and reordering characters are left out", "a\x07b\u202ec\u200bd", "abcd"},
		{"full-width spaces at the ends are left out", "\u3000受付 ", "受付"},
	} {
		h, _, _ := splitHeader([]byte("Subject: " + c.in + "\r\n\r\n"))
		if got, _ := h.decoded("subject"); got != c.want {
			t.Errorf("%s: %q = %q, want %q", c.rule, c.in, got, c.want)
		}
	}
}

func TestWordsJoinedWhereverTheyAreCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := japaneseText().Draw(t, "text")
		cut := rapid.IntRange(0, len(s)).Draw(t, "cut")
		if got, _ := decodeWords(bWord("utf-8", s[:cut]) + " " + bWord("utf-8", s[cut:])); got != s {
			t.Fatalf("got %q, want %q", got, s)
		}
	})
}

func TestSplitHeader(t *testing.T) {
	type result struct {
		Fields []string
		Body   string
	}
	for _, c := range []struct {
		rule, in string
		want     result
	}{
		{"CRLF", "A: 1\r\nB: 2\r\n\r\nbody", result{[]string{"a= 1", "b= 2"}, "body"}},
		{"LF", "A: 1\nB: 2\n\nbody", result{[]string{"a= 1", "b= 2"}, "body"}},
		{"folded", "A: 1\r\n 2\r\n\t3\r\nB: 4\r\n\r\n", result{[]string{"a= 1\r\n 2\r\n\t3", "b= 4"}, ""}},
		{"mbox line", "From a@b Mon Nov 16 10:00:00 2026\nA: 1\n\nbody", result{[]string{"a= 1"}, "body"}},
		{"space before the colon", "Subject : x\n\n", result{[]string{"subject= x"}, ""}},
		{"no blank line before the body", "A: 1\nこんにちは\nB: 2\n", result{[]string{"a= 1"}, "こんにちは\nB: 2\n"}},
		{"a broken line between fields", "A: 1\nbroken\nSubject: x\n\nbody", result{[]string{"a= 1", "subject= x"}, "body"}},
		{"no header", "\nbody", result{nil, "body"}},
		{"only a header", "A: 1", result{[]string{"a= 1"}, ""}},
	} {
		h, body, _ := splitHeader([]byte(c.in))
		got := result{Body: string(body)}
		for _, f := range h {
			got.Fields = append(got.Fields, f.name+"="+string(f.raw))
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.rule, d)
		}
	}
}

func TestHeaderOfTooManyFieldsEnds(t *testing.T) {
	h, body, notes := splitHeader([]byte(strings.Repeat("a: b\n", maxFields+10) + "\nbody"))
	if len(h) != maxFields || string(body) != "body" || len(notes) != 1 {
		t.Errorf("%d fields, body %q, notes %q", len(h), body, notes)
	}
}

func TestFileName(t *testing.T) {
	const name = "エントリーシート（株式会社灘酒造）.xlsx"
	percent := func(s string) string {
		var b strings.Builder
		for _, c := range []byte(s) {
			b.WriteString("%" + strings.ToUpper(string("0123456789abcdef"[c>>4])+string("0123456789abcdef"[c&15])))
		}
		return b.String()
	}
	j := jis(t, name)
	for _, c := range []struct{ rule, disposition, contentType, want string }{
		{"RFC 2231", "attachment; filename*=UTF-8''" + percent(name), "", name},
		{"RFC 2231 with a language", "attachment; filename*=utf-8'ja'" + percent(name), "", name},
		{"continuations", "attachment; filename*0*=UTF-8''" + percent(name[:21]) + "; filename*1*=" + percent(name[21:]), "", name},
		{"continuations cut inside a character", "attachment; filename*0*=iso-2022-jp''" + percent(j[:6]) + "; filename*1*=" + percent(j[6:]), "", name},
		{"continuations out of order", "attachment; filename*1*=" + percent(name[21:]) + "; filename*0*=UTF-8''" + percent(name[:21]), "", name},
		{"a plain last continuation", "attachment; filename*0*=UTF-8''" + percent("見積"), "", "見積"},
		{"an encoded and a plain continuation", "attachment; filename*0*=UTF-8''" + percent("見積") + "; filename*1=.xlsx", "", "見積.xlsx"},
		{"plain continuations", `attachment; filename*0="long na"; filename*1="me.xlsx"`, "", "long name.xlsx"},
		{"plain continuations of RFC 2047", "attachment; filename*0=\"" + bWord("utf-8", "見") + "\"; filename*1=\"" + bWord("utf-8", "積.xls") + `"`, "", "見積.xls"},
		{"RFC 2231 and a plain name at once: the former", "attachment; filename=\"entry.xlsx\"; filename*=UTF-8''" + percent(name), "", name},
		{"RFC 2231 that cannot be decoded: the plain name", "attachment; filename*=UTF-8''%E3%81; filename=\"a.xlsx\"", "", "a.xlsx"},
		{"RFC 2047 in quotes, folded", "attachment;\r\n\tfilename=\"" + bWord("utf-8", name[:15]) + "\r\n " + bWord("utf-8", name[15:]) + `"`, "", name},
		{"RFC 2047 without quotes", "attachment; filename=" + bWord("iso-2022-jp", j), "", name},
		{"raw CP932 in quotes", "attachment; filename=\"" + sjis(t, name) + `"`, "", name},
		{"raw CP932 that ends in a backslash byte", "attachment; filename=\"" + sjis(t, "予定表") + `"`, "", "予定表"},
		{"raw JIS in quotes, whose bytes are quotes and semicolons", "attachment; filename=\"" + jis(t, "ア；”表.xls") + `"; x=y`, "", "ア；”表.xls"},
		{"raw UTF-8", `attachment; filename="` + name + `"`, "", name},
		{"percent-encoding without RFC 2231", "attachment; filename=" + percent(name), "", name},
		{"filename before name", `attachment; filename="a.xlsx"`, `application/x; name="b.xlsx"`, "a.xlsx"},
		{"name where filename is missing", "attachment", `application/x; name="b.xlsx"`, "b.xlsx"},
		{"name where filename cannot be decoded", "attachment; filename*=UTF-8''%E3%81", `application/x; name="b.xlsx"`, "b.xlsx"},
		{"an unquoted name with spaces", "attachment; filename=entry sheet.xlsx; size=1", "", "entry sheet.xlsx"},
		{"a missing closing quote", `attachment; filename="a.xlsx; size=1`, "", "a.xlsx"},
		{"a quote inside", `attachment; filename="a"b".xlsx"; size=1`, "", `a"b".xlsx`},
		{"a missing semicolon", `attachment; filename="a.xlsx" size=1`, "", "a.xlsx"},
		{"an escaped quote", `attachment; filename="a\"b.xlsx"`, "", `a"b.xlsx`},
		{"a Windows path", `attachment; filename="C:\tmp\a.xlsx"`, "", "a.xlsx"},
		{"a way out of the folder", `attachment; filename="../../etc/passwd"`, "", "passwd"},
		{"nothing but a way out", `attachment; filename="../.."`, "", ""},
		{"control and reordering characters", "attachment; filename=\"a\x01\u202excod.exe\"", "", "axcod.exe"},
	} {
		h, _, _ := splitHeader([]byte("Content-Disposition: " + c.disposition + "\r\nContent-Type: " + c.contentType + "\r\n\r\n"))
		if p := readPart(h, nil, "text/plain"); p.name != c.want {
			t.Errorf("%s: %q, want %q", c.rule, p.name, c.want)
		}
	}
}

func TestNameGuessIsRecorded(t *testing.T) {
	h, _, _ := splitHeader([]byte("Content-Disposition: attachment; filename=\"" + sjis(t, "見積書.xlsx") + "\"\r\n\r\n"))
	if p := readPart(h, nil, "text/plain"); p.nameGuess != "cp932 (none declared)" {
		t.Errorf("guess %q", p.nameGuess)
	}
}

func TestCleanNameBoundsTheLength(t *testing.T) {
	got := CleanName(strings.Repeat("長", 500) + ".xlsx")
	if n := utf8.RuneCountInString(got); n != maxName || !strings.HasSuffix(got, ".xlsx") {
		t.Errorf("%d runes: %q", n, got)
	}
}

func TestParseAddresses(t *testing.T) {
	a := func(name, addr string) Address { return Address{Name: name, Addr: addr} }
	for _, c := range []struct {
		rule, in string
		want     []Address
		sound    bool
	}{
		{"bare", "tanaka@bank.example", []Address{a("", "tanaka@bank.example")}, true},
		{"name", "Tanaka Ichiro <tanaka@bank.example>", []Address{a("Tanaka Ichiro", "tanaka@bank.example")}, true},
		{"quoted name with a comma", `"Tanaka, Ichiro" <t@b.example>`, []Address{a("Tanaka, Ichiro", "t@b.example")}, true},
		{"an encoded name", bWord("utf-8", "田中 <x@y>, 一郎") + " <t@b.example>", []Address{a("田中 <x@y>, 一郎", "t@b.example")}, true},
		{"an encoded name in quotes", `"` + bWord("utf-8", "田中") + `" <t@b.example>`, []Address{a("田中", "t@b.example")}, true},
		{"a name in a comment", "t@b.example (Tanaka (Ichiro))", []Address{a("Tanaka (Ichiro)", "t@b.example")}, true},
		{"several", "a@x.example, B <b@x.example>", []Address{a("", "a@x.example"), a("B", "b@x.example")}, true},
		{"semicolons", "a@x.example; b@x.example;", []Address{a("", "a@x.example"), a("", "b@x.example")}, true},
		{"a group", "Office: a@x.example, b@x.example;", []Address{a("", "a@x.example"), a("", "b@x.example")}, true},
		{"an empty group", "undisclosed-recipients:;", nil, true},
		{"a quoted local part", `"a b"@x.example`, []Address{a("", `"a b"@x.example`)}, true},
		{"nothing is normalised", "ｔ@x.example", []Address{a("", "ｔ@x.example")}, true},
		{"two addresses in one", "<a@x.example> <b@x.example>", []Address{a("", "b@x.example")}, false},
		{"no domain", "tanaka", []Address{a("", "tanaka")}, false},
		{"two at signs", "a@b@c.example", []Address{a("", "a@b@c.example")}, false},
		{"an open angle bracket", "T <t@b.example", []Address{a("T", "t@b.example")}, false},
		{"a name without brackets", "Tanaka t@b.example", []Address{a("Tanaka", "t@b.example")}, false},
		{"empty", "", nil, true},
	} {
		got, sound := parseAddresses(c.in)
		if d := cmp.Diff(c.want, got); d != "" || sound != c.sound {
			t.Errorf("%s: sound %v, want %v; %s", c.rule, sound, c.sound, d)
		}
	}
}

func TestDomainIsALabel(t *testing.T) {
	for in, want := range map[string]string{
		"a@Bank.EXAMPLE": "bank.example", "a@日本.example": "xn--wgv71a.example", "a@bank.example.": "bank.example",
		"a": "", "a@ｂａｎｋ.example": "xn--mi7cb2al.example",
	} {
		if got := (Address{Addr: in}).Domain(); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func TestIDList(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"<a@b> <c@d>", []string{"a@b", "c@d"}},
		{"<a@b>\t(comment) <c@d", []string{"a@b", "c@d"}},
		{"a@b c@d", []string{"a@b", "c@d"}},
		{"<a @b>", []string{"a@b"}},
		{"Your message of Monday", nil},
		{"<>", nil},
	} {
		if d := cmp.Diff(c.want, idList(c.in)); d != "" {
			t.Errorf("%s: %s", c.in, d)
		}
	}
}

func TestParseDate(t *testing.T) {
	for in, want := range map[string]string{
		"Mon, 16 Nov 2026 10:15:00 +0900":       "2026-11-16T01:15:00Z",
		"Mon, 16 Nov 2026 10:15:00 +0900 (JST)": "2026-11-16T01:15:00Z",
		"16 Nov 2026 10:15 +0900":               "2026-11-16T01:15:00Z",
		"Mon, 16 Nov 2026 10:15:00 JST":         "2026-11-16T01:15:00Z",
		"Mon,  16 Nov 2026 01:15:00 GMT":        "2026-11-16T01:15:00Z",
		"2026-11-16 10:15:00 +0900":             "2026-11-16T01:15:00Z",
		"tomorrow":                              "0001-01-01T00:00:00Z",
		"":                                      "0001-01-01T00:00:00Z",
	} {
		got, _ := parseDate(in)
		if s := got.UTC().Format("2006-01-02T15:04:05Z"); s != want {
			t.Errorf("%s: %s, want %s", in, s, want)
		}
	}
}

func FuzzHeaderDecode(f *testing.F) {
	for _, s := range []string{"=?utf-8?B?5Y+X?= =?utf-8?B?5LuY?=", "\x1b$BEDCf\x1b(B <t@b.example>", `"a\"b" <c@d>, e@f (g)`, "=?x?Q?a=?=",
		"attachment; filename*0*=utf-8''%E3; filename*1*=%81; name=\"a", "a:b@c;,<<>\"(", "<a@b> <c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h, _, _ := splitHeader([]byte("From: " + s + "\nSubject: " + s + "\nContent-Disposition: " + s + "\n\n"))
		for _, field := range h {
			text, _ := field.text()
			if decoded, _ := decodeWords(text); !utf8.ValidString(decoded) {
				t.Errorf("no UTF-8: %q", decoded)
			}
			list, _ := parseAddresses(text)
			for _, a := range list {
				if strings.ContainsAny(a.Addr+a.Name, "\r\n\x00") {
					t.Errorf("line break in address %q", a)
				}
			}
			name, _ := fileName(parseParams(text), params{})
			if strings.ContainsAny(name, "/\\\r\n\x00") || name == ".." {
				t.Errorf("unsafe name %q", name)
			}
			idList(text)
			parseDate(text)
		}
	})
}
