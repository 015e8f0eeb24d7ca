package config

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
)

// Secret says where a secret stands: in a file or in the environment. It holds no secret and prints none.
type Secret struct {
	file   string
	name   string // of the environment variable
	getenv func(string) string
}

// maxSecret bounds a secret's file: OAuth tokens have a few kilobytes.
const maxSecret = 64 << 10

// IsZero tells that no place is named.
func (s Secret) IsZero() bool { return s.file == "" && s.name == "" }

// Read returns the secret, without line breaks at its end. It is read anew each time, so that a changed password
// counts from the next login on. The error names the place and never shows the content.
func (s Secret) Read(ctx context.Context) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	switch {
	case s.file != "":
		return readSecretFile(s.file)
	case s.name != "":
		if v := s.getenv(s.name); v != "" {
			return v, nil
		}
		return "", fmt.Errorf("read secret: the environment variable %s is not set", s.name)
	}
	return "", fmt.Errorf("read secret: neither a file nor an environment variable is named")
}

func readSecretFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	if len(b) > maxSecret {
		return "", fmt.Errorf("read secret: %s is larger than 64 KiB and no password", path)
	}
	s := strings.TrimRight(string(b), "\r\n")
	if s == "" {
		return "", fmt.Errorf("read secret: %s is empty", path)
	}
	return s, nil
}

// String names no content.
func (s Secret) String() string {
	switch {
	case s.file != "":
		return "secret(file)"
	case s.name != "":
		return "secret(environment)"
	}
	return "secret(none)"
}

// GoString is String.
func (s Secret) GoString() string { return s.String() }

// LogValue is String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
