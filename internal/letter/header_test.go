package letter

import (
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"net/mail"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"
	"pgregory.net/rapid"

	"uketsuke/internal/casework"
)

func base64Reader(r io.Reader) io.Reader { return base64.NewDecoder(base64.StdEncoding, r) }

func TestHeadersOfALetter(t *testing.T) {
	r := renderer(t, Options{})
	for name, auto := range map[string]string{"registered": "auto-replied", "held": "auto-generated"} {
		m, err := r.Render(sample(t, name), openWorkbook)
		if err != nil {
			t.Fatal(err)
		}
		h := openMail(t, m.Raw).header
		for field, want := range map[string]string{
			"Auto-Submitted": auto, "X-Auto-Response-Suppress": "All", "X-Uketsuke-Loop": "sample", "Precedence": "",
			"Mime-Version": "1.0", "Content-Language": "ja", "Date": "Tue, 24 Nov 2026 10:20:00 +0900",
			"Message-Id": "<" + m.MessageID + ">",
		} {
			if got := h.Get(field); got != want {
				t.Errorf("%s: %s is %q, want %q", name, field, got, want)
			}
		}
		for _, field := range []string{"From", "Reply-To"} {
			if a, err := h.AddressList(field); err != nil || len(a) != 1 || a[0].Address != testOffice.Mailbox.Addr || a[0].Name != testOffice.Mailbox.Name {
				t.Errorf("%s: %s is %q (%v)", name, field, h.Get(field), err)
			}
		}
	}
}

func TestAnAnswerStandsInItsThreadAndGoesToAllRecipientsOnce(t *testing.T) {
	l := sample(t, "registered")
	l.InReplyTo, l.References = "<b@x.example>", []string{"a@x.example", "not an id", "evil\r\nBcc: x@y.example", "<b@x.example>"}
	l.Cc = append(l.Cc, l.To[0])
	m, err := renderer(t, Options{}).Render(l, openWorkbook)
	if err != nil {
		t.Fatal(err)
	}
	h := openMail(t, m.Raw).header
	if h.Get("In-Reply-To") != "<b@x.example>" || h.Get("References") != "<a@x.example> <b@x.example>" {
		t.Errorf("In-Reply-To %q, References %q", h.Get("In-Reply-To"), h.Get("References"))
	}
	if got := strings.Join(m.To, " "); got != "tanaka@minato-bank.example houjin@minato-bank.example" {
		t.Errorf("envelope %q", got)
	}
	if h.Get("Bcc") != "" {
		t.Error("a Bcc was smuggled in")
	}
}

func TestLongThreadsKeepTheFirstAndTheNewest(t *testing.T) {
	ids := strings.Fields(strings.Repeat("x@y.example ", 60))
	ids[0], ids[59] = "first@y.example", "last@y.example"
	got := strings.Fields(messageIDs(ids))
	if len(got) != 20 || got[0] != "<first@y.example>" || got[19] != "<last@y.example>" {
		t.Errorf("%q", got)
	}
}

func TestTheHeaderConstructorRefusesLineBreaks(t *testing.T) {
	for _, value := range []string{"a\r\nBcc: b@c.example", "a\nb", "a\rb", "a\x00b", "a\x7fb", "日本", strings.Repeat("x", 1000)} {
		var bad *HeaderError
		if b, err := field("Subject", value); !errors.As(err, &bad) || bad.Field != "Subject" {
			t.Errorf("field(%q) = %q, %v", value, b, err)
		}
	}
}

func TestAddressesThatCannotBeWrittenAreRefused(t *testing.T) {
	for _, addr := range []string{"", "x", "@y.example", "x@", "a b@y.example", "x@y.example\r\nBcc: z@y.example", "x@y.example,z@y.example", "名前@y.example", "x>@y.example"} {
		l := sample(t, "registered")
		l.To = []casework.Address{{Addr: addr}}
		var bad *HeaderError
		if _, err := renderer(t, Options{}).Render(l, openWorkbook); !errors.As(err, &bad) {
			t.Errorf("address %q: %v", addr, err)
		}
	}
}

func TestAWideDomainIsWrittenAsItsALabel(t *testing.T) {
	got, err := utf8Charset.mailbox(casework.Address{Addr: "info@日本語.example"})
	if err != nil || got != "info@xn--wgv71a119e.example" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestNamesFromOutsideCannotBreakTheHeader(t *testing.T) {
	for _, name := range []string{"田中\r\nBcc: x@y.example", "a\r\nBcc: x@y.example", `"quoted" \ name`, "=?UTF-8?B?Zm9v?=", "a, b <c@d.example>", strings.Repeat("長い名前", 80), "山田\u202e"} {
		l := sample(t, "registered")
		l.To = []casework.Address{{Name: name, Addr: "tanaka@minato-bank.example"}}
		l.Attach[0].Name = name + ".pdf"
		m, err := renderer(t, Options{}).Render(l, openWorkbook)
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		checkBytes(t, name, m.Raw)
		h := openMail(t, m.Raw).header
		a, err := h.AddressList("To")
		if err != nil || len(a) != 1 || a[0].Address != "tanaka@minato-bank.example" || a[0].Name != oneLine(name) {
			t.Errorf("To of %q: %v %v", name, a, err)
		}
		if h.Get("Bcc") != "" {
			t.Errorf("%q smuggled a Bcc in", name)
		}
		if got := m.Attachments[0]; strings.ContainsAny(got, "\r\n\"/\\") || !strings.HasSuffix(got, ".pdf") {
			t.Errorf("attachment name %q", got)
		}
	}
}

func TestEncodedWordsReadBackInBothCharsets(t *testing.T) {
	for _, c := range []charset{utf8Charset, jisCharset} {
		rapid.Check(t, func(t *rapid.T) {
			s := rapid.StringOfN(rapid.RuneFrom([]rune("登録のお知らせ（）「」ァー漢字 abc[]=?_　、。")), 0, 120, -1).Draw(t, "text")
			b, err := field("Subject", c.encodeWords(s))
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(b)) {
				if len(line) > 78 {
					t.Fatalf("line of %d: %q", len(line), line)
				}
			}
			dec := mime.WordDecoder{CharsetReader: charsetReader}
			m, err := mail.ReadMessage(strings.NewReader(string(b) + "\r\n"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := dec.DecodeHeader(m.Header.Get("Subject"))
			if err != nil || strings.TrimSpace(got) != strings.TrimSpace(s) {
				t.Fatalf("%q came back as %q (%v)", s, got, err)
			}
			for word := range strings.FieldsSeq(c.encodeWords(s)) {
				one, err := dec.Decode(word)
				if strings.HasPrefix(word, "=?") && (err != nil || strings.ContainsRune(one, '\ufffd')) {
					t.Fatalf("word %q is cut inside a character: %q %v", word, one, err)
				}
			}
		})
	}
}

func TestFileNamesReadBackByBothWays(t *testing.T) {
	for _, name := range []string{"会員証.pdf", "エントリーシート（株式会社灘酒造）.xlsx", strings.Repeat("とても長い名前", 20) + ".xlsx", "plain name.xlsx", "100% 確認~'.xlsx", "吉𠮷葛󠄀.xlsx"} {
		_, byName, err := mime.ParseMediaType(utf8Charset.contentType("application/pdf", name))
		if err != nil {
			t.Fatal(err)
		}
		dec := mime.WordDecoder{}
		if got, err := dec.DecodeHeader(byName["name"]); err != nil || got != name {
			t.Errorf("name= gives %q (%v), want %q", got, err, name)
		}
		_, byFilename, err := mime.ParseMediaType(disposition(name))
		if err != nil || byFilename["filename"] != name {
			t.Errorf("filename= gives %q (%v), want %q", byFilename["filename"], err, name)
		}
	}
	if d := disposition("エントリーシート（株式会社灘酒造）.xlsx"); !strings.Contains(d, "filename*0*=UTF-8''") || !strings.Contains(d, "; filename*1*=") {
		t.Errorf("a long name has no continuations: %s", d)
	}
}

func TestJapaneseCharsetFallsBackForTheWholeLetter(t *testing.T) {
	for _, tc := range []struct {
		rule, name string
		want       charset
	}{
		{"what JIS X 0208 has", "田中 一郎", jisCharset},
		{"its twins are mapped", "田中〜一郎－係", jisCharset},
		{"kanji of the vendors", "髙橋", utf8Charset},
		{"circled figures of the vendors", "①係", utf8Charset},
		{"beyond the BMP", "𠮷田", utf8Charset},
		{"half-width kana", "ﾀﾅｶ", utf8Charset},
		{"Latin with accents", "Müller", utf8Charset},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			l := sample(t, "registered")
			l.Charset = "iso-2022-jp"
			l.To[0].Name = tc.name
			m, err := renderer(t, Options{}).Render(l, openWorkbook)
			if err != nil {
				t.Fatal(err)
			}
			raw := string(m.Raw)
			if got := strings.Contains(raw, "charset=ISO-2022-JP"); got != (tc.want == jisCharset) {
				t.Errorf("ISO-2022-JP: %v", got)
			}
			if strings.Contains(raw, "charset=ISO-2022-JP") && (strings.Contains(raw, "charset=UTF-8") || strings.Contains(raw, "=?UTF-8?")) {
				t.Error("two charsets in one letter")
			}
			if tc.want == jisCharset && !strings.Contains(raw, "\x1b$B") {
				t.Error("the text part is not 7-bit ISO-2022-JP")
			}
		})
	}
}

func TestISO2022JPLinesEndInASCII(t *testing.T) {
	s, ok := toJIS("一行目\r\n二行目")
	if !ok {
		t.Fatal("not encoded")
	}
	for line := range strings.SplitSeq(s, "\r\n") {
		if !strings.HasSuffix(line, "\x1b(B") {
			t.Errorf("line %q leaves the next one in kanji mode", line)
		}
	}
	if back, _ := japanese.ISO2022JP.NewDecoder().String(s); back != "一行目\r\n二行目" {
		t.Errorf("%q", back)
	}
}

func TestAnEnvelopeHasOneCanonicalText(t *testing.T) {
	if a, b := Recipients([]string{"B@x.example", "a@x.example"}), Recipients([]string{"a@x.example", "b@X.example"}); a != b || a != "a@x.example,b@x.example" {
		t.Errorf("%q, %q", a, b)
	}
}
