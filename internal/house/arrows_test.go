package house

import (
	"go/token"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// core are the rooms without time, randomness, network and files of their own.
var core = []string{"casework", "command", "roster", "clock", "entrysheet", "biff", "cfb", "ooxmlcrypt", "archive", "tnef", "inbound", "intake", "seal", "letter", "stats", "bundle"}

// wires are the rooms that may know all others.
var wires = []string{"cmd", "daemon", "demo", "scenario"}

// arrows are the rooms that each room may import, beside its own sub-rooms.
var arrows = map[string][]string{
	"casework":      {},
	"command":       {"casework"},
	"roster":        {"casework"},
	"clock":         {"casework"},
	"entrysheet":    {"biff", "cfb"},
	"biff":          {"cfb"},
	"cfb":           {},
	"ooxmlcrypt":    {"cfb"},
	"archive":       {},
	"tnef":          {},
	"inbound":       {"tnef"},
	"seal":          {},
	"mailtemplates": {},
	"bundle":        {"casework"},
	"intake":        {"archive", "bundle", "casework", "command", "entrysheet", "inbound", "ooxmlcrypt"},
	"letter":        {"casework", "command", "seal", "mailtemplates"},
	"config":        {"casework", "roster"},
	"store":         {"casework"},
	"outbox":        {"casework"},
	"mailbox":       {},
	"delivery":      {},
	"stats":         {"casework"},
	"robot":         append([]string{"outbox"}, core...),
	"play":          {"casework"},
	"house":         {},
}

// doors are the rooms that nobody but those named may import.
var doors = map[string][]string{
	"cmd":      {},
	"daemon":   wires,
	"demo":     wires,
	"scenario": {},
	"play":     {},
	"house":    {},
	"mailbox":  wires,
	"delivery": wires,
	"store":    wires,
}

func TestArrows(t *testing.T) {
	for _, f := range sources(t) {
		allowed, known := arrows[f.room]
		if !known && !slices.Contains(wires, f.room) {
			t.Errorf("%s: room %q has no arrows yet; write down what it may import", f.path, f.room)
			continue
		}
		for _, i := range f.imports {
			to := roomOf(i)
			if f.test || to == "" || to == f.room {
				continue
			}
			if known && !slices.Contains(allowed, to) {
				t.Errorf("%s: %s imports %s; it may import %q", f.path, f.room, to, allowed)
			}
			if through, guarded := doors[to]; guarded && !slices.Contains(through, f.room) {
				t.Errorf("%s: %s may be imported by %q, not by %s", f.path, to, through, f.room)
			}
		}
	}
}

// talkers are the rooms that may open connections.
var talkers = []string{"mailbox", "delivery", "daemon", "demo"}

// owners are the rooms that may see a library, by the beginning of its import path; the longest beginning counts.
var owners = map[string][]string{
	"github.com/emersion/go-imap/v2":            {"mailbox", "demo", "scenario"}, // names of flags and capabilities
	"github.com/emersion/go-imap/v2/imapclient": {"mailbox"},
	"github.com/emersion/go-imap/v2/imapserver": {"demo"},
	"github.com/emersion/go-ical":               {"letter"},
	"github.com/wneessen/go-mail":               {"delivery"},
	"github.com/emersion/go-smtp":               {"demo"},
	"modernc.org/sqlite":                        {"store"},
	"database/sql":                              {"store", "scenario"},                               // the scenarios compare what lies in the database
	"github.com/xuri/excelize/v2":               {"entrysheet", "demo", "letter", "stats", "bundle"}, // a letter of a long list has it as a workbook
	"github.com/signintech/gopdf":               {"letter"},
	"golang.org/x/oauth2":                       {"daemon"},
	"net":                                       append([]string{"config", "outbox"}, talkers...), // these two read addresses and know errors
	"net/url":                                   nil,                                              // nil: everybody
	"net/mail":                                  nil,
	"net/netip":                                 nil,
	"net/textproto":                             nil,
	"log":                                       {"demo"}, // go-smtp wants one
	"log/slog":                                  nil,
	"testing":                                   {"scenario"},
	"C":                                         {},
	"unsafe":                                    {},
}

func TestLibrariesHaveOwners(t *testing.T) {
	for _, f := range sources(t) {
		for _, i := range f.imports {
			if by := ownersOf(i); !f.test && by != nil && !slices.Contains(by, f.room) {
				t.Errorf("%s: %s sees %s; only %q may", f.path, f.room, i, by)
			}
		}
	}
}

func TestOnlyAdaptersTalk(t *testing.T) {
	for _, f := range sources(t) {
		f.uses("net", func(name string, at token.Position) {
			if !f.test && !slices.Contains(talkers, f.room) && regexp.MustCompile(`^(Dial|Listen|Lookup|Resolve|Interface|File)`).MatchString(name) {
				t.Errorf("%s: net.%s; only %q open connections", at, name, talkers)
			}
		})
	}
}

func ownersOf(importPath string) []string {
	longest, by := -1, []string(nil)
	for begin, rooms := range owners {
		if len(begin) > longest && (importPath == begin || strings.HasPrefix(importPath, begin+"/")) {
			longest, by = len(begin), rooms
		}
	}
	return by
}

// impure are packages that reach out of the process or of the arguments.
var impure = []string{"os", "os/exec", "os/signal", "syscall", "net", "net/http", "crypto/tls", "crypto/rand", "math/rand", "math/rand/v2", "log"}

func TestTheCoreIsPure(t *testing.T) {
	for _, f := range sources(t) {
		if f.test || !slices.Contains(core, f.room) {
			continue
		}
		for _, i := range f.imports {
			if slices.Contains(impure, i) {
				t.Errorf("%s: %s is pure and imports %s", f.path, f.room, i)
			}
		}
		f.uses("log/slog", func(name string, at token.Position) {
			if name != "Value" && name != "StringValue" {
				t.Errorf("%s: slog.%s; the core logs nothing, it only says how its secrets are shown", at, name)
			}
		})
	}
}

// clocks are the places outside the wiring rooms that may look at the clock, and why.
var clocks = map[string]string{
	"internal/inbound/limits.go":    "default of Limits.Now, which bounds the time spent on one mail",
	"internal/store/store.go":       "default of Options.Now",
	"internal/delivery/delivery.go": "age of the connection",
	"internal/delivery/link.go":     "deadlines of the connection",
	"internal/mailbox/backoff.go":   "pause before the next dial",
	"internal/mailbox/conn.go":      "deadlines of the connection",
	"internal/mailbox/session.go":   "age of the connection",
	"internal/mailbox/mailbox.go":   "age of the connection",
}

func TestTimeIsAnArgument(t *testing.T) {
	looked := map[string]bool{}
	for _, f := range sources(t) {
		if f.test || slices.Contains(wires, f.room) {
			continue
		}
		f.uses("time", func(name string, at token.Position) {
			if !slices.Contains([]string{"Now", "Since", "Until"}, name) {
				return
			}
			looked[f.path] = true
			if _, ok := clocks[f.path]; !ok {
				t.Errorf("%s: time.%s; the time is an argument", at, name)
			}
		})
	}
	for path := range clocks {
		if !looked[path] {
			t.Errorf("%s may look at the clock but does not; take it off the list", path)
		}
	}
}
