package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A fresh database and the oldest form after all migrations must be the same. testdata/schema-v1.sql never changes.
func TestAMigratedDatabaseEqualsAFreshOne(t *testing.T) {
	oldest, err := os.ReadFile("testdata/schema-v1.sql")
	if err != nil {
		t.Fatal(err)
	}
	if *update && len(migrations) == 0 {
		if err := os.WriteFile("testdata/schema-v1.sql", []byte(schema), 0o644); err != nil {
			t.Fatal(err)
		}
		oldest = []byte(schema)
	}
	fresh := tables(t, open(t, t.TempDir()))
	path := filepath.Join(t.TempDir(), "old.db")
	old := openRaw(t, path)
	if err := migrate(context.Background(), old.conn, path, string(oldest), nil); err != nil {
		t.Fatal(err)
	}
	if err := migrate(context.Background(), old.conn, path, schema, migrations); err != nil {
		t.Fatal(err)
	}
	if got := tables(t, old); got != fresh {
		t.Errorf("migrated:\n%s\nfresh:\n%s", got, fresh)
	}
}

// openRaw opens a database file without migrating it.
func openRaw(t *testing.T, path string) *Store {
	t.Helper()
	s := &Store{path: path, opt: Options{Step: func(string) {}}}
	s.notes.clear()
	if err := touch(path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.shut() })
	if err := s.connect(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}

var comment = regexp.MustCompile(`--[^\n]*`)

func tables(t *testing.T, s *Store) string {
	t.Helper()
	var out []string
	err := s.w.each("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name", nil, func(scan func(...any) error) error {
		var q string
		err := scan(&q)
		out = append(out, strings.Join(strings.Fields(comment.ReplaceAllString(q, "")), " "))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, "\n")
}

func TestEveryTableIsStrictAndEveryColumnDocumented(t *testing.T) {
	s := open(t, t.TempDir())
	err := s.w.each("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'", nil, func(scan func(...any) error) error {
		var name string
		var strict bool
		err := scan(&name, &strict)
		if !strict {
			t.Errorf("table %s is not STRICT", name)
		}
		if !regexp.MustCompile(`(?m)^--[^\n]+\nCREATE TABLE ` + name + ` \(`).MatchString(schema) {
			t.Errorf("table %s has no comment before it", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMigrationsRunOnceBehindASnapshot(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s := open(t, dir)
	handle(t, s, mail(1, "灘酒造"))
	steps := append(slices.Clone(migrations), "CREATE TABLE extra (id INTEGER PRIMARY KEY) STRICT", "INSERT INTO extra VALUES (1)")
	newest := fmt.Sprint(len(steps) + 1)
	for range 2 {
		if err := migrate(ctx, s.conn, s.path, schema, steps); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, s, "SELECT count(*) FROM extra"); n != 1 {
		t.Errorf("a step ran %d times", n)
	}
	if _, err := os.Stat(s.path + ".before-v" + newest); err != nil {
		t.Error("no snapshot:", err)
	}
	old, err := OpenReader(ctx, s.path+".before-v"+newest)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	if rows, err := old.Cases(ctx, Filter{}); err != nil || len(rows) != 1 {
		t.Error("the snapshot is not whole:", rows, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var newer *NewerError
	if _, err := Open(ctx, Options{Dir: dir, Lookup: testKey}); !errors.As(err, &newer) || newer.Have != newest {
		t.Errorf("a newer database: %v", err)
	}
	if _, err := OpenReader(ctx, filepath.Join(dir, FileName)); !errors.As(err, &newer) {
		t.Errorf("a newer database, read: %v", err)
	}
}

func TestAFailedMigrationChangesNothing(t *testing.T) {
	s := open(t, t.TempDir())
	before := tables(t, s)
	err := migrate(context.Background(), s.conn, s.path, schema,
		append(slices.Clone(migrations), "CREATE TABLE extra (id INTEGER); SELECT nonsense FROM nowhere"))
	if err == nil || tables(t, s) != before {
		t.Errorf("%v", err)
	}
	var version int
	if _, err := s.w.one("PRAGMA user_version", nil, &version); err != nil || version != len(migrations)+1 {
		t.Error(version, err)
	}
}

func TestFilesThatAreNotOursAreRefused(t *testing.T) {
	dir := t.TempDir()
	foreign := openRaw(t, filepath.Join(dir, FileName))
	meddle(t, foreign, "CREATE TABLE other (id INTEGER)")
	if err := foreign.shut(); err != nil {
		t.Fatal(err)
	}
	var f *ForeignError
	if _, err := Open(context.Background(), Options{Dir: dir, Lookup: testKey}); !errors.As(err, &f) {
		t.Errorf("got %v", err)
	}
	if _, err := OpenReader(context.Background(), filepath.Join(dir, FileName)); !errors.As(err, &f) {
		t.Errorf("got %v", err)
	}
	if _, err := OpenReader(context.Background(), filepath.Join(dir, "absent.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "absent.db")); err == nil {
		t.Error("a reader made a database")
	}
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenReader(context.Background(), text); err == nil {
		t.Error("a text file was opened")
	}
}

func TestNobodyElseMayReadTheFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := open(t, dir)
	handle(t, s, mail(1, "灘酒造"))
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", filepath.Base(path), info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestANewDatabaseHasLargePagesAndAnOlderOneKeepsItsOwn(t *testing.T) {
	for _, c := range []struct {
		before string // what makes the database before it is opened
		want   int
	}{{"", pageBytes}, {"PRAGMA page_size = 4096; CREATE TABLE t (a); DROP TABLE t", 4096}} {
		dir := t.TempDir()
		if c.before != "" {
			db, err := sql.Open("sqlite", filepath.Join(dir, FileName))
			if err != nil {
				t.Fatal(err)
			}
			if _, err = db.Exec(c.before); errors.Join(err, db.Close()) != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // made, and opened again
			s := open(t, dir)
			var got int
			if err := s.conn.QueryRowContext(t.Context(), "PRAGMA page_size").Scan(&got); err != nil || got != c.want {
				t.Errorf("pages of %d bytes, error %v; want %d", got, err, c.want)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
