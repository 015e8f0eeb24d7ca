package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"uketsuke/internal/casework"
)

// Report is what the audit found.
type Report struct {
	Events   int64    `json:"events"`
	Cases    int64    `json:"cases"`
	Erased   int64    `json:"erased"`   // payloads that are missing and listed as erased
	Head     string   `json:"head"`     // hex hash of the newest event
	Problems []string `json:"problems"` // one line each, numbers and ids only; at most maxProblems
}

// OK tells whether nothing was found.
func (r Report) OK() bool { return len(r.Problems) == 0 }

const maxProblems = 100

func (r *Report) add(format string, args ...any) {
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
	}
}

// Verify audits the database:
//
//  1. the chain: seq without gap, each hash right and linked to the one before, time never falling, each payload
//     the one that was committed to;
//  2. what is missing of payloads and actors is listed in an erased event behind it, and nothing listed is there;
//  3. each case folded anew equals its row, the counters equal the rows, and no number of a series lacks its case.
//
// An error means that the audit could not be made; what it found stands in the Report.
func (s *Store) Verify(ctx context.Context) (Report, error) {
	if err := s.Flush(ctx); err != nil {
		return Report{}, err
	}
	return verify(ctx, s.r)
}

func verify(ctx context.Context, q *querier) (Report, error) {
	w := &audit{ctx: ctx, q: q, rep: Report{Problems: []string{}}, gone: map[string]int64{}, noActor: map[int64]int64{},
		counters: map[string]int{}, last: map[seriesKey]int{}}
	for _, step := range []func() error{w.walk, w.refold, w.countInquiries, w.compareCounters, w.compareSeries} {
		if err := step(); err != nil {
			return w.rep, fmt.Errorf("verify: %w", err)
		}
	}
	return w.rep, nil
}

type audit struct {
	ctx      context.Context
	q        *querier
	rep      Report
	prev     link
	head     [32]byte
	gone     map[string]int64 // commitment -> seq of a missing payload
	noActor  map[int64]int64  // actor id -> first seq that names it
	counters map[string]int
	last     map[seriesKey]int // numbers of each series that are in use
}

const walkPage = 500

// walk follows the chain, page by page, so that no reader stays open for long.
func (w *audit) walk() error {
	for {
		seen := w.rep.Events
		err := w.q.each(`SELECT e.seq, e.case_id, e.kind, e.version, e.at, e.actor_id, e.prev_hash, e.commitment, e.hash, p.salt, p.data,
			a.id IS NOT NULL FROM event e LEFT JOIN event_payload p ON p.seq = e.seq LEFT JOIN actor a ON a.id = e.actor_id
			WHERE e.seq > ? ORDER BY e.seq LIMIT ?`, []any{w.prev.Seq, walkPage}, w.event)
		if err != nil {
			return err
		}
		if err := w.ctx.Err(); err != nil {
			return err
		}
		if w.rep.Events == seen {
			break
		}
	}
	w.rep.Head = hex.EncodeToString(w.head[:])
	for _, seq := range w.gone {
		w.rep.add("event %d: its payload is missing and no erased event lists it", seq)
	}
	for id, seq := range w.noActor {
		w.rep.add("event %d: its actor %d is missing and no erased event lists it", seq, id)
	}
	return w.orphans()
}

func (w *audit) event(scan func(...any) error) error {
	var l link
	var hash, salt []byte
	var data *string
	var hasActor bool
	if err := scan(&l.Seq, &l.Case, &l.Kind, &l.Version, &l.At, &l.Actor, &l.Prev, &l.Commitment, &hash, &salt, &data, &hasActor); err != nil {
		return err
	}
	w.rep.Events++
	if l.Seq != w.prev.Seq+1 {
		w.rep.add("event %d: the events between %d and it are missing", l.Seq, w.prev.Seq)
	}
	if !bytes.Equal(l.Prev, w.head[:]) {
		w.rep.add("event %d: it does not follow the event before it", l.Seq)
	}
	if sum := l.sum(); !bytes.Equal(sum[:], hash) {
		w.rep.add("event %d: its row was changed", l.Seq)
	}
	if l.At < w.prev.At {
		w.rep.add("event %d: its time lies before that of the event before it", l.Seq)
	}
	if l.Actor != 0 && !hasActor {
		if _, ok := w.noActor[l.Actor]; !ok {
			w.noActor[l.Actor] = l.Seq
		}
	}
	w.payload(l, salt, data)
	w.prev = l
	copy(w.head[:], hash)
	return nil
}

func (w *audit) payload(l link, salt []byte, data *string) {
	switch {
	case data == nil:
		w.gone[string(l.Commitment)] = l.Seq
	case !bytes.Equal(commit(salt, []byte(*data)), l.Commitment):
		w.rep.add("event %d: its payload was changed", l.Seq)
	case l.Kind == kindErased:
		w.erased(l, []byte(*data))
	}
}

// erased accepts the absences that an erased event lists; what it lists must be gone already.
func (w *audit) erased(l link, data []byte) {
	var p erasedPayload
	if err := json.Unmarshal(data, &p); err != nil {
		w.rep.add("event %d: the list of what was erased cannot be read", l.Seq)
		return
	}
	for _, c := range p.Commitments {
		raw, err := hex.DecodeString(c)
		if _, ok := w.gone[string(raw)]; err != nil || !ok {
			w.rep.add("event %d: it lists %.16s… as erased, which is not missing", l.Seq, c)
			continue
		}
		delete(w.gone, string(raw))
		w.rep.Erased++
	}
	for _, id := range p.Actors {
		if _, ok := w.noActor[id]; !ok {
			w.rep.add("event %d: it lists actor %d as erased, who is not missing", l.Seq, id)
			continue
		}
		delete(w.noActor, id)
	}
}

// orphans finds payloads without an event, which the walk cannot see.
func (w *audit) orphans() error {
	return w.q.each("SELECT p.seq FROM event_payload p LEFT JOIN event e ON e.seq = p.seq WHERE e.seq IS NULL LIMIT 1", nil,
		func(scan func(...any) error) error {
			var seq int64
			err := scan(&seq)
			w.rep.add("event %d: its row is missing, its payload is there", seq)
			return err
		})
}

// refold compares each case's row with the fold of its events.
func (w *audit) refold() error {
	for last := int64(0); ; {
		var rows []row
		err := w.q.each(sqlCaseRow+" WHERE id > ? ORDER BY id LIMIT ?", []any{last, walkPage}, func(scan func(...any) error) error {
			r, err := scanRow(scan)
			rows = append(rows, r)
			return err
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			if err := w.ctx.Err(); err != nil {
				return err
			}
			if err := w.compare(r); err != nil {
				return err
			}
		}
		last = rows[len(rows)-1].ID
	}
}

func (w *audit) compare(r row) error {
	w.rep.Cases++
	for _, name := range r.counters() {
		w.counters[name]++
	}
	foreign, err := w.tookOver(r.ID)
	if err != nil {
		return err
	}
	w.countNumbers(r, foreign)
	events, err := eventsOf(w.q, r.ID)
	if broken(err) {
		return err
	}
	if err != nil {
		w.rep.add("case %d: its events cannot be read", r.ID)
		return nil
	}
	for _, e := range events {
		if e.Payload == nil { // erased: the fold cannot give everything any more
			return nil
		}
	}
	if folded := rowOf(casework.Fold(events)); folded != r {
		w.rep.add("case %d: its row is not the fold of its events", r.ID)
	}
	return nil
}

// tookOver tells whether a case began with another office's bundle: its registration number is of no series here.
func (w *audit) tookOver(id int64) (bool, error) {
	var kind string
	_, err := w.q.one("SELECT kind FROM event WHERE case_id = ? ORDER BY seq LIMIT 1", []any{id}, &kind)
	return kind == string((*casework.CaseTakenOver)(nil).Kind()), wrap(err, "look at a case's first event")
}

// countNumbers counts the numbers in use, by series; fiscal years stand in the numbers themselves.
func (w *audit) countNumbers(r row, foreign bool) {
	w.last[seriesKey{"case", 0}]++
	var year, office, n int
	if c, _ := fmt.Sscanf(r.Receipt, "E%d-%d", &year, &n); c == 2 {
		w.last[seriesKey{"receipt", 2000 + year}]++
	}
	if c, _ := fmt.Sscanf(r.Registration, "%d-", &office); c == 1 && !foreign {
		w.last[seriesKey{"registration", office}]++
	}
}

// countInquiries counts the inquiry numbers in use. They stand in a table of their own, so that erasure leaves them.
func (w *audit) countInquiries() error {
	return w.q.each("SELECT number FROM inquiry", nil, func(scan func(...any) error) error {
		var number string
		var year, n int
		err := scan(&number)
		if c, _ := fmt.Sscanf(number, "Q%d-%d", &year, &n); c == 2 {
			w.last[seriesKey{"inquiry", 2000 + year}]++
		}
		return err
	})
}

func (w *audit) compareCounters() error {
	have := map[string]int{}
	err := w.q.each("SELECT name, n FROM counter WHERE n <> 0", nil, func(scan func(...any) error) error {
		var name string
		var n int
		err := scan(&name, &n)
		have[name] = n
		return err
	})
	for name, n := range w.counters {
		if have[name] != n {
			w.rep.add("counter %s is %d, the cases say %d", name, have[name], n)
		}
		delete(have, name)
	}
	for name, n := range have {
		w.rep.add("counter %s is %d, the cases say 0", name, n)
	}
	return err
}

// compareSeries finds numbers that were given but belong to no case or inquiry (S6).
func (w *audit) compareSeries() error {
	return w.q.each("SELECT name, year, last FROM series WHERE name <> 'member'", nil, func(scan func(...any) error) error {
		var k seriesKey
		var last int
		err := scan(&k.name, &k.year, &last)
		if n := w.last[k]; n != last {
			w.rep.add("series %s of %d stands at %d, but %d of its numbers are in use", k.name, k.year, last, n)
		}
		return err
	})
}
