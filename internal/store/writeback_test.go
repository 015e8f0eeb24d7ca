package store

import (
	"os"
	"testing"
)

func TestALongLogIsWrittenBackBesideTheWriterAndBegunAnew(t *testing.T) {
	s := open(t, t.TempDir())
	size := func() int64 {
		info, err := os.Stat(s.path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	rest := func() { // until nothing is written back
		s.backing.Lock()
		defer s.backing.Unlock()
	}
	const mails = 60 // about 200 KB each
	for n := range mails {
		if got := handleWith(t, s, register, frozenBulky, bulky(n+1)); got[0].Err != nil {
			t.Fatal(got[0].Err)
		}
		if size() >= walStep {
			rest() // the writer pauses, as it does after a lone mail
		}
		if size() > walStep+(1<<20) {
			t.Fatalf("after %d mails the log has %d bytes", n+1, size())
		}
	}
	if s.walNext != walStep {
		t.Errorf("the log is written back next at %d bytes, want %d: it was begun anew", s.walNext, walStep)
	}
	var pages, pageSize, cases int64
	for query, to := range map[string]*int64{"PRAGMA page_count": &pages, "PRAGMA page_size": &pageSize, "SELECT count(*) FROM case_row": &cases} {
		if err := s.conn.QueryRowContext(t.Context(), query).Scan(to); err != nil {
			t.Fatal(err)
		}
	}
	if pages*pageSize < walStep || cases != mails {
		t.Errorf("%d pages of %d bytes, %d cases", pages, pageSize, cases)
	}
}
