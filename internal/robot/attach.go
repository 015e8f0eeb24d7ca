package robot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"slices"

	"uketsuke/internal/bundle"
	"uketsuke/internal/casework"
	"uketsuke/internal/entrysheet"
	"uketsuke/internal/intake"
	"uketsuke/internal/ooxmlcrypt"
)

// open gives the bytes of an attachment: a received file of this batch, else of the store, as the letter needs it; a form
// of the office or of an agency.
func (r *Robot) open(ctx context.Context, files brought, a casework.Attachment) ([]byte, error) {
	switch a.Kind {
	case casework.AttachOffice:
		b, err := os.ReadFile(r.FormFile)
		if err != nil {
			return nil, fmt.Errorf("read the additional-information form: %w", err)
		}
		return b, nil
	case casework.AttachFilled:
		return r.filled(a)
	case casework.AttachBundle:
		return r.bundle(ctx, files, a)
	}
	b, err := r.received(ctx, files, a.Blob)
	if err != nil {
		return nil, err
	}
	switch a.Kind {
	case casework.AttachHanded:
		return r.protect(handedCopy(b), a.Protect)
	case casework.AttachMarked:
		marked, err := entrysheet.Mark(b, intake.SheetProblems(a.Problems))
		if err != nil {
			return nil, fmt.Errorf("mark the workbook: %w", err)
		}
		return r.asItCame(ctx, files, marked, a)
	case casework.AttachProtected:
		clean, err := leavingCopy(b, r.Intake.Limits)
		if err != nil {
			return nil, err
		}
		return r.protect(clean, a.Protect)
	}
	return b, nil
}

// received gives the bytes of a received workbook.
func (r *Robot) received(ctx context.Context, files brought, blob string) ([]byte, error) {
	if b, ok := files.blobs[blob]; ok {
		return b, nil
	}
	b, err := r.blobs().Blob(ctx, blob)
	if err != nil {
		return nil, fmt.Errorf("open the received file: %w", err)
	}
	return b, nil
}

// bundle is the protected workbook of a case that goes to another office. It names the sheets as they go along.
func (r *Robot) bundle(ctx context.Context, files brought, a casework.Attachment) ([]byte, error) {
	b := *a.Bundle
	b.Sheets = slices.Clone(b.Sheets)
	for i := range b.Sheets {
		book, err := r.received(ctx, files, b.Sheets[i].File.Blob)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(handedCopy(book))
		b.Sheets[i].File.Blob = hex.EncodeToString(sum[:])
	}
	book, err := bundle.Write(b)
	if err != nil {
		return nil, fmt.Errorf("write the bundle of a transferred case: %w", err)
	}
	return r.protect(book, a.Protect)
}

// handedCopy is a received workbook as another office gets it: byte for byte; one in the old format, which Excel cannot
// protect this way, as .xlsx of its values and look, where that can be made.
func handedCopy(book []byte) []byte {
	if entrysheet.Sniff(book) == entrysheet.FormatXLS {
		if now, err := entrysheet.Convert(book); err == nil {
			return now
		}
	}
	return book
}

// brought is what the mails of a batch have brought: workbooks, and the passwords under which they came.
type brought struct {
	blobs     map[string][]byte
	passwords map[string]string
}

// asItCame protects a workbook again that came protected, with the same password. A trial has no key to the password.
func (r *Robot) asItCame(ctx context.Context, files brought, book []byte, a casework.Attachment) ([]byte, error) {
	if !a.Protect.AsItCame || r.Store == nil {
		return book, nil
	}
	password, ok := files.passwords[a.Blob]
	if !ok {
		var err error
		if password, err = r.Store.SheetPassword(ctx, a.Blob); err != nil {
			return nil, fmt.Errorf("protect the sheet as it came: %w", err)
		}
	}
	return r.protect(book, casework.Protection{Password: password})
}

// filled is the agency's own referral form, filled from the case and protected.
func (r *Robot) filled(a casework.Attachment) ([]byte, error) {
	if r.OwnForm == nil {
		return nil, fmt.Errorf("fill the referral form of %s: there is none", a.Form)
	}
	form, err := r.OwnForm(a.Form)
	if err != nil {
		return nil, fmt.Errorf("read the referral form of %s: %w", a.Form, err)
	}
	full, err := entrysheet.Fill(form, formValues(a.Values), r.Intake.Limits)
	if err != nil {
		return nil, fmt.Errorf("fill the referral form of %s: %w", a.Form, err)
	}
	return r.protect(full, a.Protect)
}

// leavingCopy is a workbook as it may leave to a third party: an old one as .xlsx of its values and look, without what
// can run (entry-sheet.md "Leaving").
func leavingCopy(book []byte, lim entrysheet.Limits) ([]byte, error) {
	if entrysheet.Sniff(book) == entrysheet.FormatXLS {
		var err error
		if book, err = entrysheet.Convert(book); err != nil {
			return nil, fmt.Errorf("convert the workbook that leaves: %w", err)
		}
	}
	clean, _, err := entrysheet.Clean(book, lim)
	if err != nil {
		return nil, fmt.Errorf("clean the workbook that leaves: %w", err)
	}
	return clean, nil
}

// formValues are the core's values as the form's marks want them: what comes more than once is a set and a list, too.
func formValues(vs []casework.Value) entrysheet.FormValues {
	out := entrysheet.FormValues{Texts: map[string]string{}, Sets: map[string][]string{}, Lists: map[string][]map[string]string{}}
	for _, v := range vs {
		if v.Set {
			out.Sets[v.Key] = append(out.Sets[v.Key], v.Text)
			out.Lists[v.Key] = append(out.Lists[v.Key], map[string]string{"number": v.Text, "name": v.Name})
			continue
		}
		out.Texts[v.Key] = v.Text
	}
	return out
}

// protect encrypts a workbook with its own password, or with the one agreed with its agency or office. An empty password is
// refused: nothing goes out open.
func (r *Robot) protect(book []byte, p casework.Protection) ([]byte, error) {
	password := p.Password
	if p.Office != "" {
		if r.OfficeWord == nil {
			return nil, fmt.Errorf("protect what goes to the office %s: no password was agreed", p.Office)
		}
		var err error
		if password, err = r.OfficeWord(p.Office); err != nil {
			return nil, fmt.Errorf("read the password agreed with the office %s: %w", p.Office, err)
		}
	}
	if p.Agreed != "" {
		if r.Agreed == nil {
			return nil, fmt.Errorf("protect the sheet for %s: no password was agreed", p.Agreed)
		}
		var err error
		if password, err = r.Agreed(p.Agreed); err != nil {
			return nil, fmt.Errorf("read the password agreed with %s: %w", p.Agreed, err)
		}
	}
	locked, err := ooxmlcrypt.Encrypt(book, password, r.Random)
	if err != nil {
		return nil, fmt.Errorf("protect the sheet: %w", err)
	}
	return locked, nil
}
