package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// FileName is the database's name in the data folder.
const FileName = "uketsuke.db"

const (
	inlineBytes    = 1 << 20 // larger bytes stand in files beside the database
	readers        = 4
	busyMillis     = 10_000
	pageBytes      = 8 << 10
	writerCacheKiB = 8 << 10
	readerCacheKiB = 2 << 10
)

// Options says where the database is and what it needs from outside.
type Options struct {
	Dir string // the data folder; made if it is not there (0700)

	// Lookup is the keyed hash by which values of people are found again. Kinds: "message" (content hash),
	// "message-id", "company", "sheet", "address", "word". Must be the same function for a database's whole life.
	Lookup func(kind, value string) [32]byte

	// Seal and Open keep what must not stand readable in the database or its backups: passwords of referrals until they
	// were sent. nil: a letter that needs them is refused.
	Seal, Open func([]byte) ([]byte, error)

	// Step is a test's hook on the writer: "db.begin", "db.commit.before", "db.commit.after", "db.blob.before",
	// "db.blob.after" (files of large mails). A panic in it abandons the transaction, as a crash would. nil: none.
	Step func(name string)

	// Readers is how many connections read; 0: 4. Tests open one: a question that is asked while another's rows are still
	// open, which would wait for ever once all connections are held so, then waits at the first try.
	Readers int

	KeepBytes time.Duration // how long bytes of accepted letters are kept, see Idle; 0: for ever

	Log  *slog.Logger     // nil: nothing is logged
	Now  func() time.Time // nil: time.Now
	Rand io.Reader        // salts of events; nil: crypto/rand
}

// Store is the open database. Its methods may be called from several goroutines; writers wait for each other.
type Store struct {
	glance
	opt  Options
	path string
	wdb  *sql.DB // of one connection
	conn *sql.Conn
	w    *querier // on conn; guarded by mu
	rdb  *sql.DB
	r    *querier

	mu      sync.Mutex // the writer
	notes   notes
	small   smallWrites
	fresh   fresh
	commits atomic.Uint64
	walMark int64      // above this length the log is written back as a whole
	walNext int64      // and above this one beside the writer
	backing sync.Mutex // held while the log is written back
	closed  bool
}

// ErrClosed is returned by every method after Close.
var ErrClosed = errors.New("the database is closed")

// Open opens the database in opt.Dir, makes it if there is none, and migrates an older one (see migrate).
// Errors: *NewerError, *ForeignError, or what the file system or SQLite said.
func Open(ctx context.Context, opt Options) (*Store, error) {
	if opt.Lookup == nil {
		return nil, errors.New("store.Options.Lookup is missing: pass the keyed hash of package seal")
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Readers == 0 {
		opt.Readers = readers
	}
	if opt.Rand == nil {
		opt.Rand = rand.Reader
	}
	if opt.Step == nil {
		opt.Step = func(string) {}
	}
	if err := os.MkdirAll(opt.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	s := &Store{opt: opt, path: filepath.Join(opt.Dir, FileName), walMark: walBytes, walNext: walStep}
	s.notes.clear()
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.shut())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	if err := touch(s.path); err != nil {
		return fmt.Errorf("make the database file: %w", err)
	}
	if err := setPageSize(ctx, s.path); err != nil {
		return fmt.Errorf("set the page size of a new database: %w", err)
	}
	if err := s.connect(ctx); err != nil {
		return err
	}
	return migrate(ctx, s.conn, s.path, schema, migrations)
}

// connect opens the writer's connection and the readers'.
func (s *Store) connect(ctx context.Context) (err error) {
	if s.wdb, err = sql.Open("sqlite", dsn(s.path, "rw", writerCacheKiB)); err != nil {
		return fmt.Errorf("open %s: %w", s.path, err)
	}
	s.wdb.SetMaxOpenConns(1)
	if s.conn, err = s.wdb.Conn(ctx); err != nil {
		return fmt.Errorf("open %s: %w", s.path, err)
	}
	s.w = newQuerier(s.conn)
	if s.rdb, err = openReaders(s.path, s.opt.Readers); err != nil {
		return err
	}
	s.r = newQuerier(s.rdb)
	s.glance = glance{lookup{q: s.r}}
	return nil
}

// setPageSize makes an empty file a database of pageBytes, which it stays: what comes in and goes out is some hundred
// kilobytes a mail, and SQLite's work for it goes by the page.
func setPageSize(ctx context.Context, path string) error {
	if info, err := os.Stat(path); err != nil || info.Size() > 0 {
		return err
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: path,
		RawQuery: url.Values{"_pragma": {fmt.Sprintf("page_size(%d)", pageBytes), "synchronous(FULL)"}}.Encode()}).String())
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM")
	return errors.Join(err, db.Close())
}

func openReaders(path string, conns int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(path, "ro", readerCacheKiB))
	if err != nil {
		return nil, fmt.Errorf("open %s for reading: %w", path, err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// dsn puts every PRAGMA into the connection string: one that is run through the pool reaches one connection only.
func dsn(path, mode string, cacheKiB int) string {
	v := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busyMillis), "foreign_keys(1)", "synchronous(FULL)", "secure_delete(1)",
		fmt.Sprintf("cache_size(-%d)", cacheKiB),
	}}
	if mode == "ro" {
		v.Set("mode", "ro")
		v.Add("_pragma", "query_only(1)")
	} else {
		v.Set("mode", "rw")
		v.Set("_txlock", "immediate")
		v.Add("_pragma", "journal_mode(WAL)")
		v.Add("_pragma", "wal_autocheckpoint(0)") // see trimLog
		v.Add("_pragma", "journal_size_limit(0)") // a log that is begun anew is as long as what it holds
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: v.Encode()}).String()
}

// Close writes the notes that are still open and closes the database.
func (s *Store) Close() error {
	err := s.Flush(context.Background())
	if errors.Is(err, ErrClosed) {
		return nil
	}
	return errors.Join(err, s.shut())
}

// Abandon closes the database without writing the open notes, as a crash would leave it. For tests of crashes.
func (s *Store) Abandon() error { return s.shut() }

func (s *Store) shut() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.backing.Lock() // what is written back beside ends first
	defer s.backing.Unlock()
	var errs []error
	if s.r != nil {
		errs = append(errs, s.r.close())
	}
	if s.rdb != nil {
		errs = append(errs, s.rdb.Close())
	}
	if s.w != nil {
		errs = append(errs, s.w.close())
	}
	if s.conn != nil {
		errs = append(errs, s.conn.Close())
	}
	if s.wdb != nil {
		errs = append(errs, s.wdb.Close())
	}
	return errors.Join(errs...)
}

// Path is the database file.
func (s *Store) Path() string { return s.path }

// Commits tells how many transactions the writer has committed so far.
func (s *Store) Commits() uint64 { return s.commits.Load() }

// key is the first half of the keyed hash of a value.
func (s *Store) key(kind, value string) []byte { return halfKey(s.opt.Lookup, kind, value) }

func halfKey(lookup func(kind, value string) [32]byte, kind, value string) []byte {
	h := lookup(kind, value)
	return h[:16]
}
