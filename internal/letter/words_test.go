package letter

import (
	"io/fs"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"uketsuke/internal/casework"
	"uketsuke/internal/command"
	"uketsuke/mailtemplates"
)

// eachLetter calls f with every sample's parts.
func eachLetter(t *testing.T, f func(s Sample, p Parts)) {
	t.Helper()
	r := renderer(t, Options{})
	n := 0
	for _, s := range Samples(testOffice, sampleTime) {
		p, err := r.Parts(s.Letter)
		if err != nil {
			t.Fatal(err)
		}
		f(s, p)
		n++
	}
	if n == 0 {
		t.Fatal("no samples")
	}
}

func TestEveryTemplateFileIsALetterOrShared(t *testing.T) {
	names, err := fs.Glob(mailtemplates.FS, "*")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{layoutFile, partialsFile}
	for _, k := range letterKinds {
		want = append(want, string(k)+".tmpl")
	}
	slices.Sort(want)
	if !slices.Equal(names, want) {
		t.Errorf("files %q, want %q", names, want)
	}
}

func TestLettersToAgenciesNeverBlame(t *testing.T) {
	eachLetter(t, func(s Sample, p Parts) {
		for _, word := range []string{"不備", "誤り", "エラー", "間違", "ミス", "差戻", "不正"} {
			if strings.Contains(p.Subject+p.Text+p.HTML, word) && (s.Letter.Party.Role == casework.RoleIntake || s.Letter.Party.Role == casework.RoleProvider) {
				t.Errorf("%s says %s", s.Name, word)
			}
		}
	})
}

func TestNobodyIsAddressedByNameWithout様(t *testing.T) {
	eachLetter(t, func(s Sample, p Parts) {
		lines := strings.Split(p.Text, "\n")
		i := slices.IndexFunc(lines, func(l string) bool { return strings.HasSuffix(l, " 様") })
		if i < 0 || i > 1 {
			t.Errorf("%s begins %q", s.Name, lines[:2])
		}
	})
	for name, want := range map[string]string{"": "ご担当者 様", "田中 一郎": "田中 一郎 様", "田中様": "田中様", "総務部 御中": "総務部 御中", "x@y.example": "ご担当者 様", "田中\n一郎": "田中 一郎 様"} {
		if got := person(casework.Address{Name: name}); got != want {
			t.Errorf("person(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestEveryLetterEndsWithOfficeConciergeAndPhone(t *testing.T) {
	eachLetter(t, func(s Sample, p Parts) {
		_, sign, ok := strings.Cut(p.Text, signatureRule)
		for _, part := range []string{testOffice.Name, testOffice.Phone, testOffice.Mailbox.Addr} {
			if !ok || !strings.Contains(sign, part) || !strings.Contains(p.HTML, part) {
				t.Errorf("%s: the signature lacks %s", s.Name, part)
			}
		}
		view := reflect.ValueOf(s.Letter.Content).FieldByName("View").Interface().(casework.View)
		if k := view.Concierge; k != nil && (!strings.Contains(sign, k.Name) || !strings.Contains(sign, k.Phone)) {
			t.Errorf("%s: the signature lacks the concierge", s.Name)
		}
		if !strings.HasSuffix(p.Text, signatureRule+"\n") {
			t.Errorf("%s does not end with its signature", s.Name)
		}
	})
}

func TestRegisteredSaysWhatItMustAndNothingElse(t *testing.T) {
	p, err := renderer(t, Options{}).Parts(sample(t, "registered"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2026-KOB-00042-5", "M-00042-7", "山本 花子", "078-000-0042", "会員証（PDF）を添付", "お渡しください", "ご相談", "ぜひご同席ください", "任意"} {
		if joined := strings.ReplaceAll(strings.ReplaceAll(p.Text, "\n　", ""), "\n", ""); !strings.Contains(joined, want) {
			t.Errorf("the text lacks %s", want)
		}
		if !strings.Contains(p.HTML, want) {
			t.Errorf("the HTML lacks %s", want)
		}
	}
	for _, secret := range []string{"兵庫県を担当", "専門とする", "00031", "HYOGO"} {
		if strings.Contains(p.Text+p.HTML, secret) {
			t.Errorf("says %s", secret)
		}
	}
}

func TestReturnedNamesEveryProblemAndNoNumberButTheTag(t *testing.T) {
	p, err := renderer(t, Options{}).Parts(sample(t, "returned"))
	if err != nil {
		t.Fatal(err)
	}
	if p.Subject != "[受付 E26-00123 k3f9q2] エントリーシートのご確認のお願い（3件）" {
		t.Errorf("subject %q", p.Subject)
	}
	text := strings.ReplaceAll(strings.ReplaceAll(p.Text, "\n", ""), "　", "")
	for _, problem := range sampleProblems() {
		for _, want := range []string{problem.Label, problem.Cell, found(problem), problem.Wanted} {
			if !strings.Contains(text, want) || !strings.Contains(p.HTML, want) {
				t.Errorf("lacks %q", want)
			}
		}
	}
	for _, want := range []string{"ご返信ください", "2026年12月8日（火）まで", "色とコメント"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q", want)
		}
	}
	if regexp.MustCompile(`E\d\d-\d{5}|M-\d{5}|\d{4}-[A-Z]{3}-\d{5}`).MatchString(p.Text + p.HTML) {
		t.Error("the body has a number of the office's")
	}
}

func found(p casework.Problem) string { return orElse(p.Found, "（空欄）") }

func TestAProviderLearnsValidOrNotAndNothingElse(t *testing.T) {
	for name, want := range map[string]string{"membership": "有効です", "membership-void": "無効です", "membership-unknown": "有効な会員番号として確認できませんでした"} {
		p, err := renderer(t, Options{}).Parts(sample(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(p.Text, "："+want+"\n") || !strings.Contains(p.HTML, ">"+want+"<") {
			t.Errorf("%s does not say %s", name, want)
		}
		for _, secret := range []string{"灘", "2026-KOB", "山本", "みなと", "E26"} {
			if strings.Contains(p.Subject+p.Text+p.HTML, secret) {
				t.Errorf("%s says %s", name, secret)
			}
		}
	}
}

func TestTheHeldLetterGivesTheClerkTheCommands(t *testing.T) {
	p, err := renderer(t, Options{}).Parts(sample(t, "held"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"みなと銀行 田中 <tanaka.minato@mail.example>", "DMARC", "みなと銀行（MINATO）",
		"\n　承認 MINATO [受付 E26-00123 k3f9q2]\n", "\n　受付不可 [受付 E26-00123 k3f9q2]\n", "\n　受付不可 通知 [受付 E26-00123 k3f9q2]\n"} {
		if !strings.Contains(p.Text, want) {
			t.Errorf("lacks %q", want)
		}
	}
}

func TestADisplayNameNeverStandsWithoutItsAddress(t *testing.T) {
	for in, want := range map[casework.Address]string{
		{Name: "田中", Addr: "t@x.example"}: "田中 <t@x.example>", {Addr: "t@x.example"}: "t@x.example", {Name: "田中"}: "",
	} {
		if got := address(in); got != want {
			t.Errorf("address(%v) = %q, want %q", in, got, want)
		}
	}
}

// prefixes are what mail programs and people put before the subject of an answer.
var prefixes = []string{
	"", "Re: ", "RE: ", "re:", "Re：", "RE：", "Ｒｅ：", "Re[2]: ", "Re(3): ", "Re^2: ", "Re: Re: ", "Re: RE: Re: ", "返信: ",
	"返信：", "返: ", "FW: ", "Fw: ", "Fwd: ", "FWD：", "転送: ", "転送：", "転: ", "AW: ", "SV: ", "WG: ", "TR: ", "VS: ", "Antw: ",
	"REF: ", "回复: ", "答复：", "[EXTERNAL] ", "[External] Re: ", "【社外】", "【外部】", "【外部メール】", "[SPAM] ", "【重要】", "【至急】", "<注意> ",
	"自動応答: ", "自動返信: ", "自動返信：Re: ", "不在通知: ", "不在のお知らせ: ", "Automatic reply: ", "Auto: ", "Out of Office: ",
	"Autoreply: ", "Undeliverable: ", "開封済み: ", "Accepted: ", "承諾済み: ",
}

func TestNoSubjectOfOursIsACommand(t *testing.T) {
	parser, faults := command.New(nil)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if len(prefixes) < 50 {
		t.Errorf("only %d prefixes", len(prefixes))
	}
	eachLetter(t, func(s Sample, p Parts) {
		_, bare, tagged := strings.Cut(p.Subject, "] ")
		for _, subject := range []string{p.Subject, bare} {
			for _, prefix := range prefixes {
				if got := parser.Parse(prefix + subject); got.Call != nil {
					t.Errorf("%s: %q is the command %v", s.Name, prefix+subject, got.Call)
				}
			}
		}
		if tagged != (s.Letter.Number != "") {
			t.Errorf("%s: subject %q, case %d", s.Name, p.Subject, s.Letter.Case)
		}
	})
}

func TestPlaceholdersAreShownAndNotSent(t *testing.T) {
	k := linker{mailbox: "kobe+uketsuke@kobe.example", tag: "[受付 E26-00123 k3f9q2]"}
	for _, tc := range []struct {
		rule       string
		offer      casework.Offer
		line, sent string
	}{
		{"an argument is sent", casework.Offer{Command: "承認", Args: []string{"MINATO"}}, "承認 MINATO [受付 E26-00123 k3f9q2]", "承認 MINATO [受付 E26-00123 k3f9q2]"},
		{"a placeholder is not", casework.Offer{Command: "承認", Args: []string{"機関コード"}}, "承認 機関コード [受付 E26-00123 k3f9q2]", "承認 [受付 E26-00123 k3f9q2]"},
		{"a choice is not", casework.Offer{Command: "登録", Args: []string{"FAX｜郵送"}}, "登録 FAX｜郵送", "登録"},
		{"a literal is sent", casework.Offer{Command: "受付不可", Args: []string{"通知"}}, "受付不可 通知 [受付 E26-00123 k3f9q2]", "受付不可 通知 [受付 E26-00123 k3f9q2]"},
		{"without the case", casework.Offer{Command: "承認", NoCase: true}, "承認", "承認"},
		{"of no case by the table", casework.Offer{Command: "一覧"}, "一覧", "一覧"},
		{"a name is sent", casework.Offer{Command: "担当変更", Args: []string{"山本花子"}}, "担当変更 山本花子 [受付 E26-00123 k3f9q2]", "担当変更 山本花子 [受付 E26-00123 k3f9q2]"},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			got := k.link(parseOffer(strings.TrimPrefix(string(offers([]casework.Offer{tc.offer})), "@")))
			if got.Line != tc.line || got.Href != mailto(k.mailbox, tc.sent, "") || got.Label == "" {
				t.Errorf("%+v", got)
			}
			if !strings.HasPrefix(got.Href, "mailto:kobe+uketsuke@kobe.example?subject=%") {
				t.Errorf("%s", got.Href)
			}
		})
	}
	none := linker{mailbox: "kobe@kobe.example"}.link(casework.Offer{Command: "引受"})
	if none.Href != "" || none.Line != "引受 [登録 …]" {
		t.Errorf("a case's command without a case: %+v", none)
	}
}

func TestOnlyTheAttachedFilesAreSpokenOf(t *testing.T) {
	r := renderer(t, Options{})
	for name, phrase := range map[string]string{"registered": "会員証のお渡し", "returned": "添付いたしましたのは", "brief": "エントリーシートを添付して"} {
		l := sample(t, name)
		with, err := r.Parts(l)
		if err != nil {
			t.Fatal(err)
		}
		l.Attach = nil
		without, err := r.Parts(l)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(with.Text, phrase) || !strings.Contains(with.HTML, phrase) || strings.Contains(without.Text, phrase) || strings.Contains(without.HTML, phrase) {
			t.Errorf("%s: %q", name, phrase)
		}
	}
}

func TestAmountsDatesAndItemsInJapanese(t *testing.T) {
	for n, want := range map[int64]string{0: "", 5: "5円", 1234: "1,234円", 30_000_000: "3,000万円", 120_000_000: "1億2,000万円", 100_000_000: "1億円", 123_456_789_012: "1,234億5,678万9,012円"} {
		if got := yen(n); got != want {
			t.Errorf("yen(%d) = %q, want %q", n, got, want)
		}
	}
	for in, want := range map[string]string{"2026-11-16": "2026年11月16日", "1950-04": "1950年4月", "": "", "不明": "不明"} {
		if got := isodate(in); got != want {
			t.Errorf("isodate(%q) = %q, want %q", in, got, want)
		}
	}
	if got := day(sampleTime); got != "2026年11月24日（火）" {
		t.Errorf("day: %s", got)
	}
	if got := items([]int{1, 13, 0, 14}); !slices.Equal(got, []string{"01 市場情報", "13 その他"}) {
		t.Errorf("items: %q", got)
	}
}
