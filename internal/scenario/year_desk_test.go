package scenario

import (
	"context"
	"fmt"
	"slices"
	"time"

	"uketsuke/internal/casework"
)

// What digests ask of the year's store.

func (s yearStore) DigestedAt(_ context.Context, key string) (time.Time, error) {
	return s.y.digested[key], nil
}

// Desk has the locked mails of the year; nothing is put aside, bounced or drafted in it.
func (s yearStore) Desk(ctx context.Context, _ time.Time) (d casework.Desk, err error) {
	waiting, err := s.LockedWaiting(ctx, s.y.now)
	for _, m := range waiting {
		d.Locked = append(d.Locked, casework.LockedNote{From: m.Sender, Files: m.Files, Since: m.Since})
	}
	return d, err
}

// Flow counts the log: by intake agency from one moment to another, and by month since April.
func (s yearStore) Flow(_ context.Context, from, until time.Time) (casework.Flow, error) {
	f := casework.Flow{From: from, Until: until, Seq: int64(len(s.y.log)), Head: fmt.Sprintf("%064x", len(s.y.log))}
	april := time.Date(casework.FiscalYear(until.Add(-time.Second)), time.April, 1, 0, 0, 0, 0, casework.JST)
	count := func(list []casework.Happened, kind casework.EventKind, of string) []casework.Happened {
		for i, h := range list {
			if h.Kind == kind && h.Of == of {
				list[i].N++
				return list
			}
		}
		return append(list, casework.Happened{Kind: kind, Of: of, N: 1})
	}
	for _, e := range s.y.log {
		kind := e.Payload.Kind()
		if !e.At.Before(until) || !slices.Contains(casework.FlowKinds, kind) {
			continue
		}
		if !e.At.Before(from) {
			f.Week = count(f.Week, kind, s.y.cases[e.Case].Agency)
		}
		if !e.At.Before(april) {
			f.Months = count(f.Months, kind, e.At.In(casework.JST).Format("2006-01"))
		}
	}
	return f, nil
}

func (s yearStore) EndedSince(_ context.Context, since time.Time) (ids []int64, err error) {
	for _, e := range s.y.log {
		switch e.Payload.(type) {
		case *casework.CaseClosed, *casework.CaseWithdrawn:
			if c := s.y.cases[e.Case]; !e.At.Before(since) && !c.Stage.Open() && !slices.Contains(ids, e.Case) {
				ids = append(ids, e.Case)
			}
		}
	}
	slices.Sort(ids)
	return ids, nil
}

func (l yearLookup) Heads(ids []int64) (map[int64]casework.CaseHead, error) {
	out := map[int64]casework.CaseHead{}
	for _, id := range ids {
		c := l.y.cases[id]
		out[id] = casework.CaseHead{ID: id, Events: c.Events, Stage: c.Stage, Receipt: c.Receipt, Registration: c.Registration, Agency: c.Agency, Concierge: c.Concierge,
			Received: c.ReceivedAt, Registered: c.RegisteredAt, Moved: c.UpdatedAt}
	}
	return out, nil
}

// steps are the reminders that events record.
func steps(events []casework.Event) (out []told) {
	for _, e := range events {
		if p, ok := e.Payload.(*casework.Reminded); ok {
			out = append(out, told{id: e.Case, wait: p.Wait, support: p.Support, role: p.Party.Role, step: p.Step, whom: p.Whom, since: p.Since})
		}
	}
	return out
}
