package letter

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"uketsuke/internal/casework"
)

// The layout's colours: what is read, or seen, on what. Texts have a contrast of 4.5 at least, bars and accents of 3 (WCAG 2
// AA, 1.4.3 and 1.4.11).
var looks = []struct {
	of, on string
	least  float64
}{
	{"#1f2328", "#ffffff", 4.5}, // light: text
	{"#1f2328", "#fbf6e2", 4.5}, // in a notice
	{"#4a525c", "#f3f5f7", 4.5}, // labels of tables
	{"#4a525c", "#ffffff", 4.5}, // quotes, signature
	{"#59626d", "#ffffff", 4.5}, // small print, lines to copy
	{"#1b4f82", "#ffffff", 4.5}, // commands, bars, accents
	{"#e6e9ed", "#1f242a", 4.5}, // dark: text
	{"#e6e9ed", "#33301f", 4.5},
	{"#c3cbd5", "#272d35", 4.5},
	{"#b4bdc8", "#1f242a", 4.5},
	{"#a9cdf2", "#1f242a", 4.5},
	{"#5b9bd5", "#1f242a", 3},
	{"#8ab8e6", "#1f242a", 3},
}

// decoration are colours of borders that part what is told apart anyway, and the ground of the page.
var decoration = []string{"#d5dae0", "#d9c46a", "#3a424c", "#a08c3c", "#15181c"}

func TestEveryColourOfTheLayoutCanBeRead(t *testing.T) {
	known := slices.Clone(decoration)
	for _, l := range looks {
		known = append(known, l.of, l.on)
		if c := contrast(t, l.of, l.on); c < l.least {
			t.Errorf("%s on %s has a contrast of %.2f, under %.1f", l.of, l.on, c, l.least)
		}
	}
	for _, c := range regexp.MustCompile(`#[0-9a-fA-F]{6}`).FindAllString(embedded(t, layoutFile), -1) {
		if !slices.Contains(known, c) {
			t.Errorf("the layout has the colour %s, whose contrast nobody has looked at", c)
		}
	}
}

// contrast is the ratio of WCAG 2.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	light := func(c string) float64 {
		var sum float64
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			n, err := strconv.ParseUint(c[1+2*i:3+2*i], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			v := float64(n) / 255
			if v <= 0.04045 {
				v /= 12.92
			} else {
				v = math.Pow((v+0.055)/1.055, 2.4)
			}
			sum += weight * v
		}
		return sum
	}
	x, y := light(a), light(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestTheContrastIsThatOfTheStandard(t *testing.T) {
	if c := contrast(t, "#000000", "#ffffff"); math.Abs(c-21) > 0.01 {
		t.Errorf("black on white: %.2f", c)
	}
	if c := contrast(t, "#777777", "#ffffff"); math.Abs(c-4.48) > 0.01 {
		t.Errorf("#777 on white: %.2f", c)
	}
}

// A digest of sixty lines, each with two commands, stays under 100 KiB; of more lines the mail has sixty, and a workbook all.
func TestALongDigestIsCutAndHasAWorkbook(t *testing.T) {
	r := renderer(t, Options{})
	l := sample(t, "digest-concierge")
	content := l.Content.(casework.DigestLetter)
	line := content.Lines[1]
	content.Lines = nil
	for i := range 75 {
		line.Number, line.Company = fmt.Sprintf("2026-KOB-%05d-0", i+1), fmt.Sprintf("株式会社長い名前の輸出企業その%d", i+1)
		content.Lines = append(content.Lines, line)
	}
	l.Content = content
	l.Attach = []casework.Attachment{{Kind: casework.AttachList, Name: "本日のご確認.xlsx"}}
	p, err := r.Parts(l)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(p.HTML, `class="act"`); n != 120 || len(p.HTML) > 100<<10 {
		t.Errorf("%d commands in %d bytes", n, len(p.HTML))
	}
	if !strings.Contains(p.Text, "（75件）") || !strings.Contains(p.Text, "はじめの60件") || strings.Contains(p.Text, "その61") {
		t.Errorf("the digest does not say that it is cut:\n%.600s", p.Text)
	}
	files, err := r.files(l, openWorkbook)
	if err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(files[0].data))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if rows, err := book.GetRows("Sheet1"); err != nil || len(rows) != 76 || rows[75][1] != "2026-KOB-00075-0" || rows[0][2] != "企業名" {
		t.Errorf("the workbook: %v, %d rows", err, len(rows))
	}
}

// No letter has more than 100 KiB of HTML.
func TestNoLetterIsHeavy(t *testing.T) {
	eachLetter(t, func(s Sample, p Parts) {
		if len(p.HTML) > 100<<10 {
			t.Errorf("%s has %d bytes of HTML", s.Name, len(p.HTML))
		}
	})
}
