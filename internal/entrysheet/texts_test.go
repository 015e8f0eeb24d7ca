package entrysheet

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestFoldLabel(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"spaces between letters", "企　業　名", "企業名"},
		{"line break and middle dot", "主な製品・\nサービス", "主な製品サービス"},
		{"half-width kana", "ﾌﾘｶﾞﾅ", "フリガナ"},
		{"full-width letters", "Ｅ－ｍａｉｌ", "email"},
		{"long vowel mark as a dash between letters", "Eーmail", "email"},
		{"long vowel mark in a word", "ホームページ", "ホームページ"},
		{"note behind ※", "法人番号※13桁", "法人番号"},
		{"note mark in front", "※企業名", "企業名"},
		{"brackets", "紹介元機関（企業を受け付けた支援機関）", "紹介元機関"},
		{"all in brackets", "（フリガナ）", "フリガナ"},
		{"leading number", "3. 企業名", "企業名"},
		{"circled number", "③資本金", "資本金"},
		{"postal mark", "〒", "〒"},
		{"only punctuation", "－・－", ""},
	}
	for _, tt := range tests {
		if got := foldLabel(tt.text); got != tt.want {
			t.Errorf("%s: foldLabel(%q) = %q, want %q", tt.name, tt.text, got, tt.want)
		}
	}
}

func TestParseName(t *testing.T) {
	tests := []struct{ name, typed, want string }{
		{"square company sign with a space", "㈱ 髙﨑精機", "株式会社髙﨑精機"},
		{"behind the name", "灘酒造　㈱", "灘酒造株式会社"},
		{"in full-width brackets", "（株）灘酒造", "株式会社灘酒造"},
		{"in half-width brackets with a space", "灘酒造 (株)", "灘酒造株式会社"},
		{"limited company", "㈲灘商店", "有限会社灘商店"},
		{"general incorporated association", "（一社）灘協会", "一般社団法人灘協会"},
		{"typed in full stays, its space too", "株式会社 灘酒造", "株式会社 灘酒造"},
		{"surrogate pair, compatibility ideograph and variation selector stay", "𠮷野﨑塚葛󠄀城", "𠮷野﨑塚葛󠄀城"},
		{"full-width letters stay", "ＡＢＣ株式会社", "ＡＢＣ株式会社"},
		{"half-width kana become full", "ﾀｶｻｷﾊﾟｰﾂ㈱", "タカサキパーツ株式会社"},
		{"honorific behind a space goes", "神戸商工会議所　御中", "神戸商工会議所"},
	}
	for _, tt := range tests {
		if got := parseName(tt.typed); got != tt.want {
			t.Errorf("%s: parseName(%q) = %q, want %q", tt.name, tt.typed, got, tt.want)
		}
	}
}

func TestParsePhone(t *testing.T) {
	tests := []struct {
		name, typed, want string
		v                 verdict
	}{
		{"plain", "079-222-3333", "079-222-3333", understood},
		{"full width with minus signs", "０７９−１２３−４５６７", "079-123-4567", understood},
		{"every dash there is", "079ー222―3333", "079-222-3333", understood},
		{"brackets", "079(222)3333", "079-222-3333", understood},
		{"area code in full-width brackets", "（０７９）２２２－３３３３", "079-222-3333", understood},
		{"spaces", "079 222 3333", "079-222-3333", understood},
		{"dots", "079.222.3333", "079-222-3333", understood},
		{"country code", "+81-79-222-3333", "079-222-3333", understood},
		{"country code with (0)", "+81(0)79-222-3333", "079-222-3333", understood},
		{"label in front", "TEL：079-222-3333", "079-222-3333", understood},
		{"representative number", "079-222-3333（代表）", "079-222-3333", understood},
		{"extension", "079-222-3333（内線 12）", "079-222-3333 内線12", understood},
		{"mobile without dashes", "09012345678", "090-1234-5678", understood},
		{"free dial without dashes", "0120123456", "0120-123-456", understood},
		{"Tokyo without dashes", "0312345678", "03-1234-5678", understood},
		{"unknown area without dashes stays in one piece", "0792223333", "0792223333", understood},
		{"first of two", "079-222-3333／090-1234-5678", "079-222-3333", understood},
		{"too short", "222-3333", "", unclear},
		{"prose", "別途", "", unclear},
		{"dash alone", "－", "", blank},
		{"なし", "なし", "", blank},
	}
	for _, tt := range tests {
		if got, v := parsePhone(typed{raw: tt.typed}); got != tt.want || v != tt.v {
			t.Errorf("%s: parsePhone(%q) = %q, %d, want %q, %d", tt.name, tt.typed, got, v, tt.want, tt.v)
		}
	}
}

func TestParsePostal(t *testing.T) {
	tests := []struct {
		typed, want string
		v           verdict
	}{
		{"657-0001", "657-0001", understood}, {"〒６７０−０００１", "670-0001", understood}, {"6570001", "657-0001", understood},
		{"〒", "", blank}, {"", "", blank}, {"657", "", unclear}, {"神戸市", "", unclear},
	}
	for _, tt := range tests {
		if got, v := parsePostal(typed{raw: tt.typed}); got != tt.want || v != tt.v {
			t.Errorf("parsePostal(%q) = %q, %d", tt.typed, got, v)
		}
	}
}

func TestParseEmail(t *testing.T) {
	tests := []struct {
		typed, want string
		v           verdict
	}{
		{"suzuki@nada-sake.example", "suzuki@nada-sake.example", understood}, {"ｓｕｚｕｋｉ＠ｎａｄａ．ｅｘａｍｐｌｅ", "suzuki@nada.example", understood},
		{"mailto:Suzuki@nada.example", "Suzuki@nada.example", understood}, {" <a.b+c@x.example> ", "a.b+c@x.example", understood},
		{"なし", "", blank}, {"", "", blank}, {"suzuki", "", unclear}, {"a@b.example, c@d.example", "", unclear}, {"a@b@c.example", "", unclear}, {"太郎@x.example", "", unclear},
	}
	for _, tt := range tests {
		if got, v := parseEmail(tt.typed); got != tt.want || v != tt.v {
			t.Errorf("parseEmail(%q) = %q, %d", tt.typed, got, v)
		}
	}
}

func TestParseCountries(t *testing.T) {
	tests := []struct {
		typed string
		want  []string
	}{
		{"ベトナム、カナダ", []string{"ベトナム", "カナダ"}},
		{"ﾍﾞﾄﾅﾑ･ｶﾅﾀﾞ", []string{"ベトナム", "カナダ"}},
		{"米国　カナダ 英国", []string{"米国", "カナダ", "英国"}},
		{"ベトナム及びカナダ等", []string{"ベトナム", "カナダ"}},
		{"東南アジア（タイ、ベトナム）／豪州", []string{"東南アジア（タイ、ベトナム）", "豪州"}},
		{"トリニダード・トバゴ・ペルー", []string{"トリニダード・トバゴ", "ペルー"}},
		{"Viet Nam, Hong Kong", []string{"Viet Nam", "Hong Kong"}},
		{"ベトナム\nカナダ。", []string{"ベトナム", "カナダ"}},
		{"なし", []string{}}, {"", []string{}},
	}
	for _, tt := range tests {
		if got := parseCountries(tt.typed); !slices.Equal(got, tt.want) {
			t.Errorf("parseCountries(%q) = %q, want %q", tt.typed, got, tt.want)
		}
	}
}

func TestParseAddress(t *testing.T) {
	tests := []struct{ typed, want, postal string }{
		{"兵庫県神戸市灘区高羽１−２ー３", "兵庫県神戸市灘区高羽1-2-3", ""},
		{"〒657-0001 兵庫県神戸市", "兵庫県神戸市", "657-0001"},
		{"神戸市センタービル３Ｆ", "神戸市センタービル3Ｆ", ""},
	}
	for _, tt := range tests {
		if got, postal := parseAddress(tt.typed); got != tt.want || postal != tt.postal {
			t.Errorf("parseAddress(%q) = %q, %q", tt.typed, got, postal)
		}
	}
}

// corporateNumber builds a number from its twelve digits.
func corporateNumber(twelve string) string {
	for d := '1'; d <= '9'; d++ {
		if s := string(d) + twelve; corporateCheck(s) {
			return s
		}
	}
	return ""
}

func TestCorporateNumber(t *testing.T) {
	for _, real := range []string{"7000012050002", "2140001999999"} { // 国税庁, and a made-up company
		if got, v := parseCorporateNumber(typed{raw: real}); v != understood || got != real {
			t.Errorf("%s: %q, %d", real, got, v)
		}
	}
	for _, spelled := range []string{"T2140001999999", "２１４０００１９９９９９９", "2-1400-0199-9999", " 2140001999999　"} {
		if got, v := parseCorporateNumber(typed{raw: spelled}); v != understood || got != "2140001999999" {
			t.Errorf("%q: %q, %d", spelled, got, v)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		number := corporateNumber(rapid.StringMatching(`[0-9]{12}`).Draw(t, "digits"))
		if number == "" {
			t.Fatal("no check digit fits")
		}
		i := rapid.IntRange(0, 12).Draw(t, "place")
		digit := rapid.SampledFrom([]byte("0123456789")).Draw(t, "digit")
		diff := int(number[i]) - int(digit)
		if diff == 0 || i > 0 && diff%9 == 0 {
			return // the check is by 9: 0 and 9 pass for each other, nothing else does
		}
		if wrong := number[:i] + string(digit) + number[i+1:]; corporateCheck(wrong) {
			t.Fatalf("%s passes for %s", wrong, number)
		}
	})
}

func TestRareKanjiAreNeverTouched(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("髙﨑𠮷塚神祥福靖精羽都諸難隆艹灘酒造\U000E0100\uFE00"))).Draw(t, "name")
		if got := parseName(s); got != trim(s) {
			t.Fatalf("%q became %q", s, got)
		}
	})
}
