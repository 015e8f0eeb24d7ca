package certificate

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func specimen() Certificate {
	return Certificate{
		MemberNumber: "M-00042-7", RegistrationNumber: "2026-KOB-00042-5",
		Company: "株式会社灘浜フーズ", CompanyKana: "カブシキガイシャナダハマフーズ",
		Agency: "神戸みなと商工会議所", Concierge: "髙橋　美咲",
		ConciergePhone: "078-000-0042", ConciergeEmail: "takahashi@kobe.example.jp",
		Office: "ジェトロ神戸", OfficePhone: "078-000-0000", OfficeEmail: "consortium@kobe.example.jp",
		Issued:       time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC), // the 23rd in Tokyo
		VerifyMailto: "mailto:consortium@kobe.example.jp?subject=%E4%BC%9A%E5%93%A1%E7%A2%BA%E8%AA%8D%20M-00042-7",
	}
}

func render(t testing.TB, c Certificate) []byte {
	t.Helper()
	pdf, _, err := Render(c)
	if err != nil {
		t.Fatal(err)
	}
	return pdf
}

func wantText(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("the page does not say %q; it says:\n%s", w, text)
		}
	}
}

func TestPageSaysEverythingOfTheCertificate(t *testing.T) {
	c := specimen()
	c.Reissue = true
	text := openPDF(t, render(t, c)).text()
	wantText(t, text, c.MemberNumber, c.RegistrationNumber, c.Company, c.CompanyKana, c.Agency, c.Concierge,
		c.ConciergePhone, c.ConciergeEmail, c.Office, c.OfficePhone, c.OfficeEmail,
		"令和8年11月23日", "（2026年11月23日）", consortium, title, attestation, issuerName, reissued,
		labelMember, labelRegistration, labelAgency, labelConcierge, labelContact, useNumber, verifyNote)
}

func TestBlankValuesLeaveNoLabelBehind(t *testing.T) {
	c := specimen()
	c.Agency, c.ConciergePhone, c.OfficePhone, c.VerifyMailto = "", "", " ", ""
	text := openPDF(t, render(t, c)).text()
	for _, label := range []string{labelAgency, "電話", verifyHeading, verifyNote, reissued} {
		if strings.Contains(text, label) {
			t.Errorf("%q is printed although its value is blank", label)
		}
	}
	wantText(t, text, labelContact, "メール", c.OfficeEmail)

	onlyNumbers := Certificate{MemberNumber: "M-00042-7", Company: "灘浜フーズ"}
	text = openPDF(t, render(t, onlyNumbers)).text()
	wantText(t, text, "M-00042-7", "灘浜フーズ", attestation)
	if strings.Contains(text, labelContact) || strings.Contains(text, "年") {
		t.Errorf("a certificate without contact and date says:\n%s", text)
	}
}

func TestRareCharactersAreDrawnAndRead(t *testing.T) {
	for _, name := range []string{
		"髙﨑", "鷗外", "頰", "剝", "塡", "𠮟", // CP932's extensions, JIS X 0213, one beyond the BMP
		"𠮷野", "𣘺本", "𡈽", "𥔎", "神\uFA19", "☑", // the second font
		"㈱①ⅣⅨ㎡〜～−－", "ｶﾌﾞｼｷ", "Café Æneid Łódź", "Пётр", "Αθήνα",
	} {
		c := specimen()
		c.Company = name
		pdf, missing, err := Render(c)
		if err != nil || len(missing) > 0 {
			t.Errorf("%s: missing %q, error %v", name, string(missing), err)
			continue
		}
		wantText(t, openPDF(t, pdf).text(), name)
	}
}

func TestCharacterWithoutGlyphBecomesGetaAndIsTold(t *testing.T) {
	c := specimen()
	c.Company, c.Concierge, c.Agency = "龖田龖商店", "王 鹏飞", "🐟市場\xff"
	pdf, missing, err := Render(c)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(missing), "龖🐟\uFFFD鹏飞"; got != want {
		t.Errorf("missing %q, want %q: each once, in the order of the values", got, want)
	}
	wantText(t, openPDF(t, pdf).text(), "〓田〓商店", "王 〓〓", "〓市場〓")
}

func TestVariationSelectorsAndMarksAreNotMissing(t *testing.T) {
	tests := []struct{ rule, in, want string }{
		{"an ideographic variation is drawn as its base", "葛\U000E0100城", "葛城"},
		{"an emoji selector is dropped", "☃\uFE0F堂", "☃堂"},
		{"decomposed kana are joined", "か\u3099き\u3099は\u309A", "がぎぱ"},
		{"decomposed Latin is joined", "Cafe\u0301", "Café"},
		{"a compatibility ideograph stays what it is", "\uFA19戸か\u3099", "\uFA19戸が"},
		{"a Kangxi radical becomes its ideograph", "\u2F2D川", "山川"},
		{"line breaks, tabs and no-break spaces are blanks", "灘\r\n浜\tフ\u00A0ーズ", "灘 浜 フ ーズ"},
		{"invisible characters go", "灘\u200B浜\uFEFF\u202Eフーズ\u0007", "灘浜フーズ"},
		{"blanks around go", "　 灘浜 　", "灘浜"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			c := specimen()
			c.Company = test.in
			pdf, missing, err := Render(c)
			if err != nil || len(missing) > 0 {
				t.Fatalf("missing %q, error %v", string(missing), err)
			}
			wantText(t, openPDF(t, pdf).text(), "\n"+test.want+"\n")
		})
	}
}

func TestSameCertificateSameBytes(t *testing.T) {
	first := render(t, specimen())
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			other := specimen()
			other.Company = strings.Repeat("𠮷", i+1)
			if _, _, err := Render(other); err != nil {
				t.Error(err)
			}
			again, _, err := Render(specimen())
			if err != nil || !bytes.Equal(first, again) {
				t.Errorf("rendered again beside others, the bytes differ (error %v)", err)
			}
		})
	}
	group.Wait()
	other := specimen()
	other.MemberNumber = "M-00043-1"
	if bytes.Equal(first, render(t, other)) {
		t.Error("another certificate has the same bytes")
	}
}

func TestDocumentNamesItself(t *testing.T) {
	pdf := openPDF(t, render(t, specimen()))
	info := pdf.find("/CreationDate")
	for _, want := range []string{
		"/Title " + pdfText("新輸出大国コンソーシアム会員証 M-00042-7"), "/Author " + pdfText(issuerName),
		"/CreationDate (D:20261123083000+09'00')",
	} {
		if !strings.Contains(info, want) {
			t.Errorf("information lacks %s: %s", want, info)
		}
	}
	if catalog := pdf.find("/Type /Catalog"); !strings.Contains(catalog, "/Lang (ja-JP)") {
		t.Errorf("catalog without language: %s", catalog)
	}
}

func TestFileIsSmall(t *testing.T) {
	if size := len(render(t, specimen())); size > 45<<10 {
		t.Errorf("%d bytes: fonts are no longer cut to what is drawn", size)
	}
}

func TestMailtoThatWouldNotScanIsRefused(t *testing.T) {
	c := specimen()
	c.VerifyMailto = "mailto:consortium@kobe.example.jp?body=" + strings.Repeat("x", 600)
	_, _, err := Render(c)
	var tooLong MailtoTooLongError
	if !errors.As(err, &tooLong) || tooLong.Bytes != len(c.VerifyMailto) {
		t.Fatalf("got %v, want MailtoTooLongError", err)
	}
	if strings.Contains(err.Error(), "example.jp") {
		t.Errorf("the error quotes the address: %v", err)
	}
}

// TestOtherReadersAgree asks poppler for the text and zbar for the code, where they are installed.
func TestOtherReadersAgree(t *testing.T) {
	file := filepath.Join(t.TempDir(), "certificate.pdf")
	c := specimen()
	c.Company = "𠮷田鷗外𠮟商店"
	if err := os.WriteFile(file, render(t, c), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(t *testing.T, name string, args ...string) string {
		t.Helper()
		if _, err := exec.LookPath(name); err != nil {
			t.Skip(name + " is not installed")
		}
		out, err := exec.CommandContext(t.Context(), name, args...).Output()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return string(out)
	}
	t.Run("text", func(t *testing.T) {
		wantText(t, run(t, "pdftotext", file, "-"), c.Company, c.MemberNumber, c.RegistrationNumber, c.Agency, c.ConciergeEmail)
	})
	t.Run("code", func(t *testing.T) {
		image := strings.TrimSuffix(file, ".pdf")
		run(t, "pdftoppm", "-r", "100", "-gray", "-singlefile", file, image)
		if got := strings.TrimSpace(run(t, "zbarimg", "-q", "--raw", image+".pgm")); got != c.VerifyMailto {
			t.Errorf("the code reads %q, want %q", got, c.VerifyMailto)
		}
	})
}

func BenchmarkRender(b *testing.B) {
	c := specimen()
	render(b, c)
	b.ReportAllocs()
	for b.Loop() {
		render(b, c)
	}
}

func BenchmarkOpenFonts(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := openBook(); err != nil {
			b.Fatal(err)
		}
	}
}
