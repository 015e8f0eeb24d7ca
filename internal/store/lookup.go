package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"uketsuke/internal/casework"
)

// LetterRow is a letter of the outbox without its bytes.
type LetterRow struct {
	ID          int64               `json:"id"`
	Case        int64               `json:"case_id,omitempty"`
	Kind        casework.LetterKind `json:"kind"`
	Party       casework.Party      `json:"party"`
	To          []string            `json:"recipients"`
	Subject     string              `json:"subject"`
	Attachments []string            `json:"attachments,omitempty"`
	MessageID   string              `json:"message_id"`
	State       string              `json:"state"`
	Size        int64               `json:"size"`
	Tries       int                 `json:"tries"`
	Created     time.Time           `json:"created_at"`
	Next        time.Time           `json:"next_at,omitzero"` // zero: at once
	Settled     time.Time           `json:"settled_at,omitzero"`
	Code        int                 `json:"code,omitempty"`
	Error       string              `json:"error,omitempty"`
}

// lookup answers a decision's questions (casework.Lookup) from one connection, each by an index. cases is nil outside
// a transaction; inside, it sees what the transaction has written so far.
type lookup struct {
	q     *querier
	key   func(kind, value string) []byte
	open  func([]byte) ([]byte, error)                               // of sealed passwords; nil: none can be opened
	bytes func(q *querier, letter int64, sum []byte) ([]byte, error) // of letters; nil: not given
	memo  *memo                                                      // of the transaction; nil outside of one
}

// Numbers are the series' last numbers for the fiscal year of at.
func (l lookup) Numbers(at time.Time) (casework.Numbers, error) {
	n := casework.Numbers{FiscalYear: casework.FiscalYear(at)}
	var caseID, receipt, registration, member, inquiry int64
	for _, s := range []struct {
		seriesKey
		to *int64
	}{{seriesKey{"case", 0}, &caseID}, {seriesKey{"member", 0}, &member}, {seriesKey{"receipt", n.FiscalYear}, &receipt},
		{seriesKey{"registration", n.FiscalYear}, &registration}, {seriesKey{"inquiry", n.FiscalYear}, &inquiry}} {
		var err error
		if *s.to, err = l.last(s.seriesKey); err != nil {
			return n, err
		}
	}
	n.Case, n.Receipt, n.Registration, n.Member, n.Inquiry = caseID, int(receipt), int(registration), int(member), int(inquiry)
	return n, nil
}

// last is a series' last number.
func (l lookup) last(k seriesKey) (last int64, err error) {
	if l.memo != nil {
		if last, ok := l.memo.series[k]; ok {
			return last, nil
		}
	}
	if _, err := l.q.one("SELECT last FROM series WHERE name = ? AND year = ?", []any{k.name, k.year}, &last); err != nil {
		return 0, fmt.Errorf("read series %s: %w", k.name, err)
	}
	if l.memo != nil {
		l.memo.series[k] = last
	}
	return last, nil
}

// Case folds the events of a case; the zero Case when there is none of that id.
func (l lookup) Case(id int64) (casework.Case, error) {
	if l.memo != nil {
		if c, ok := l.memo.cases[id]; ok {
			return lend(c), nil
		}
	}
	events, err := eventsOf(l.q, id)
	if err != nil {
		return casework.Case{}, err
	}
	c := casework.Fold(events)
	if l.memo != nil {
		l.memo.cases[id] = &c
	}
	return lend(&c), nil
}

// lend copies a case so that its borrower may apply events to it: an append must not write into our arrays.
func lend(c *casework.Case) casework.Case {
	out := *c
	out.History, out.Versions = slices.Clip(out.History), slices.Clip(out.Versions)
	return out
}

// ByNumber finds a case, in whatever stage, by its receipt or registration number or by that of one of its inquiries
// (upper case ASCII).
func (l lookup) ByNumber(number string) (id int64, found bool, err error) {
	for _, q := range []string{"SELECT id FROM case_row WHERE receipt = ?", "SELECT id FROM case_row WHERE registration = ?",
		"SELECT case_id FROM inquiry WHERE number = ?"} {
		if found, err = l.q.one(q, []any{number}, &id); err != nil {
			return 0, false, fmt.Errorf("find a case by number: %w", err)
		} else if found {
			return id, true, nil
		}
	}
	return 0, false, nil
}

// ByThread finds the case of the first Message-ID that belongs to one: of our letters, or of mails kept on a case.
func (l lookup) ByThread(ids []string) (id int64, found bool, err error) {
	for _, mid := range ids {
		if found, err = l.q.one("SELECT case_id FROM thread WHERE key = ?", []any{l.key("message-id", mid)}, &id); err != nil {
			return 0, false, fmt.Errorf("find a case by thread: %w", err)
		} else if found {
			return id, true, nil
		}
	}
	return 0, false, nil
}

const letterColumns = `id, coalesce(case_id, 0), kind, party_role, party_code, recipients, subject, attachments, message_id,
	state, size, tries, created_at, next_at, coalesce(settled_at, 0), code, error`

func scanLetter(scan func(...any) error) (LetterRow, error) {
	var r LetterRow
	var to, names string
	var created, next, settled int64
	err := scan(&r.ID, &r.Case, &r.Kind, &r.Party.Role, &r.Party.Code, &to, &r.Subject, &names, &r.MessageID,
		&r.State, &r.Size, &r.Tries, &created, &next, &settled, &r.Code, &r.Error)
	if err != nil {
		return r, err
	}
	r.Created = fromMillis(created)
	if next > 0 {
		r.Next = fromMillis(next)
	}
	if settled > 0 {
		r.Settled = fromMillis(settled)
	}
	if err := json.Unmarshal([]byte(to), &r.To); err != nil {
		return r, fmt.Errorf("letter %d: recipients: %w", r.ID, err)
	}
	if err := json.Unmarshal([]byte(names), &r.Attachments); err != nil {
		return r, fmt.Errorf("letter %d: attachments: %w", r.ID, err)
	}
	return r, nil
}

// Letter is one of our letters.
func (l lookup) Letter(id int64) (r LetterRow, found bool, err error) {
	err = l.q.each("SELECT "+letterColumns+" FROM letter WHERE id = ?", []any{id}, func(scan func(...any) error) (err error) {
		found = true
		r, err = scanLetter(scan)
		return err
	})
	if err != nil {
		return r, false, fmt.Errorf("read letter %d: %w", id, err)
	}
	return r, found, nil
}

// SameSheet maps workbook hashes (hex SHA-256) to the newest case, open or registered, that came with these bytes.
func (l lookup) SameSheet(hashes []string) (map[string]int64, error) {
	return byKey(l, "sheet", hashes, `SELECT c.id FROM sheet s JOIN case_row c ON c.id = s.case_id
		WHERE s.key = ? AND c.stage NOT IN ('rejected', 'void') AND (c.open = 1 OR c.registration IS NOT NULL)
		ORDER BY s.case_id DESC LIMIT 1`, scanID)
}

func scanID(scan func(...any) error) (id int64, err error) { return id, scan(&id) }

// byKey asks one row for each of values, by the keyed hash of its kind; further arguments follow the key.
func byKey[T any](l lookup, kind string, values []string, query string, row func(func(...any) error) (T, error), args ...any) (map[string]T, error) {
	found := map[string]T{}
	for _, v := range values {
		err := l.q.each(query, append([]any{l.key(kind, v)}, args...), func(scan func(...any) error) error {
			r, err := row(scan)
			found[v] = r
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("look up by %s: %w", kind, err)
		}
	}
	return found, nil
}

// OpenSame maps company keys to the open cases of that company, oldest first.
func (l lookup) OpenSame(keys []string) (map[string][]casework.CaseRef, error) {
	found := map[string][]casework.CaseRef{}
	for _, k := range keys {
		err := l.q.each(`SELECT c.id, coalesce(c.registration, c.receipt), c.stage, c.agency, c.concierge
			FROM company_key k JOIN case_row c ON c.id = k.case_id WHERE k.key = ? AND c.open = 1 ORDER BY k.case_id`,
			[]any{l.key("company", k)}, func(scan func(...any) error) error {
				var r casework.CaseRef
				err := scan(&r.ID, &r.Number, &r.Stage, &r.Agency, &r.Concierge)
				found[k] = append(found[k], r)
				return err
			})
		if err != nil {
			return nil, fmt.Errorf("look up the company's open cases: %w", err)
		}
	}
	return found, nil
}

// ReturnedFor maps casework.CorrectionKeys to the newest returned or held case that this agency sent in. Without an
// agency code nothing is found.
func (l lookup) ReturnedFor(agency string, keys []string) (map[string]int64, error) {
	if agency == "" {
		return map[string]int64{}, nil
	}
	return byKey(l, "company", keys, `SELECT c.id FROM company_key k JOIN case_row c ON c.id = k.case_id
		WHERE k.key = ? AND c.agency = ? AND c.stage IN ('returned', 'held') ORDER BY k.case_id DESC LIMIT 1`, scanID, agency)
}

// Members maps company keys to the membership they have; a void registration counts only where there is no other.
func (l lookup) Members(keys []string) (map[string]casework.Member, error) {
	return byKey(l, "company", keys, `SELECT c.member, c.concierge FROM company_key k JOIN case_row c ON c.id = k.case_id
		WHERE k.key = ? AND c.member IS NOT NULL ORDER BY c.stage = 'void', k.case_id DESC LIMIT 1`,
		func(scan func(...any) error) (m casework.Member, err error) { return m, scan(&m.Number, &m.Concierge) })
}

const loadPrefix, stagePrefix = "load/", "stage/"

// Loads counts the open registered cases of each concierge that has any.
func (l lookup) Loads() (map[string]int, error) {
	loads := map[string]int{}
	err := l.q.each("SELECT name, n FROM counter WHERE name >= 'load/' AND name < 'load0' AND n > 0", nil, func(scan func(...any) error) error {
		var name string
		var n int
		err := scan(&name, &n)
		loads[strings.TrimPrefix(name, loadPrefix)] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the concierges' loads: %w", err)
	}
	return loads, nil
}

func (l lookup) setting(name string) (value string, err error) {
	if _, err = l.q.one("SELECT value FROM setting WHERE name = ?", []any{name}, &value); err != nil {
		return "", fmt.Errorf("read setting %s: %w", name, err)
	}
	return value, nil
}

// Stopped tells whether 全送信停止 is in force.
func (l lookup) Stopped() (bool, error) {
	v, err := l.setting("stopped")
	return v == "1", err
}

// Pending is the command that waits for this one-time word, nil when none does. It may have expired.
func (l lookup) Pending(word string) (*casework.Pending, error) {
	var data string
	found, err := l.q.one("SELECT data FROM pending WHERE word_key = ?", []any{l.key("word", word)}, &data)
	if err != nil || !found {
		return nil, wrap(err, "look up a confirmation")
	}
	p := &casework.Pending{}
	if err := json.Unmarshal([]byte(data), p); err != nil {
		return nil, fmt.Errorf("read a confirmation: %w", err)
	}
	p.Word = word
	return p, nil
}

func wrap(err error, what string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

func (l lookup) address(addr string) []byte { return l.key("address", foldAddr(addr)) }

// foldAddr makes equal what is one mailbox in practice: letter case does not count, nothing else is folded.
func foldAddr(addr string) string { return strings.ToLower(addr) }

// PendingFor tells whether a confirmation is open at now for this address and case.
func (l lookup) PendingFor(addr string, caseID int64, now time.Time) (bool, error) {
	var n int
	found, err := l.q.one("SELECT 1 FROM pending WHERE addr_key = ? AND case_id = ? AND expires_at > ? LIMIT 1",
		[]any{l.address(addr), caseID, millis(now)}, &n)
	return found, wrap(err, "look for an open confirmation")
}

// WrongCodes counts the mails with a wrong code from this address since then.
func (l lookup) WrongCodes(addr string, since time.Time) (n int, err error) {
	_, err = l.q.one("SELECT count(*) FROM recent WHERE what = 'wrong-code' AND key = ? AND at >= ?", []any{l.address(addr), millis(since)}, &n)
	return n, wrap(err, "count wrong codes")
}

// Verifies counts the answers to 会員確認 that were queued for this address since then.
func (l lookup) Verifies(addr string, since time.Time) (n int, err error) {
	_, err = l.q.one("SELECT count(*) FROM recent WHERE what = 'verify' AND key = ? AND at >= ?", []any{l.address(addr), millis(since)}, &n)
	return n, wrap(err, "count answers to 会員確認")
}

const listColumns = `coalesce(registration, receipt), company, stage, agency, concierge, updated_at`

// Rows are the open cases, of one concierge or ("") all, the one longest without a change first. Next is left "".
func (l lookup) Rows(concierge string, limit int) (rows []casework.ListRow, err error) {
	query, args := "SELECT "+listColumns+" FROM case_row WHERE open = 1 ORDER BY updated_at, id LIMIT ?", []any{limit}
	if concierge != "" {
		query = "SELECT " + listColumns + " FROM case_row WHERE open = 1 AND concierge = ? ORDER BY updated_at, id LIMIT ?"
		args = []any{concierge, limit}
	}
	err = l.q.each(query, args, func(scan func(...any) error) error {
		var r casework.ListRow
		var at int64
		err := scan(&r.Number, &r.Company, &r.Stage, &r.Agency, &r.Concierge, &at)
		r.Since = fromMillis(at)
		rows = append(rows, r)
		return err
	})
	return rows, wrap(err, "list open cases")
}

// Held counts the cases that wait for the clerk.
func (l lookup) Held() (n int, err error) {
	_, err = l.q.one("SELECT n FROM counter WHERE name = ?", []any{stagePrefix + string(casework.StageHeld)}, &n)
	return n, wrap(err, "count held cases")
}

// Verify is what 会員確認 finds: the newest case of a member number, and all of them.
func (l lookup) Verify(member string) (v casework.Verified, err error) {
	v.Number = member
	err = l.q.each("SELECT id, stage FROM case_row WHERE member = ? ORDER BY id DESC", []any{member}, func(scan func(...any) error) error {
		var id int64
		var stage casework.Stage
		err := scan(&id, &stage)
		if !v.Found {
			v.Found, v.Stage = true, stage
		}
		v.Cases = append(v.Cases, id)
		return err
	})
	v.Void = v.Stage == casework.StageVoid
	return v, wrap(err, "look up a member number")
}
