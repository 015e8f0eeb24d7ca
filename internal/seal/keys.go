// Package seal makes and checks everything that only this robot can make: codes in subject tags, Message-IDs,
// loop headers, boundaries, one-time words, and the keyed hashes under which personal values are looked up; and the
// passwords of sheets that leave.
//
//  1. One file holds the secrets: a lookup key that never changes, because the database is searched by what it
//     made, and one or more generations of a sealing key, the newest last.
//  2. Each purpose has a key of its own, derived from its generation by HKDF-SHA-256 (RFC 5869): a code says
//     nothing about a Message-ID.
//  3. New things are made with the newest generation. Old ones are recognised with any; only codes and
//     one-time words, which give authority, end with their generation's grace time.
//  4. Every value is HMAC-SHA-256 over length-prefixed fields, so that no two lists of fields share an input.
//
// All functions are pure: randomness and time are arguments. No method prints a key.
package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// keySize is the length of each secret in bytes.
const keySize = 32

// fileHeader is the first line of a key file; the number is the format's version.
const fileHeader = "uketsuke-keys 1"

// Keys are the secrets of one installation. The zero value has none and must not be used for sealing;
// values come from NewKeys, ParseKeys or Rotate. Keys is immutable and safe for concurrent use.
type Keys struct {
	lookup      secret
	generations []generation // oldest first; the last one seals
}

type secret [keySize]byte

// generation is one sealing key with the keys derived from it.
type generation struct {
	id     int
	master secret
	until  time.Time // end of its grace; zero while it is the newest

	code, messageID, recipient, loop, boundary, word, vault secret
}

// NewKeys makes the keys of a new installation from 64 bytes of random.
func NewKeys(random io.Reader) (Keys, error) {
	var k Keys
	if _, err := io.ReadFull(random, k.lookup[:]); err != nil {
		return Keys{}, fmt.Errorf("make keys: read randomness: %w", err)
	}
	g, err := newGeneration(1, random)
	if err != nil {
		return Keys{}, err
	}
	k.generations = []generation{g}
	return k, nil
}

// Rotate returns k with a new newest generation. Codes and words of the present one are good for grace longer:
// at least as long as a code lives in an ordinary change of keys, zero when a key has become known.
func (k Keys) Rotate(random io.Reader, at time.Time, grace time.Duration) (Keys, error) {
	next, err := newGeneration(k.newest().id+1, random)
	if err != nil {
		return Keys{}, err
	}
	until := at.Add(grace).UTC().Truncate(time.Second)
	out := Keys{lookup: k.lookup}
	for _, g := range k.generations {
		if g.until.IsZero() || g.until.After(until) {
			g.until = until
		}
		out.generations = append(out.generations, g)
	}
	out.generations = append(out.generations, next)
	return out, nil
}

func newGeneration(id int, random io.Reader) (generation, error) {
	var master secret
	if _, err := io.ReadFull(random, master[:]); err != nil {
		return generation{}, fmt.Errorf("make key generation %d: read randomness: %w", id, err)
	}
	return derive(id, master, time.Time{})
}

// derive makes the keys of a generation, one for each purpose.
func derive(id int, master secret, until time.Time) (generation, error) {
	g := generation{id: id, master: master, until: until}
	for _, p := range []struct {
		purpose string
		key     *secret
	}{
		{"code", &g.code}, {"message-id", &g.messageID}, {"recipient", &g.recipient},
		{"loop", &g.loop}, {"boundary", &g.boundary}, {"word", &g.word}, {"vault", &g.vault},
	} {
		key, err := hkdf.Key(sha256.New, master[:], nil, "uketsuke/1/"+p.purpose, keySize)
		if err != nil {
			return generation{}, fmt.Errorf("derive %s key: %w", p.purpose, err)
		}
		copy(p.key[:], key)
	}
	return g, nil
}

func (k Keys) newest() *generation {
	if len(k.generations) == 0 {
		panic("seal: Keys used before NewKeys or ParseKeys")
	}
	return &k.generations[len(k.generations)-1]
}

// Marshal returns the key file: UTF-8 lines, secrets in base64url. It is for a file that only the robot can read.
func (k Keys) Marshal() []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, fileHeader)
	fmt.Fprintln(&b, "# Secret. Keep a copy apart from the database's backups; without it no old mail is recognised.")
	fmt.Fprintf(&b, "lookup %s\n", encode(k.lookup))
	for _, g := range k.generations {
		fmt.Fprintf(&b, "generation %d %s", g.id, encode(g.master))
		if !g.until.IsZero() {
			fmt.Fprintf(&b, " until %s", g.until.UTC().Format(time.RFC3339))
		}
		fmt.Fprintln(&b)
	}
	return b.Bytes()
}

// KeyFileError tells what is wrong with a key file. It never shows the line.
type KeyFileError struct {
	Line int // from 1; 0 when the file as a whole is meant
	Hint string
}

func (e *KeyFileError) Error() string {
	if e.Line == 0 {
		return "key file: " + e.Hint
	}
	return fmt.Sprintf("key file, line %d: %s", e.Line, e.Hint)
}

// ParseKeys reads what Marshal wrote. Comments (#) and blank lines may stand anywhere after the first line.
// Its error is a *KeyFileError.
func ParseKeys(b []byte) (Keys, error) {
	if len(b) > 1<<20 {
		return Keys{}, &KeyFileError{0, "is larger than 1 MiB and no key file; restore it from its copy"}
	}
	lines := strings.Split(strings.ReplaceAll(string(b), "\r\n", "\n"), "\n")
	if strings.TrimSpace(lines[0]) != fileHeader {
		return Keys{}, &KeyFileError{1, "must be \"" + fileHeader + "\"; this is no key file, or one of a newer version"}
	}
	var k Keys
	hasLookup := false
	for i, line := range lines[1:] {
		f := strings.Fields(line)
		var hint string
		switch {
		case len(f) == 0 || strings.HasPrefix(f[0], "#"):
		case f[0] == "lookup":
			if hasLookup {
				hint = "has a second lookup key; keep the one that made the database"
				break
			}
			hasLookup = true
			hint = parseLookup(f, &k.lookup)
		case f[0] == "generation":
			hint = k.parseGeneration(f)
		default:
			hint = "begins with an unknown word; lines are \"lookup …\" and \"generation …\""
		}
		if hint != "" {
			return Keys{}, &KeyFileError{i + 2, hint}
		}
	}
	return k, k.complete(hasLookup)
}

func (k Keys) complete(hasLookup bool) error {
	switch {
	case !hasLookup:
		return &KeyFileError{0, "has no lookup key; restore it from its copy"}
	case len(k.generations) == 0:
		return &KeyFileError{0, "has no generation; restore it from its copy"}
	case !k.newest().until.IsZero():
		return &KeyFileError{0, "the last generation has ended; a newer one must follow it"}
	}
	return nil
}

func parseLookup(f []string, into *secret) (hint string) {
	if len(f) != 2 || !decode(f[1], into) {
		return "must be \"lookup\" and 32 bytes in base64url"
	}
	return ""
}

// parseGeneration adds the generation of one line's fields.
func (k *Keys) parseGeneration(f []string) (hint string) {
	const shape = "must be \"generation\", its number, 32 bytes in base64url, and for old ones \"until\" and a time (2027-04-01T00:00:00Z)"
	if len(f) != 3 && (len(f) != 5 || f[3] != "until") {
		return shape
	}
	id, err := strconv.Atoi(f[1])
	var master secret
	if err != nil || id < 1 || strconv.Itoa(id) != f[1] || !decode(f[2], &master) {
		return shape
	}
	var until time.Time
	if len(f) == 5 {
		if until, err = time.Parse(time.RFC3339, f[4]); err != nil || until.Nanosecond() != 0 || until.IsZero() {
			return shape
		}
		until = until.UTC()
	}
	if n := len(k.generations); n > 0 {
		if k.generations[n-1].id >= id {
			return "must have a higher number than the generation before it"
		}
		if k.generations[n-1].until.IsZero() {
			return "follows a generation that has no \"until\""
		}
	}
	g, err := derive(id, master, until)
	if err != nil {
		return "cannot be used: " + err.Error()
	}
	k.generations = append(k.generations, g)
	return ""
}

func encode(s secret) string { return base64.RawURLEncoding.EncodeToString(s[:]) }

func decode(text string, into *secret) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != keySize {
		return false
	}
	copy(into[:], b)
	return true
}

// String shows no key, whatever verb asks for it.
func (k Keys) String() string { return fmt.Sprintf("keys(%d generations)", len(k.generations)) }

// GoString shows no key.
func (k Keys) GoString() string { return k.String() }

// Format shows no key under any verb: %x of a struct would print its bytes.
func (k Keys) Format(f fmt.State, _ rune) { io.WriteString(f, k.String()) }

// LogValue shows no key.
func (k Keys) LogValue() slog.Value { return slog.StringValue(k.String()) }
