package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"uketsuke/internal/casework"
)

// Locked files wait for their password.
//
//   - A mail whose decision lets it wait has a row in locked_mail. It stays in the inbox.
//   - Each mail of a proved sender is noted in sender_mail for a week. Its words are not: they are read from the mail when
//     a file has to be opened.
//   - A row is due while its sender has a mail that came after the last one tried. The shell tries, and either moves that
//     mark (NoteTried), or hands the opened mail to Handle (Inbound.Opened), which decides it, files it with the mails
//     that brought the password, and ends the wait, all in one transaction.

// keepSenders is how long before and after a locked file the sender's mails may bring its password.
const keepSenders = 7 * 24 * time.Hour

// mostSenderMails is how many mails of a sender are looked at, the newest.
const mostSenderMails = 64

// sealed is a list of passwords, sealed; empty when there are none.
func (t *tx) sealed(v []string) ([]byte, error) {
	if len(v) == 0 {
		return []byte{}, nil
	}
	if t.s.opt.Seal == nil {
		return nil, errors.New("there is no key to seal passwords with")
	}
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return t.s.opt.Seal(plain)
}

func (l lookup) unseal(sealed []byte) (v []string, err error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	if l.open == nil {
		return nil, errors.New("there is no key to open passwords with")
	}
	plain, err := l.open(sealed)
	if err != nil {
		return nil, err
	}
	return v, json.Unmarshal(plain, &v)
}

// recordLocked notes what a mail's decision leaves waiting, and the mail itself as one whose words may open files.
func (t *tx) recordLocked(in Inbound, out casework.Outcome, id int64) error {
	if out.Heard && in.Opened == nil {
		if _, err := t.q.exec("INSERT OR IGNORE INTO sender_mail (addr_key, message, at, only) VALUES (?,?,?,?)",
			t.lookup().address(in.Input.From.Addr), id, millis(t.now), boolInt(in.Input.Password)); err != nil {
			return fmt.Errorf("note a sender's mail: %w", err)
		}
	}
	if out.Wait == nil {
		return t.endWait(in, id)
	}
	w, found := *out.Wait, []string(nil)
	if in.Opened != nil {
		var before casework.LockedMail
		if err := t.lookup().lockedRow(id, &before); err != nil {
			return err
		}
		w.Sheets, w.Asked, found = append(before.Sheets, w.Sheets...), before.Asked, in.Opened.Passwords
	}
	data, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("encode what waits: %w", err)
	}
	sealed, err := t.sealed(found)
	if err != nil {
		return fmt.Errorf("keep a password: %w", err)
	}
	_, err = t.q.exec(`INSERT INTO locked_mail (message, addr_key, sender, agency, data, waits, found, tried) VALUES (?,?,?,?,?,1,?,0)
		ON CONFLICT (message) DO UPDATE SET data = excluded.data, found = excluded.found, tried = 0`,
		id, t.lookup().address(in.Input.From.Addr), in.Input.From.Addr, w.Agency, string(data), sealed)
	return wrap(err, "let a locked mail wait")
}

// recordAsked notes whose senders are asked for the password.
func (t *tx) recordAsked(mails []int64) error {
	for _, id := range mails {
		if _, err := t.q.exec("UPDATE locked_mail SET data = json_set(data, '$.Asked', json('true')) WHERE message = ?", id); err != nil {
			return fmt.Errorf("note that a password was asked for: %w", err)
		}
	}
	return nil
}

// endWait ends the wait of an opened mail. Its password is known for a while, unless a person has to look after all.
func (t *tx) endWait(in Inbound, id int64) error {
	if in.Opened == nil {
		return nil
	}
	if in.Input.Late || in.Input.Kind == casework.MailBroken {
		_, err := t.q.exec("DELETE FROM locked_mail WHERE message = ?", id)
		return wrap(err, "end a wait")
	}
	sealed, err := t.sealed(in.Opened.Passwords)
	if err != nil {
		return fmt.Errorf("keep a password: %w", err)
	}
	_, err = t.q.exec(`UPDATE locked_mail SET waits = 0, found = ?,
		tried = coalesce((SELECT max(s.message) FROM sender_mail s WHERE s.addr_key = locked_mail.addr_key), tried) WHERE message = ?`, sealed, id)
	return wrap(err, "end a wait")
}

// stillWaits tells whether a mail waits as it did when its files were opened.
func (t *tx) stillWaits(o casework.Opened) (bool, error) {
	var one int
	found, err := t.q.one("SELECT 1 FROM locked_mail WHERE message = ? AND tried = ? AND waits = 1", []any{o.Message, o.Tried}, &one)
	return found, wrap(err, "look whether a mail still waits")
}

// recordOpened writes what was decided on a mail that had waited: it is filed with the mails that brought its password.
func (t *tx) recordOpened(in Inbound, out casework.Outcome) (int64, error) {
	id := in.Opened.Message
	var chief int64
	if len(out.Cases) > 0 {
		chief = out.Cases[0]
	}
	if _, err := t.q.exec("UPDATE message SET kind = ?, result = ?, why = ?, case_id = coalesce(?, case_id) WHERE id = ?",
		in.Input.Kind, out.Result, out.Why, optional(chief), id); err != nil {
		return 0, fmt.Errorf("write an opened mail's row: %w", err)
	}
	if chief != 0 {
		if err := t.addThread(in.Input.MessageID, chief, 0); err != nil {
			return 0, err
		}
	}
	if err := t.refile(id, out.Folder); err != nil {
		return 0, err
	}
	if err := t.addSpent(in.Input.From.Addr, in.Opened.Spent); err != nil {
		return 0, err
	}
	for _, b := range in.Opened.Brought {
		if err := t.fileBrought(b); err != nil {
			return 0, err
		}
	}
	_, err := t.q.exec("DELETE FROM failure WHERE content_key = ?", t.contentKey(in))
	return id, wrap(err, "forget earlier failures")
}

// refile gives a mail that has stayed in the inbox its folder.
func (t *tx) refile(message int64, folder casework.Folder) error {
	if _, err := t.q.exec("UPDATE mailbox_uid SET folder = ? WHERE message = ? AND folder = '' AND filed_at IS NULL AND vanished_at IS NULL", folder, message); err != nil {
		return fmt.Errorf("file a mail: %w", err)
	}
	_, err := t.q.exec("UPDATE message SET folder = ? WHERE id = ? AND folder = ''", folder, message)
	return wrap(err, "file a mail")
}

// fileBrought files a mail that has brought a password and says nothing else.
func (t *tx) fileBrought(message int64) error {
	var one int
	only, err := t.q.one("SELECT 1 FROM sender_mail WHERE message = ? AND only = 1", []any{message}, &one)
	if err != nil || !only {
		return wrap(err, "look at a mail with a password")
	}
	if err := t.refile(message, casework.FolderDone); err != nil {
		return err
	}
	_, err = t.q.exec("UPDATE message SET result = ?, why = 'brought the password of a locked file' WHERE id = ?", casework.ResultSilent, message)
	return wrap(err, "write the row of a mail with a password")
}

// recordSheetPasswords keeps the passwords under which sheets came, sealed.
func (t *tx) recordSheetPasswords(passwords map[string]string) error {
	for hash, password := range passwords {
		sealed, err := t.sealed([]string{password})
		if err != nil {
			return fmt.Errorf("keep a sheet's password: %w", err)
		}
		if _, err := t.q.exec("INSERT INTO sheet_password (key, sealed) VALUES (?,?) ON CONFLICT (key) DO UPDATE SET sealed = excluded.sealed",
			t.s.key("sheet", hash), sealed); err != nil {
			return fmt.Errorf("keep a sheet's password: %w", err)
		}
	}
	return nil
}

// ErrNoPassword tells that no password is kept for a sheet.
var ErrNoPassword = errors.New("no password is kept for this sheet")

// SheetPassword is the password under which a sheet came, by hex SHA-256 of the open workbook. Error: ErrNoPassword.
func (s *Store) SheetPassword(_ context.Context, hash string) (string, error) {
	var sealed []byte
	found, err := s.r.one("SELECT sealed FROM sheet_password WHERE key = ?", []any{s.key("sheet", hash)}, &sealed)
	if err != nil {
		return "", fmt.Errorf("look for a sheet's password: %w", err)
	}
	v, err := lookup{q: s.r, open: s.opt.Open}.unseal(sealed)
	switch {
	case err != nil:
		return "", fmt.Errorf("open a sheet's password: %w", err)
	case !found || len(v) != 1:
		return "", ErrNoPassword
	}
	return v[0], nil
}

const sqlLocked = `SELECT k.message, k.sender, k.data, k.waits = 0, k.found, k.tried, m.message_id, m.internal_at, m.at, m.raw,
	coalesce((SELECT u.uidvalidity FROM mailbox_uid u WHERE u.message = m.id ORDER BY u.uidvalidity DESC, u.uid LIMIT 1), 0),
	coalesce((SELECT u.uid FROM mailbox_uid u WHERE u.message = m.id ORDER BY u.uidvalidity DESC, u.uid LIMIT 1), 0)
	FROM locked_mail k CROSS JOIN message m ON m.id = k.message `

// locked lists mails that wait; passwords are opened only where secrets is set.
func (l lookup) locked(secrets bool, where string, args ...any) (out []casework.LockedMail, err error) {
	err = l.q.each(sqlLocked+where, args, func(scan func(...any) error) error {
		var m casework.LockedMail
		var data string
		var found, raw []byte
		var internal, at int64
		if err := scan(&m.Message, &m.Sender, &data, &m.Open, &found, &m.Tried, &m.MessageID, &internal, &at, &raw, &m.UIDValidity, &m.UID); err != nil {
			return err
		}
		m.InternalDate, m.Since, m.Raw = fromMillis(internal), fromMillis(at), hex.EncodeToString(raw)
		if err := json.Unmarshal([]byte(data), &m.Waiting); err != nil {
			return fmt.Errorf("mail %d: read what waits: %w", m.Message, err)
		}
		if secrets {
			if m.Passwords, err = l.unseal(found); err != nil {
				return fmt.Errorf("mail %d: open its passwords: %w", m.Message, err)
			}
		}
		out = append(out, m)
		return nil
	})
	return out, wrap(err, "list locked mails")
}

func (l lookup) lockedRow(message int64, into *casework.LockedMail) error {
	rows, err := l.locked(false, "WHERE k.message = ?", message)
	if err == nil && len(rows) == 1 {
		*into = rows[0]
	}
	return err
}

// Locked counts the mails that wait for the password of a file.
func (l lookup) Locked() (n int, err error) {
	_, err = l.q.one("SELECT count(*) FROM locked_mail WHERE waits = 1", nil, &n)
	return n, wrap(err, "count locked mails")
}

// LockedWaiting lists the mails that have waited for their password since before a time, the longest first: for the
// clock's reminder, and with the present time for all of them. Without the passwords that opened parts of them.
func (s *Store) LockedWaiting(_ context.Context, before time.Time) ([]casework.LockedMail, error) {
	return lookup{q: s.r}.locked(false, "WHERE k.waits = 1 AND m.at <= ? ORDER BY m.at, m.id", millis(before))
}

// LockedWaiting lists all mails that wait for the password of a file, the longest first.
func (r *Reader) LockedWaiting(context.Context) ([]casework.LockedMail, error) {
	return lookup{q: r.q}.locked(false, "WHERE k.waits = 1 ORDER BY m.at, m.id")
}

// LockedDue lists the waiting mails whose sender's mails have not all been tried, and those whose time is over at now; and
// the open ones whose sender has sent a password since.
func (s *Store) LockedDue(_ context.Context, now time.Time) ([]casework.LockedMail, error) {
	return lookup{q: s.r, open: s.opt.Open}.locked(true, `WHERE k.waits = 1 AND m.at < ? OR EXISTS
		(SELECT 1 FROM sender_mail s WHERE s.addr_key = k.addr_key AND s.message > k.tried AND (k.waits = 1 OR s.only = 1)) ORDER BY m.id`, millis(now.Add(-keepSenders)))
}

// SenderMails lists the mails of a waiting mail's sender whose words may be its password, those nearest to it in time
// first.
func (s *Store) SenderMails(_ context.Context, m casework.LockedMail) (out []casework.SenderMail, err error) {
	at := millis(m.Since)
	err = s.r.each(`SELECT s.message, m.raw, s.at FROM (SELECT * FROM sender_mail WHERE addr_key = (SELECT addr_key FROM locked_mail WHERE message = ?)
		AND at BETWEEN ? AND ? ORDER BY message DESC LIMIT ?) s JOIN message m ON m.id = s.message ORDER BY abs(s.at - ?), abs(s.message - ?), s.message DESC`,
		[]any{m.Message, at - keepSenders.Milliseconds(), at + keepSenders.Milliseconds(), mostSenderMails, at, m.Message}, func(scan func(...any) error) error {
			var one casework.SenderMail
			var raw []byte
			var ms int64
			err := scan(&one.Message, &raw, &ms)
			one.Raw, one.At = hex.EncodeToString(raw), fromMillis(ms)
			out = append(out, one)
			return err
		})
	return out, wrap(err, "list a sender's mails")
}

// UnlockSpent is how long a sender's locked files have been worked on since a time.
func (s *Store) UnlockSpent(_ context.Context, sender string, since time.Time) (time.Duration, error) {
	var ms int64
	_, err := s.r.one("SELECT coalesce(sum(letter_id), 0) FROM recent WHERE what = 'unlock' AND key = ? AND at >= ?",
		[]any{lookup{key: s.key}.address(sender), millis(since)}, &ms)
	return time.Duration(ms) * time.Millisecond, wrap(err, "read what a sender's locked files have cost")
}

// NoteTried notes that the words of a sender's mails up to one were tried on a mail, and what that has cost. The words of
// mails that came meanwhile stay to be tried. brought are those that say again what has opened it: they are filed.
func (s *Store) NoteTried(ctx context.Context, m casework.LockedMail, upTo int64, spent time.Duration, brought ...int64) error {
	err := s.write(ctx, func(t *tx) error {
		if _, err := t.q.exec("UPDATE locked_mail SET tried = max(tried, ?) WHERE message = ? AND tried = ?", upTo, m.Message, m.Tried); err != nil {
			return err
		}
		for _, id := range brought {
			if err := t.fileBrought(id); err != nil {
				return err
			}
		}
		return t.addSpent(m.Sender, spent)
	})
	return wrap(err, "note what was tried")
}

func (t *tx) addSpent(sender string, spent time.Duration) error {
	if spent < time.Millisecond {
		return nil
	}
	_, err := t.q.exec("INSERT OR REPLACE INTO recent (what, key, at, letter_id) VALUES ('unlock',?,?,?)",
		t.lookup().address(sender), millis(t.now), spent.Milliseconds())
	return wrap(err, "note what trying passwords has cost")
}
