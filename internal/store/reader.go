package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"uketsuke/internal/casework"
)

// Reader reads a database that a daemon may be writing at the same time. It writes nothing.
type Reader struct {
	glance
	db   *sql.DB
	q    *querier
	path string
}

// OpenReader opens a database file for reading. Errors: *NewerError, *OlderError, *ForeignError, or fs.ErrNotExist.
func OpenReader(ctx context.Context, path string) (*Reader, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	db, err := openReaders(path, readers)
	if err != nil {
		return nil, err
	}
	if err := checkFormat(ctx, db, path); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	q := newQuerier(db)
	return &Reader{glance: glance{lookup{q: q}}, db: db, q: q, path: path}, nil
}

func checkFormat(ctx context.Context, db *sql.DB, path string) error {
	c, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer c.Close()
	version, app, err := formats(ctx, c)
	newest := len(migrations) + 1
	switch {
	case err != nil:
		return err
	case app != applicationID:
		return &ForeignError{path}
	case version > newest:
		return &NewerError{path, fmt.Sprint(version), fmt.Sprint(newest)}
	case version < newest:
		return &OlderError{path, fmt.Sprint(version), fmt.Sprint(newest)}
	}
	return nil
}

// Close closes the reader.
func (r *Reader) Close() error { return errors.Join(r.q.close(), r.db.Close()) }

// Lookup answers a decision's questions from what is committed, for `try`. key is Options.Lookup of the database.
func (r *Reader) Lookup(key func(kind, value string) [32]byte) Lookup {
	return lookup{q: r.q, key: func(kind, value string) []byte { return halfKey(key, kind, value) }}
}

// Filter chooses cases; zero fields choose all.
type Filter struct {
	Stage     casework.Stage
	Open      bool // only open ones
	Agency    string
	Concierge string
	Limit     int // 0: 1,000
}

// CaseRow is one case of a list.
type CaseRow struct {
	ID           int64          `json:"id"`
	Receipt      string         `json:"receipt"`
	Registration string         `json:"registration,omitempty"`
	Member       string         `json:"member,omitempty"`
	Stage        casework.Stage `json:"stage"`
	Open         bool           `json:"open"`
	Agency       string         `json:"agency,omitempty"`
	Concierge    string         `json:"concierge,omitempty"`
	Company      string         `json:"company,omitempty"`
	Version      int            `json:"version,omitempty"`
	Received     time.Time      `json:"received_at"`
	Registered   time.Time      `json:"registered_at,omitzero"`
	Updated      time.Time      `json:"updated_at"`
	Events       int            `json:"events"`
}

// Number is the registration number, or the receipt number before there is one.
func (c CaseRow) Number() string {
	if c.Registration != "" {
		return c.Registration
	}
	return c.Receipt
}

const sqlCaseRow = `SELECT id, receipt, coalesce(registration, ''), coalesce(member, ''), stage, open, agency, concierge, company,
	version, received_at, coalesce(registered_at, 0), updated_at, events FROM case_row`

func scanRow(scan func(...any) error) (r row, err error) {
	err = scan(&r.ID, &r.Receipt, &r.Registration, &r.Member, &r.Stage, &r.Open, &r.Agency, &r.Concierge, &r.Company,
		&r.Version, &r.Received, &r.Registered, &r.Updated, &r.Events)
	return r, err
}

func (r row) public() CaseRow {
	c := CaseRow{ID: r.ID, Receipt: r.Receipt, Registration: r.Registration, Member: r.Member, Stage: r.Stage, Open: r.Open,
		Agency: r.Agency, Concierge: r.Concierge, Company: r.Company, Version: r.Version, Received: fromMillis(r.Received),
		Updated: fromMillis(r.Updated), Events: r.Events}
	if r.Registered != 0 {
		c.Registered = fromMillis(r.Registered)
	}
	return c
}

// Cases lists cases, the newest first.
func (r *Reader) Cases(_ context.Context, f Filter) ([]CaseRow, error) {
	var where []string
	var args []any
	add := func(cond string, v any) {
		where, args = append(where, cond), append(args, v)
	}
	if f.Stage != "" {
		add("stage = ?", f.Stage)
	}
	if f.Open {
		where = append(where, "open = 1")
	}
	if f.Agency != "" {
		add("agency = ?", f.Agency)
	}
	if f.Concierge != "" {
		add("concierge = ?", f.Concierge)
	}
	query := sqlCaseRow
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	if f.Limit <= 0 {
		f.Limit = 1000
	}
	var out []CaseRow
	err := r.q.each(query+" ORDER BY id DESC LIMIT ?", append(args, f.Limit), func(scan func(...any) error) error {
		c, err := scanRow(scan)
		out = append(out, c.public())
		return err
	})
	return out, wrap(err, "list cases")
}

// TimelineEntry is one event of a case: what, by whom, by which mail, on what evidence.
type TimelineEntry struct {
	Seq      int64           `json:"seq"`
	At       time.Time       `json:"at"`
	Kind     string          `json:"kind"`
	Text     string          `json:"text,omitempty"` // Japanese; "" where the event is not shown in letters
	Role     casework.Role   `json:"role,omitempty"`
	Code     string          `json:"code,omitempty"`
	From     string          `json:"from,omitempty"`
	FromName string          `json:"fromName,omitempty"`
	Mail     string          `json:"message_id,omitempty"`
	Evidence string          `json:"evidence,omitempty"`
	Data     json.RawMessage `json:"data,omitempty"` // the payload; left out when it was erased
}

// CaseDetail is one case with everything that happened.
type CaseDetail struct {
	CaseRow
	Why      string          `json:"why,omitempty"` // why this concierge
	Hold     string          `json:"hold,omitempty"`
	Timeline []TimelineEntry `json:"timeline"`
	Letters  []LetterRow     `json:"letters"`
}

// ErrNoCase tells that no case has that number.
var ErrNoCase = errors.New("no case has this number")

// Case reads one case by receipt or registration number. Error: ErrNoCase.
func (r *Reader) Case(_ context.Context, number string) (CaseDetail, error) {
	var d CaseDetail
	l := lookup{q: r.q}
	id, found, err := l.ByNumber(number)
	if err != nil {
		return d, err
	}
	if !found {
		return d, fmt.Errorf("%s: %w", number, ErrNoCase)
	}
	err = r.q.each(sqlCaseRow+" WHERE id = ?", []any{id}, func(scan func(...any) error) error {
		c, err := scanRow(scan)
		d.CaseRow = c.public()
		return err
	})
	if err != nil {
		return d, fmt.Errorf("read case %s: %w", number, err)
	}
	if err := r.timeline(id, &d); err != nil {
		return d, err
	}
	d.Letters, err = r.letters("WHERE case_id = ? ORDER BY id", id)
	return d, err
}

func (r *Reader) timeline(id int64, d *CaseDetail) error {
	events, err := eventsOf(r.q, id)
	if err != nil {
		return err
	}
	c := casework.Case{}
	for _, e := range events {
		shown := len(c.History)
		c.Apply(e)
		t := TimelineEntry{Seq: e.Seq, At: e.At, Kind: kindErased, Role: e.Actor.Role, Code: e.Actor.Code, From: e.Actor.Address.Addr,
			FromName: e.Actor.Address.Name, Mail: e.Actor.Mail, Evidence: e.Actor.Evidence}
		if e.Payload != nil {
			t.Kind = string(e.Payload.Kind())
			if t.Data, err = casework.EncodePayload(e.Payload); err != nil {
				return fmt.Errorf("event %d: %w", e.Seq, err)
			}
		}
		if len(c.History) > shown {
			t.Text = c.History[shown].Text
		}
		d.Timeline = append(d.Timeline, t)
	}
	d.Why, d.Hold = c.ConciergeWhy, ""
	if c.Stage == casework.StageHeld {
		d.Hold = string(c.Hold.Reason)
	}
	return nil
}

func (r *Reader) letters(where string, args ...any) ([]LetterRow, error) {
	var out []LetterRow
	err := r.q.each("SELECT "+letterColumns+" FROM letter "+where, args, func(scan func(...any) error) error {
		l, err := scanLetter(scan)
		out = append(out, l)
		return err
	})
	return out, wrap(err, "list letters")
}

// Outbox lists the letters in these states, oldest first, at most 1,000 of each; without states all that did not
// reach their end: queued, attempting, drafted, failed, withdrawn, bounced.
func (r *Reader) Outbox(_ context.Context, states ...string) ([]LetterRow, error) {
	if len(states) == 0 {
		states = []string{StateQueued, StateAttempting, StateDrafted, StateFailed, StateWithdrawn, StateBounced}
	}
	var out []LetterRow
	for _, s := range states {
		// literals, so that the partial indexes serve
		where := "WHERE state = ?"
		args := []any{s}
		switch s {
		case StateQueued, StateAttempting, StateDrafted, StateFailed, StateWithdrawn, StateBounced:
			where, args = "WHERE state = '"+s+"'", nil
		}
		ls, err := r.letters(where+" ORDER BY id LIMIT 1000", args...)
		if err != nil {
			return nil, err
		}
		out = append(out, ls...)
	}
	return out, nil
}

// Stopped tells whether 全送信停止 is in force.
func (r *Reader) Stopped(context.Context) (bool, error) { return lookup{q: r.q}.Stopped() }

// Verify walks the log, see Report.
func (r *Reader) Verify(ctx context.Context) (Report, error) { return verify(ctx, r.q) }
