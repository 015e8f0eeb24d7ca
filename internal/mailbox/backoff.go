package mailbox

import (
	"context"
	"errors"
	"time"
)

const loginFactor = 20

// backoff spaces attempts to connect: first, 2·first, 4·first … to
// longestWait, each spread over 50 % to 150 %, so that many clients of a
// server that comes up again do not knock all at once. A refused login waits at least
// loginFactor·first: servers lock accounts that try too often.
type backoff struct {
	first    time.Duration
	rand     func() float64
	failures int
	until    time.Time // no attempt before
}

func (b *backoff) failed(err error) time.Duration {
	d := longestWait
	if b.failures < 20 {
		d = min(d, b.first<<b.failures)
	}
	if errors.As(err, new(*AuthError)) {
		d = max(d, min(longestWait, loginFactor*b.first))
	}
	b.failures++
	d = time.Duration(float64(d) * (0.5 + b.rand()))
	b.until = time.Now().Add(d)
	return d
}

func (b *backoff) reset() { b.failures, b.until = 0, time.Time{} }

// wait returns when the next attempt is due, or the context's cause.
func (b *backoff) wait(ctx context.Context) error {
	d := time.Until(b.until)
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
