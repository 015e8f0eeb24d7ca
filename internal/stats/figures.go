package stats

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"uketsuke/internal/casework"
)

// Figures are one fiscal year's. Texts in them come from sheets and rosters: whoever writes them on writes them as text.
type Figures struct {
	Year       int    `json:"year"`
	From       string `json:"from"`  // YYYY-MM-DD
	Until      string `json:"until"` // the last day of the year
	At         string `json:"at"`    // the last day that is counted
	Total      Row    `json:"total"`
	Months     []Row  `json:"months"`     // those that have begun
	Agencies   []Row  `json:"agencies"`   // 紹介元, one for each case
	Providers  []Row  `json:"providers"`  // 紹介先; only of supports
	Items      []Row  `json:"items"`      // all 13; a case may belong to several
	Industries []Row  `json:"industries"` // one for each case
	Countries  []Row  `json:"countries"`  // a case may belong to several
	Concierges []Row  `json:"concierges,omitempty"`
	Erased     Erased `json:"erased"`
}

// Row is one line of a breakdown.
type Row struct {
	Key    string   `json:"key,omitempty"` // 2026-04, an agency's or concierge's code, 01; "" where the name is the key
	Name   string   `json:"name,omitempty"`
	Former []string `json:"former,omitempty"` // names that the agency had before in the year
	Counts Counts   `json:"counts"`
	Waits  Times    `json:"waits"`
}

// Counts are the figures of a row, by Figure; in JSON an object in the order of the figures.
type Counts [numFigures]int

// MarshalJSON writes the figures by their keys.
func (c Counts) MarshalJSON() ([]byte, error) {
	return object(len(c), func(i int) (string, any) { return Figure(i).About().Key, c[i] })
}

// Time is a waiting time in business days: how often, the median, and within how many days nine of ten were done.
type Time struct {
	N      int     `json:"n"`
	Median float64 `json:"median"`
	P90    float64 `json:"p90"` // nearest rank
}

// Times are the waiting times of a row, by Wait; in JSON an object in their order.
type Times [numWaits]Time

// MarshalJSON writes the waiting times by their keys.
func (t Times) MarshalJSON() ([]byte, error) {
	return object(len(t), func(i int) (string, any) { return Wait(i).About().Key, t[i] })
}

// object writes an object whose members keep their order.
func object(n int, member func(int) (string, any)) ([]byte, error) {
	out := []byte{'{'}
	for i := range n {
		key, v := member(i)
		b, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", key, err)
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(fmt.Appendf(out, "%q:", key), b...)
	}
	return append(out, '}'), nil
}

// Names says what an agency or a concierge is called for whom no event does; "" is unknown.
type Names func(code string) string

// Figures are what was counted so far. Agencies that no event names are called as agency says; concierges are counted only
// where concierge is given.
func (t *Tally) Figures(agency, concierge Names) Figures {
	f := Figures{Year: t.year, From: casework.Day(t.from), Until: casework.Day(Begin(t.year + 1).Add(-day)), At: casework.Day(t.until.Add(-time.Millisecond)),
		Total: t.total.row("", ""), Agencies: t.named(t.agencies, "（未確定）", agency), Providers: t.named(t.providers, "ジェトロ", agency),
		Industries: texts(t.industries), Countries: texts(t.countries), Items: itemRows(t.items), Erased: t.erased, Months: []Row{}}
	for m, s := range t.months {
		begin := t.begin(m)
		f.Months = append(f.Months, s.row(begin.Format("2006-01"), fmt.Sprintf("%d月", begin.Month())))
	}
	if concierge != nil {
		f.Concierges = keyed(t.concierges, "（未定）", func(code string) (string, []string) { return concierge(code), nil })
	}
	return f
}

func (t *Tally) named(rows table, none string, fallback Names) []Row {
	return keyed(rows, none, func(code string) (string, []string) {
		name, former := t.names.of(code, t.from)
		if name == "" && fallback != nil {
			name = fallback(code)
		}
		return name, former
	})
}

// keyed are the rows in the order of their codes, the one without a code last under the name none.
func keyed(rows table, none string, name func(code string) (string, []string)) []Row {
	out := []Row{}
	for _, code := range slices.Sorted(maps.Keys(rows)) {
		if code == "" {
			continue
		}
		n, former := name(code)
		row := rows[code].row(code, n)
		row.Former = former
		out = append(out, row)
	}
	if s := rows[""]; s != nil {
		out = append(out, s.row("", none))
	}
	return out
}

// texts are the rows of texts, the most received first and what is not said last.
func texts(rows table) []Row {
	out := []Row{}
	for key, s := range rows {
		if key != "" {
			out = append(out, s.row("", s.label))
		}
	}
	slices.SortFunc(out, func(a, b Row) int {
		return cmp.Or(cmp.Compare(b.Counts[Received], a.Counts[Received]), cmp.Compare(b.Counts[Carried], a.Counts[Carried]), strings.Compare(a.Name, b.Name))
	})
	if s := rows[""]; s != nil {
		out = append(out, s.row("", "（記載なし）"))
	}
	return out
}

// itemRows are all items of the form, whether anybody asks for them or not.
func itemRows(rows table) []Row {
	var out []Row
	for n := 1; n < len(casework.ItemNames); n++ {
		key := fmt.Sprintf("%02d", n)
		s := rows[key]
		if s == nil {
			s = newSums()
		}
		out = append(out, s.row(key, casework.ItemNames[n]))
	}
	if s := rows[""]; s != nil {
		out = append(out, s.row("", "（記載なし）"))
	}
	return out
}

func (s *sums) row(key, name string) Row {
	r := Row{Key: key, Name: name, Counts: s.counts}
	for w, days := range s.waits {
		r.Waits[w] = timeOf(days)
	}
	return r
}

// timeOf makes median and 90th percentile of how often each number of days came.
func timeOf(days map[int]int) Time {
	var t Time
	for _, n := range days {
		t.N += n
	}
	if t.N == 0 {
		return t
	}
	sorted := slices.Sorted(maps.Keys(days))
	rank := func(r int) float64 { // the r-th smallest, from 1
		for _, d := range sorted {
			if r -= days[d]; r <= 0 {
				return float64(d)
			}
		}
		return 0
	}
	t.Median = (rank((t.N+1)/2) + rank(t.N/2+1)) / 2
	t.P90 = rank((t.N*9 + 9) / 10)
	return t
}
