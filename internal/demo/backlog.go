package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/demo/form"
	"uketsuke/internal/demo/post"
)

// oneByOne is how many mails arrive alone after the backlog, for the latencies.
const oneByOne = 50

// backlog delivers the wanted number of different entries, starts the robot, and measures until the last letter has
// been accepted and the last mail is filed.
func (s *stage) backlog(ctx context.Context) error {
	fmt.Fprintf(s.Out, "preparing %d mails …\n", s.Mails)
	for i := range s.Mails {
		raw, err := numbered(i, s.Now())
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if _, err := s.server.Deliver(OfficeUser, "INBOX", raw, s.Now()); err != nil {
			return fmt.Errorf("deliver mail %d: %w", i, err)
		}
	}
	begin := time.Now()
	s.run(ctx)
	letters := 0
	for i := range s.Mails {
		f, err := s.awaitFate(ctx)
		if err != nil {
			return err
		}
		letters += len(f.Handled.Letters)
		if (i+1)%max(1, s.Mails/50) == 0 || i+1 == s.Mails {
			s.bar(i+1, begin)
		}
	}
	if err := s.awaitLetters(ctx, letters); err != nil {
		return err
	}
	if err := s.awaitFiled(ctx, letters); err != nil {
		return err
	}
	s.sum.Seconds = time.Since(begin).Seconds()
	s.sum.MailsPerSecond = float64(s.Mails) / s.sum.Seconds
	fmt.Fprintf(s.Out, "\n%d mails in %.2f s: every case registered, every certificate and brief accepted and copied to Sent, every mail filed\n", s.Mails, s.sum.Seconds)
	return s.single(ctx)
}

func numbered(i int, now time.Time) ([]byte, error) {
	e := form.Numbered(i)
	e.Received = LastWeek(now)
	b, err := form.Make(e)
	if err != nil {
		return nil, fmt.Errorf("make sheet %d: %w", i, err)
	}
	m := post.Mail{FromName: e.Person, From: e.Email, To: OfficeAddr, Subject: "エントリーシートの送付について（" + e.Company + "）",
		Text:      "ご担当者様\n\nいつもお世話になっております。" + e.Agency + "の" + e.Person + "です。\n" + e.Company + "様のエントリーシートをお送りいたします。",
		MessageID: fmt.Sprintf("entry-%d@agency%d.example", i, i%10), Date: now, JIS: i%2 == 1,
		Files: []post.File{{Name: fmt.Sprintf("エントリーシート_%05d.xlsx", i), Bytes: b}},
		Head:  Evidence(e.Email)}
	return m.Bytes(), nil
}

// single delivers mails one by one, each when the letters of the one before have been accepted.
func (s *stage) single(ctx context.Context) error {
	var took []float64
	for i := range oneByOne {
		raw, err := numbered(s.Mails+i, s.Now())
		if err != nil {
			return err
		}
		begin := time.Now()
		if _, err := s.server.Deliver(OfficeUser, "INBOX", raw, s.Now()); err != nil {
			return fmt.Errorf("deliver a single mail: %w", err)
		}
		f, err := s.awaitFate(ctx)
		if err != nil {
			return err
		}
		if f.Handled.Outcome.Result != casework.ResultRegistered {
			return fmt.Errorf("a single mail was %s, not registered", f.Handled.Outcome.Result)
		}
		if err := s.awaitLetters(ctx, len(f.Handled.Letters)); err != nil {
			return err
		}
		took = append(took, float64(time.Since(begin).Microseconds())/1000)
	}
	slices.Sort(took)
	at := func(p float64) float64 { return took[min(len(took)-1, int(p*float64(len(took))))] }
	s.sum.LatencyMs = Latencies{P50: at(0.50), P95: at(0.95), P99: at(0.99)}
	return nil
}

func (s *stage) bar(done int, begin time.Time) {
	const width = 40
	filled := width * done / s.Mails
	fmt.Fprintf(s.Out, "\r[%s%s] %d/%d  %.0f mails/s ", strings.Repeat("█", filled), strings.Repeat("·", width-filled), done, s.Mails,
		float64(done)/time.Since(begin).Seconds())
}

// awaitFiled waits until INBOX is empty of what was dealt with and each letter has its copy in Sent.
func (s *stage) awaitFiled(ctx context.Context, letters int) error {
	deadline := time.Now().Add(60 * time.Second)
	var inbox, sent int
	for time.Now().Before(deadline) {
		inbox, sent = len(s.server.Messages(OfficeUser, "INBOX")), len(s.server.Messages(OfficeUser, "Sent"))
		if inbox == 0 && sent == letters {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return fmt.Errorf("after a minute %d mails are not filed and %d of %d letters lie in Sent", inbox, sent, letters)
}

// peakMemory is the process's largest resident size in bytes, 0 where the system does not tell.
func peakMemory() int64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(b) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmHWM:")); ok {
			kb, err := strconv.ParseInt(strings.Fields(string(rest))[0], 10, 64)
			if err != nil {
				return 0
			}
			return kb << 10
		}
	}
	return 0
}
