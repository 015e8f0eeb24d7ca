package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"uketsuke/internal/casework"
)

func TestEachCaseGivesTheCasesOfASpanOfTime(t *testing.T) {
	s := open(t, t.TempDir())
	for i := range 4 {
		if h := handle(t, s, mail(i+1, []string{"灘酒造", "播磨商店", "三木金物", "淡路水産"}[i]))[0]; h.Err != nil {
			t.Fatal(h.Err)
		}
	}
	day := func(n int) int64 { return millis(monday.AddDate(0, 0, n)) }
	for id, c := range map[int][3]int64{1: {day(-20), day(-10), 0}, 2: {day(-20), day(-10), 1}, 3: {day(-20), day(5), 0}, 4: {day(8), day(9), 1}} { // received, last event, open
		meddle(t, s, fmt.Sprintf("UPDATE case_row SET received_at = %d, updated_at = %d, open = %d WHERE id = %d", c[0], c[1], c[2], id))
	}
	r, err := OpenReader(context.Background(), s.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, tc := range []struct {
		rule        string
		from, until time.Time
		want        []int64
	}{
		{"all", monday.AddDate(0, 0, -30), monday.AddDate(0, 0, 30), []int64{1, 2, 3, 4}},
		{"a closed case whose last event is older is left out", monday, monday.AddDate(0, 0, 30), []int64{2, 3, 4}},
		{"a case that came later is left out", monday, monday.AddDate(0, 0, 7), []int64{2, 3}},
		{"the end does not count, the begin does", monday.AddDate(0, 0, 5), monday.AddDate(0, 0, 8), []int64{2, 3}},
		{"none before the first", monday.AddDate(0, 0, -40), monday.AddDate(0, 0, -30), nil},
	} {
		var got []int64
		err := r.EachCase(context.Background(), tc.from, tc.until, func(events []casework.Event) error {
			if len(events) == 0 || events[0].Payload.Kind() != "sheet-received" {
				t.Errorf("%s: %+v", tc.rule, events)
			}
			got = append(got, events[0].Case)
			return nil
		})
		if err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, %v", tc.rule, got, err)
		}
	}
	stop := errors.New("stop")
	if err := r.EachCase(context.Background(), monday, monday.AddDate(0, 0, 30), func([]casework.Event) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of the caller's ends in %v", err)
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.EachCase(gone, monday, monday.AddDate(0, 0, 30), func([]casework.Event) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled walk ends in %v", err)
	}
}

func TestEachCaseComesOnceAlsoOverManyPages(t *testing.T) {
	s := open(t, t.TempDir())
	grow(t, s, 2*walkPage+1)
	r, err := OpenReader(context.Background(), s.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	next := int64(1)
	err = r.EachCase(context.Background(), time.UnixMilli(0), monday, func(events []casework.Event) error {
		if len(events) != 3 || events[0].Case != next {
			t.Fatalf("case %d comes where %d should, with %d events", events[0].Case, next, len(events))
		}
		next++
		return nil
	})
	if err != nil || next != 2*walkPage+2 {
		t.Errorf("the walk ends before case %d: %v", next, err)
	}
}
