package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"uketsuke/internal/casework"
)

// Drafts are what differs from Mode: who and which letters. The names are those that `uketsuke letters` prints.
type Drafts struct {
	OwnPeople bool     `toml:"own_people"` // with ModeDraft: letters to the office's clerks and concierges leave
	Live      []string `toml:"live"`       // with ModeDraft: letters that leave
	Wait      []string `toml:"wait"`       // with ModeLive: letters that wait
	// DeletedAfter is how long a draft may be in neither folder: mail programs that edit or send one take it away first.
	DeletedAfter time.Duration `toml:"deleted_after"`
}

// Drafting says which letters wait in the Drafts folder.
func (c *Config) Drafting() casework.Drafting {
	kinds := func(names []string) (out []casework.LetterKind) {
		for _, n := range names {
			out = append(out, casework.LetterKind(n))
		}
		return out
	}
	return casework.Drafting{Draft: c.Mode == ModeDraft, OwnPeople: c.Drafts.OwnPeople, Live: kinds(c.Drafts.Live), Wait: kinds(c.Drafts.Wait)}
}

// drafts checks what differs from the mode: settings of the other mode would do nothing, and be missed.
func (l *loader) drafts() {
	d := l.config.Drafts
	names := func(field string, list []string, with Mode) {
		for i, n := range list {
			at := fmt.Sprintf("%s[%d]", field, i)
			switch kind := casework.LetterKind(n); {
			case casework.LetterName(kind) == "":
				l.fault(at, n, "is no kind of letter; use one that `uketsuke letters` prints, such as registered, without the suffix of a further form")
			case slices.Contains(list[:i], n):
				l.fault(at, n, "stands in the list before; take it out")
			case slices.Contains(casework.NeverDrafted, kind):
				l.fault(at, n, "never waits in Drafts; take it out")
			}
		}
		if len(list) > 0 && l.config.Mode != with {
			l.fault(field, strings.Join(list, ", "), "counts only with mode = %q; take it out, or change the mode", with)
		}
	}
	names("drafts.live", d.Live, ModeDraft)
	names("drafts.wait", d.Wait, ModeLive)
	if after := d.DeletedAfter; (after < time.Second || after > 7*24*time.Hour) && l.found.ok("drafts.deleted_after") {
		l.fault("drafts.deleted_after", after.String(), `must be from "1s" to "168h"`)
	}
	if d.OwnPeople && l.config.Mode != ModeDraft {
		l.fault("drafts.own_people", "true", "counts only with mode = %q; take it out, or change the mode", ModeDraft)
	}
}
