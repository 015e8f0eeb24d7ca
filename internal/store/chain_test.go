package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"uketsuke/internal/casework"
)

func TestVerifyFindsWhatWasMeddledWith(t *testing.T) {
	for name, c := range map[string]struct{ change, want string }{
		"a payload changed":         {"UPDATE event_payload SET data = replace(data, 'みなと', 'はま') WHERE seq = 2", "event 2: its payload was changed"},
		"a salt changed":            {"UPDATE event_payload SET salt = x'00' WHERE seq = 2", "event 2: its payload was changed"},
		"a payload deleted":         {"DELETE FROM event_payload WHERE seq = 2", "event 2: its payload is missing"},
		"a row's kind changed":      {"UPDATE event SET kind = 'note-added' WHERE seq = 3", "event 3: its row was changed"},
		"a row's case changed":      {"UPDATE event SET case_id = 1 WHERE seq = 3", "event 3: its row was changed"},
		"a row's time changed":      {"UPDATE event SET at = at - 1 WHERE seq = 3", "event 3: its row was changed"},
		"a row's actor changed":     {"UPDATE event SET actor_id = 1 WHERE seq = 3", "event 3: its row was changed"},
		"a row's hash recalculated": {"UPDATE event SET hash = zeroblob(32) WHERE seq = 3", "event 4: it does not follow the event before it"},
		"an actor deleted":          {"DELETE FROM actor WHERE id = 2", "event 3: its actor 2 is missing"},
		"an event deleted":          {"PRAGMA foreign_keys=0; DELETE FROM event_payload WHERE seq = 3; DELETE FROM event WHERE seq = 3", "event 4: the events between 2 and it are missing"},
		"only an event's row gone":  {"PRAGMA foreign_keys=0; DELETE FROM event WHERE seq = 6", "event 6: its row is missing"},
		"the newest event deleted":  {"PRAGMA foreign_keys=0; DELETE FROM event_payload WHERE seq = 6; DELETE FROM event WHERE seq = 6", "case 3: its row is not the fold"},
		"a projection changed":      {"UPDATE case_row SET stage = 'consulting' WHERE id = 2", "case 2: its row is not the fold"},
		"a company renamed":         {"UPDATE case_row SET company = 'x' WHERE id = 2", "case 2: its row is not the fold"},
		"a counter changed":         {"UPDATE counter SET n = n + 1 WHERE name = 'load/sato'", "counter load/sato is 4, the cases say 3"},
		"a counter too many":        {"INSERT INTO counter VALUES ('load/x', 1)", "counter load/x is 1, the cases say 0"},
		"a number skipped":          {"UPDATE series SET last = 4 WHERE name = 'registration'", "series registration of 2026 stands at 4, but 3 of its numbers"},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, t.TempDir())
			handle(t, s, mail(1, "灘酒造"))
			handle(t, s, mail(2, "六甲"), mail(3, "摩耶"))
			mustVerify(t, s)
			meddle(t, s, c.change)
			r := verified(t, s)
			if !strings.Contains(strings.Join(r.Problems, "\n"), c.want) {
				t.Errorf("found %q, want %q", r.Problems, c.want)
			}
		})
	}
}

func TestVerifyHoldsInquiryNumbersAgainstTheirSeries(t *testing.T) {
	s := open(t, t.TempDir())
	handle(t, s, mail(1, "灘酒造"))
	handleWith(t, s, func(l Lookup, _ Inbound) (casework.Outcome, error) {
		n, err := l.Numbers(monday)
		n.Inquiry++
		return casework.Outcome{Result: casework.ResultDone, Cases: []int64{1}, Numbers: n, Events: []casework.Event{{Case: 1, At: monday,
			Actor: testActor, Payload: &casework.Inquired{Support: "Q26-00001", Agency: "HYOGO", AgencyName: "兵庫商工会議所"}}}}, err
	}, frozen, mail(2, "打診"))
	mustVerify(t, s)
	meddle(t, s, "UPDATE series SET last = 2 WHERE name = 'inquiry'")
	if r := verified(t, s); len(r.Problems) != 1 || r.Problems[0] != "series inquiry of 2026 stands at 2, but 1 of its numbers are in use" {
		t.Errorf("found %q", r.Problems)
	}
}

// erase does what a later erasure will: payload, salt and actor go, an erased event lists them.
func erase(t *testing.T, s *Store, seqs, actors []int64) {
	t.Helper()
	p := erasedPayload{Actors: actors}
	err := s.write(context.Background(), func(tx *tx) error {
		for _, seq := range seqs {
			var c []byte
			if _, err := tx.q.one("SELECT commitment FROM event WHERE seq = ?", []any{seq}, &c); err != nil {
				return err
			}
			p.Commitments = append(p.Commitments, hex.EncodeToString(c))
			if _, err := tx.q.exec("DELETE FROM event_payload WHERE seq = ?", seq); err != nil {
				return err
			}
		}
		for _, id := range actors {
			if _, err := tx.q.exec("DELETE FROM actor WHERE id = ?", id); err != nil {
				return err
			}
		}
		data, err := json.Marshal(p)
		if err != nil {
			return err
		}
		_, _, err = tx.append(0, kindErased, 1, monday, 0, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestVerifyAcceptsListedAbsencesOnly(t *testing.T) {
	s := open(t, t.TempDir())
	handle(t, s, mail(1, "灘酒造"), mail(2, "六甲"))
	erase(t, s, []int64{1}, []int64{1})
	if r := verified(t, s); !r.OK() || r.Erased != 1 {
		t.Fatalf("%+v", r)
	}
	c, err := lookup{q: s.r, key: s.key}.Case(1)
	if err != nil || c.Events != 2 || c.Stage != casework.StageRegistered || c.Entry.Company.Name != "" {
		t.Errorf("the fold does not skip what was erased: %+v, %v", c, err)
	}
	meddle(t, s, "DELETE FROM event_payload WHERE seq = 3")
	if r := verified(t, s); r.OK() {
		t.Error("an absence that nothing lists is accepted")
	}
	meddle(t, s, "DELETE FROM event_payload WHERE seq = 5")
	if r := verified(t, s); len(r.Problems) < 3 {
		t.Errorf("without the erased event's own payload: %q", r.Problems)
	}
}

func TestVerifyRefusesAListOfWhatIsStillThere(t *testing.T) {
	s := open(t, t.TempDir())
	handle(t, s, mail(1, "灘酒造"))
	err := s.write(context.Background(), func(tx *tx) error {
		_, _, err := tx.append(0, kindErased, 1, monday, 0, []byte(`{"commitments":["`+strings.Repeat("00", 32)+`"],"actors":[1]}`))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if r := verified(t, s); len(r.Problems) != 2 {
		t.Errorf("%q", r.Problems)
	}
}

func TestErasedActorsIDsAreNotUsedAgain(t *testing.T) {
	s := open(t, t.TempDir())
	handle(t, s, mail(1, "灘酒造"))
	erase(t, s, nil, []int64{1})
	handle(t, s, mail(2, "六甲"))
	mustVerify(t, s)
}

func TestNoPersonStandsInAChainedColumn(t *testing.T) {
	s := open(t, t.TempDir())
	handle(t, s, mail(1, "灘酒造"))
	var all string
	err := s.r.each("SELECT * FROM event", nil, func(scan func(...any) error) error {
		cols := make([]any, 9)
		for i := range cols {
			cols[i] = new(any)
		}
		err := scan(cols...)
		for _, c := range cols {
			all += fmt.Sprintf("%s|", *c.(*any))
		}
		return err
	})
	if err != nil || all == "" {
		t.Fatal(err)
	}
	for _, value := range []string{"灘", "tanaka", "minato", "MINATO", "E26", "sato", "みなと"} {
		if strings.Contains(all, value) {
			t.Errorf("%q stands in table event", value)
		}
	}
}

// The hash's form is fixed for ever: this value must not change.
func TestLinkSumIsFixed(t *testing.T) {
	l := link{Seq: 1, Case: 2, Actor: 3, At: 4, Kind: "note-added", Version: 1, Prev: make([]byte, 32), Commitment: commit([]byte("salt"), []byte("{}"))}
	sum := l.sum()
	const want = "97039229c33401f52bd2e2a9e79e55f559ab65fd4c9037472f420ba6f569889f"
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEveryFieldOfALinkCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gen := func(label string) link {
			n := func(f string) int64 { return rapid.Int64Range(0, 3).Draw(t, label+f) }
			return link{Seq: n("seq"), Case: n("case"), Actor: n("actor"), At: n("at"), Version: int(n("version")),
				Kind: rapid.SampledFrom([]string{"", "a", "ab"}).Draw(t, label+"kind"), Prev: make([]byte, 32), Commitment: make([]byte, 32)}
		}
		a, b := gen("a"), gen("b")
		if (a.sum() == b.sum()) != cmp.Equal(a, b) {
			t.Fatalf("%+v and %+v", a, b)
		}
	})
}

var update = flag.Bool("update", false, "write golden files")

// oldEvent is one event of a log kept from an old program.
type oldEvent struct {
	Kind    string          `json:"kind"`
	Version int             `json:"version"`
	At      time.Time       `json:"at"`
	Actor   casework.Actor  `json:"actor"`
	Data    json.RawMessage `json:"data"`
}

// Logs of every payload version ever written must fold to the case that they meant (architecture.md rule 1).
func TestOldLogsAreReadForEver(t *testing.T) {
	logs, err := filepath.Glob("testdata/log-*.json")
	if err != nil || len(logs) == 0 {
		t.Fatalf("no old logs in testdata: %v", err)
	}
	for _, path := range logs {
		t.Run(filepath.Base(path), func(t *testing.T) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var log []oldEvent
			if err := json.Unmarshal(raw, &log); err != nil {
				t.Fatal(err)
			}
			s := open(t, t.TempDir())
			if err := s.write(context.Background(), func(tx *tx) error { return replay(tx, log) }); err != nil {
				t.Fatal(err)
			}
			c, err := lookup{q: s.r, key: s.key}.Case(1)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			have := jsonValue(t, got)
			golden := strings.Replace(path, "log-", "case-", 1)
			if *update {
				writeGolden(t, golden, have)
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range lacks(jsonValue(t, want), have, "case") {
				t.Error(d)
			}
		})
	}
}

// writeGolden leaves out the timeline's wording, which may change.
func writeGolden(t *testing.T, path string, v any) {
	t.Helper()
	for _, h := range v.(map[string]any)["History"].([]any) {
		delete(h.(map[string]any), "Text")
		delete(h.(map[string]any), "Outside")
	}
	data, err := json.MarshalIndent(v, "", "  ")
	if err == nil {
		err = os.WriteFile(path, append(data, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func jsonValue(t *testing.T, data []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// lacks tells where got differs from want; what a newer Case has besides does not count.
func lacks(want, got any, at string) (diffs []string) {
	switch w := want.(type) {
	case map[string]any:
		g, _ := got.(map[string]any)
		for k, v := range w {
			diffs = append(diffs, lacks(v, g[k], at+"."+k)...)
		}
	case []any:
		g, _ := got.([]any)
		if len(g) != len(w) {
			return []string{fmt.Sprintf("%s has %d entries, want %d", at, len(g), len(w))}
		}
		for i, v := range w {
			diffs = append(diffs, lacks(v, g[i], fmt.Sprintf("%s[%d]", at, i))...)
		}
	default:
		if want != got {
			diffs = []string{fmt.Sprintf("%s is %v, want %v", at, got, want)}
		}
	}
	return diffs
}

func replay(t *tx, log []oldEvent) error {
	known := map[casework.Actor]int64{}
	for _, e := range log {
		actor, err := t.actorID(e.Actor, known)
		if err != nil {
			return err
		}
		if _, _, err := t.append(1, e.Kind, e.Version, e.At, actor, e.Data); err != nil {
			return err
		}
	}
	return nil
}

func TestAPayloadOfTheFutureIsNotHalfUnderstood(t *testing.T) {
	s := open(t, t.TempDir())
	handle(t, s, mail(1, "灘酒造"))
	err := s.write(context.Background(), func(t *tx) error {
		_, _, err := t.append(1, "note-added", 99, monday, 0, []byte(`{"text":"x"}`))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (lookup{q: s.r, key: s.key}).Case(1); err == nil || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("got %v", err)
	}
	if r := verified(t, s); len(r.Problems) != 1 || r.Problems[0] != "case 1: its events cannot be read" {
		t.Errorf("%q", r.Problems)
	}
	if h := handleWith(t, s, note(1), frozen, mail(2, "x")); h[0].Err == nil || errors.Is(h[0].Err, ErrClosed) {
		t.Errorf("a case that cannot be read was changed: %+v", h[0])
	}
}
