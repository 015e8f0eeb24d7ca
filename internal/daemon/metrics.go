package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"uketsuke/internal/robot"
)

// Metrics counts what the robot does, for Prometheus: kinds and outcomes only, nothing of a case or a person.
type Metrics struct {
	registry *prometheus.Registry
	mails    *prometheus.CounterVec
	letters  *prometheus.CounterVec
	failed   prometheus.Counter
	last     prometheus.Gauge
}

// NewMetrics makes the counters of one office.
func NewMetrics() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(),
		mails:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "uketsuke_mails_total", Help: "Mails dealt with, by kind and outcome."}, []string{"kind", "outcome"}),
		letters: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "uketsuke_letters_queued_total", Help: "Letters put into the outbox, by kind."}, []string{"letter"}),
		failed:  prometheus.NewCounter(prometheus.CounterOpts{Name: "uketsuke_mails_failed_total", Help: "Mails put aside after three failures."}),
		last:    prometheus.NewGauge(prometheus.GaugeOpts{Name: "uketsuke_last_mail_timestamp_seconds", Help: "When the last mail was dealt with."}),
	}
	m.registry.MustRegister(m.mails, m.letters, m.failed, m.last)
	return m
}

// Fate counts one mail; it fits Options.Fate.
func (m *Metrics) Fate(f robot.Fate) {
	outcome := string(f.Handled.Outcome.Result)
	if f.Handled.Seen {
		outcome = "seen"
	}
	m.mails.WithLabelValues(string(f.Kind), outcome).Inc()
	for _, l := range f.Handled.Letters {
		m.letters.WithLabelValues(string(l.Kind)).Inc()
	}
	if f.Handled.Err != nil {
		m.failed.Inc()
	}
	m.last.Set(float64(f.At.Unix()))
}

// Serve answers /metrics on addr until ctx ends. The configuration allows loopback addresses only.
func (m *Metrics) Serve(ctx context.Context, addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("metrics.addr = %q: %w", addr, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		srv.Close()
	}()
	go func() {
		if err := srv.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			l.Close()
		}
	}()
	return nil
}
