package scenario

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"uketsuke/internal/demo"
	"uketsuke/internal/store"
)

// errCrash cuts a connection of the process that has crashed.
var errCrash = errors.New("the process has crashed")

// Point is a moment at which a process crashes: the Nth passing of a step, counted from the world's beginning. Steps
// are db.… of the database, imap.… and smtp.… of the servers, see packages store and mailserver.
type Point struct {
	Step string
	Nth  int
}

// CrashAt lets the process crash at the nth passing of a step from now on.
func (w *World) CrashAt(step string, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.crash = Point{step, w.counts[step] + n}
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
	if step == w.crash.Step && w.counts[step] == w.crash.Nth {
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
	w.mu.Lock()
	answer := w.answer
	w.mu.Unlock()
	if answer != nil {
		return answer(step)
	}
	return nil
}

// Server lets a test answer for the mail server at its steps: a mailserver.Reply is said, any other error cuts the
// connection, nil goes on; a nil function is a server in good health.
func (w *World) Server(answer func(step string) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = answer
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
	if w.office != nil {
		if err := w.office.Abandon(); err != nil {
			w.t.Logf("the dead process ended with: %v", err)
		}
	}
	w.revive()
	w.boot()
}

// Restart ends the running process in good order and starts another on its data folder.
func (w *World) Restart() {
	w.t.Helper()
	if err := w.office.Close(); err != nil {
		w.t.Fatalf("close the office: %v", err)
	}
	w.boot()
}

// revive makes what the dead process left behind the data folder of the next one.
func (w *World) revive() {
	w.checkAttempts(w.copied, "after the crash at "+w.crash.Step)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead, w.dir, w.crash, w.office = false, w.copied, Point{}, nil
}

// checkAttempts holds the outbox to its order: every copy of a letter that the server has stored stands behind an
// attempt that the database of this data folder has recorded (trust.md S4). What lacks one is noted in w.unrecorded.
func (w *World) checkAttempts(dir, when string) {
	w.t.Helper()
	stored := map[string]int{}
	for _, m := range w.server.Messages(demo.Outside, "INBOX") {
		stored[m.MessageID]++
	}
	if len(stored) == 0 {
		return
	}
	recorded, err := attempts(dir)
	if err != nil {
		w.t.Errorf("%s: read the attempts: %v", when, err)
	}
	for id, n := range stored {
		if recorded[id] < n {
			w.unrecorded = append(w.unrecorded, fmt.Sprintf("%s: the server has %d copies of letter %s, the database knows of %d attempts", when, n, id, recorded[id]))
		}
	}
}

// attempts counts the recorded attempts of each letter, by Message-ID in angle brackets.
func attempts(dir string) (map[string]int, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, store.FileName)+"?mode=ro")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.Query("SELECT l.message_id, count(a.id) FROM letter l LEFT JOIN attempt a ON a.letter_id = l.id GROUP BY l.id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var id string
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			return nil, err
		}
		out["<"+strings.Trim(id, "<>")+">"] = n
	}
	return out, rows.Err()
}
