package inbound

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"
)

// encode writes s in a charset of x/text, which the decoders here do not share.
func encode(t testing.TB, e encoding.Encoding, s string) string {
	t.Helper()
	b, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatalf("encode %q: %v", s, err)
	}
	return b
}

func sjis(t testing.TB, s string) string { return encode(t, japanese.ShiftJIS, s) }
func euc(t testing.TB, s string) string  { return encode(t, japanese.EUCJP, s) }
func jis(t testing.TB, s string) string  { return encode(t, japanese.ISO2022JP, s) }

func TestDecodeTextByDeclaredCharset(t *testing.T) {
	utf16, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("受付")
	for _, c := range []struct{ rule, in, charset, want string }{
		{"plain ASCII is itself in every charset", "Hello", "iso-2022-jp", "Hello"},
		{"ISO-2022-JP", jis(t, "株式会社灘酒造"), "ISO-2022-JP", "株式会社灘酒造"},
		{"the old set JIS C 6226", "\x1b$@4A;z\x1b(J", "iso-2022-jp", "漢字"},
		{"half-width kana after ESC ( I", "\x1b(I1(@\x1b(B.", "iso-2022-jp", "ｱｨﾀ."},
		{"half-width kana between SO and SI (CP50222)", "\x0e1\x0fA", "cp50222", "ｱA"},
		{"half-width kana as 8-bit bytes (JIS8)", "\x1b$B4A\x1b(B\xb1", "iso-2022-jp", "漢ｱ"},
		{"NEC row 13 in ISO-2022-JP-MS", "\x1b$B-j-!\x1b(B", "iso-2022-jp-ms", "㈱①"},
		{"IBM's characters in NEC's rows (CP50221)", "\x1b$B|byu\x1b(B", "cp50221", "髙﨑"},
		{"JIS X 0212", "\x1b$(D\x30\x21\x1b(B", "iso-2022-jp-1", "丂"},
		{"yen and overline in JIS Roman", "\x1b(J\\~\x1b(B\\~", "iso-2022-jp", `¥‾\~`},
		{"a line starts in ASCII, even after a line cut in kanji", "\x1b$B4A;z\r\nABC", "iso-2022-jp", "漢字\r\nABC"},
		{"an escape that the line's end cut off is dropped", "\x1b$B4A;z\x1b(\r\nABC\x1b\r\n\x1b$\r\nD", "iso-2022-jp", "漢字\r\nABC\r\n\r\nD"},
		{"0x215D is a full-width hyphen-minus, as Thunderbird shows it", "\x1b$B#1!]#1\x1b(B", "iso-2022-jp", "１－１"},
		{"the wave dash as Windows has it", "\x1b$B!A\x1b(B", "iso-2022-jp", "～"},
		{"Shift_JIS is CP932", "\x87\x8a\x87\x40\xfb\xfc\xfa\xb1", "Shift_JIS", "㈱①髙﨑"},
		{"a user-defined character", "\xf0\x40", "windows-31j", "\ue000"},
		{"half-width kana in CP932", "\xb4\xdd\xc4\xd8\xb0", "x-sjis", "ｴﾝﾄﾘｰ"},
		{"a backslash as second byte", sjis(t, "表示ソ能"), "cp932", "表示ソ能"},
		{"EUC-JP", euc(t, "受付ロボット"), "euc-jp", "受付ロボット"},
		{"EUC-JP half-width kana and JIS X 0212", "\x8e\xb1\x8f\xb0\xa1", "eucjp-ms", "ｱ丂"},
		{"NEC row 13 in CP51932", "\xad\xea", "cp51932", "㈱"},
		{"UTF-8 loses its byte order mark", "\ufeff受付", "utf-8", "受付"},
		{"UTF-16 by its byte order mark", utf16, "utf-16", "受付"},
		{"Latin-1 is Windows-1252", "caf\xe9 \x93x\x94", "iso-8859-1", "café “x”"},
		{"Korean", "\xc1\xd6\xbd\xc4", "ks_c_5601-1987", "주식"},
		{"UTF-7", "+U9dO2A-: +-1", "unicode-1-1-utf-7", "受付: +1"},
		{"UTF-7 to the end", "A+U9dO2A", "utf-7", "A受付"},
		{"GB18030", "\xca\xdc\xb8\xb6", "gb18030", "受付"},
		{"GBK under the name of GB2312", "\xca\xdc\xb8\xb6", "gb2312", "受付"},
		{"Big5", "\xa8\xfc\xa5\x49", "big5", "受付"},
		{"KOI8-R", "\xf0\xd2\xc9\xd7\xc5\xd4", "koi8-r", "Привет"},
		{"Windows-1251", "\xcf\xf0\xe8\xe2\xe5\xf2", "windows-1251", "Привет"},
		{"Windows-1250", "\xe8e\x9atina", "cp1250", "čeština"},
		{"Latin-9", "\xa4", "iso-8859-15", "€"},
		{"the language of RFC 2231 is no part of the name", jis(t, "受付"), "iso-2022-jp*ja", "受付"},
	} {
		got, guess := decodeText([]byte(c.in), c.charset)
		if got != c.want || guess != "" {
			t.Errorf("%s: decodeText(%q, %q) = %q, guess %q; want %q, no guess", c.rule, c.in, c.charset, got, guess, c.want)
		}
	}
}

func TestDecodeTextGuesses(t *testing.T) {
	const s = "お世話になっております。エントリーシートを送ります。"
	for _, c := range []struct{ rule, in, charset, want, guess string }{
		{"raw JIS without a charset", jis(t, s), "", s, "iso-2022-jp (none declared)"},
		{"JIS declared us-ascii", jis(t, s), "us-ascii", s, "iso-2022-jp (declared us-ascii)"},
		{"JIS declared utf-8", jis(t, s), "utf-8", s, "iso-2022-jp (declared utf-8)"},
		{"JIS declared Latin-1", jis(t, s), "iso-8859-1", s, "iso-2022-jp (declared iso-8859-1)"},
		{"UTF-8 declared Latin-1", s, "iso-8859-1", s, "utf-8 (declared iso-8859-1)"},
		{"UTF-8 declared ISO-2022-JP", s, "ISO-2022-JP", s, "utf-8 (declared ISO-2022-JP)"},
		{"UTF-8 declared Shift_JIS", s, "Shift_JIS", s, "utf-8 (declared Shift_JIS)"},
		{"CP932 declared utf-8", sjis(t, s), "utf-8", s, "cp932 (declared utf-8)"},
		{"CP932 declared us-ascii", sjis(t, s), "us-ascii", s, "cp932 (declared us-ascii)"},
		{"CP932 declared EUC-JP", sjis(t, s), "euc-jp", s, "cp932 (declared euc-jp)"},
		{"EUC-JP without a charset", euc(t, s), "", s, "euc-jp (none declared)"},
		{"a short CP932 name", sjis(t, "見積書"), "", "見積書", "cp932 (none declared)"},
		{"a short EUC-JP name", euc(t, "エントリーシート"), "", "エントリーシート", "euc-jp (none declared)"},
		{"an unknown charset", sjis(t, s), "x-nonsense", s, "cp932 (declared x-nonsense)"},
		{"a French letter without a charset", "r\xe9ponse re\xe7ue", "", "réponse reçue", "windows-1252 (none declared)"},
		{"half-width kana, which are kanji in EUC-JP", sjis(t, "ｴﾝﾄﾘｰｼｰﾄ.xlsx"), "", "ｴﾝﾄﾘｰｼｰﾄ.xlsx", "cp932 (none declared)"},
		{"half-width kana with voiced marks", sjis(t, "ｶﾌﾞｼｷｶﾞｲｼｬ"), "", "ｶﾌﾞｼｷｶﾞｲｼｬ", "cp932 (none declared)"},
		{"kanji in EUC-JP", euc(t, "神戸支店"), "", "神戸支店", "euc-jp (none declared)"},
		{"two accented letters in a word", "Forma\xe7\xe3o", "", "Formação", "windows-1252 (none declared)"},
		{"UTF-16 by its byte order mark", "\xfe\xff\x53\xd7\x4e\xd8", "", "受付", "utf-16 (none declared)"},
	} {
		got, guess := decodeText([]byte(c.in), c.charset)
		if got != c.want || guess != c.guess {
			t.Errorf("%s: got %q, guess %q; want %q, guess %q", c.rule, got, guess, c.want, c.guess)
		}
	}
}

func TestDecodeTextKeepsDeclaredCharsetWhenSlightlyDamaged(t *testing.T) {
	in := strings.Repeat("お世話になっております。", 10) + "\xe3\x81"
	got, guess := decodeText([]byte(in), "utf-8")
	if guess != "" || !strings.HasPrefix(got, "お世話になっております。") || !strings.HasSuffix(got, "\uFFFD") {
		t.Errorf("got %q, guess %q", got, guess)
	}
}

// japaneseText draws text of kana, everyday kanji and ASCII.
func japaneseText() *rapid.Generator[string] {
	runes := []rune("あいうかきくさたなはまやらわんアイウエオカキクケコサシスセソタ株式会社灘酒造神戸輸出相談表示能力機械食品東京大阪支援担当者、。「」ー ABCxyz0123456789-_.")
	return rapid.StringOfN(rapid.SampledFrom(runes), 1, 60, -1)
}

func TestDecodeTextReadsWhatOthersEncode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := japaneseText().Draw(t, "text")
		for name, e := range map[string]encoding.Encoding{"shift_jis": japanese.ShiftJIS, "euc-jp": japanese.EUCJP, "iso-2022-jp": japanese.ISO2022JP} {
			b, err := e.NewEncoder().String(s)
			if err != nil {
				t.Fatal(err)
			}
			if got, guess := decodeText([]byte(b), name); got != s || guess != "" {
				t.Fatalf("%s: got %q, guess %q, want %q", name, got, guess, s)
			}
		}
	})
}

func TestDecodeTextGuessesSentences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := "エントリーシートを" + japaneseText().Draw(t, "text") + "お送りいたします。"
		for name, e := range map[string]encoding.Encoding{"cp932": japanese.ShiftJIS, "euc-jp": japanese.EUCJP, "iso-2022-jp": japanese.ISO2022JP} {
			b, _ := e.NewEncoder().String(s)
			if got, _ := decodeText([]byte(b), ""); got != s {
				t.Fatalf("%s undeclared: got %q, want %q", name, got, s)
			}
		}
	})
}

func FuzzDecodeText(f *testing.F) {
	f.Add([]byte("\x1b$B4A;z\x1b(B"), "iso-2022-jp")
	f.Add([]byte("\x83\x5c\xe3\x81"), "utf-8")
	f.Add([]byte("\x8f\xa1"), "euc-jp")
	f.Add([]byte("\xff\xfe\x00"), "")
	f.Fuzz(func(t *testing.T, b []byte, charset string) {
		if s, guess := decodeText(b, charset); !utf8.ValidString(s) || !utf8.ValidString(guess) {
			t.Errorf("no UTF-8: %q, %q", s, guess)
		}
	})
}
