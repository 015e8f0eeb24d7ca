package store

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"uketsuke/internal/casework"
)

// The chain, S7: hash = SHA-256 over the fields below, so that a changed, missing or moved event shows at the next
// one; commitment = HMAC-SHA-256(salt, payload), so that a payload can be erased together with its salt and can then
// not be guessed from what remains.

const saltBytes = 16

// chainHead is the newest event.
type chainHead struct {
	seq  int64
	at   time.Time
	hash [32]byte
}

// link is one event as the chain covers it.
type link struct {
	Seq, Case, Actor, At int64
	Kind                 string
	Version              int
	Prev, Commitment     []byte
}

// sum is the event's hash: a prefix, then each field at fixed width or with its length before it, big endian.
func (l link) sum() [32]byte {
	b := make([]byte, 0, 192)
	b = append(b, "uketsuke event 1\x00"...)
	for _, n := range []int64{l.Seq, l.Case, int64(l.Version), l.At, l.Actor, int64(len(l.Kind))} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	b = append(b, l.Kind...)
	b = append(b, l.Prev...)
	b = append(b, l.Commitment...)
	return sha256.Sum256(b)
}

func commit(salt, payload []byte) []byte {
	h := hmac.New(sha256.New, salt)
	h.Write(payload)
	return h.Sum(nil)
}

// kindErased lists what was erased, see erasedPayload. The store reads and writes it itself; the fold skips it.
const kindErased = "erased"

// erasedPayload is the payload of an erased event: the commitments whose payloads, and the actors whose rows, may be
// missing. An erased event itself is never erased.
type erasedPayload struct {
	Commitments []string `json:"commitments,omitempty"` // hex
	Actors      []int64  `json:"actors,omitempty"`
}

func (t *tx) chainHead() (*chainHead, error) {
	if t.head != nil {
		return t.head, nil
	}
	var at int64
	var hash []byte
	h := &chainHead{}
	found, err := t.q.one("SELECT seq, at, hash FROM event ORDER BY seq DESC LIMIT 1", nil, &h.seq, &at, &hash)
	if err != nil {
		return nil, fmt.Errorf("read the newest event: %w", err)
	}
	if found {
		h.at = fromMillis(at)
		copy(h.hash[:], hash)
	}
	t.head = h
	return h, nil
}

// append writes one event behind the newest, at the later of at and the newest event's time (S12), and returns its
// seq and time.
func (t *tx) append(caseID int64, kind string, version int, at time.Time, actor int64, payload []byte) (int64, time.Time, error) {
	h, err := t.chainHead()
	if err != nil {
		return 0, at, err
	}
	at = fromMillis(millis(at))
	if at.Before(h.at) {
		at = h.at
	}
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(t.s.opt.Rand, salt); err != nil {
		return 0, at, fmt.Errorf("make a salt: %w", err)
	}
	l := link{Seq: h.seq + 1, Case: caseID, Actor: actor, At: millis(at), Kind: kind, Version: version,
		Prev: h.hash[:], Commitment: commit(salt, payload)}
	sum := l.sum()
	if _, err := t.q.exec(`INSERT INTO event (seq, case_id, kind, version, at, actor_id, prev_hash, commitment, hash)
		VALUES (?,?,?,?,?,?,?,?,?)`, l.Seq, l.Case, l.Kind, l.Version, l.At, l.Actor, l.Prev, l.Commitment, sum[:]); err != nil {
		return 0, at, fmt.Errorf("write event %d: %w", l.Seq, err)
	}
	if _, err := t.q.exec("INSERT INTO event_payload (seq, salt, data) VALUES (?,?,?)", l.Seq, salt, string(payload)); err != nil {
		return 0, at, fmt.Errorf("write the payload of event %d: %w", l.Seq, err)
	}
	t.head = &chainHead{seq: l.Seq, at: at, hash: sum}
	return l.Seq, at, nil
}

// actorID writes the actor and returns its id; the zero Actor (the robot itself) has id 0 and no row.
func (t *tx) actorID(a casework.Actor, known map[casework.Actor]int64) (int64, error) {
	if a == (casework.Actor{}) {
		return 0, nil
	}
	if id, ok := known[a]; ok {
		return id, nil
	}
	data, err := json.Marshal(a)
	if err != nil {
		return 0, fmt.Errorf("encode the actor: %w", err)
	}
	id, err := t.q.insert("INSERT INTO actor (data) VALUES (?)", string(data))
	if err != nil {
		return 0, fmt.Errorf("write the actor: %w", err)
	}
	known[a] = id
	return id, nil
}

const sqlEventsOf = `SELECT e.seq, e.kind, e.version, e.at, a.data, p.data FROM event e
	LEFT JOIN event_payload p ON p.seq = e.seq LEFT JOIN actor a ON a.id = e.actor_id
	WHERE e.case_id = ? ORDER BY e.seq`

// eventsOf reads a case's events; erased payloads are nil, erased actors zero.
func eventsOf(q *querier, id int64) ([]casework.Event, error) {
	var events []casework.Event
	err := q.each(sqlEventsOf, []any{id}, func(scan func(...any) error) error {
		var kind string
		var version int
		var at int64
		var actor, data *string
		e := casework.Event{Case: id}
		if err := scan(&e.Seq, &kind, &version, &at, &actor, &data); err != nil {
			return err
		}
		e.At = fromMillis(at)
		if actor != nil {
			if err := json.Unmarshal([]byte(*actor), &e.Actor); err != nil {
				return fmt.Errorf("event %d: read the actor: %w", e.Seq, err)
			}
		}
		if data != nil && kind != kindErased {
			p, err := casework.DecodePayload(casework.EventKind(kind), version, []byte(*data))
			if err != nil {
				return fmt.Errorf("event %d: %w", e.Seq, err)
			}
			e.Payload = p
		}
		events = append(events, e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the events of case %d: %w", id, err)
	}
	return events, nil
}
