package scenario

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"uketsuke/internal/demo"
	"uketsuke/internal/store"
)

// State is the world's end state as people and the database see it: what must be the same whether a process crashed
// on the way or not.
func (w *World) State() string {
	w.t.Helper()
	var b strings.Builder
	w.casesState(&b)
	w.foldersState(&b)
	w.lettersState(&b)
	return b.String()
}

func (w *World) reader() *store.Reader {
	w.t.Helper()
	r, err := store.OpenReader(context.Background(), filepath.Join(w.dir, "uketsuke.db"))
	if err != nil {
		w.t.Fatalf("open the database for reading: %v", err)
	}
	return r
}

func (w *World) casesState(b *strings.Builder) {
	w.t.Helper()
	r := w.reader()
	defer r.Close()
	cases, err := r.Cases(context.Background(), store.Filter{Limit: math.MaxInt32})
	if err != nil {
		w.t.Fatalf("list the cases: %v", err)
	}
	slices.Reverse(cases)
	for _, c := range cases {
		fmt.Fprintf(b, "case %s %s %s %s %s %s v%d\n", c.Receipt, c.Registration, c.Member, c.Stage, c.Agency, c.Concierge, c.Version)
		d, err := r.Case(context.Background(), c.Receipt)
		if err != nil {
			w.t.Fatalf("read case %s: %v", c.Receipt, err)
		}
		for _, t := range d.Timeline {
			fmt.Fprintf(b, "  event %s %s\n", t.Kind, t.Mail)
		}
	}
	if open, err := r.Outbox(context.Background()); err != nil || len(open) > 0 {
		w.t.Errorf("the outbox is not empty: %d letters, %v", len(open), err)
	}
	if rep, err := r.Verify(context.Background()); err != nil || !rep.OK() {
		w.t.Errorf("the audit fails: %v %v", rep.Problems, err)
	}
}

// foldersState lists every folder's mails by Message-ID.
func (w *World) foldersState(b *strings.Builder) {
	for _, folder := range w.server.Mailboxes(demo.OfficeUser) {
		var ids []string
		for _, m := range w.server.Messages(demo.OfficeUser, folder) {
			ids = append(ids, m.MessageID)
		}
		slices.Sort(ids)
		for _, id := range ids {
			fmt.Fprintf(b, "folder %s %s\n", folder, id)
		}
	}
}

// lettersState lists what the outside got. A second copy of a letter is allowed, but only byte for byte the same
// (qualities.md, Loss 3): it counts once.
func (w *World) lettersState(b *strings.Builder) {
	w.t.Helper()
	bytes := map[string][32]byte{}
	var lines []string
	for _, m := range w.server.Messages(demo.Outside, "INBOX") {
		raw, err := w.server.Read(demo.Outside, "INBOX", m.UID)
		if err != nil {
			w.t.Fatalf("read letter %d: %v", m.UID, err)
		}
		sum := sha256.Sum256(raw)
		if was, again := bytes[m.MessageID]; again {
			if was != sum {
				w.t.Errorf("letter %s came twice with different bytes", m.MessageID)
			}
			continue
		}
		bytes[m.MessageID] = sum
		lines = append(lines, fmt.Sprintf("letter %s %s", strings.Join(m.EnvelopeTo, ","), w.letter(m.UID).Subject))
	}
	for _, l := range lines {
		fmt.Fprintln(b, l)
	}
}

// Copies counts the letters that the outside got, second copies included.
func (w *World) Copies() int { return len(w.server.Messages(demo.Outside, "INBOX")) }
