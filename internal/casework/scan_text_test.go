package casework

import (
	"slices"
	"testing"
)

// TestDisclosureScanFindsAShortCompanyName: what names the company is its name without the legal form, however short.
func TestDisclosureScanFindsAShortCompanyName(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		found      bool
	}{
		{"株式会社灘酒造", "灘酒造様のご依頼です", true},
		{"灘酒造", "候補は、東の灘酒造です", true},
		{"灘酒造", "灘 酒\n造の件", true},
		{"灘酒造㈱", "清酒の酒造所", false},
		{"株式会社山源", "山源様のご依頼です", true},
		{"株式会社山源", "先日、山源社にて", true},
		{"山源(株)", "山源の件", true},
		{"山源(株)", "山 源", true},
		{"山源(株)", "候補先：山源、清酒の製造", true},
		{"山源", "山源株式会社営業部", true},
		{"山源", "有限会社山源", true},
		{"山源", "山源流通センター", false},
		{"山源", "富士山源流", false},
		{"株式会社日本", "日本酒の輸出、日本貿易振興機構", false},
		{"株式会社日本", "株式会社日本の件", true},
		{"神戸", "神戸市内の企業、東神戸", false},
		{"まる源", "まる源の件", true},
		{"源や", "源やの件", true},
		{"絆", "絆の件", false},        // one character: with its legal form only
		{"サクラ", "サクラの輸出", false},   // kana alone: a word of everyday
		{"ABC", "ABC 分析", false},   // letters alone likewise
		{"サクラ屋", "サクラ屋の件", true},   // four
		{"株式会社絆", "株式会社絆の件", true}, // with its legal form
	} {
		c := Case{ID: 1, Entry: Entry{Company: Company{Name: tc.name}}}
		found := slices.Contains(Scan(secrets(c), []string{"件名", tc.text}), "company.name")
		if found != tc.found {
			t.Errorf("%s in %q: found %v", tc.name, tc.text, found)
		}
	}
}

// TestAWordOfTwoCharactersStopsNoFinishedLetter: our own sentences have such words; what people write was read before.
func TestAWordOfTwoCharactersStopsNoFinishedLetter(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("株式会社案内"))
	w.say(suzuki, c.Registration, "引受")
	refused(t, w.say(suzuki, c.Registration, "打診 HYOGO-CCI", "案内の件です。"), "本文の1行目", "企業名")
	out := w.say(suzuki, c.Registration, "打診 HYOGO-CCI", "輸出のご相談です。")
	want(t, out, ResultDone, "command-began inquired", "inquiry>kaigai answer>suzuki")
	if found := Scan(out.Letters[0].Secrets, []string{"ご案内の件"}); len(found) > 0 {
		t.Errorf("the inquiry would be stopped for %v", found)
	}
	if found := Scan(out.Letters[0].Secrets, []string{"株式会社案内の件"}); len(found) == 0 {
		t.Error("the whole name would leave")
	}
}
