package daemon

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"uketsuke/internal/config"
)

// tokenServer rotates its refresh token at every use and takes each only once.
type tokenServer struct {
	*httptest.Server
	mu     sync.Mutex
	good   string // the refresh token that it takes
	serial int
	asked  int
	fail   int    // status with which it refuses
	before func() // called when a request has come
}

func newTokenServer(t *testing.T) *tokenServer {
	s := &tokenServer{good: "refresh-secret-0", before: func() {}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *tokenServer) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before()
	s.asked++
	w.Header().Set("Content-Type", "application/json")
	got := q.FormValue("refresh_token")
	refused := q.FormValue("grant_type") == "refresh_token" && got != s.good
	if s.fail != 0 || refused {
		w.WriteHeader(max(s.fail, http.StatusBadRequest))
		fmt.Fprintf(w, `{"error":"invalid_grant","error_description":"%s %s is spent"}`, got, q.FormValue("client_secret"))
		return
	}
	s.serial++
	s.good = fmt.Sprintf("refresh-secret-%d", s.serial)
	fmt.Fprintf(w, `{"access_token":"access-%d","token_type":"Bearer","refresh_token":%q,"expires_in":1}`, s.serial, s.good)
}

// oauth is a configuration with a refresh token in a file.
func oauth(t *testing.T, s *tokenServer) (*config.Config, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "refresh")
	if err := os.WriteFile(file, []byte("refresh-secret-0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := &config.Config{}
	cfg.IMAP.Auth = config.AuthXOAuth2
	cfg.OAuth = config.OAuth{TokenURL: s.URL, ClientID: "client", RefreshTokenFile: file}
	return cfg, file
}

func content(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

func TestWithoutOAuthThereAreNoTokens(t *testing.T) {
	if tokens(&config.Config{}) != nil {
		t.Error("tokens for a password login")
	}
}

func TestARotatedRefreshTokenIsKeptBeforeItsAccessTokenIsUsed(t *testing.T) {
	s := newTokenServer(t)
	cfg, file := oauth(t, s)
	token := tokens(cfg)
	for n := 1; n <= 3; n++ { // expires_in 1: every token has expired at once
		got, err := token(t.Context())
		if err != nil || got != fmt.Sprintf("access-%d", n) {
			t.Fatalf("token %d: %q, %v", n, got, err)
		}
		if kept := content(t, file); kept != s.good {
			t.Errorf("the file has %q, the server takes %q", kept, s.good)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestMailboxAndDeliverySpendARefreshTokenOnlyOnce(t *testing.T) {
	s := newTokenServer(t)
	cfg, _ := oauth(t, s)
	var wg sync.WaitGroup
	for range 8 {
		token := tokens(cfg)
		wg.Go(func() {
			if _, err := token(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestARefreshTokenThatCouldNotBeWrittenIsWrittenLater(t *testing.T) {
	s := newTokenServer(t)
	cfg, file := oauth(t, s)
	dir := filepath.Dir(file)
	away := dir + "-away"
	s.before = func() { // the folder is gone when the answer comes
		s.before = func() {}
		if err := os.Rename(dir, away); err != nil {
			t.Error(err)
		}
	}
	token := tokens(cfg)
	if got, err := token(t.Context()); err == nil || got != "" {
		t.Fatalf("token %q is used though its refresh token is not kept", got)
	} else if strings.Contains(err.Error(), "refresh-secret") {
		t.Errorf("the error shows the token: %v", err)
	}
	if err := os.Rename(away, dir); err != nil {
		t.Fatal(err)
	}
	if _, err := token(t.Context()); err != nil {
		t.Fatalf("the rotated token was lost: %v", err)
	}
	if kept := content(t, file); kept != s.good {
		t.Errorf("the file has %q, the server takes %q", kept, s.good)
	}
}

func TestATokenThatAPersonPutsInCounts(t *testing.T) {
	s := newTokenServer(t)
	cfg, file := oauth(t, s)
	s.good = "refresh-secret-new"
	token := tokens(cfg)
	if _, err := token(t.Context()); err == nil {
		t.Fatal("a spent token was taken")
	}
	if err := os.WriteFile(file, []byte("refresh-secret-new"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := token(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestTokenErrorsSayWhatIsWrongAndNoSecret(t *testing.T) {
	t.Setenv("TEST_CLIENT_SECRET", "client-secret-value")
	s := newTokenServer(t)
	for name, c := range map[string]struct {
		spoil func(*config.Config, string)
		want  string
	}{
		"a refused token":         {func(*config.Config, string) { s.good = "another" }, "invalid_grant"},
		"a server in trouble":     {func(*config.Config, string) { s.fail = 503 }, "503"},
		"a server that is away":   {func(c *config.Config, _ string) { c.OAuth.TokenURL = "http://127.0.0.1:1/?x=refresh-secret-0" }, "connection refused"},
		"an empty file":           {func(_ *config.Config, file string) { _ = os.WriteFile(file, nil, 0o600) }, "is empty"},
		"no file":                 {func(_ *config.Config, file string) { _ = os.Remove(file) }, "no such file"},
		"refused client's secret": {func(c *config.Config, _ string) { c.OAuth.RefreshTokenFile = ""; s.fail = 401 }, "401"},
	} {
		t.Run(name, func(t *testing.T) {
			s.good, s.fail = "refresh-secret-0", 0
			cfg, file := oauth(t, s)
			c.spoil(cfg, file)
			_, err := tokens(cfg)(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want one with %q", err, c.want)
			}
			for _, secret := range []string{"refresh-secret", "client-secret-value"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error shows a secret: %v", err)
				}
			}
		})
	}
}

func TestATokenServerThatNeverAnswersHoldsUpNobodyWhoGivesUp(t *testing.T) {
	s := newTokenServer(t)
	cfg, _ := oauth(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	s.before = func() { cancel(); <-over }
	_, err := tokens(cfg)(ctx)
	close(over)
	if err == nil {
		t.Error("a token although nobody waits")
	}
}
