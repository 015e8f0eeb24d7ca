package outbox

import "time"

// Patience is how long a letter is tried: RFC 5321 section 4.5.4.1 wants four to five days.
const Patience = 5 * 24 * time.Hour

var waits = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour}

// Backoff is the wait after the attempt that failed as the tries-th (1 is the first): 1, 5, 15 minutes, 1 hour, then
// every 3 hours.
func Backoff(tries int) time.Duration {
	return waits[min(max(tries, 1), len(waits))-1]
}

// expired tells whether a letter first tried at since is given up rather than tried at next.
func expired(since, next time.Time) bool { return next.Sub(since) > Patience }

// downWait is the wait after the n-th round in a row that found no connection: 5 seconds, doubled up to 5 minutes.
func downWait(n int) time.Duration {
	return min(5*time.Second<<min(max(n-1, 0), 6), 5*time.Minute)
}
