package calendar

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-ical"

	"uketsuke/internal/casework"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// sample is a meeting of the company, a provider and the concierge; the intake agency may come.
func sample() Meeting {
	return Meeting{
		UID: "meeting-42-1@kobe-office.example", Stamp: time.Date(2026, 11, 24, 1, 30, 0, 0, time.UTC),
		Start:     time.Date(2026, 12, 3, 14, 0, 0, 0, casework.JST),
		End:       time.Date(2026, 12, 3, 15, 30, 0, 0, casework.JST),
		Organizer: casework.Address{Name: "ジェトロ神戸 受付", Addr: "uketsuke@kobe-office.example"},
		Attendees: []Attendee{
			{Address: casework.Address{Name: "鈴木 花子（株式会社灘酒造 海外事業部 課長）", Addr: "suzuki@nada-sake.example"}},
			{Address: casework.Address{Name: `山田 "太郎", 兵庫県商工会議所`, Addr: "yamada@hyogo-cci.example"}},
			{Address: casework.Address{Addr: "sato.concierge+kobe@kobe-office.example"}},
			{Address: casework.Address{Name: "田中 一郎", Addr: "tanaka@minato-bank.example"}, Optional: true},
		},
		Summary:     "初回面談：株式会社灘酒造 × 兵庫県商工会議所",
		Location:    "兵庫県神戸市中央区港島中町6-1; 神戸商工会議所会館 4階, 第1会議室",
		Description: "登録番号 2026-KOB-00042-5 の面談のご案内です。\nお持ち物：会員証\n\nご都合の変更は、このメールにご返信ください。",
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s differs (%v); look at it and run with -update:\n%s", name, err, got)
	}
}

// TestTheFilesOfAMeeting keeps the bytes of an invitation, its move and its cancellation; .ci/ics.py reads them with
// a parser of others.
func TestTheFilesOfAMeeting(t *testing.T) {
	m := sample()
	write := func(name string, method Method) {
		t.Helper()
		b, err := Write(method, m)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, b)
	}
	write("1-invited.ics", Request)
	m.Sequence, m.Stamp = 1, m.Stamp.Add(24*time.Hour)
	m.Start, m.End, m.Location = m.Start.Add(48*time.Hour), time.Time{}, ""
	write("2-moved.ics", Request)
	m.Sequence, m.Stamp = 2, m.Stamp.Add(24*time.Hour)
	write("3-cancelled.ics", Cancel)
}

func TestAMeetingThatCannotBeWrittenIsRefusedWithoutItsValues(t *testing.T) {
	for what, change := range map[string]func(*Meeting){
		"UID":                   func(m *Meeting) { m.UID = "secret\r\nATTENDEE:x" },
		"sequence":              func(m *Meeting) { m.Sequence = -1 },
		"stamp":                 func(m *Meeting) { m.Stamp = time.Time{} },
		"start":                 func(m *Meeting) { m.Start, m.End = time.Time{}, time.Time{} },
		"end":                   func(m *Meeting) { m.End = m.Start },
		"organizer":             func(m *Meeting) { m.Organizer.Addr = "secret" },
		"nobody":                func(m *Meeting) { m.Attendees = nil },
		"address of attendee 2": func(m *Meeting) { m.Attendees[1].Addr = "secret@x.example?bcc=y" },
		"method":                nil,
	} {
		m, method := sample(), Request
		if change == nil {
			method = "REPLY"
		} else {
			change(&m)
		}
		if _, err := Write(method, m); err == nil || !strings.Contains(err.Error(), what) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestTheMediaTypeNamesTheMethodOfTheFile(t *testing.T) {
	for _, method := range []Method{Request, Cancel} {
		b, err := Write(method, sample())
		if err != nil || !bytes.Contains(b, []byte("\r\nMETHOD:"+string(method)+"\r\n")) || !strings.Contains(method.Media(), "method="+string(method)+";") {
			t.Errorf("%s: %v", method, err)
		}
	}
}

// FuzzWrite: whatever the texts are, the file has lines of at most 75 octets of whole characters, and reads back with
// exactly the given texts and people.
func FuzzWrite(f *testing.F) {
	f.Add("面談", "会議室; A, B", "1行目\n2行目\\n", `"名", 前`)
	f.Add(strings.Repeat("長い題名", 40), "", "\r\nATTENDEE:mailto:x@y.example", "a\r\nb")
	f.Add("\xff\x00", "\u202e", "\u2028", ";;CN=x")
	f.Fuzz(func(t *testing.T, summary, location, description, name string) {
		m := sample()
		m.Summary, m.Location, m.Description, m.Attendees[0].Name = summary, location, description, name
		b, err := Write(Request, m)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.SplitSeq(bytes.TrimSuffix(b, []byte("\r\n")), []byte("\r\n")) {
			if len(line) > foldAt || !utf8.Valid(line) || bytes.ContainsAny(line, "\r\n\x00") {
				t.Fatalf("line %q", line)
			}
		}
		cal, err := ical.NewDecoder(bytes.NewReader(b)).Decode()
		if err != nil || len(cal.Events()) != 1 {
			t.Fatalf("%d events, %v", len(cal.Events()), err)
		}
		e := cal.Events()[0]
		for prop, want := range map[string]string{ical.PropSummary: oneLine(summary), ical.PropLocation: oneLine(location), ical.PropDescription: clean(description)} {
			if got, err := e.Props.Text(prop); err != nil || got != want {
				t.Fatalf("%s: %q, %v; want %q", prop, got, err, want)
			}
		}
		people := e.Props.Values(ical.PropAttendee)
		if len(people) != len(m.Attendees) {
			t.Fatalf("%d attendees", len(people))
		}
		if got := people[0].Params.Get(ical.ParamCommonName); got != strings.ReplaceAll(oneLine(name), `"`, "'") {
			t.Fatalf("name %q for %q", got, name)
		}
	})
}
