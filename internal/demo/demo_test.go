package demo

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheSampleMailboxEndsAsItsTitleSays(t *testing.T) {
	dir := t.TempDir()
	var show strings.Builder
	sum, err := Run(context.Background(), Options{Dir: dir, Out: &show})
	if err != nil {
		t.Fatalf("%v\n%s", err, show.String())
	}
	got := [6]int{sum.Mails, sum.Registered, sum.Returned, sum.Held, sum.Duplicates, sum.LettersSent}
	if want := [6]int{17, 7, 2, 2, 1, 24}; got != want {
		t.Errorf("mails, registered, returned, held, duplicates, letters = %v, want %v\n%s", got, want, show.String())
	}
	for folder, want := range map[string]int{"letters": 24, "certificates": 7, "sheets": 2} {
		files, err := os.ReadDir(filepath.Join(dir, folder))
		if err != nil || len(files) != want {
			t.Errorf("%s holds %d files, want %d (%v)", folder, len(files), want, err)
		}
	}
}

func TestABacklogIsDoneWholeAndThenOneByOne(t *testing.T) {
	sum, err := Run(context.Background(), Options{Dir: t.TempDir(), Mails: 20})
	if err != nil {
		t.Fatal(err)
	}
	if sum.Registered != 20+oneByOne || sum.LettersSent != 2*(20+oneByOne) || sum.LatencyMs.P50 <= 0 {
		t.Errorf("summary %+v", sum)
	}
}

// BenchmarkWholeWay is a backlog of b.N mails from the inbox to filed, sent and copied, the embedded server included.
func BenchmarkWholeWay(b *testing.B) {
	sum, err := Run(context.Background(), Options{Dir: b.TempDir(), Mails: b.N})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(sum.MailsPerSecond, "mails/s")
	b.ReportMetric(sum.LatencyMs.P50, "p50-ms")
	b.ReportMetric(sum.LatencyMs.P99, "p99-ms")
}
