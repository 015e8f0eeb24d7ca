package letter

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"uketsuke/internal/casework"
)

func TestALongListGoesAlongAsAWorkbook(t *testing.T) {
	l := sample(t, "list-office")
	content := l.Content.(casework.ListLetter)
	row := content.Rows[0]
	content.Rows = nil
	for i := range 250 {
		row.Number, row.Company = fmt.Sprintf("2026-KOB-%05d-0", i+1), fmt.Sprintf("=cmd|'/c calc'!A%d", i+1)
		content.Rows = append(content.Rows, row)
	}
	l.Content, l.Attach = content, []casework.Attachment{{Kind: casework.AttachList, Name: "進行中の案件.xlsx"}}
	r := renderer(t, Options{})
	p, err := r.Parts(l)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(p.Subject, "250件") || strings.Count(p.Text, "2026-KOB-") != 100 || !strings.Contains(p.Text, "2026-KOB-00100-0") {
		t.Errorf("%s: the mail shows %d cases", p.Subject, strings.Count(p.Text, "2026-KOB-"))
	}
	if text, html := said(p); !strings.Contains(text, "100件を載せております") || !strings.Contains(html, "添付の表をご覧ください") {
		t.Errorf("the mail does not say where the others are:\n%s", p.Text)
	}
	m, err := r.Render(l, openWorkbook)
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(openMail(t, m.Raw).content[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Sheet1")
	if err != nil || len(rows) != 251 || rows[250][0] != "2026-KOB-00250-0" || rows[250][1] != "=cmd|'/c calc'!A250" || len(rows[250]) != len(listColumns) {
		t.Fatalf("%d rows, the last %q, %v", len(rows), rows[len(rows)-1], err)
	}
	if formula, err := f.GetCellFormula("Sheet1", "B251"); err != nil || formula != "" {
		t.Errorf("a company's name is a formula: %q %v", formula, err)
	}
}

func TestAShortListStandsInTheMailAlone(t *testing.T) {
	p, err := renderer(t, Options{}).Parts(sample(t, "list-office"))
	if err != nil || strings.Contains(p.Text+p.HTML, "添付の表") {
		t.Errorf("%v\n%s", err, p.Text)
	}
}
