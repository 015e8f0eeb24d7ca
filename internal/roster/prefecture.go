package roster

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// prefectures are the 47, in the order of JIS X 0401.
var prefectures = [47]string{"北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県", "茨城県", "栃木県", "群馬県", "埼玉県", "千葉県",
	"東京都", "神奈川県", "新潟県", "富山県", "石川県", "福井県", "山梨県", "長野県", "岐阜県", "静岡県", "愛知県", "三重県", "滋賀県", "京都府", "大阪府",
	"兵庫県", "奈良県", "和歌山県", "鳥取県", "島根県", "岡山県", "広島県", "山口県", "徳島県", "香川県", "愛媛県", "高知県", "福岡県", "佐賀県", "長崎県",
	"熊本県", "大分県", "宮崎県", "鹿児島県", "沖縄県"}

// cityPrefectures names the prefecture of the 20 designated cities, of the capitals of the prefectures, and of those
// wards of Tokyo whose name no other city's ward has. Addresses often begin with them.
var cityPrefectures = cityTable(map[string]string{
	"北海道": "札幌市", "青森県": "青森市", "岩手県": "盛岡市", "宮城県": "仙台市", "秋田県": "秋田市", "山形県": "山形市", "福島県": "福島市",
	"茨城県": "水戸市", "栃木県": "宇都宮市", "群馬県": "前橋市", "埼玉県": "さいたま市", "千葉県": "千葉市",
	"東京都":  "千代田区 新宿区 文京区 台東区 墨田区 江東区 品川区 目黒区 大田区 世田谷区 渋谷区 中野区 杉並区 豊島区 荒川区 板橋区 練馬区 足立区 葛飾区 江戸川区",
	"神奈川県": "横浜市 川崎市 相模原市", "新潟県": "新潟市", "富山県": "富山市", "石川県": "金沢市", "福井県": "福井市", "山梨県": "甲府市",
	"長野県": "長野市", "岐阜県": "岐阜市", "静岡県": "静岡市 浜松市", "愛知県": "名古屋市", "三重県": "津市", "滋賀県": "大津市", "京都府": "京都市",
	"大阪府": "大阪市 堺市", "兵庫県": "神戸市", "奈良県": "奈良市", "和歌山県": "和歌山市", "鳥取県": "鳥取市", "島根県": "松江市", "岡山県": "岡山市",
	"広島県": "広島市", "山口県": "山口市", "徳島県": "徳島市", "香川県": "高松市", "愛媛県": "松山市", "高知県": "高知市", "福岡県": "福岡市 北九州市",
	"佐賀県": "佐賀市", "長崎県": "長崎市", "熊本県": "熊本市", "大分県": "大分市", "宮崎県": "宮崎市", "鹿児島県": "鹿児島市", "沖縄県": "那覇市",
})

func cityTable(byPrefecture map[string]string) map[string]string {
	t := map[string]string{}
	for p, cities := range byPrefecture {
		for c := range strings.FieldsSeq(cities) {
			t[c] = p
		}
	}
	return t
}

// Prefectures returns the names of the 47 prefectures, in the order of JIS X 0401.
func Prefectures() []string { return append([]string(nil), prefectures[:]...) }

// Prefecture returns the prefecture in which an address lies, or "" when the address does not tell. It may begin with a
// postal code, and with a designated city or a prefectural capital instead of the prefecture: 神戸市中央区… is in 兵庫県.
func Prefecture(address string) string {
	s := norm.NFKC.String(address)
	if i := strings.IndexFunc(s, isPlaceLetter); i > 0 {
		s = s[i:]
	}
	s = strings.Join(strings.Fields(s), "")
	first, found := len(s), ""
	for _, p := range prefectures {
		// The earliest counts: 東京都府中市 has 京都府 in it, too.
		if i := strings.Index(s, p); i >= 0 && i < first {
			first, found = i, p
		}
	}
	if first == 0 {
		return found
	}
	for n := 2; n <= 5; n++ {
		if p, ok := cityPrefectures[firstRunes(s, n)]; ok {
			return p
		}
	}
	return found
}

// isPlaceLetter tells kanji and kana, with which places begin, from digits, brackets and 〒.
func isPlaceLetter(r rune) bool {
	return r >= 'ぁ' && r <= 'ヿ' || r >= '㐀' && r <= '鿿'
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// nearestPrefecture returns a remark on what a text that is no prefecture was probably to be, or "".
func nearestPrefecture(s string) string {
	s = strings.TrimSpace(norm.NFKC.String(s))
	for _, p := range prefectures {
		if s != "" && (p == s || p == s+"県" || p == s+"府" || p == s+"都") {
			return "; did you mean " + p + "?"
		}
	}
	if p := Prefecture(s); p != "" {
		return "; did you mean " + p + "?"
	}
	return ""
}
