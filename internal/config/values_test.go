package config

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestStart(t *testing.T) {
	for text, want := range map[string]string{`"now"`: "now", `"all"`: "all", `"2026-11-01"`: "2026-11-01", `2026-11-01`: "2026-11-01"} {
		c, err := Load(folder(t, "start = "+text+"\n"+small, nil), env)
		if err != nil {
			t.Fatal(err)
		}
		if c.Start.String() != want {
			t.Errorf("start = %s gives %s", text, c.Start)
		}
	}
	var s Start
	if err := s.UnmarshalText([]byte("2026-11-01")); err != nil || !s.Since.Equal(time.Date(2026, 10, 31, 15, 0, 0, 0, time.UTC)) {
		t.Errorf("a day begins at %v", s.Since)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]Size{"32MiB": 32 << 20, "32 mib": 32 << 20, "1K": 1024, "5MB": 5e6, "100": 100, "7B": 7, "2G": 2 << 30} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%q = %d, %v, want %d", text, s, err, want)
		}
	}
	for _, text := range []string{"", "MiB", "-1", "1.5MB", "99999999999GB", "1TB"} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is a size: %d", text, s)
		}
	}
}

func TestASecretShowsNothing(t *testing.T) {
	c, err := Load(folder(t, small, nil), env)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if out := fmt.Sprintf(verb, c.IMAP); strings.Contains(out, "sesame") {
			t.Errorf("%s shows the password", verb)
		}
	}
	if got := c.IMAP.Password.LogValue().String(); got != "secret(environment)" {
		t.Errorf("LogValue = %q", got)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.IMAP.Password.Read(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Read with an ended context = %v", err)
	}
	if _, err := (Secret{}).Read(context.Background()); err == nil || !(Secret{}).IsZero() {
		t.Error("a secret that stands nowhere was read")
	}
}
