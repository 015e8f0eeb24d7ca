//go:build unix

package scenario

import (
	"context"
	"testing"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/robot"
)

// BenchmarkMorning writes the digests of a morning with 5,000 open cases, all of one concierge: cpu-ms is what the
// processors spent on the walk over the cases, the digests and their letters; tx-ms how long the longest transaction took.
// "quiet": nothing is due, all is to do; "all due": a step of every case is, as after a month without the program.
func BenchmarkMorning(b *testing.B) {
	for _, m := range []struct {
		name, day, want string
	}{{"quiet", "2026-11-17", "本日のご確認（お手続き5000件"}, {"all due", "2026-12-22", "本日のご確認（期日超過5000件"}} {
		b.Run(m.name, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				w, s, _ := cleared(b)
				w.grow(s, 5000)
				w.office.Robot.Digests = robot.Digests{Concierge: true, Clerk: true}
				at, err := time.ParseInLocation("2006-01-02 15:04", m.day+" 09:05", casework.JST)
				if err != nil {
					b.Fatal(err)
				}
				w.Advance(at.Sub(w.Now()))
				s.spent, s.longest = 0, 0
				began := cpuTime()
				b.StartTimer()
				if _, err := w.office.Robot.Pass(context.Background()); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				b.ReportMetric(float64((cpuTime() - began).Milliseconds()), "cpu-ms")
				b.ReportMetric(float64(s.longest.Milliseconds()), "tx-ms")
				w.Settle()
				w.ExpectLetter(mori, m.want)
			}
		})
	}
}
