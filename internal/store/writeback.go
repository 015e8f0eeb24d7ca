package store

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
)

// The write-ahead log is written back
//
//   - at rest and after erasures (Sweep), as a whole, so that the file is empty afterwards;
//   - beside the writer, over a connection of its own, each time it has grown by walStep: so a mail that comes alone
//     never waits until megabytes of a backlog are copied. Once all is copied SQLite begins the log anew;
//   - as a whole when it is longer than walBytes all the same, as under a long backlog.
const (
	walBytes = 64 << 20
	walStep  = 8 << 20
	// walRounds bounds how often one writing back follows the writer.
	walRounds = 4
)

// trimLog sees to it that the log does not grow without end; the caller holds mu. Under an open reader the whole is
// tried again 16 MiB later.
func (s *Store) trimLog() {
	info, err := os.Stat(s.path + "-wal")
	if err != nil {
		return
	}
	size := info.Size()
	switch {
	case size >= s.walMark:
		s.walMark, s.walNext = walBytes, walStep
		if err := s.checkpoint(); err != nil {
			s.walMark = size + walBytes/4
			s.opt.Log.Warn("checkpoint", "wal_bytes", size, "error", err.Error())
		}
	case size < s.walNext-walStep: // begun anew
		s.walNext = walStep
	case size >= s.walNext && s.backing.TryLock():
		s.walNext = size + walStep
		go func() {
			defer s.backing.Unlock()
			if err := writeBack(s.path); err != nil {
				s.opt.Log.Warn("write the log back beside the writer", "wal_bytes", size, "error", err.Error())
			}
		}()
	}
}

// writeBack copies what the log holds into the database and waits for nobody: what the writer adds meanwhile is copied
// in another round, what a reader still needs stays.
func writeBack(path string) (err error) {
	db, err := sql.Open("sqlite", dsn(path, "rw", readerCacheKiB))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for range walRounds {
		var busy, log, done int
		if err := db.QueryRow("PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &log, &done); err != nil {
			return err
		}
		if busy != 0 || log == done {
			return nil
		}
	}
	return nil
}

// BusyError tells that a checkpoint could not finish under an open reader: SQLite says so without an error.
type BusyError struct{ Log, Done int }

func (e *BusyError) Error() string {
	return fmt.Sprintf("checkpoint: a reader is open (%d of %d pages written back)", e.Done, e.Log)
}

// checkpoint writes the whole log back and empties it; the caller holds mu.
func (s *Store) checkpoint() error {
	s.backing.Lock() // two at once would be refused
	defer s.backing.Unlock()
	var busy int
	var e BusyError
	if _, err := s.w.one("PRAGMA wal_checkpoint(TRUNCATE)", nil, &busy, &e.Log, &e.Done); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if busy != 0 {
		return &e
	}
	return nil
}
