package stats

import (
	"time"

	"uketsuke/internal/casework"
)

// Tally counts one fiscal year, case by case.
type Tally struct {
	year        int
	from, until time.Time // until is the first instant that does not count
	days        *days
	total       *sums
	months      []*sums // those that have begun
	agencies    table
	providers   table
	items       table
	industries  table
	countries   table
	concierges  table
	names       names
	erased      Erased
}

// Erased tells how much is missing because the content of events was erased.
type Erased struct {
	Events int `json:"events"` // of the year, without their content
	Cases  int `json:"cases"`  // with events in the year, left out because the receipt's content is gone
}

// New begins to count a fiscal year, up to its end or, while it lasts, up to an instant at.
func New(year int, at time.Time, c Calendar) *Tally {
	t := &Tally{year: year, from: Begin(year), until: Begin(year + 1), days: newDays(c, year), total: newSums(), agencies: table{}, providers: table{},
		items: table{}, industries: table{}, countries: table{}, concierges: table{}, names: names{}}
	if at.Before(t.until) {
		t.until = at
	}
	for m := range 12 {
		if t.begin(m).Before(t.until) {
			t.months = append(t.months, newSums())
		}
	}
	return t
}

// begin is the first instant of the year's m-th month; April is 0.
func (t *Tally) begin(m int) time.Time { return t.from.AddDate(0, m, 0) }

// month is the place of an instant's month.
func (t *Tally) month(at time.Time) int {
	at = at.In(casework.JST)
	return (at.Year()-t.year)*12 + int(at.Month()-time.April)
}

// Case counts one case by its events, in the order of the log.
func (t *Tally) Case(events []casework.Event) {
	w := &walk{from: t.from, supports: map[string]*support{}}
	for _, e := range casework.WithoutUndone(events) {
		if !e.At.Before(t.until) {
			break
		}
		w.event(e)
		t.names.learn(e)
	}
	t.erased.Events += w.erased
	switch {
	case w.lost && w.erased > 0:
		t.erased.Cases++
	case !w.lost:
		t.settle(w)
	}
}

// settle adds what a case has come to.
func (t *Tally) settle(w *walk) {
	since := func(at time.Time) bool { return !at.Before(t.from) }
	var rows []*sums
	each := func(at time.Time, s *support, add func(*sums)) {
		if rows == nil {
			rows = t.rows(&w.c)
		}
		for _, r := range rows {
			add(r)
		}
		add(t.months[t.month(at)])
		if s != nil {
			add(t.providers.row(s.agency))
		}
	}
	for _, c := range w.counts {
		if since(c.at) {
			each(c.at, c.provider, func(s *sums) { s.counts[c.figure]++ })
		}
	}
	for _, v := range w.waits {
		if since(v.until) {
			n := t.days.between(v.from, v.until)
			each(v.until, v.provider, func(s *sums) { s.waits[v.wait][n]++ })
		}
	}
	t.stocks(w, rows)
}

// stocks adds an open case where it is open.
func (t *Tally) stocks(w *walk, rows []*sums) {
	carried, open := w.openAt(t.from), w.openAt(t.until)
	if rows == nil && (carried || open) {
		rows = t.rows(&w.c)
	}
	for _, r := range rows {
		r.stock(carried, open)
	}
	for m, month := range t.months {
		end := t.begin(m + 1)
		if t.until.Before(end) {
			end = t.until
		}
		month.stock(w.openAt(t.begin(m)), w.openAt(end))
	}
}

// rows are those that a case belongs to, by its sheet in force.
func (t *Tally) rows(c *casework.Case) []*sums {
	hidden := telltales(c)
	out := []*sums{t.total, t.agencies.row(c.Agency), t.concierges.row(c.Concierge), t.industries.label(sayable(c.Entry.Company.Industry, hidden))}
	out = append(out, t.items.rowsOf(itemKeys(c.Entry.Request.Items))...)
	return append(out, t.countries.labels(c.Entry.Company.Countries, hidden)...)
}

// sums are the figures of one row.
type sums struct {
	label  string // of a text that people typed
	counts [numFigures]int
	waits  [numWaits]map[int]int // business days -> how often
}

func newSums() *sums {
	s := &sums{}
	for w := range s.waits {
		s.waits[w] = map[int]int{}
	}
	return s
}

func (s *sums) stock(carried, open bool) {
	if carried {
		s.counts[Carried]++
	}
	if open {
		s.counts[Open]++
	}
}

// table is one breakdown by keys.
type table map[string]*sums

func (t table) row(key string) *sums {
	if t[key] == nil {
		t[key] = newSums()
	}
	return t[key]
}

// rowsOf are the rows of several keys, each once; of "" when there are none.
func (t table) rowsOf(keys []string) []*sums {
	if len(keys) == 0 {
		keys = []string{""}
	}
	seen := map[string]bool{}
	var out []*sums
	for _, k := range keys {
		if !seen[k] {
			out = append(out, t.row(k))
		}
		seen[k] = true
	}
	return out
}
