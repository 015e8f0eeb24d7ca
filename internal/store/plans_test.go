package store

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// grows are the tables that grow with the years. No statement of the program may go through one as a whole, but those
// of goThrough.
var grows = strings.Fields(`actor event event_payload case_row company_key sheet thread message mailbox_uid letter letter_bytes letter_plan attempt
	blob inquiry draft sheet_password kept_password`)

// goThrough begin the statements that may.
var goThrough = []string{
	"SELECT seq, at, hash FROM event ORDER BY seq DESC LIMIT 1", // the last row, by its key
	"SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1",
	"SELECT count(*) FROM (SELECT message, vanished_at FROM mailbox_uid ORDER BY uidvalidity DESC, uid DESC LIMIT ?)", // as many as asked for
	"SELECT kind, recipients FROM letter WHERE id > coalesce((SELECT id FROM letter WHERE created_at < ?",             // backwards from the newest
	"SELECT p.seq FROM event_payload p LEFT JOIN event e",                                                             // audit verify reads everything
	"SELECT number FROM inquiry",
}

// partialIndexes hold only what is unfinished, however large their table is.
var partialIndexes = regexp.MustCompile(`USING (COVERING )?INDEX (letter_due|letter_attempting|letter_held|letter_drafted|letter_report|letter_failed|letter_kept|mailbox_uid_due|case_open|case_open_concierge|draft_watched)\b`)

// plans are the statements that were looked at, of all tests.
var plans struct {
	sync.Mutex
	seen map[string]bool
}

// lookAtPlans reports every statement of the program that a test's store has prepared and that goes through a table that
// grows.
func lookAtPlans(t testing.TB, s *Store) {
	if s.closed || t.Failed() {
		return
	}
	plans.Lock()
	defer plans.Unlock()
	if plans.seen == nil {
		plans.seen = map[string]bool{}
	}
	for _, query := range prepared(s) {
		if plans.seen[query] {
			continue
		}
		plans.seen[query] = true
		if ofTests(t, query) || slices.ContainsFunc(goThrough, func(begin string) bool { return strings.HasPrefix(query, begin) }) {
			continue
		}
		for _, detail := range plan(t, s, query) {
			if scans(query, detail) {
				t.Errorf("%s\n\tin: %s", detail, query)
			}
		}
	}
}

func prepared(s *Store) (queries []string) {
	for _, q := range []*querier{s.w, s.r} {
		q.mu.Lock()
		queries = slices.AppendSeq(queries, maps.Keys(q.m))
		q.mu.Unlock()
	}
	return queries
}

// sources are the texts of the program and of its tests.
var sources = sync.OnceValues(func() (texts [2]string, err error) {
	files, err := filepath.Glob("*.go")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			return texts, err
		}
		if strings.HasSuffix(name, "_test.go") {
			texts[1] += string(b)
		} else {
			texts[0] += string(b)
		}
	}
	return texts, err
})

// ofTests tells whether a statement is one of the tests' own: it stands in their text, and not in the program's.
func ofTests(t testing.TB, query string) bool {
	texts, err := sources()
	if err != nil {
		t.Error(err)
	}
	stands := func(text string) bool {
		return strings.Contains(text, `"`+query+`"`) || strings.Contains(text, "`"+query+"`")
	}
	return stands(texts[1]) && !stands(texts[0])
}

var noPlan = regexp.MustCompile(`^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA)`)

// plan is what EXPLAIN QUERY PLAN says of a statement, nil of one that has no plan.
func plan(t testing.TB, s *Store, query string) (details []string) {
	if noPlan.MatchString(query) {
		return nil
	}
	args := make([]any, strings.Count(query, "?"))
	for i := range args {
		args[i] = 0
	}
	rows, err := s.rdb.Query("EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Errorf("%s: %v", query, err)
		return nil
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Error(err)
		}
		details = append(details, detail)
	}
	if err := rows.Err(); err != nil {
		t.Error(err)
	}
	return details
}

var (
	named   = regexp.MustCompile(`(?:FROM|JOIN|INTO|UPDATE|,)\s+(\w+)(?:\s+(?:AS\s+)?([a-z]\w?)\b)?`)
	scanned = regexp.MustCompile(`^SCAN (\w+)`)
)

// scans tells whether a line of a statement's plan goes through a table that grows, under its name or its alias.
func scans(query, detail string) bool {
	m := scanned.FindStringSubmatch(detail)
	if m == nil || partialIndexes.MatchString(detail) {
		return false
	}
	for _, n := range named.FindAllStringSubmatch(query, -1) {
		if (n[1] == m[1] || n[2] == m[1]) && slices.Contains(grows, n[1]) {
			return true
		}
	}
	return false
}

func TestAScanIsSeenUnderAnAlias(t *testing.T) {
	for query, detail := range map[string]string{
		"SELECT k.message FROM locked_mail k JOIN message m ON m.id = k.message ORDER BY m.id": "SCAN m",
		"SELECT id FROM letter WHERE state = 'held' ORDER BY id":                               "SCAN letter",
		"SELECT a, (SELECT u.uid FROM mailbox_uid u WHERE u.message = 1) FROM setting":         "SCAN u",
	} {
		if !scans(query, detail) {
			t.Errorf("%s is not seen in %s", detail, query)
		}
	}
	for query, detail := range map[string]string{
		"SELECT k.message FROM locked_mail k JOIN message m ON m.id = k.message": "SCAN k",
		"SELECT id FROM letter WHERE state = 'held'":                             "SEARCH letter USING INDEX letter_held (next_at<?)",
		"SELECT case_id FROM case_row WHERE open = 1":                            "SCAN case_row USING INDEX case_open",
	} {
		if scans(query, detail) {
			t.Errorf("%s is seen in %s", detail, query)
		}
	}
}
