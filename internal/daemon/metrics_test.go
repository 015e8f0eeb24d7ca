package daemon

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/robot"
)

func TestMetricsCountKindsAndOutcomesOnly(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	m := NewMetrics()
	if err := m.Serve(ctx, addr); err != nil {
		t.Fatal(err)
	}
	m.Fate(robot.Fate{Kind: casework.MailEntry, At: time.Unix(1_800_000_000, 0), Handled: casework.Handled{
		Outcome: casework.Outcome{Result: casework.ResultRegistered}, Letters: []casework.Queued{{Kind: casework.LetterBrief, To: []string{"mori@jetro.example"}}}}})
	resp, err := http.Get("http://" + addr + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`uketsuke_mails_total{kind="entry",outcome="registered"} 1`, `uketsuke_letters_queued_total{letter="brief"} 1`, "uketsuke_last_mail_timestamp_seconds 1.8e+09"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("metrics lack %q:\n%s", want, b)
		}
	}
	if strings.Contains(string(b), "mori") {
		t.Error("metrics name a person")
	}
}
