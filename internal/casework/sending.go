package casework

import "time"

// What the outbox asks of the store and tells it: the two rooms never import each other.

// Gate says whether a letter may leave, for the case and the roster as they stand now (trust.md S3). nil: it may. A
// *Guard that says Wait leaves it in the queue.
type Gate func(c Case, d Departure, s Standing) error

// Brakes are the most letters that may be accepted, first answers and case briefs apart (qualities.md Safety 4).
// 0 is no brake.
type Brakes struct{ PerPersonHour, PerCaseDay, PerHour int }

// Claimed is a letter whose attempt is recorded: it may be dialled now.
type Claimed struct {
	ID, Attempt int64
	Case        int64
	Kind        LetterKind
	Role        Role // of its party
	MessageID   string
	Subject     string
	From        string    // envelope
	To          []string  // envelope, those not served yet
	Raw         []byte    // RFC 5322, the same at each attempt
	Tries       int       // attempts that failed before
	Since       time.Time // of the first attempt
	Again       bool      // an earlier attempt was begun
}

// Claims is one round's claim.
type Claims struct {
	Letters   []Claimed // in order of their ids
	Withdrawn int       // letters that the guard stopped, or that cannot be read any more
	Braked    int       // letters put off by a brake
	Frozen    int       // letters to somebody who is held (凍結), put off
	More      bool      // there may be more that are due
}

// Rejection is one recipient that the server did not take.
type Rejection struct {
	To   string
	Code int
	Text string
}

// Settled is the result of an attempt.
type Settled struct {
	Letter, Attempt int64
	At              time.Time
	Next            time.Time   // not before; for Deferred, and for Accepted with Retry
	Code            int         // SMTP reply code, 0 none
	Text            string      // in words
	Outcome         string      // Deferred: deferred, unconnected (no try of the letter's own), unknown
	Copy            bool        // Accepted: a copy is due in the Sent folder
	Rejected        []Rejection // Accepted: refused for good
	Retry           []Rejection // Accepted: refused for now; the letter stays queued for these
}

// Copy is a sent letter whose copy is due in the Sent folder.
type Copy struct {
	Letter    int64
	MessageID string
	Raw       []byte
	At        time.Time // accepted
}
