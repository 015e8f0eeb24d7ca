package casework

import (
	"fmt"
	"slices"
	"time"
)

// The office's digest: figures of the week and of the fiscal year, no company's name.

// Flow is what has happened, and how the open cases stand.
type Flow struct {
	From, Until time.Time // the week
	Week        []Happened
	Months      []Happened // of the fiscal year, by FlowKinds; Of is the month, 2026-11
	Open        []OpenCase
	Seq         int64  // of the newest event
	Head        string // its hash in hex, the head of the chain (trust.md S7)
}

// last is the last moment of the week.
func (f Flow) last() time.Time { return f.Until.Add(-time.Millisecond) }

// Happened counts events of one kind.
type Happened struct {
	Kind EventKind
	Of   string // month, or roster code of the intake agency
	N    int
}

// OpenCase is an open case as the figures need it.
type OpenCase struct {
	Stage     Stage
	Agency    string // roster code, "" while unknown
	Concierge string
	Days      int // in its stage
	Late      int // things that are late
	Waits     []WaitKind
}

// FlowKinds are the events that the flow counts, in the order of a case's life.
var FlowKinds = []EventKind{"sheet-received", "case-taken-over", "case-registered", "case-taken", "referred", "case-closed", "case-withdrawn", "entry-rejected"}

var flowNames = map[EventKind]string{"sheet-received": "受付", "case-taken-over": "移管による受け入れ", "case-registered": "登録", "case-taken": "引受", "referred": "回付", "case-closed": "終了",
	"case-withdrawn": "取下げ", "entry-rejected": "受付不可"}

// OfficeDigestLetter is the office's weekly digest.
type OfficeDigestLetter struct {
	View
	From, Until time.Time
	Week        []FlowCount
	Stages      []FlowRow // open cases by stage
	Agencies    []FlowRow
	Concierges  []FlowRow
	Late        []FlowCount // what is late, by what is waited for
	Desk        Desk
	Months      []FlowMonth // of the fiscal year
	Year        int
	Seq         int64
	Head        string
}

// FlowCount is a number with its name.
type FlowCount struct {
	Name string
	N    int
}

// FlowRow are open cases that have something in common: how many, how long they have been in their stage, what is late.
type FlowRow struct {
	Name        string
	New         int // of the week
	Open        int
	Median, P90 int // calendar days in the stage
	Late        int
}

// FlowMonth is a month of the fiscal year.
type FlowMonth struct {
	Month                        int
	Received, Registered, Closed int
}

// Kind of the content.
func (OfficeDigestLetter) Kind() LetterKind { return LetterDigestOffice }

// Most is the largest number of open cases in a row, for bars.
func (l OfficeDigestLetter) Most() (n int) {
	for _, r := range l.Stages {
		n = max(n, r.Open)
	}
	return n
}

// mostRows bounds the rows of agencies: those with the most cases.
const mostRows = 20

// weekly writes the office's digest.
func (d *decider) weekly(in *DigestIn) {
	to := in.To
	if len(to) == 0 {
		to = d.clerks()
	}
	if in.Flow == nil || len(to) == 0 {
		d.end(ResultSilent, FolderStay, "nobody reads the office's figures")
		return
	}
	l := Letter{Party: Party{Role: RoleClerk}, To: to, Attach: []Attachment{{Kind: AttachChart, Name: "flow.png"}}}
	v := d.view(nil, l.Party, Address{Name: "事務局ご担当者"})
	v.Offers = nil
	content := d.figures(*in.Flow)
	content.Desk = in.Desk
	d.out.Digested = in.Key()
	if !in.Force && content.empty() {
		d.end(ResultSilent, FolderStay, "nothing is in the digest")
		return
	}
	l.Content = withView(content, v)
	d.queue(nil, l)
	d.end(ResultDone, FolderStay, "the office's figures")
}

func (l OfficeDigestLetter) empty() bool {
	happened := slices.ContainsFunc(l.Week, func(c FlowCount) bool { return c.N > 0 })
	return !happened && l.Most() == 0
}

// figures makes tables of what has happened.
func (d *decider) figures(f Flow) OfficeDigestLetter {
	out := OfficeDigestLetter{From: f.From, Until: f.Until, Seq: f.Seq, Head: f.Head, Year: FiscalYear(f.last())}
	for _, kind := range FlowKinds {
		n := 0
		for _, h := range f.Week {
			if h.Kind == kind {
				n += h.N
			}
		}
		out.Week = append(out.Week, FlowCount{flowNames[kind], n})
	}
	byStage := group(f.Open, func(c OpenCase) string { return string(c.Stage) })
	for _, s := range Stages {
		if cases := byStage[string(s)]; len(cases) > 0 {
			out.Stages = append(out.Stages, flowRow(s.Japanese(), cases))
		}
	}
	out.Agencies = d.agencyRows(f)
	for code, cases := range group(f.Open, func(c OpenCase) string { return c.Concierge }) {
		name := code
		if k, ok := d.f.Roster.Concierge(code, d.now); ok {
			name = k.Name
		}
		if code != "" {
			out.Concierges = append(out.Concierges, flowRow(name, cases))
		}
	}
	sortRows(out.Concierges)
	late := map[WaitKind]int{}
	for _, c := range f.Open {
		for _, w := range c.Waits {
			late[w]++
		}
	}
	for _, w := range WaitKinds {
		if late[w] > 0 {
			out.Late = append(out.Late, FlowCount{waitNames[w], late[w]})
		}
	}
	out.Months = flowMonths(f)
	return out
}

// agencyRows are the intake agencies with the most cases, and what all others have.
func (d *decider) agencyRows(f Flow) []FlowRow {
	cases := group(f.Open, func(c OpenCase) string { return c.Agency })
	fresh := map[string]int{}
	for _, h := range f.Week {
		if h.Kind == "case-registered" {
			fresh[h.Of] += h.N
			if cases[h.Of] == nil {
				cases[h.Of] = []OpenCase{}
			}
		}
	}
	var out []FlowRow
	for code, list := range cases {
		name := code
		if a, ok := d.f.Roster.Agency(code, d.now); ok {
			name = a.Name
		} else if code == "" {
			name = "（未確認）"
		}
		r := flowRow(name, list)
		r.New = fresh[code]
		out = append(out, r)
	}
	sortRows(out)
	if len(out) <= mostRows {
		return out
	}
	rest := FlowRow{Name: fmt.Sprintf("ほか%d機関", len(out)-mostRows), Median: -1}
	for _, r := range out[mostRows:] {
		rest.New, rest.Open, rest.Late = rest.New+r.New, rest.Open+r.Open, rest.Late+r.Late
	}
	return append(out[:mostRows], rest)
}

func sortRows(rows []FlowRow) {
	slices.SortFunc(rows, func(a, b FlowRow) int {
		switch {
		case a.Open != b.Open:
			return b.Open - a.Open
		case a.Name < b.Name:
			return -1
		}
		return 1
	})
}

func group(cases []OpenCase, by func(OpenCase) string) map[string][]OpenCase {
	out := map[string][]OpenCase{}
	for _, c := range cases {
		out[by(c)] = append(out[by(c)], c)
	}
	return out
}

func flowRow(name string, cases []OpenCase) FlowRow {
	r := FlowRow{Name: name, Open: len(cases), Median: -1, P90: -1}
	var days []int
	for _, c := range cases {
		r.Late += c.Late
		days = append(days, c.Days)
	}
	if len(days) > 0 {
		r.Median, r.P90 = quantile(days, 50), quantile(days, 90)
	}
	return r
}

// quantile is the smallest value that percent of the values do not exceed (nearest rank).
func quantile(values []int, percent int) int {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, (len(sorted)*percent+99)/100-1)]
}

// flowMonths are the months of the fiscal year up to the present one.
func flowMonths(f Flow) []FlowMonth {
	var out []FlowMonth
	for at := time.Date(FiscalYear(f.last()), time.April, 1, 0, 0, 0, 0, JST); at.Before(f.Until); at = at.AddDate(0, 1, 0) {
		m := FlowMonth{Month: int(at.Month())}
		for _, h := range f.Months {
			if h.Of != at.Format("2006-01") {
				continue
			}
			switch h.Kind {
			case "sheet-received":
				m.Received += h.N
			case "case-taken-over": // it comes with its registration
				m.Received, m.Registered = m.Received+h.N, m.Registered+h.N
			case "case-registered":
				m.Registered += h.N
			case "case-closed", "case-withdrawn":
				m.Closed += h.N
			}
		}
		out = append(out, m)
	}
	return out
}

// OpenCaseOf is a case as the figures need it.
func OpenCaseOf(c Case, awaited []Awaited, now time.Time) OpenCase {
	o := OpenCase{Stage: c.Stage, Agency: c.Agency, Concierge: c.Concierge, Days: daysBetween(c.StageAt, now)}
	for _, a := range awaited {
		if len(a.Late) > 0 {
			o.Late++
			o.Waits = append(o.Waits, a.Kind)
		}
	}
	return o
}

// LoadsOf is each concierge's work at a glance, for the clerks.
func LoadsOf(open []OpenCase, f Facts) (out []DigestLoad) {
	d := newDecider(nil, Input{Kind: MailDigest}, f)
	for _, r := range d.figures(Flow{Open: open, Until: f.Now}).Concierges {
		out = append(out, DigestLoad{Concierge: r.Name, Open: r.Open, Late: r.Late, Days: r.Median})
	}
	return out
}
