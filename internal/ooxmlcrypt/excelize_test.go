package ooxmlcrypt

import (
	"bytes"
	"testing"

	"github.com/xuri/excelize/v2"
)

// workbook is a package of several segments with a text in A1.
func workbook(t testing.TB) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for row := 1; row <= 1500; row++ {
		cell, err := excelize.CoordinatesToCellName(1, row)
		if err == nil {
			err = f.SetCellValue("Sheet1", cell, "株式会社灘酒造 "+cell)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	if b.Len() < 3*segment {
		t.Fatalf("only %d bytes", b.Len())
	}
	return b.Bytes()
}

func TestExcelizeOpensWhatWasLocked(t *testing.T) {
	file, err := Encrypt(workbook(t), "Kobe2026!", steady())
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(file), excelize.Options{Password: "Kobe2026!"})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := f.GetCellValue("Sheet1", "A1500"); err != nil || got != "株式会社灘酒造 A1500" {
		t.Errorf("%q, %v", got, err)
	}
	if f, err := excelize.OpenReader(bytes.NewReader(file), excelize.Options{Password: "Kobe2026"}); err == nil {
		f.Close()
		t.Error("it opens with another password too")
	}
}

func TestWhatExcelizeLockedOpens(t *testing.T) {
	pkg := workbook(t)
	file, err := excelize.Encrypt(pkg, &excelize.Options{Password: "Kobe2026!"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Decrypt(file, "Kobe2026!"); err != nil || !bytes.Equal(got, pkg) {
		t.Errorf("%d bytes, %v; want %d", len(got), err, len(pkg))
	}
}
