package scenario

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"uketsuke/internal/casework"
	"uketsuke/internal/robot"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// day is the beginning of a day in Japan.
func day(s string) time.Time {
	at, err := time.ParseInLocation(time.DateOnly, s, casework.JST)
	if err != nil {
		panic(err)
	}
	return at
}

// closed are the days of the year on which nobody works besides weekends, from the Cabinet Office's list and the
// year-end: written here by hand.
var closed = strings.Fields(`2026-07-20 2026-08-11 2026-09-21 2026-09-22 2026-09-23 2026-10-12 2026-11-03 2026-11-23 2026-12-29 2026-12-30
	2026-12-31 2027-01-01 2027-01-02 2027-01-03 2027-01-11 2027-02-11 2027-02-23 2027-03-22 2027-04-29 2027-05-03 2027-05-04 2027-05-05`)

// worked counts the working days from June 2026 up to each day, by its number.
var worked = func() (out []int) {
	n := 0
	for at := firstDay; at.Before(day("2027-08-01")); at = at.AddDate(0, 0, 1) {
		if at.Weekday() != time.Saturday && at.Weekday() != time.Sunday && !slices.Contains(closed, at.Format(time.DateOnly)) {
			n++
		}
		out = append(out, n)
	}
	return out
}()

var firstDay = day("2026-06-01")

func dayNumber(t time.Time) int { return int(t.Sub(firstDay) / (24 * time.Hour)) }

func workday(t time.Time) bool { return worked[dayNumber(t)] > worked[dayNumber(t)-1] }

// businessDays counts the working days after the day of from, up to that of until.
func businessDays(from, until time.Time) int {
	if from.Before(firstDay) {
		return -1
	}
	return worked[dayNumber(until)] - worked[dayNumber(from)]
}

// played is the year from July 2026 to June 2027: 60 companies; a concierge ill for two weeks in October; an agency held
// (凍結) in November; an answer in Junk in January; the robot stands still in February; concierge and agency leave, and an
// agency's window changes, at the end of March; all sending is stopped for two days in May.
func played(t testing.TB, digests robot.Digests) *year {
	y := newYear(t, day("2026-07-01"), digests)
	script := map[string]func(){
		"2026-10-05": func() { y.say(mori, 0, "", "不在 10/5-10/16 TAKAHASHI", "") },
		"2026-11-09": func() { y.say(clerk, 0, "", "凍結 ROKKO", "") },
		"2026-11-20": func() { y.say(clerk, 0, "", "解除 ROKKO", "") },
		"2026-12-24": func() {
			y.locked = append(y.locked, casework.LockedMail{Message: 1, Sender: "tanaka@minato-bank.example", Since: y.now, Waiting: casework.Waiting{Agency: "MINATO", Files: []string{"ES.xlsx"}, Evidence: byMail}})
		},
		"2027-01-12": func() {
			y.lying = append(y.lying, lying{shinkin, "SHINKIN0", y.now, day("2027-01-19")})
		},
		"2027-02-01": func() { y.still = true },
		"2027-04-01": func() {
			y.say(clerk, 0, "", "連絡先変更 HYOGO-CCI", "窓口：国際部 <kokusai@hyogo-cci.example>")
		},
		"2027-04-05": func() { y.say(clerk, 0, "", "担当変更 全件 MORI ISHII", "") },
		"2027-05-10": func() { y.say(clerk, 0, "", "全送信停止", "") },
		"2027-05-12": func() { y.say(clerk, 0, "", "全送信再開", "") },
	}
	entered := 0
	for at := day("2026-07-01"); at.Before(day("2027-07-01")); at = at.AddDate(0, 0, 1) {
		if at.Equal(day("2027-03-01")) {
			y.still = false // what people have sent is read first
		}
		for _, clock := range []string{"08:40", "09:05", "14:00", "20:00"} {
			now, _ := time.ParseInLocation("2006-01-02 15:04", at.Format(time.DateOnly)+" "+clock, casework.JST)
			y.pass(now)
			if clock != "09:05" || !workday(at) {
				continue
			}
			y.now = now.Add(2 * time.Hour)
			if f := script[at.Format(time.DateOnly)]; f != nil {
				f()
			}
			for entered < 60 && businessDays(day("2026-06-30"), at) >= 1+entered*7/2 {
				y.enter(entered)
				entered++
			}
			y.act()
		}
	}
	return y
}

const yearGolden = "testdata/year.golden"

// The year's reminders and requests, one line each, to be checked against the table of process.md: the day, the reader,
// the letter, and of each thing its number, what is waited for, the step, and since when (of a report: when it is due).
func TestAYearOfReminders(t *testing.T) {
	t.Parallel()
	y := played(t, robot.Digests{})
	if len(y.cases) != 60 {
		t.Errorf("%d cases", len(y.cases))
	}
	y.compare(yearGolden, y.golden())
	y.checkTimes()
	y.checkReaders()
	y.checkThings()
}

func (y *year) compare(path, got string) {
	y.t.Helper()
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			y.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			y.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		y.t.Fatalf("%v (go test -update writes it)", err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		y.t.Errorf("%s is not what the year brings now; look at each line, then go test -update (-file +now):\n%s", path, diff)
	}
}

// golden is the year as people read it.
func (y *year) golden() string {
	var b strings.Builder
	month := ""
	for _, l := range y.letters {
		at := l.at.In(casework.JST)
		if m := at.Format("2006-01"); m != month {
			month = m
			fmt.Fprintf(&b, "\n# %s\n", m)
		}
		fmt.Fprintf(&b, "%s %s  %s  %s\n", at.Format("2006-01-02 Mon 15:04"), l.Kind(), reader(l.Letter), strings.Join(y.lines(l), "; "))
	}
	return strings.TrimPrefix(b.String(), "\n")
}

func reader(l casework.Letter) string {
	var to []string
	for _, a := range append(slices.Clone(l.To), l.Cc...) {
		to = append(to, a.Addr)
	}
	return strings.TrimSpace(string(l.Party.Role)+" "+l.Party.Code) + " <" + strings.Join(to, ", ") + ">"
}

// told is one thing that a letter is about.
type told struct {
	id      int64
	number  string
	wait    casework.WaitKind
	support string
	role    casework.Role // who is waited for
	agency  string        // their code
	step    int
	whom    casework.Whom
	since   time.Time
}

// things are what a letter is about.
func (y *year) things(l yearLetter) (out []told) {
	switch content := l.Content.(type) {
	case casework.ReminderLetter:
		for _, line := range content.Lines {
			out = append(out, told{id: line.Case, wait: line.Wait, support: line.Support, role: line.Awaited, step: line.Step, whom: line.Whom, since: line.Since})
		}
	case casework.DigestLetter:
		out = slices.Clone(l.steps)
	case casework.FeedbackRequestLetter:
		out = append(out, told{id: l.Case, wait: casework.WaitFeedback, support: content.Support.ID, role: casework.RoleProvider, step: 1, whom: casework.WhomParty})
	}
	for i, o := range out {
		out[i].number = y.number(o.id)
		c := y.cases[o.id]
		switch o.role {
		case casework.RoleProvider:
			out[i].agency = c.Support(o.support).Agency
		case casework.RoleIntake, casework.RoleCompany: // whose answer the agency brings
			out[i].agency = c.Agency
		}
	}
	return out
}

func (y *year) number(id int64) string {
	c := y.cases[id]
	return c.Number()
}

func (y *year) lines(l yearLetter) (out []string) {
	switch content := l.Content.(type) {
	case casework.LockedAskLetter:
		return []string{strings.Join(content.Mails[0].Files, ", ")}
	case casework.OfficeDigestLetter:
		return []string{figures(content)}
	case casework.AgencyDigestLetter:
		return []string{companies(content)}
	case casework.DigestLetter:
		out = []string{glance(content)}
	}
	for _, o := range y.things(l) {
		text := strings.TrimSpace(o.number+" "+o.support) + " " + string(o.wait)
		if o.wait == casework.WaitConsent || o.wait == casework.WaitForm {
			text += " of " + string(o.role)
		}
		word, at := "since", o.since
		if o.wait == casework.WaitFeedback {
			word, at = "due", l.due[thing{o.id, o.support}]
		}
		out = append(out, fmt.Sprintf("%s #%d %s %s", text, o.step, word, at.In(casework.JST).Format("01-02")))
	}
	return out
}
