package archive

import (
	"errors"
	"fmt"
	"time"
)

// ErrBroken is returned for what cannot be read as the archive that it seems to be.
var ErrBroken = errors.New("read archive: its directory cannot be read")

// LimitError says which bound an archive broke. Nothing of it was expanded.
type LimitError struct {
	Limit string // "entries", "bytes", "ratio"
	Max   int64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("read archive: over the limit of %d for %s: let a person look at it", e.Max, e.Limit)
}

// Limits bound what one archive may cost. A zero field has no bound.
type Limits struct {
	Entries  int   // files and folders
	Unpacked int64 // bytes of all its files together
	// Ratio is how many times its own size an archive may unpack to, beyond RatioFrom bytes.
	Ratio, RatioFrom int64
	Candidates       int           // passwords tried
	Time             time.Duration // for the trying, by Now
	Now              func() time.Time
}

// DefaultLimits are trust.md "Bounds": 200 entries, 64 MB, ratio 100 beyond 10 MB, 64 candidates and 5 s. now reads the
// clock for the last of these.
func DefaultLimits(now func() time.Time) Limits {
	return Limits{Entries: 200, Unpacked: 64 << 20, Ratio: 100, RatioFrom: 10 << 20, Candidates: 64, Time: 5 * time.Second, Now: now}
}

// unpacks holds the size that an archive declares against the limits.
func (l Limits) unpacks(declared uint64, packed int) error {
	switch {
	case l.Unpacked > 0 && declared > uint64(l.Unpacked):
		return &LimitError{"bytes", l.Unpacked}
	case l.Ratio > 0 && declared > uint64(l.RatioFrom) && declared > uint64(l.Ratio)*uint64(packed):
		return &LimitError{"ratio", l.Ratio}
	}
	return nil
}
