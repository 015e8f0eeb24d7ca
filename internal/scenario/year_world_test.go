package scenario

import (
	"context"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/command"
	"uketsuke/internal/config"
	"uketsuke/internal/daemon"
	"uketsuke/internal/demo"
	"uketsuke/internal/robot"
	"uketsuke/internal/roster"
)

// A year of an office in memory: the real robot's mornings, the real core, calendar and roster; the store is a map, and
// nothing is rendered or sent. reminder_test.go and its neighbours tell the same with real servers, in short.

// yearRoster are the office's people besides those of the demo; MORI and HARIMA leave at the end of the fiscal year.
const yearRoster = `
[[concierge]]
code = "ISHII"
name = "石井 涼"
mail = "ishii@jetro.example"
office = "ジェトロ神戸"
prefectures = ["兵庫県"]
from = 2027-04-01

[[agency]]
code = "HARIMA"
name = "播磨信用金庫"
window = "window@harima.example"
domains = ["harima.example"]
until = 2027-03-31

[[agency]]
code = "ROKKO"
name = "六甲機構"
window = "window@rokko.example"
domains = ["rokko.example"]

[[agency]]
code = "KAKOGAWA"
name = "加古川商工会"
window = "window@kakogawa.example"
domains = ["kakogawa.example"]
referral = { fax_only = true }

[[agency]]
code = "SUMA"
name = "須磨保証協会"
window = "window@suma.example"
domains = ["suma.example"]
`

// year is the office of the year.
type year struct {
	t       testing.TB
	now     time.Time
	robot   *robot.Robot
	people  *roster.Layers
	parser  *command.Parser
	office  casework.Office
	cases   map[int64]casework.Case
	log     []casework.Event
	numbers casework.Numbers

	standing casework.Standing
	stopped  bool
	lying    []lying
	locked   []casework.LockedMail
	reminded string
	late     []func() // what people sent while the robot stood still
	still    bool
	letters  []yearLetter
	did      map[string]bool // what people have done
	digested map[string]time.Time
}

// lying is a mail that lies in Junk from one moment to another.
type lying struct {
	from        string
	agency      string
	since, gone time.Time
}

// thing is what a wait is about.
type thing struct {
	id      int64
	support string
}

// yearLetter is a letter of the clock.
type yearLetter struct {
	at    time.Time
	due   map[thing]time.Time // of the reports that it asks for
	steps []told              // recorded with a digest
	casework.Letter
}

func newYear(t testing.TB, begin time.Time, digests robot.Digests) *year {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "uketsuke.toml")
	text := demo.Configuration(demo.Site{Dir: dir, IMAP: "127.0.0.1:1", SMTP: "127.0.0.1:1"}) + yearRoster
	text = strings.Replace(text, "code = \"MORI\"\n", "code = \"MORI\"\nuntil = 2027-03-31\n", 1)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(file, demo.Env)
	if err != nil {
		t.Fatal(err)
	}
	y := &year{t: t, now: begin, people: roster.NewLayers(cfg.Roster()), office: cfg.Office(), cases: map[int64]casework.Case{}, did: map[string]bool{},
		digested: map[string]time.Time{}, numbers: casework.Numbers{FiscalYear: casework.FiscalYear(begin)}}
	y.parser, _ = command.New(nil)
	y.robot = &robot.Robot{Settings: robot.Settings{Office: y.office, Hold: cfg.Sending.Hold, Digests: digests}, Store: yearStore{y: y}, Mailbox: emptyBox{},
		Roster: y.roster, Calendar: daemon.Calendar(cfg), Now: func() time.Time { return y.now }, Log: slog.New(slog.DiscardHandler),
		Lying: y.unread}
	return y
}

func (y *year) roster(s casework.Standing) casework.Roster { return y.people.Over(s) }

func (y *year) unread(context.Context, time.Time) (out []casework.Unread, err error) {
	for _, l := range y.lying {
		if !l.since.After(y.now) && l.gone.After(y.now) {
			out = append(out, casework.Unread{From: l.from, At: l.since})
		}
	}
	return out, nil
}

// pass lets the robot go over its mailbox, which is empty: what people send is decided at once.
func (y *year) pass(at time.Time) {
	y.now = at
	if y.still {
		return
	}
	for _, f := range y.late {
		f()
	}
	y.late = nil
	if _, err := y.robot.Pass(context.Background()); err != nil {
		y.t.Fatalf("%s: %v", at, err)
	}
}

// emptyBox is a mailbox without mails.
type emptyBox struct{ robot.Mailbox }

func (emptyBox) Status(context.Context) (robot.Place, error) {
	return robot.Place{UIDValidity: 1, UIDNext: 1}, nil
}

// yearStore is what the robot's mornings ask of the store.
type yearStore struct {
	robot.Store
	y *year
}

func (s yearStore) Handle(_ context.Context, ins []casework.Inbound, decide casework.DecideFunc, _ casework.RenderFunc) (done []casework.Handled, err error) {
	for _, in := range ins {
		out, err := decide(yearLookup{y: s.y}, in)
		if err == nil {
			s.y.write(out)
		}
		done = append(done, casework.Handled{Outcome: out, Err: err})
		if err != nil {
			s.y.t.Errorf("%s: %v", s.y.now, err)
		}
	}
	return done, nil
}

func (yearStore) Cursor(context.Context) (robot.Cursor, bool, error) {
	return robot.Cursor{UIDValidity: 1, Next: 1}, true, nil
}
func (yearStore) Release(context.Context, time.Time) (int, error)   { return 0, nil }
func (yearStore) Unsent(context.Context) ([]casework.Unsent, error) { return nil, nil }
func (yearStore) LockedDue(context.Context, time.Time) ([]casework.LockedMail, error) {
	return nil, nil
}
func (yearStore) RemindersOut(context.Context, time.Time) ([]string, error) { return nil, nil }
func (s yearStore) LockedWaiting(_ context.Context, before time.Time) ([]casework.LockedMail, error) {
	return slices.DeleteFunc(slices.Clone(s.y.locked), func(m casework.LockedMail) bool {
		return m.Since.After(before) || s.y.now.Sub(m.Since) > 7*24*time.Hour
	}), nil
}
func (s yearStore) WaitingCases(context.Context) (ids []int64, err error) {
	for id, c := range s.y.cases {
		if c.Stage.Open() || c.Chased() {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}
func (s yearStore) HeldCases(context.Context) (ids []int64, err error) {
	for id, c := range s.y.cases {
		if c.Stage == casework.StageHeld {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}
func (s yearStore) CaseNow(_ context.Context, id int64) (casework.Case, error) {
	return s.y.lend(id), nil
}
func (s yearStore) Outside(context.Context) (casework.Standing, bool, error) {
	return s.y.standing, s.y.stopped, nil
}
func (s yearStore) ReminderDay(context.Context) (string, error) { return s.y.reminded, nil }
func (s yearStore) SetReminderDay(_ context.Context, day string) error {
	s.y.reminded = day
	return nil
}

// yearLookup answers what a reminder's decision asks.
type yearLookup struct {
	casework.Lookup
	y *year
}

func (l yearLookup) Unsent() ([]casework.Unsent, error)            { return nil, nil }
func (l yearLookup) Case(id int64) (casework.Case, error)          { return l.y.lend(id), nil }
func (l yearLookup) Standing(time.Time) (casework.Standing, error) { return l.y.standing, nil }
func (l yearLookup) Numbers(time.Time) (casework.Numbers, error)   { return l.y.numbers, nil }
func (l yearLookup) Stopped() (bool, error)                        { return l.y.stopped, nil }

func (y *year) lend(id int64) casework.Case {
	c := y.cases[id]
	c.History, c.Versions = slices.Clip(c.History), slices.Clip(c.Versions)
	return c
}

func (y *year) write(out casework.Outcome) {
	for _, e := range out.Events {
		c := y.lend(e.Case)
		c.Apply(e)
		y.cases[e.Case] = c
		y.log = append(y.log, e)
	}
	y.numbers = out.Numbers
	if out.Stop != nil {
		y.stopped = *out.Stop
	}
	if a := out.Absence; a != nil {
		y.standing.Absences = append(slices.Clip(y.standing.Absences), *a)
	}
	if f := out.Freeze; f != nil {
		y.standing.Agencies = slices.DeleteFunc(slices.Clone(y.standing.Agencies), func(code string) bool { return code == f.Agency })
		if !f.Thaw {
			y.standing.Agencies = append(y.standing.Agencies, f.Agency)
		}
	}
	y.standing.Contacts = append(slices.Clip(y.standing.Contacts), out.Contacts...)
	for i := range y.locked {
		y.locked[i].Asked = y.locked[i].Asked || slices.Contains(out.Asked, y.locked[i].Message)
	}
	if out.Digested != "" {
		y.digested[out.Digested] = y.now
	}
	for _, l := range out.Letters {
		if l.Kind().InHours() || l.Kind().Digest() {
			y.letters = append(y.letters, yearLetter{y.now, y.dues(out.Cases), steps(out.Events), l})
		}
	}
}

// dues are when the reports of these cases are due.
func (y *year) dues(ids []int64) map[thing]time.Time {
	out := map[thing]time.Time{}
	for _, id := range ids {
		c := y.lend(id)
		for _, w := range c.Waits(y.now) {
			if w.Kind == casework.WaitFeedback {
				out[thing{id, w.Support}] = w.Due
			}
		}
	}
	return out
}

var byMail = casework.Evidence{State: casework.EvidencePass, Text: "dmarc=pass"}

// say lets somebody send a command, with its text, about a case (0: none); about names the support for a provider. It is
// done at once, or when the robot runs again.
func (y *year) say(from string, id int64, about, line, text string) {
	call := y.parser.Line(line)
	if call == nil {
		y.t.Fatalf("%q is no command", line)
	}
	y.mail(casework.Input{Kind: casework.MailCommand, From: casework.Address{Addr: from}, Call: call, CallText: line, Text: text, Evidence: byMail}, id, about, casework.ThreadLetter{})
}

// mail is decided with the case that it names.
func (y *year) mail(in casework.Input, id int64, about string, letter casework.ThreadLetter) {
	if y.still {
		y.late = append(y.late, func() { y.mail(in, id, about, letter) })
		return
	}
	if fiscal := casework.FiscalYear(y.now); fiscal != y.numbers.FiscalYear {
		y.numbers = casework.Numbers{FiscalYear: fiscal, Case: y.numbers.Case, Member: y.numbers.Member}
	}
	in.MessageID, in.Date = fmt.Sprintf("mail-%d@year.example", len(y.log)), y.now
	f := casework.Facts{Now: y.now, Office: y.office, Roster: y.roster(y.standing), Calendar: y.robot.Calendar, Numbers: y.numbers, Stopped: y.stopped,
		Absences: y.standing.Absences, Hold: y.robot.Hold, Thread: id, ByTag: id != 0, Code: casework.CodeNone, Inquiry: about, Letter: letter, Word: "word", Password: "k3f9-q2aa-bbcc-ddee",
		FormFile: "追加情報フォーム.xlsx", Prefecture: func(string) string { return "兵庫県" }, Loads: map[string]int{}}
	loaded := map[int64]casework.Case{}
	if id != 0 {
		f.Code, loaded[id] = casework.CodeValid, y.lend(id)
	}
	if in.Call != nil && in.Call.Name == casework.CmdAssign {
		f.Code = casework.CodeValid
		for id := range y.cases {
			loaded[id] = y.lend(id)
		}
	}
	for _, c := range y.cases {
		f.Loads[c.Concierge]++
	}
	out, err := casework.Decide(loaded, in, f)
	if err != nil {
		y.t.Fatalf("%s: %s of %s: %v", y.now, in.CallText, in.From.Addr, err)
	}
	if out.Result == casework.ResultRefused || out.Result == casework.ResultConfirm || out.Result == casework.ResultOther {
		y.t.Logf("%s: %s of %s in case %d: %s %s", y.now.In(casework.JST).Format(time.DateTime), in.CallText, in.From.Addr, id, out.Result, out.Why)
	}
	y.write(out)
}

// chance is the same in every run: of a case and a thing.
func chance(id int64, thing string) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprint(h, id, thing)
	return rand.New(rand.NewPCG(h.Sum64(), 2026))
}
