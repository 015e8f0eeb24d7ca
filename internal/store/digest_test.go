package store

import (
	"context"
	"testing"
	"time"

	"uketsuke/internal/casework"
)

// other decides like the core for mails that no rule claims, that are put aside, or that stay on their case.
func other(result casework.Result, folder casework.Folder) Decide {
	return func(casework.Lookup, Inbound) (casework.Outcome, error) {
		return casework.Outcome{Result: result, Folder: folder}, nil
	}
}

// The desk has what has come since a time and stays for people; the flow counts what happened in the week and in the fiscal
// year, by months of Japan; and the newest hash is the chain's head.
func TestTheDeskAndTheFlowCountFromTheirTimeOn(t *testing.T) {
	ctx := context.Background()
	c := &clock{monday.AddDate(0, 0, -40)} // 7 October
	s := open(t, t.TempDir(), func(o *Options) { o.Now = c.now })
	days := []time.Time{c.at, time.Date(2026, 10, 31, 23, 59, 0, 0, casework.JST), time.Date(2026, 11, 1, 0, 1, 0, 0, casework.JST), monday, monday.Add(time.Hour)}
	for i, at := range days {
		c.at = at
		decide := func(l Lookup, in Inbound) (casework.Outcome, error) {
			out, err := register(l, in)
			for k := range out.Events {
				out.Events[k].At = at
			}
			return out, err
		}
		handleWith(t, s, decide, frozen, mail(i+1, "灘酒造"))
		handleWith(t, s, other(casework.ResultOther, casework.FolderStay), frozen, mail(100+i, "other"))
		handleWith(t, s, other(casework.ResultAside, casework.FolderAside), frozen, mail(200+i, "aside"))
		handleWith(t, s, other(casework.ResultKept, casework.FolderDone), frozen, mail(300+i, "filed"))
	}
	for since, want := range map[time.Time]int{days[0].Add(-time.Hour): 5, days[0]: 4, days[2].Add(-time.Second): 3, monday.Add(-time.Millisecond): 2, monday: 1, monday.Add(2 * time.Hour): 0} {
		d, err := s.Desk(ctx, since)
		if err != nil || len(d.Other) != want || len(d.Aside) != want || len(d.Questions) != 0 {
			t.Errorf("since %s: %d others, %d aside, %d questions (%v), want %d", since, len(d.Other), len(d.Aside), len(d.Questions), err, want)
		}
	}
	f, err := s.Flow(ctx, days[1], monday.Add(time.Hour)) // the last one is not before its end
	if err != nil {
		t.Fatal(err)
	}
	months, week := map[string]int{}, 0
	for _, h := range f.Months {
		if h.Kind == "case-registered" {
			months[h.Of] += h.N
		}
	}
	for _, h := range f.Week {
		if h.Kind == "case-registered" {
			week += h.N
		}
	}
	if months["2026-10"] != 2 || months["2026-11"] != 2 || week != 3 {
		t.Errorf("months %v, week %d", months, week)
	}
	rep, err := s.Verify(ctx)
	if err != nil || f.Head != rep.Head || f.Seq != rep.Events {
		t.Errorf("head %s of %d events, the audit says %s of %d (%v)", f.Head, f.Seq, rep.Head, rep.Events, err)
	}
}

// A case's row is what the guard of a digest asks: it goes with the case.
func TestAHeadIsTheRowOfItsCase(t *testing.T) {
	s := open(t, t.TempDir())
	handleWith(t, s, register, frozen, mail(1, "灘酒造"))
	l := lookup{q: s.r}
	heads, err := l.Heads([]int64{1, 1, 99})
	c, err2 := l.Case(1)
	if err != nil || err2 != nil || len(heads) != 1 {
		t.Fatalf("%v %v %v", heads, err, err2)
	}
	got := heads[1].Case()
	if got.Events != c.Events || got.Stage != c.Stage || got.Agency != c.Agency || got.Concierge != c.Concierge || got.Number() != c.Number() {
		t.Errorf("the row is %+v, the case %+v", got, c)
	}
}
