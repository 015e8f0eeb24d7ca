package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"uketsuke/internal/config"
)

// tokens gives access tokens for XOAUTH2 and OAUTHBEARER: by client credentials, or by the refresh token whose file
// the configuration names. A rotated refresh token is written back before the access token is used, so that a stop in
// between loses none. nil where no OAuth is configured.
func tokens(cfg *config.Config) func(context.Context) (string, error) {
	if !cfg.IMAP.Auth.OAuth() && !cfg.SMTP.Auth.OAuth() {
		return nil
	}
	s, _ := sources.LoadOrStore(cfg, &tokenSource{cfg: cfg.OAuth})
	return s.(*tokenSource).token
}

// sources has one source for each configuration: the mailbox, its watcher and the delivery share it. Were each to
// refresh for itself, a second would hand in the refresh token that the first has used up, which providers take for
// theft and answer by revoking all.
var sources sync.Map

// tokenTimeout bounds one request for a token: a login that waits for it must not wait for ever.
const tokenTimeout = 30 * time.Second

type tokenSource struct {
	cfg    config.OAuth
	mu     sync.Mutex
	now    *oauth2.Token
	unkept rotation // a refresh token that could not be written
}

type rotation struct{ from, to string }

func (s *tokenSource) token(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now.Valid() {
		return s.now.AccessToken, nil
	}
	ctx, cancel := context.WithTimeout(ctx, tokenTimeout)
	defer cancel()
	secret := ""
	if !s.cfg.ClientSecret.IsZero() {
		var err error
		if secret, err = s.cfg.ClientSecret.Read(ctx); err != nil {
			return "", err
		}
	}
	var err error
	if s.cfg.RefreshTokenFile == "" {
		c := clientcredentials.Config{ClientID: s.cfg.ClientID, ClientSecret: secret, TokenURL: s.cfg.TokenURL, Scopes: s.cfg.Scopes}
		s.now, err = c.Token(ctx)
	} else {
		err = s.refresh(ctx, secret)
	}
	if err != nil {
		return "", withoutSecrets(err)
	}
	return s.now.AccessToken, nil
}

func (s *tokenSource) refresh(ctx context.Context, secret string) error {
	old, err := s.refreshToken()
	if err != nil {
		return err
	}
	c := oauth2.Config{ClientID: s.cfg.ClientID, ClientSecret: secret, Scopes: s.cfg.Scopes, Endpoint: oauth2.Endpoint{TokenURL: s.cfg.TokenURL}}
	t, err := c.TokenSource(ctx, &oauth2.Token{RefreshToken: old}).Token()
	if err != nil {
		return err
	}
	if t.RefreshToken != "" && t.RefreshToken != old {
		if err := s.keep(rotation{old, t.RefreshToken}); err != nil {
			return err
		}
	}
	s.now = t
	return nil
}

// refreshToken reads the file anew, so that a person's new token counts. Where the one that replaced its content could
// not be written, that one is written first.
func (s *tokenSource) refreshToken() (string, error) {
	b, err := os.ReadFile(s.cfg.RefreshTokenFile)
	if err != nil {
		return "", fmt.Errorf("read the refresh token: %w", err)
	}
	old := strings.TrimSpace(string(b))
	switch {
	case old == "":
		return "", fmt.Errorf("read the refresh token: %s is empty; put a new one in", s.cfg.RefreshTokenFile)
	case s.unkept.to != "" && s.unkept.from == old:
		old = s.unkept.to
		return old, s.keep(s.unkept)
	}
	return old, nil
}

func (s *tokenSource) keep(r rotation) error {
	s.unkept = r
	if err := writeWhole(s.cfg.RefreshTokenFile, []byte(r.to+"\n")); err != nil {
		return fmt.Errorf("keep the rotated refresh token: %w", err)
	}
	s.unkept = rotation{}
	return nil
}

// withoutSecrets keeps what a person can act on of a token error: never the request, which holds secrets.
func withoutSecrets(err error) error {
	var re *oauth2.RetrieveError
	if errors.As(err, &re) {
		return fmt.Errorf("ask for an access token: the server answered %s %.40q", re.Response.Status, re.ErrorCode)
	}
	var ue *url.Error
	if errors.As(err, &ue) {
		return fmt.Errorf("ask for an access token: %w", ue.Err)
	}
	return fmt.Errorf("ask for an access token: %w", err)
}
