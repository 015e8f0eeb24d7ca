package certificate

import (
	"fmt"
	"strconv"

	"rsc.io/qr"
)

const (
	qrSide      = 85.0 // 30 mm, the quiet zone included
	qrQuiet     = 4    // light modules on each side (ISO/IEC 18004)
	qrMinModule = 0.95 // 0.33 mm: what a telephone reads from a print at arm's length
)

// MailtoTooLongError is Render's answer to a VerifyMailto whose code would not scan from print.
// It does not quote the address.
type MailtoTooLongError struct{ Bytes int }

func (e MailtoTooLongError) Error() string {
	return fmt.Sprintf("VerifyMailto has %d bytes: its QR code would be too fine to scan from print; shorten its subject or body", e.Bytes)
}

// encodeQR makes the code of text at the highest of the levels M and L that scans from a square
// of qrSide points.
func encodeQR(text string) (*qr.Code, float64, error) {
	for _, level := range []qr.Level{qr.M, qr.L} {
		code, err := qr.Encode(text, level)
		if err != nil {
			continue
		}
		if module := qrSide / float64(code.Size+2*qrQuiet); module >= qrMinModule {
			return code, module, nil
		}
	}
	return nil, 0, MailtoTooLongError{len(text)}
}

// qrCode puts the code of text into the square of qrSide points at x, y: one path of rectangles,
// a run of dark modules each, filled at once, so that no seams show and nothing is resampled.
func (p *page) qrCode(x, y float64, text string, c colour) error {
	code, module, err := encodeQR(text)
	if err != nil {
		return err
	}
	x, y = x+qrQuiet*module, y+qrQuiet*module
	// From here on one unit is one module, and y grows downwards.
	path := append(c.operands(append(p.content, "q "...)), "rg "...)
	path = fmt.Appendf(path, "%.4f 0 0 %.4f %.3f %.3f cm\n", module, -module, x, pageHeight-y)
	for row := range code.Size {
		for from := 0; from < code.Size; from++ {
			to := from
			for code.Black(to, row) {
				to++
			}
			if to > from {
				for _, n := range [...]int{from, row, to - from} {
					path = append(strconv.AppendInt(path, int64(n), 10), ' ')
				}
				path = append(path, "1 re\n"...)
				from = to
			}
		}
	}
	p.content = append(path, "f Q\n"...)
	return nil
}
