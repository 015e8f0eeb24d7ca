package certificate

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// laid is one line of text as it stands on the page.
type laid struct {
	x, y, width, size float64
	text              string
}

// layLines lays the certificate out and returns its texts, the runs of one line joined.
func layLines(t fataler, c Certificate) []laid {
	book, err := openFonts()
	if err != nil {
		t.Fatal(err)
	}
	p := newPage(book)
	w := cleaner{book: book}
	if err := p.layOut(w.clean(c)); err != nil {
		t.Fatal(err)
	}
	var lines []laid
	for _, run := range textRun.FindAllStringSubmatch(string(p.content), -1) {
		f := number(t, run[1])
		size, spacing, x, y := decimal(t, run[2]), decimal(t, run[3]), decimal(t, run[4]), pageHeight-decimal(t, run[5])
		var text strings.Builder
		for _, code := range glyphCode.FindAllString(run[6], -1) {
			glyph, err := strconv.ParseUint(code, 16, 16)
			if err != nil {
				t.Fatal(err)
			}
			text.WriteRune(p.drawn[f].characters[glyph-1])
		}
		width := book.width(text.String(), style{mincho: face(f) == mincho, size: size, spacing: spacing})
		if n := len(lines); n > 0 && abs(lines[n-1].y-y) < 0.01 && lines[n-1].size == size && abs(lines[n-1].x+lines[n-1].width-x) < 0.05 {
			lines[n-1].text += text.String()
			lines[n-1].width += width
			continue
		}
		lines = append(lines, laid{x, y, width, size, text.String()})
	}
	return lines
}

func decimal(t fataler, s string) float64 {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func abs(x float64) float64 { return max(x, -x) }

// overlaps compares the boxes of ideographs, which stand from 0.12 below to 0.86 above the baseline.
func (l laid) overlaps(m laid) bool {
	const hair = 0.1
	return l.x+hair < m.x+m.width && m.x+hair < l.x+l.width &&
		l.y-0.86*l.size+hair < m.y+0.12*m.size && m.y-0.86*m.size+hair < l.y+0.12*l.size
}

func checkLayout(t interface {
	fataler
	Errorf(string, ...any)
}, c Certificate) {
	lines := layLines(t, c)
	for i, line := range lines {
		if line.x < columnLeft-0.1 || line.x+line.width > columnRight+line.size || line.y > pageHeight-50 || line.y < 60 {
			t.Errorf("%q stands outside the column: x %.1f to %.1f, y %.1f", line.text, line.x, line.x+line.width, line.y)
		}
		for _, other := range lines[:i] {
			if line.overlaps(other) {
				t.Errorf("%q (y %.1f, size %.1f) lies over %q (y %.1f, size %.1f)", line.text, line.y, line.size, other.text, other.y, other.size)
			}
		}
	}
}

// extremes fill every value as far as it goes.
func extremes() map[string]Certificate {
	long := specimen()
	long.Reissue = true
	long.Company = "一般社団法人兵庫県水産加工品海外販路開拓推進協議会・播磨灘地域ブランドプロモーション株式会社グローバルマーケティング"
	long.CompanyKana = "イッパンシャダンホウジンヒョウゴケンスイサンカコウヒンカイガイハンロカイタクスイシンキョウギカイ・ハリマナダチイキブランドプロモーション"
	long.Agency = "独立行政法人中小企業基盤整備機構近畿本部国際化・販路支援部海外展開支援課（神戸サテライトオフィス）・兵庫県商工会連合会"
	long.Concierge = "ウォルフェシュレーゲルシュタインハウゼンベルガードルフ 𠮷田﨑 髙橋 美咲（海外展開支援担当）"
	long.ConciergePhone = "078-000-0042（内線 12345）／ 080-0000-0000（平日 9:00～17:00、土日祝日を除く）"
	long.ConciergeEmail = strings.Repeat("very-long-local-part.", 4) + "@" + strings.Repeat("subdomain.", 6) + "kobe.example.jp"
	long.Office = "独立行政法人日本貿易振興機構（ジェトロ）神戸貿易情報センター 新輸出大国コンソーシアム地域事務局"
	long.OfficePhone = "078-000-0000（代表）、078-000-0001（直通）"
	long.OfficeEmail = strings.Repeat("consortium.", 6) + "@kobe.example.jp"

	endless := long
	for _, value := range []*string{&endless.MemberNumber, &endless.RegistrationNumber, &endless.Company, &endless.CompanyKana,
		&endless.Agency, &endless.Concierge, &endless.ConciergePhone, &endless.ConciergeEmail, &endless.Office, &endless.OfficePhone, &endless.OfficeEmail} {
		*value = strings.Repeat("阿吽𠮷Ab", 3000)
	}
	bare := Certificate{MemberNumber: "M-00042-7", Company: "灘"}
	return map[string]Certificate{"usual": specimen(), "long": long, "endless": endless, "bare": bare, "empty": {}}
}

func TestExtremesStandInTheirPlace(t *testing.T) {
	for name, c := range extremes() {
		t.Run(name, func(t *testing.T) { checkLayout(t, c) })
	}
}

func TestNothingOverlapsWhateverTheValues(t *testing.T) {
	words := []string{"株式会社", "灘浜", "フーズ", "・", "コンソーシアム", "（", "）", " ", "　", "Kobe ", "Trading", "𠮷", "ー", "っ", "、", "龖", "@", ".example.jp", "0120-", "か\u3099"}
	value := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 60).Draw(t, "words"), "")
	})
	rapid.Check(t, func(t *rapid.T) {
		c := specimen()
		for _, field := range []*string{&c.Company, &c.CompanyKana, &c.Agency, &c.Concierge, &c.ConciergePhone, &c.ConciergeEmail, &c.Office, &c.OfficePhone, &c.OfficeEmail} {
			*field = value.Draw(t, "value")
		}
		c.Reissue = rapid.Bool().Draw(t, "reissue")
		checkLayout(t, c)
	})
}

func TestValueTooLongForThePageEndsWithDots(t *testing.T) {
	for _, line := range layLines(t, extremes()["endless"]) {
		if strings.HasSuffix(line.text, "…") {
			return
		}
	}
	t.Error("an endless value is cut without a sign")
}

// TestLayoutIsAsLookedAt holds the places that were judged by eye; after a change of design, look
// at the page again and run with -update.
func TestLayoutIsAsLookedAt(t *testing.T) {
	for _, name := range []string{"usual", "long"} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			for _, line := range layLines(t, extremes()[name]) {
				fmt.Fprintf(&b, "%5.0f %5.0f %5.1f  %s\n", line.x, line.y, line.size, line.text)
			}
			golden := filepath.Join("testdata", "layout-"+name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("layout (-golden +now):\n%s", diff)
			}
		})
	}
}

func TestFixedWordingHasItsGlyphs(t *testing.T) {
	book, err := openFonts()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range consortium + title + attestation + reissued {
		if _, ok := book.title[r]; !ok {
			t.Errorf("title.ttf lacks %c: add it to font/subset.py", r)
		}
	}
	gothic := labelMember + labelRegistration + labelAgency + labelConcierge + labelContact + issuerName +
		useHeading + useNumber + useConcierge + verifyHeading + verifyNote + string(geta) + "…年月日令和平成昭元（）電話メール0123456789"
	for _, r := range gothic {
		if _, ok := book.text[r]; !ok {
			t.Errorf("no font has %c", r)
		}
	}
}

func TestCodePathIsTheCode(t *testing.T) {
	uri := specimen().VerifyMailto
	book, err := openFonts()
	if err != nil {
		t.Fatal(err)
	}
	p := newPage(book)
	if err := p.qrCode(100, 100, uri, ink); err != nil {
		t.Fatal(err)
	}
	code, module, err := encodeQR(uri)
	if err != nil {
		t.Fatal(err)
	}
	if side := module * float64(code.Size+2*qrQuiet); abs(side-qrSide) > 0.01 || module < 1.4 {
		t.Errorf("modules of %.2f points, side %.1f: want half a millimetre in %.0f", module, side, qrSide)
	}
	dark := map[[2]int]bool{}
	for line := range strings.Lines(string(p.content)) {
		var x, y, n int
		if count, _ := fmt.Sscanf(line, "%d %d %d 1 re", &x, &y, &n); count != 3 {
			continue
		}
		for i := range n {
			dark[[2]int{x + i, y}] = true
		}
	}
	for y := range code.Size {
		for x := range code.Size {
			if dark[[2]int{x, y}] != code.Black(x, y) {
				t.Fatalf("module %d, %d is drawn %v", x, y, dark[[2]int{x, y}])
			}
		}
	}
}

func TestCodeUsesTheHigherLevelWhileItScans(t *testing.T) {
	sizes := make([]float64, 0, 3)
	for _, n := range []int{60, 300, 560} {
		_, module, err := encodeQR("mailto:" + strings.Repeat("a", n))
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		sizes = append(sizes, module)
	}
	if !slices.IsSortedFunc(sizes, func(a, b float64) int { return -int(100 * (a - b)) }) || sizes[2] < qrMinModule {
		t.Errorf("modules of %v points", sizes)
	}
}

// What every certificate says is cut from the fonts once: only values bring further characters.
func TestFixedWordingIsDrawnFromFontsCutBeforehand(t *testing.T) {
	book, err := openFonts()
	if err != nil {
		t.Fatal(err)
	}
	p := newPage(book)
	if err := p.layOut(Certificate{MemberNumber: "M-00042-7", RegistrationNumber: "2026-KOB-00042-5", Company: "株式会社", Agency: "", Concierge: "A",
		ConciergePhone: "1", ConciergeEmail: "a@b", OfficePhone: "1", OfficeEmail: "a@b", Issued: time.Date(2026, 11, 16, 0, 0, 0, 0, tokyo),
		Reissue: true, VerifyMailto: "mailto:a@b"}); err != nil {
		t.Fatal(err)
	}
	if extra := p.drawn[gothic].characters; len(extra) > 0 {
		t.Errorf("%q are cut anew for every certificate", string(extra))
	}
	for f, font := range book.wording {
		if len(p.drawn[f].characters) != len(font.characters) || len(font.characters) < 20 {
			t.Errorf("face %d: %d characters drawn, %d cut", f, len(p.drawn[f].characters), len(font.characters))
		}
	}
}
