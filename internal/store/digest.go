package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"uketsuke/internal/casework"
)

// Heads are the rows of cases, by id; a case that is not there has none.
func (l lookup) Heads(ids []int64) (map[int64]casework.CaseHead, error) {
	out := make(map[int64]casework.CaseHead, len(ids))
	for _, id := range ids {
		if _, have := out[id]; have {
			continue
		}
		h := casework.CaseHead{ID: id}
		var received, registered, updated int64
		found, err := l.q.one(`SELECT events, stage, receipt, coalesce(registration, ''), agency, concierge, received_at, coalesce(registered_at, 0), updated_at
			FROM case_row WHERE id = ?`, []any{id}, &h.Events, &h.Stage, &h.Receipt, &h.Registration, &h.Agency, &h.Concierge, &received, &registered, &updated)
		if err != nil {
			return nil, fmt.Errorf("read the row of case %d: %w", id, err)
		}
		if !found {
			continue
		}
		h.Received, h.Moved = fromMillis(received), fromMillis(updated)
		if registered != 0 {
			h.Registered = fromMillis(registered)
		}
		out[id] = h
	}
	return out, nil
}

const digestPrefix = "digest/"

// DigestedAt is when a reader's digest was written last, by DigestIn.Key; zero: never.
func (g glance) DigestedAt(_ context.Context, key string) (at time.Time, err error) {
	v, err := g.l.setting(digestPrefix + key)
	if err != nil || v == "" {
		return at, err
	}
	ms, err := strconv.ParseInt(v, 10, 64)
	return fromMillis(ms), wrap(err, "read when a digest was written")
}

// Desk is glance's, with what is only noted so far, too.
func (s *Store) Desk(ctx context.Context, since time.Time) (casework.Desk, error) {
	if err := s.Flush(ctx); err != nil {
		return casework.Desk{}, err
	}
	return s.glance.Desk(ctx, since)
}

// Desk is what lies on the clerk's desk: what waits for a password, and what has come since a time.
func (g glance) Desk(_ context.Context, since time.Time) (d casework.Desk, err error) {
	for _, step := range []func(time.Time, *casework.Desk) error{g.l.deskLocked, g.l.deskMails, g.l.deskLetters, g.l.deskCounts} {
		if err := step(since, &d); err != nil {
			return d, fmt.Errorf("look at the clerk's desk: %w", err)
		}
	}
	return d, nil
}

func (l lookup) deskLocked(_ time.Time, d *casework.Desk) error {
	waiting, err := l.locked(false, "WHERE k.waits = 1 ORDER BY m.at, m.id")
	for _, m := range waiting {
		d.Locked = append(d.Locked, casework.LockedNote{From: m.Sender, Files: m.Files, Since: m.Since})
	}
	return err
}

// deskMails are the mails since then that stay for people: put aside, of no rule, and of a case that could not be passed on.
func (l lookup) deskMails(since time.Time, d *casework.Desk) error {
	first, err := l.firstSince("message", "id", since)
	if err != nil {
		return err
	}
	return l.q.each(`SELECT m.result, m.raw, m.at, coalesce(c.registration, c.receipt, '') FROM message m LEFT JOIN case_row c ON c.id = m.case_id
		WHERE m.id >= ? AND m.at > ? AND (m.result = 'aside' OR m.result IN ('other', 'kept') AND m.folder = '') ORDER BY m.id DESC`,
		[]any{first, millis(since)}, func(scan func(...any) error) error {
			var result casework.Result
			var raw []byte
			var at int64
			n := casework.MailNote{}
			if err := scan(&result, &raw, &at, &n.Number); err != nil {
				return err
			}
			n.Raw, n.At = hex.EncodeToString(raw), fromMillis(at)
			switch result {
			case casework.ResultAside:
				d.Aside = append(d.Aside, n)
			case casework.ResultKept:
				d.Questions = append(d.Questions, n)
			default:
				d.Other = append(d.Other, n)
			}
			return nil
		})
}

// longestTry is how long a letter may be on its way before it fails: the outbox tries for five days.
const longestTry = 7 * 24 * time.Hour

// deskLetters are the letters that came to nothing since then. What people took back, and reminders that nobody needs
// any more, are none.
func (l lookup) deskLetters(since time.Time, d *casework.Desk) error {
	first, err := l.firstSince("letter", "id", since.Add(-longestTry))
	if err != nil {
		return err
	}
	return l.q.each(`SELECT l.kind, l.recipients, l.state, l.settled_at, l.subject, coalesce(c.registration, c.receipt, '') FROM letter l
		LEFT JOIN case_row c ON c.id = l.case_id WHERE l.state IN ('failed', 'withdrawn', 'bounced') AND l.id >= ? AND l.settled_at > ?
		AND l.error <> 'taken back' AND NOT (l.state = 'withdrawn' AND (l.kind = 'reminder' OR l.kind LIKE 'digest-%')) ORDER BY l.id DESC`,
		[]any{first, millis(since)}, func(scan func(...any) error) error {
			var n casework.LetterNote
			var to string
			var at int64
			if err := scan(&n.Kind, &to, &n.State, &at, &n.Subject, &n.Number); err != nil {
				return err
			}
			n.At = fromMillis(at)
			d.Undelivered = append(d.Undelivered, n)
			return json.Unmarshal([]byte(to), &d.Undelivered[len(d.Undelivered)-1].To)
		})
}

// newest bounds how far back uids are looked through: no index finds those that have vanished.
const newest = 5000

func (l lookup) deskCounts(since time.Time, d *casework.Desk) error {
	for _, c := range []struct {
		n     *int
		query string
		args  []any
	}{
		{&d.Vanished, `SELECT count(*) FROM (SELECT message, vanished_at FROM mailbox_uid ORDER BY uidvalidity DESC, uid DESC LIMIT ?)
			WHERE message IS NULL AND vanished_at > ?`, []any{newest, millis(since)}},
		{&d.Braked, "SELECT count(*) FROM letter WHERE state = 'queued' AND error LIKE '%の上限に達しました'", nil},
		{&d.Drafted, "SELECT count(*) FROM letter WHERE state = 'drafted'", nil},
	} {
		if _, err := l.q.one(c.query, c.args, c.n); err != nil {
			return err
		}
	}
	return nil
}

// firstSince is the first id of a table whose rows grow in time, at or after t; one more than the last where there is none. It
// goes by halves: no index has the time.
func (l lookup) firstSince(table, id string, t time.Time) (int64, error) {
	at := map[string]string{"message": "at", "letter": "created_at", "event": "at"}[table]
	var low, high int64
	for query, to := range map[string]*int64{"min": &low, "max": &high} {
		if _, err := l.q.one("SELECT coalesce("+query+"("+id+"), 0) FROM "+table, nil, to); err != nil {
			return 0, fmt.Errorf("find the rows of %s since a time: %w", table, err)
		}
	}
	high++
	query := strings.NewReplacer("TABLE", table, "ID", id, "AT", at).Replace("SELECT AT FROM TABLE WHERE ID >= ? ORDER BY ID LIMIT 1")
	for low < high {
		mid := low + (high-low)/2
		var ms int64
		found, err := l.q.one(query, []any{mid}, &ms)
		if err != nil {
			return 0, fmt.Errorf("find the rows of %s since a time: %w", table, err)
		}
		if !found || ms >= millis(t) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low, nil
}

// Flow is what has happened in a week and in the fiscal year, and the chain's head.
func (g glance) Flow(_ context.Context, from, until time.Time) (f casework.Flow, err error) {
	l := g.l
	f.From, f.Until = from, until
	var kinds []string
	for _, k := range casework.FlowKinds {
		kinds = append(kinds, "'"+string(k)+"'")
	}
	in := "e.kind IN (" + strings.Join(kinds, ",") + ")"
	if f.Week, err = l.happened("SELECT e.kind, c.agency, count(*) FROM event e JOIN case_row c ON c.id = e.case_id WHERE e.seq >= ? AND e.at >= ? AND e.at < ? AND "+
		in+" GROUP BY 1, 2 ORDER BY 1, 2", from, until); err != nil {
		return f, err
	}
	april := time.Date(casework.FiscalYear(until.Add(-time.Millisecond)), time.April, 1, 0, 0, 0, 0, casework.JST)
	if f.Months, err = l.happened("SELECT e.kind, strftime('%Y-%m', e.at / 1000 + 32400, 'unixepoch'), count(*) FROM event e WHERE e.seq >= ? AND e.at >= ? AND e.at < ? AND "+
		in+" GROUP BY 1, 2 ORDER BY 1, 2", april, until); err != nil { // 32,400 s: Japan is nine hours ahead, all year
		return f, err
	}
	var hash []byte
	if _, err = l.q.one("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1", nil, &f.Seq, &hash); err != nil {
		return f, fmt.Errorf("read the chain's head: %w", err)
	}
	f.Head = hex.EncodeToString(hash)
	return f, nil
}

func (l lookup) happened(query string, from, until time.Time) (out []casework.Happened, err error) {
	first, err := l.firstSince("event", "seq", from)
	if err != nil {
		return nil, err
	}
	err = l.q.each(query, []any{first, millis(from), millis(until)}, func(scan func(...any) error) error {
		var h casework.Happened
		err := scan(&h.Kind, &h.Of, &h.N)
		out = append(out, h)
		return err
	})
	return out, wrap(err, "count what has happened")
}

// EndedSince lists the cases that were closed or withdrawn since then, by id.
func (g glance) EndedSince(_ context.Context, since time.Time) (ids []int64, err error) {
	first, err := g.l.firstSince("event", "seq", since)
	if err != nil {
		return nil, err
	}
	ids, err = g.l.ids(`SELECT DISTINCT e.case_id FROM event e JOIN case_row c ON c.id = e.case_id WHERE e.seq >= ? AND c.open = 0
		AND e.kind IN ('case-closed', 'case-withdrawn') ORDER BY 1`, first)
	return ids, wrap(err, "list the cases that have ended")
}
