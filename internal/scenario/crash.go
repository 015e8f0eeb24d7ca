package scenario

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// errCrash cuts a connection of the process that has crashed.
var errCrash = errors.New("the process has crashed")

// CrashAt lets the process crash at the nth passing of a step from now on: db.… of the database, imap.… and smtp.… of
// the servers, see packages store and mailserver.
func (w *World) CrashAt(step string, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.step, w.nth = step, w.counts[step]+n
}

// Steps are the steps passed so far with their numbers, in the order of their first passing.
func (w *World) Steps() (names []string, counts map[string]int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	counts = map[string]int{}
	for k, v := range w.counts {
		counts[k] = v
	}
	return append(names, w.order...), counts
}

// pass counts a step and tells whether the process dies at it, or is dead.
func (w *World) pass(step string) (dies, dead bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return false, true
	}
	if w.counts[step] == 0 {
		w.order = append(w.order, step)
	}
	w.counts[step]++
	if step == w.step && w.counts[step] == w.nth {
		return true, false
	}
	return false, false
}

// storeStep is called by the writer of the database. The writer lock keeps a crash elsewhere from copying the files
// while a page is half written: a power cut may do that to a disk, a dying process may not.
func (w *World) storeStep(step string) {
	switch step {
	case "db.end":
		w.writer.RUnlock()
		return
	case "db.begin":
		w.writer.RLock()
	}
	dies, dead := w.pass(step)
	if dies {
		w.snapshot()
	}
	if dies || dead {
		runtime.Goexit() // nothing of this process comes back
	}
}

// serverStep is called by the mail server at each step of a conversation.
func (w *World) serverStep(step string) error {
	dies, dead := w.pass(step)
	if dies {
		w.writer.Lock()
		w.snapshot()
		w.writer.Unlock()
	}
	if dies || dead {
		return errCrash
	}
	return nil
}

// snapshot copies the data folder as it lies on the disk and declares the process dead.
func (w *World) snapshot() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return
	}
	to := filepath.Join(w.root, "data-"+strconv.Itoa(w.boots))
	if err := copyTree(w.dir, to); err != nil {
		w.t.Errorf("copy the data folder: %v", err)
	}
	w.dead, w.copied = true, to
	w.kill()
}

func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		if strings.HasSuffix(rel, "-shm") { // memory that processes share; it dies with them
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), b, 0o600)
	})
}

func (w *World) crashed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dead
}

// restart abandons the dead process and starts a new one on what it left behind.
func (w *World) restart() {
	w.t.Helper()
	w.server.Disconnect()
	if err := w.office.Abandon(); err != nil {
		w.t.Logf("the dead process ended with: %v", err)
	}
	w.mu.Lock()
	w.dead, w.dir, w.step = false, w.copied, ""
	w.mu.Unlock()
	w.boot()
}
