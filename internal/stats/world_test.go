package stats

import (
	"fmt"
	"testing"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/clock"
)

// kobe is the office's calendar of these tests: closed at the year's end.
var kobe = clock.New([]clock.Range{clock.YearEnd()}, clock.DefaultHours)

// jst reads a time in Japan: 2026-04-01 00:00, or with seconds. The log keeps UTC.
func jst(s string) time.Time {
	for _, form := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05.000"} {
		if t, err := time.ParseInLocation(form, s, casework.JST); err == nil {
			return t.UTC()
		}
	}
	panic("no time: " + s)
}

// story is the log of one case. Each event is of a mail of its own, except those that on begins.
type story struct {
	id     int64
	events []casework.Event
}

func (s *story) add(when string, p ...casework.Payload) *story {
	mail := fmt.Sprintf("mail-%d-%d@sender.example", s.id, len(s.events))
	for _, p := range p {
		s.events = append(s.events, casework.Event{Seq: int64(len(s.events) + 1), Case: s.id, At: jst(when), Actor: casework.Actor{Mail: mail}, Payload: p})
	}
	return s
}

// erased is an event whose content is gone.
func (s *story) erased(when string) *story {
	s.events = append(s.events, casework.Event{Case: s.id, At: jst(when)})
	return s
}

var nada = casework.Company{Name: "株式会社灘酒造", Kana: "ナダシュゾウ", Representative: "代表取締役 蔵本 太郎", Industry: "食料品製造業", Countries: []string{"ベトナム"}}

func sheet(c casework.Company, items ...int) casework.Entry {
	return casework.Entry{Company: c, Request: casework.Request{Items: items}}
}

func received(e casework.Entry) *casework.SheetReceived {
	return &casework.SheetReceived{Receipt: "E26-00001", Channel: casework.ChannelMail, Agency: "MINATO", Entry: e}
}

func registered(agency, name string) *casework.CaseRegistered {
	return &casework.CaseRegistered{Registration: "2026-KOB-00001-4", Member: "M-00001-3", NewMember: true, Agency: agency, AgencyName: name, Concierge: "SUZUKI"}
}

// entered is a case that is received and registered in the same minute.
func entered(when string, e casework.Entry) *story {
	s := &story{id: 1}
	return s.add(when, received(e), registered("MINATO", "みなと銀行"))
}

func inquired(q, agency, name string) *casework.Inquired {
	return &casework.Inquired{Support: q, Agency: agency, AgencyName: name}
}

func answered(q string, a casework.Answer) *casework.InquiryAnswered {
	return &casework.InquiryAnswered{Support: q, Answer: a}
}

func consent(q string, party casework.Role, version int, a casework.ConsentAnswer) *casework.ConsentAnswered {
	return &casework.ConsentAnswered{Support: q, Party: party, SheetVersion: version, Answer: a}
}

// counted counts a year, at its end when at is "".
func counted(t testing.TB, year int, at string, stories ...*story) Figures {
	t.Helper()
	until := Begin(year + 3)
	if at != "" {
		until = jst(at)
	}
	tally := New(year, until, kobe)
	for _, s := range stories {
		tally.Case(s.events)
	}
	f := tally.Figures(nil, func(string) string { return "" })
	balanced(t, f)
	return f
}

// balanced checks what holds in every year: the books of each row, that each month begins where the last one ended, and
// that months and breakdowns with one row a case come to the whole.
func balanced(t testing.TB, f Figures) {
	t.Helper()
	rows := []Row{f.Total}
	for _, some := range [][]Row{f.Months, f.Agencies, f.Items, f.Industries, f.Countries, f.Concierges} {
		rows = append(rows, some...)
	}
	for _, r := range rows {
		want := r.Counts[Carried] + r.Counts[Received] + r.Counts[Reopened]
		for g := range r.Counts {
			if Figure(g).Ends() {
				want -= r.Counts[g]
			}
		}
		if r.Counts[Open] != want {
			t.Errorf("%s %s: %d open, the books say %d", r.Key, r.Name, r.Counts[Open], want)
		}
	}
	for name, some := range map[string][]Row{"months": f.Months, "agencies": f.Agencies, "industries": f.Industries, "concierges": f.Concierges} {
		var sum Counts
		var waits [numWaits]int
		for i, r := range some {
			for g, n := range r.Counts {
				sum[g] += n
			}
			for w := range r.Waits {
				waits[w] += r.Waits[w].N
			}
			if name == "months" && i > 0 && r.Counts[Carried] != some[i-1].Counts[Open] {
				t.Errorf("%s carries %d over, the month before ended with %d", r.Key, r.Counts[Carried], some[i-1].Counts[Open])
			}
		}
		for g := range sum {
			if name == "months" && Figure(g).Stock() {
				continue
			}
			if sum[g] != f.Total.Counts[g] {
				t.Errorf("%s: %s adds up to %d, not %d", name, Figure(g).About().Key, sum[g], f.Total.Counts[g])
			}
		}
		for w := range waits {
			if waits[w] != f.Total.Waits[w].N {
				t.Errorf("%s: waits %s add up to %d, not %d", name, Wait(w).About().Key, waits[w], f.Total.Waits[w].N)
			}
		}
	}
}

// nonzero are the counts that are not zero, by key.
func nonzero(r Row) map[string]int {
	out := map[string]int{}
	for g, n := range r.Counts {
		if n != 0 {
			out[Figure(g).About().Key] = n
		}
	}
	return out
}
