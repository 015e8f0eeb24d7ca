package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"uketsuke/internal/bundle"
	"uketsuke/internal/casework"
	"uketsuke/internal/entrysheet"
	"uketsuke/internal/inbound"
	"uketsuke/internal/ooxmlcrypt"
)

// signed tells whether a mail carries the sign of another office's robot (移管). Anybody can write it; the core asks who did.
func signed(m *inbound.Message) bool { return m.Kind == inbound.KindAutomatic && m.Transfer != "" }

// officePassword is the password agreed with the office from which a signed mail comes, "" for none. It is tried on mail
// of which nothing speaks against the sender (trust.md "Bounds").
func (s Settings) officePassword(m *inbound.Message) string {
	from, ok := m.Sole()
	if !ok || s.Office == nil || m.Evidence.State != inbound.EvidencePass && m.Evidence.State != inbound.EvidenceUnconfigured {
		return ""
	}
	return s.Office(from.Addr)
}

// transfer reads what another office's robot says. No sheet in it is an entry.
func (u *Understood) transfer(s Settings, password string) {
	t := &casework.TransferIn{}
	u.Input.Transfer = t
	switch receipt, taken := strings.CutPrefix(u.Message.Transfer, casework.SignTaken); {
	case taken:
		if kind, _ := casework.ParseNumber(receipt); kind != casework.NumberReceipt {
			t.Problem = "先方の受付番号を読み取ることができませんでした。"
			return
		}
		t.Taken = receipt
		return
	case u.Message.Transfer != casework.SignBundle:
		t.Problem = "当方の受付ロボットの知らない形式の連絡でした。"
		return
	}
	b, problem := u.bundle(s, password)
	if problem != "" {
		t.Problem = problem
		for _, f := range u.Files {
			if f.Kind == FileLocked || f.Kind == FileUnreadable {
				u.Input.Locked = append(u.Input.Locked, casework.LockedFile{Name: f.Path, What: string(f.Kind), Reason: f.Reason})
			}
		}
		return
	}
	t.Bundle = b
}

// bundle gathers the case and its sheets from the files that the agreed password has opened. The workbook of the case names
// the others by their SHA-256, so that no file of another bundle can stand in for one. A problem is in Japanese.
func (u *Understood) bundle(s Settings, password string) (*casework.Bundle, string) {
	var found *casework.Bundle
	files := map[string]File{}
	for _, f := range u.Files {
		if !sealedWith(f, password) {
			continue
		}
		sum := sha256.Sum256(f.Plain)
		files[hex.EncodeToString(sum[:])] = f
		switch b, err := bundle.Read(f.Plain); {
		case errors.Is(err, bundle.ErrOther) || found != nil:
		case err != nil:
			return nil, "案件の資料の内容を読み取ることができませんでした。"
		default:
			found = &b
		}
	}
	if found == nil {
		return nil, "取り決めたパスワードで開くことのできる案件の資料が、見当たりませんでした。"
	}
	newest := found.Newest().Version
	var sheets []casework.BundleSheet
	for _, v := range found.Sheets {
		f, ok := files[v.File.Blob]
		if read := ok && f.Kind == FileEntrySheet; !read && v.Version == newest {
			return nil, "最新のエントリーシートが添付されていないか、エントリーシートとして読み取ることができませんでした。"
		} else if !read {
			continue // an earlier one that did not come along
		}
		v.File.Size, v.File.Old = int64(len(f.Plain)), entrysheet.Sniff(f.Plain) == entrysheet.FormatXLS
		v.Entry, v.Problems = Entry(f.Sheet), casework.TakenProblems(Problems(f.Sheet, s.Layout))
		if v.Version == newest && len(found.Items) > 0 {
			v.Entry.Request.Items = found.Items
		}
		u.Blobs[v.File.Blob] = f.Plain
		sheets = append(sheets, v)
	}
	found.Sheets = sheets
	return found, ""
}

// sealedWith tells whether a file is what whoever knows the password has made: agile encryption, whose HMAC says that nothing
// was changed since.
func sealedWith(f File, password string) bool {
	if password == "" || f.Password != password || f.Plain == nil {
		return false
	}
	lock, err := ooxmlcrypt.Inspect(f.Data)
	return err == nil && lock.Scheme == ooxmlcrypt.Agile
}
