package bundle

import (
	"archive/zip"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"

	"uketsuke/internal/casework"
)

// Bounds of what is read.
const (
	maxUnpacked = 32 << 20 // bytes of the workbook's parts together
	maxRows     = 5000     // of one sheet
	maxText     = 30_000   // characters of one cell; Excel takes 32,767
	maxVersions = 100
)

// ErrOther says that a workbook is none of a case that is handed over.
var ErrOther = errors.New("the workbook is no bundle of a transferred case")

// FormError says what is wrong with a bundle. Where is a sheet and a label or row; values are not told.
type FormError struct{ Where, What string }

func (e *FormError) Error() string { return "bundle of a transferred case: " + e.Where + ": " + e.What }

// Read reads what Write has written. Entries, problems and sizes of the sheets are not in it. Its error is ErrOther or a
// *FormError.
func Read(book []byte) (b casework.Bundle, err error) {
	defer func() {
		if recover() != nil { // a library on bytes from outside
			b, err = casework.Bundle{}, ErrOther
		}
	}()
	if !small(book) {
		return b, ErrOther
	}
	f, err := excelize.OpenReader(bytes.NewReader(book), excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked, RawCellValue: true})
	if err != nil {
		return b, ErrOther
	}
	defer f.Close()
	if err := readCase(f, &b); err != nil {
		return casework.Bundle{}, err
	}
	for _, read := range []func(*excelize.File, *casework.Bundle) error{readVersions, readSupports, readHistory} {
		if err := read(f, &b); err != nil {
			return casework.Bundle{}, err
		}
	}
	return b, nil
}

// small counts what the package says its parts have, before one is expanded.
func small(book []byte) bool {
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		return false
	}
	var size uint64
	for _, part := range z.File {
		if size += part.UncompressedSize64; part.UncompressedSize64 > maxUnpacked || size > maxUnpacked {
			return false
		}
	}
	return true
}

func readCase(f *excelize.File, b *casework.Bundle) error {
	rows, err := rowsOf(f, sheetCase, 2)
	if err != nil || len(rows) == 0 || rows[0][0] != form {
		return ErrOther
	}
	if rows[0][1] != strconv.Itoa(version) {
		return &FormError{sheetCase, "a version that this program does not know"}
	}
	for _, row := range rows[1:] {
		i := slices.IndexFunc(fields, func(d field) bool { return d.label == row[0] })
		if i < 0 {
			continue
		}
		if err := fields[i].set(b, row[1]); err != nil {
			return &FormError{sheetCase + " " + row[0], "cannot be read"}
		}
	}
	if kind, ok := casework.ParseNumber(b.Registration); kind != casework.NumberRegistration || !ok {
		return &FormError{sheetCase, "no registration number"}
	}
	if kind, ok := casework.ParseNumber(b.Member); kind != casework.NumberMember || !ok {
		return &FormError{sheetCase, "no member number"}
	}
	if kind, ok := casework.ParseNumber(b.Receipt); kind != casework.NumberReceipt || !ok {
		return &FormError{sheetCase, "no receipt number"}
	}
	switch b.Channel {
	case casework.ChannelMail, casework.ChannelFax, casework.ChannelPost, casework.ChannelWindow:
		return nil
	}
	return &FormError{sheetCase, "an unknown way in which the sheet came"}
}

func readVersions(f *excelize.File, b *casework.Bundle) error {
	rows, err := bodyOf(f, sheetVersions, versionColumns)
	if err != nil {
		return err
	}
	for i, row := range rows {
		at := fmt.Sprintf("%s row %d", sheetVersions, i+2)
		n, err := strconv.Atoi(row[0])
		if err != nil || n < 1 || n > 1000 || len(b.Sheets) > 0 && n <= b.Newest().Version || len(b.Sheets) == maxVersions {
			return &FormError{at, "a version out of order"}
		}
		when, err := read(row[2])
		if err != nil {
			return &FormError{at, "no time"}
		}
		if sum, err := hex.DecodeString(row[3]); err != nil || len(sum) != 32 {
			return &FormError{at, "no SHA-256"}
		}
		b.Sheets = append(b.Sheets, casework.BundleSheet{Version: n, At: when, File: casework.SheetFile{Name: row[1], Blob: row[3]}})
	}
	if len(b.Sheets) == 0 {
		return &FormError{sheetVersions, "no version"}
	}
	return nil
}

func readSupports(f *excelize.File, b *casework.Bundle) error {
	rows, err := bodyOf(f, sheetSupports, supportColumns)
	for _, row := range rows {
		b.Supports = append(b.Supports, casework.BundleSupport{Agency: row[0], State: row[1], Consents: row[2], Host: row[3]})
	}
	return err
}

func readHistory(f *excelize.File, b *casework.Bundle) error {
	rows, err := bodyOf(f, sheetHistory, historyColumns)
	if err != nil {
		return err
	}
	for i, row := range rows {
		when, err := read(row[0])
		if err != nil || when == (time.Time{}) {
			return &FormError{fmt.Sprintf("%s row %d", sheetHistory, i+2), "no time"}
		}
		b.History = append(b.History, casework.BundleLine{At: when, Text: row[1], By: row[2]})
	}
	return nil
}

// bodyOf are the rows of a table below its head.
func bodyOf(f *excelize.File, sheet string, columns []string) ([][]string, error) {
	rows, err := rowsOf(f, sheet, len(columns))
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || !slices.Equal(rows[0], columns) {
		return nil, &FormError{sheet, "other columns than expected"}
	}
	return rows[1:], nil
}

// rowsOf are the rows of a sheet, each with so many cells; rows without a text are left out.
func rowsOf(f *excelize.File, sheet string, cells int) ([][]string, error) {
	rows, err := f.Rows(sheet)
	if err != nil {
		return nil, &FormError{sheet, "is missing"}
	}
	defer rows.Close()
	var out [][]string
	for rows.Next() {
		row, err := rows.Columns()
		if err != nil {
			return nil, &FormError{sheet, "cannot be read"}
		}
		row = append(row, make([]string, cells)...)[:cells]
		for i, s := range row {
			row[i] = writable(s)
		}
		if !slices.ContainsFunc(row, func(s string) bool { return s != "" }) {
			continue
		}
		if len(out) > maxRows {
			return nil, &FormError{sheet, "more rows than a case has"}
		}
		out = append(out, row)
	}
	return out, nil
}
