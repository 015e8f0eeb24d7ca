// Package certificate makes the consortium's member certificate (会員証), one A4 page of PDF.
//
// The guide has the secretariat issue it to the company through its intake agency (3-1 (5)),
// and a supporting agency look at the member number on it at first contact (3-2 (4)). So the
// number stands first and large, and a QR code opens the mail that checks it.
//
//  1. Every value is cleaned: combining marks joined, variation selectors and invisible
//     characters taken out, blanks made plain. A character that no embedded font has becomes 〓
//     and is reported (text.go).
//  2. The page is laid out from the top (title, company, attestation, table) and from the
//     bottom (notes, QR code, issuer). A long value first wraps, then shrinks (layout.go, wrap.go).
//  3. gopdf makes the file and draws lines and areas; texts and the QR code are kept as PDF
//     operators (page.go, qr.go).
//  4. Each font is cut to the characters that the page draws (sfnt.go), and the file is completed
//     with fonts, content, language, information and an identifier made from its bytes (finish.go).
//
// Nothing depends on the clock, on chance or on the order of calls: the same certificate is the
// same bytes.
package certificate

import (
	"fmt"
	"strings"
	"time"
)

// Certificate is what the page says. Blank values leave no hole: their line or row is absent.
type Certificate struct {
	MemberNumber       string // 会員番号, M-00042-7
	RegistrationNumber string // コンソーシアムエントリー登録番号, 2026-KOB-00042-5
	Company            string // the member's name, without 様 or 御中
	CompanyKana        string // its reading, printed small above the name
	Agency             string // 紹介元支援機関, by name
	Concierge          string // 担当コンシェルジュ, by name
	ConciergePhone     string
	ConciergeEmail     string
	Office             string // the issuing office, for instance ジェトロ神戸
	OfficePhone        string
	OfficeEmail        string
	Issued             time.Time // its date in Asia/Tokyo is printed
	Reissue            bool      // a copy issued again, and marked so
	VerifyMailto       string    // mailto: URI of the 会員確認 mail, drawn as a QR code
}

// Render returns the PDF's bytes.
//
// missing lists, in order of appearance and each once, the characters that no embedded font
// has: they are drawn as 〓, so that nothing is silently blank, and the clerk can be told.
//
// An error is a MailtoTooLongError, or means that the embedded fonts do not work. Render may be called from many goroutines at once.
func Render(c Certificate) (pdf []byte, missing []rune, err error) {
	book, err := openFonts()
	if err != nil {
		return nil, nil, fmt.Errorf("certificate: open the embedded fonts: %w", err)
	}
	w := cleaner{book: book}
	p := newPage(book)
	c = w.clean(c)
	if err := p.layOut(c); err != nil {
		return nil, nil, fmt.Errorf("certificate: lay out the page: %w", err)
	}
	pdf, err = p.file(docInfo{title: strings.TrimSpace(consortium + title + " " + c.MemberNumber), author: issuerName, created: c.Issued})
	if err != nil {
		return nil, nil, fmt.Errorf("certificate: write the file: %w", err)
	}
	return pdf, w.missing, nil
}
