package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"
)

// preparer is a *sql.Conn (the writer) or a *sql.DB (readers).
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// querier runs statements, each prepared once. Contexts with a Done channel cost the driver a goroutine for each
// statement, and an interrupt would leave a transaction half done: so statements run without, and callers look at
// their context between mails.
type querier struct {
	on preparer
	mu sync.Mutex
	m  map[string]*sql.Stmt
}

func newQuerier(on preparer) *querier { return &querier{on: on, m: map[string]*sql.Stmt{}} }

func (q *querier) stmt(query string) (*sql.Stmt, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if s, ok := q.m[query]; ok {
		return s, nil
	}
	s, err := q.on.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", query, err)
	}
	q.m[query] = s
	return s, nil
}

func (q *querier) close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	var errs []error
	for _, s := range q.m {
		errs = append(errs, s.Close())
	}
	clear(q.m)
	return errors.Join(errs...)
}

// exec runs a statement and returns how many rows it changed.
func (q *querier) exec(query string, args ...any) (int64, error) {
	s, err := q.stmt(query)
	if err != nil {
		return 0, err
	}
	r, err := s.Exec(args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// insert runs an INSERT and returns the new row's id.
func (q *querier) insert(query string, args ...any) (int64, error) {
	s, err := q.stmt(query)
	if err != nil {
		return 0, err
	}
	r, err := s.Exec(args...)
	if err != nil {
		return 0, err
	}
	return r.LastInsertId()
}

// one scans the first row of a query; false when there is none.
func (q *querier) one(query string, args []any, dest ...any) (bool, error) {
	s, err := q.stmt(query)
	if err != nil {
		return false, err
	}
	switch err := s.QueryRow(args...).Scan(dest...); {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, err
	}
	return true, nil
}

// each calls row for each row of a query.
func (q *querier) each(query string, args []any, row func(scan func(...any) error) error) error {
	s, err := q.stmt(query)
	if err != nil {
		return err
	}
	rows, err := s.Query(args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Times in the database are UTC milliseconds.
func millis(t time.Time) int64 { return t.UnixMilli() }

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// optional makes NULL of a zero id or an empty text.
func optional[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
