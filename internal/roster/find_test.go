package roster

import (
	"testing"

	"uketsuke/internal/casework"
)

func TestFindAgency(t *testing.T) {
	d := sample()
	d.Agencies = append(d.Agencies,
		Agency{Code: "HYOGO", Name: "兵庫県", Window: "a@pref.example"},
		Agency{Code: "OSAKA-CCI", Name: "大阪商工会議所", Window: "a@osaka-cci.example"},
		Agency{Code: "JFC-TSU", Name: "日本政策金融公庫津支店", Window: "a@jfc-tsu.example"},
		Agency{Code: "KAWANISHI-1", Name: "川西町商工会", Window: "a@kawanishi1.example"},
		Agency{Code: "KAWANISHI-2", Name: "川西町商工会", Window: "a@kawanishi2.example"},
		Agency{Code: "NADA", Name: "なだ髙島屋商会", Window: "a@nada.example"},
		Agency{Code: "SHINKIN", Name: "尼崎信用金庫", Window: "a@amashin.example"},
		Agency{Code: "FUTURE", Name: "来年度銀行", Window: "a@rainen.example", From: day("2027-04-01")},
	)
	r := newRoster(t, d)
	exact := func(code string) casework.AgencyMatch { return casework.AgencyMatch{Code: code} }
	guess := func(code string) casework.AgencyMatch { return casework.AgencyMatch{Code: code, Guessed: true} }
	for _, tc := range []struct {
		rule, typed string
		want        casework.AgencyMatch // zero: not found
	}{
		{"the code", "MINATO-BANK", exact("MINATO-BANK")},
		{"the code, full-width and small", "　ｍｉｎａｔｏ－ｂａｎｋ", exact("MINATO-BANK")},
		{"the name", "みなと銀行", exact("MINATO-BANK")},
		{"the name with its legal form", "株式会社みなと銀行", exact("MINATO-BANK")},
		{"another spelling, spaced otherwise", "MINATO  BANK", exact("MINATO-BANK")},
		{"a foundation without its form", "ひょうご産業活性化センター", exact("SANGYO")},
		{"a foundation with its form in short", "（公財）ひょうご産業活性化センター", exact("SANGYO")},
		{"a branch behind a space", "みなと銀行 神戸支店", guess("MINATO-BANK")},
		{"a branch behind the name", "みなと銀行三宮北支店", guess("MINATO-BANK")},
		{"a department", "神戸商工会議所国際部", guess("HYOGO-CCI")},
		{"two words behind the name", "みなと銀行　本店営業部　田中", guess("MINATO-BANK")},
		{"the department in brackets", "神戸商工会議所（産業部）", guess("HYOGO-CCI")},
		{"the beginning of one name", "神戸商工", guess("HYOGO-CCI")},
		{"a letter left out", "神戸商会議所", guess("HYOGO-CCI")},
		{"a letter too many", "神戸市商工会議所", guess("HYOGO-CCI")},
		{"the usual form of a rare kanji", "なだ高島屋商会", guess("NADA")},
		{"the usual short form", "尼崎信金", guess("SHINKIN")},
		{"a closed agency", "旧海峡銀行", casework.AgencyMatch{Code: "OLD-BANK", Closed: true}},
		{"a closed agency's code", "old-bank", casework.AgencyMatch{Code: "OLD-BANK", Closed: true}},
		{"one that has not begun", "来年度銀行", casework.AgencyMatch{}},
		{"two agencies of one name", "川西町商工会", casework.AgencyMatch{}},
		{"another city's chamber", "大垣商工会議所", casework.AgencyMatch{}},
		{"another branch of the same organisation", "日本政策金融公庫堺支店", casework.AgencyMatch{}},
		{"another organisation of the same prefecture", "兵庫県信用保証協会 神戸支所", casework.AgencyMatch{}},
		{"what every chamber is called", "商工会議所", casework.AgencyMatch{}},
		{"nobody", "東京第一銀行", casework.AgencyMatch{}},
		{"one letter", "神", casework.AgencyMatch{}},
		{"blank", "　", casework.AgencyMatch{}},
	} {
		got, ok := r.FindAgency(tc.typed, today)
		if !ok {
			got = casework.AgencyMatch{}
		}
		if got != tc.want {
			t.Errorf("%s (%q): %+v, want %+v", tc.rule, tc.typed, got, tc.want)
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "acb", 1}, {"abc", "ab", 1}, {"ab", "abcd", 2},
		{"abcd", "badc", 2}, {"abc", "xyz", 3}, {"abcdef", "uvwxyz", 3}, {"", "abcd", 3},
	} {
		if got := editDistance(tc.a, tc.b, 2); got != tc.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", tc.a, tc.b, got, tc.want)
		}
	}
}
