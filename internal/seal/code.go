package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"hash"
	"time"
)

// CodeState is what a code in a mail is worth.
type CodeState string

// The states of a code.
const (
	CodeNone    CodeState = "none"    // there is no code
	CodeValid   CodeState = "valid"   // made for this case and party, and young enough
	CodeExpired CodeState = "expired" // made for this case and party within a year, but too old
	CodeWrong   CodeState = "wrong"   // not made for this case and party, or more than a year old
)

// codeLetters is the length of a code: 31^6, some 890 million.
const codeLetters = 6

// rememberWeeks is how far back a code is told from a wrong one.
const rememberWeeks = 53

// Code returns the code of a party in a case: six letters without 0, o, 1, l, i (trust.md "Codes").
// All letters of one calendar week, Monday to Sunday in Japan, carry the same one.
func (k Keys) Code(caseID int64, party string, at time.Time) string {
	return codeIn(newCoder(k.newest()), caseID, party, week(at))
}

// CheckCode tells what a code is worth at now. It is valid until validDays calendar days after the end of the week
// that it was made in. Widths and letter case do not count. It takes the same time for every code.
func (k Keys) CheckCode(code string, caseID int64, party string, now time.Time, validDays int) CodeState {
	code = foldTyped(code)
	if code == "" {
		return CodeNone
	}
	this := week(now)
	oldest := week(now.AddDate(0, 0, -validDays))
	valid, old := 0, 0
	for i := range k.generations {
		g := &k.generations[i]
		inGrace := g.until.IsZero() || now.Before(g.until)
		coder := newCoder(g)
		for w := this; w > this-rememberWeeks; w-- {
			same := subtle.ConstantTimeCompare([]byte(code), []byte(codeIn(coder, caseID, party, w)))
			if inGrace && w >= oldest {
				valid |= same
			}
			old |= same
		}
	}
	switch {
	case valid == 1:
		return CodeValid
	case old == 1:
		return CodeExpired
	}
	return CodeWrong
}

// GoodCodes are all codes of a party in a case that CheckCode calls valid at now.
func (k Keys) GoodCodes(caseID int64, party string, now time.Time, validDays int) []string {
	var out []string
	for i := range k.generations {
		g := &k.generations[i]
		if !g.until.IsZero() && !now.Before(g.until) {
			continue
		}
		coder := newCoder(g)
		for w := week(now); w >= week(now.AddDate(0, 0, -validDays)); w-- {
			out = append(out, codeIn(coder, caseID, party, w))
		}
	}
	return out
}

// newCoder keys a hash for codeIn, whose Reset keeps the keyed state: a year of weeks is cheap.
func newCoder(g *generation) hash.Hash { return hmac.New(sha256.New, g.code[:]) }

func codeIn(h hash.Hash, caseID int64, party string, week int64) string {
	var buf [96]byte
	f := fields{buf[:0]}
	f.number(caseID)
	f.text(party)
	f.number(week)
	h.Reset()
	return word(sumWith(h, &f), codeLetters)
}

// week numbers the calendar weeks, Monday to Sunday in Japan. 1970-01-01 was a Thursday.
func week(t time.Time) int64 {
	days := floorDiv(t.Unix()+9*60*60, 24*60*60)
	return floorDiv(days+3, 7)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
