package store

import (
	"context"
	"flag"
	"os"
	"testing"
	"time"

	"uketsuke/internal/casework"
)

var grownCases = flag.Int("cases", 2000, "cases in the grown database of the benchmarks")

// grow fills a database with n registered cases of years before, each with its events, mail and five letters whose
// bytes were dropped. Keyed columns get random keys, as a keyed hash does. Inbound bytes are left out.
func grow(t testing.TB, s *Store, n int) {
	t.Helper()
	pragmas := func(cache, sync string) {
		meddle(t, s, "PRAGMA cache_size = "+cache, "PRAGMA synchronous = "+sync)
	}
	pragmas("-400000", "OFF")
	defer pragmas("-8192", "FULL")
	for first := 1; first <= n; first += 20_000 {
		last := min(first+19_999, n)
		err := s.write(context.Background(), func(tx *tx) error {
			for _, q := range growth {
				if _, err := tx.q.exec("WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i+1 FROM n WHERE i < ?2) "+q, first, last); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Sweep(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	err := s.write(context.Background(), func(tx *tx) error {
		if err := tx.count(stagePrefix+string(casework.StageClosed), n); err != nil {
			return err
		}
		return tx.recordNumbers(casework.Numbers{FiscalYear: 2026, Case: int64(n), Receipt: 0, Registration: 0, Member: n})
	})
	if err != nil {
		t.Fatal(err)
	}
}

const threeTimes = "CROSS JOIN (SELECT 0 AS k UNION ALL SELECT 1 UNION ALL SELECT 2)"
const fiveTimes = "CROSS JOIN (SELECT 0 AS k UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4)"

var growth = []string{
	`INSERT INTO case_row (id, receipt, registration, member, stage, open, agency, concierge, company, version, received_at, registered_at, updated_at, events)
		SELECT i, 'E20-' || i, '2020-KOB-' || i || '-0', 'M-' || i || '-0', 'closed', 0, 'MINATO', 'sato', '株式会社' || i, 1, i, i, i, 3 FROM n`,
	`INSERT INTO actor (data) SELECT '{"role":"intake","code":"MINATO","address":{"addr":"tanaka@minato-bank.example"},"mail":"m@minato-bank.example","evidence":"pass dmarc"}' FROM n`,
	`INSERT INTO event (seq, case_id, kind, version, at, actor_id, prev_hash, commitment, hash)
		SELECT i*3+k-2, i, 'note-added', 1, i, i, randomblob(32), randomblob(32), randomblob(32) FROM n ` + threeTimes,
	`INSERT INTO event_payload (seq, salt, data)
		SELECT i*3+k-2, randomblob(16), CASE k WHEN 0 THEN '{"text":"' || hex(zeroblob(1000)) || '"}' ELSE '{"text":"' || hex(zeroblob(150)) || '"}' END FROM n ` + threeTimes,
	`INSERT INTO company_key (key, case_id) SELECT randomblob(16), i FROM n CROSS JOIN (SELECT 0 UNION ALL SELECT 1)`,
	`INSERT INTO sheet (key, case_id) SELECT randomblob(16), i FROM n`,
	`INSERT INTO thread (key, case_id) SELECT randomblob(16), i FROM n CROSS JOIN (SELECT 0 UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5)`,
	`INSERT INTO blob (hash, size) SELECT randomblob(32), 35000 FROM n CROSS JOIN (SELECT 0 UNION ALL SELECT 1)`,
	`INSERT INTO message (id, content_key, message_id, internal_at, kind, result, why, raw, case_id, folder, at)
		SELECT i, randomblob(16), 'm' || i || '@minato-bank.example', i, 'entry', 'registered', 'a complete sheet from a rostered person', randomblob(32), i, 'done', i FROM n`,
	`INSERT INTO mailbox_uid (uidvalidity, uid, message, folder, filed_at) SELECT 1, i, i, 'done', i FROM n`,
	`INSERT INTO letter (id, case_id, message, kind, party_role, party_code, subject, sender, recipients, remaining, attachments, message_id,
		departure, first, always, hash, size, kept, state, created_at, next_at, tries, tried_at, settled_at, code, error)
		SELECT i*5+k-4, i, i, 'registered', 'intake', 'MINATO', '[登録 2020-KOB-00001-0 k3f9q2] コンソーシアム登録のお知らせ', 'office@kobe.example',
		'["tanaka@minato-bank.example","madoguchi@minato-bank.example"]', '[]', '["会員証_M-00001-0.pdf"]', 'k' || hex(randomblob(16)) || '@kobe.example',
		'{"Kind":"registered","Party":{"role":"intake","code":"MINATO"},"To":["tanaka@minato-bank.example","madoguchi@minato-bank.example"],"Version":1,"Sheet":false,"Submitter":false}',
		1, 0, randomblob(32), 45000, 0, 'sent', i, 0, 0, i, i, 250, '' FROM n ` + fiveTimes,
	`INSERT INTO attempt (letter_id, epoch, at, ended_at, outcome, code, text) SELECT i*5+k-4, 1, i, i, 'accepted', 250, '' FROM n ` + fiveTimes,
}

// BenchmarkGrown is BenchmarkHandle and BenchmarkSend over a grown database: -cases=1000000 for the full size.
func BenchmarkGrown(b *testing.B) {
	s := open(b, b.TempDir())
	grow(b, s, *grownCases)
	var pages, page int64
	for name, to := range map[string]*int64{"page_count": &pages, "page_size": &page} {
		if _, err := s.w.one("PRAGMA "+name, nil, to); err != nil {
			b.Fatal(err)
		}
	}
	size := pages * page
	ctx := context.Background()
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	s = open(b, s.opt.Dir)
	epoch, err := s.Lease(ctx, "bench")
	if err != nil {
		b.Fatal(err)
	}
	opened := time.Since(begin)
	begin = time.Now()
	rows, err := lookup{q: s.r, key: s.key}.Rows("", 100)
	listed := time.Since(begin)
	if err != nil || len(rows) != 0 {
		b.Fatal(err)
	}
	b.ResetTimer()
	for next := 0; next < b.N; next += 16 {
		var ins []Inbound
		for i := next; i < min(next+16, b.N); i++ {
			ins = append(ins, bulky(i+1_000_000))
		}
		for _, h := range handleWith(b, s, register, frozenBulky, ins...) {
			if h.Err != nil {
				b.Fatal(h.Err)
			}
		}
	}
	handled := b.Elapsed()
	if info, err := os.Stat(s.Path() + "-wal"); err == nil && info.Size() < walBytes { // not yet written back
		b.ReportMetric(float64(info.Size())/1024/float64(b.N), "wal-KB/mail")
	}
	for {
		c, err := s.Claim(ctx, epoch, monday, 8, free, someBrakes)
		if err != nil {
			b.Fatal(err)
		}
		if len(c.Letters) == 0 {
			break
		}
		for _, l := range c.Letters {
			if err := s.Accepted(ctx, Settled{Letter: l.ID, Attempt: l.Attempt, At: monday, Copy: true}); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(handled.Seconds()*1000/float64(b.N), "handle-ms/mail")
	b.ReportMetric((b.Elapsed()-handled).Seconds()*1000/float64(2*b.N), "send-ms/letter")
	b.ReportMetric(opened.Seconds()*1000, "open-ms")
	b.ReportMetric(listed.Seconds()*1000, "list-ms")
	b.ReportMetric(float64(size)/float64(*grownCases), "bytes/case")
}

// A grown database must give the same answers, and a lookup in it must not be refused.
func TestAGrownDatabaseTakesNewMail(t *testing.T) {
	s := open(t, t.TempDir())
	grow(t, s, 50)
	if h := handle(t, s, mail(1000, "灘酒造"))[0]; h.Err != nil || h.Outcome.Cases[0] != 51 {
		t.Fatalf("%+v", h)
	}
}
