package robot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/demo/post"
	"uketsuke/internal/ooxmlcrypt"
)

// drawer is a store with mails that wait, and their sender's mails.
type drawer struct {
	*memory
	due    []casework.LockedMail
	mails  []casework.SenderMail
	blobs  map[string][]byte
	spent  time.Duration
	tried  []int64
	opened []casework.Inbound
}

func (d *drawer) LockedDue(context.Context, time.Time) ([]casework.LockedMail, error) {
	return d.due, nil
}
func (d *drawer) SenderMails(context.Context, casework.LockedMail) ([]casework.SenderMail, error) {
	return d.mails, nil
}
func (d *drawer) UnlockSpent(context.Context, string, time.Time) (time.Duration, error) {
	return d.spent, nil
}
func (d *drawer) NoteTried(_ context.Context, _ casework.LockedMail, upTo int64, _ time.Duration, _ ...int64) error {
	d.tried, d.due = append(d.tried, upTo), nil
	return nil
}
func (d *drawer) Blob(_ context.Context, hash string) ([]byte, error) {
	if b, ok := d.blobs[hash]; ok {
		return b, nil
	}
	return nil, errors.New("no blob")
}
func (d *drawer) Handle(_ context.Context, ins []casework.Inbound, _ casework.DecideFunc, _ casework.RenderFunc) ([]casework.Handled, error) {
	d.opened, d.due = append(d.opened, ins...), nil
	return make([]casework.Handled, len(ins)), nil
}

// wrote puts a mail of the sender into the drawer.
func (d *drawer) wrote(message int64, text string, files ...post.File) {
	hash := fmt.Sprint(message)
	m := post.Mail{From: "a@agency.example", To: "office@jetro.example", Subject: "送付", Text: text, MessageID: hash + "@agency.example", Date: noon, Files: files}
	d.blobs[hash] = m.Bytes()
	d.mails = append(d.mails, casework.SenderMail{Message: message, Raw: hash, At: noon})
}

func lockedOffice(t *testing.T) (*Robot, *drawer) {
	t.Helper()
	r, _, m, _ := office(t)
	d := &drawer{memory: m, blobs: map[string][]byte{}}
	r.Store, r.Roster, r.Random = d, func(casework.Standing) casework.Roster { return agreeing{} }, nil
	r.init()
	return r, d
}

// agreeing is a roster that has one agency, and a password agreed with it.
type agreeing struct{ casework.Roster }

func (agreeing) Agency(code string, _ time.Time) (casework.Agency, bool) {
	return casework.Agency{Code: code, PasswordBy: casework.PasswordAgreed}, code == "MINATO"
}

func TestCandidatesAreTheLikeliestOfEachMailInTurn(t *testing.T) {
	r, _ := lockedOffice(t)
	r.Agreed = func(string) (string, error) { return "agreed", nil }
	mails := []casework.SenderMail{{Message: 9}, {Message: 4}, {Message: 7}}
	words := [][]string{{"a1", "a2", "a3"}, {"tried"}, {"b1", "a1", "b2"}}
	proved := casework.Evidence{State: casework.EvidencePass}
	for rule, tc := range map[string]struct {
		m    casework.LockedMail
		want []string
	}{
		"round by round, without those tried": {casework.LockedMail{Tried: 5}, []string{"a1", "b1", "a2", "a3", "b2"}},
		"all of a new one":                    {casework.LockedMail{}, []string{"a1", "tried", "b1", "a2", "a3", "b2"}},
		"what has opened a part first":        {casework.LockedMail{Tried: 8, Passwords: []string{"p"}}, []string{"p", "a1", "a2", "a3"}},
		"the agreed one where it is proved":   {casework.LockedMail{Tried: 9, Waiting: casework.Waiting{Agency: "MINATO", Evidence: proved}}, []string{"agreed"}},
		"not where it is not":                 {casework.LockedMail{Tried: 9, Waiting: casework.Waiting{Agency: "MINATO", Evidence: casework.Evidence{State: casework.EvidenceUnconfigured}}}, nil},
		"not of another agency":               {casework.LockedMail{Tried: 9, Waiting: casework.Waiting{Agency: "HYOGO-CCI", Evidence: proved}}, nil},
	} {
		if got := r.candidates(tc.m, mails, words); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", rule, got, tc.want)
		}
	}
	var many []string
	for i := range 100 {
		many = append(many, fmt.Sprint("word", i))
	}
	if got := r.candidates(casework.LockedMail{}, mails[:1], [][]string{many}); len(got) != mostTries {
		t.Errorf("%d candidates", len(got))
	}
}

func TestWaitingFilesAreTriedWithinTheirBounds(t *testing.T) {
	book, err := ooxmlcrypt.Encrypt([]byte("no workbook, and nobody asks"), "Kobe2026!", newRandom())
	if err != nil {
		t.Fatal(err)
	}
	file := post.File{Name: "a.xlsx", Bytes: book}
	for rule, tc := range map[string]struct {
		text   string
		spent  time.Duration
		since  time.Time
		opened bool
		tried  []int64
	}{
		"the right word opens it":        {text: "パスワード：Kobe2026!", since: noon, opened: true},
		"a wrong one is noted":           {text: "パスワード：Osaka2026", since: noon, tried: []int64{2}},
		"a day's time is spent":          {text: "パスワード：Kobe2026!", since: noon, spent: time.Minute},
		"its time is over":               {text: "パスワード：Osaka2026", since: noon.Add(-8 * 24 * time.Hour), opened: true},
		"the last word comes in the end": {text: "パスワード：Kobe2026!", since: noon.Add(-8 * 24 * time.Hour), opened: true},
	} {
		t.Run(rule, func(t *testing.T) {
			r, d := lockedOffice(t)
			d.wrote(1, "お送りします。", file)
			d.wrote(2, tc.text)
			d.due, d.spent = []casework.LockedMail{{Message: 1, Raw: "1", Sender: "a@agency.example", Since: tc.since}}, tc.spent
			if _, err := r.unlock(t.Context()); err != nil {
				t.Fatal(err)
			}
			if (len(d.opened) == 1) != tc.opened || !slices.Equal(d.tried, tc.tried) {
				t.Fatalf("opened %d, tried %v", len(d.opened), d.tried)
			}
			if !tc.opened {
				return
			}
			in := d.opened[0]
			right := tc.text == "パスワード：Kobe2026!"
			if in.Input.Late == right || !in.Input.Opened || right && !slices.Equal(in.Opened.Brought, []int64{2}) {
				t.Errorf("handed on: %+v", in.Opened)
			}
		})
	}
}

func TestAWaitingMailThatCannotBeReadHoldsUpNoOther(t *testing.T) {
	r, d := lockedOffice(t)
	d.wrote(2, "パスワード：Kobe2026!")
	d.mails = append(d.mails, casework.SenderMail{Message: 3, Raw: "erased"})
	d.wrote(4, "お送りします。")
	d.due = []casework.LockedMail{{Message: 1, Raw: "erased", Since: noon}, {Message: 4, Raw: "4", Since: noon}}
	if _, err := r.unlock(t.Context()); err != nil || !slices.Equal(d.tried, []int64{4}) {
		t.Errorf("tried %v, error %v", d.tried, err)
	}
}

// newRandom is randomness enough for a test.
func newRandom() *endless { return &endless{} }

type endless struct{ n byte }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		e.n += 7
		p[i] = e.n
	}
	return len(p), nil
}
