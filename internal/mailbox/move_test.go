package mailbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
	"pgregory.net/rapid"
)

// waysToFile are the three ways of Move.
var waysToFile = map[string]imap.CapSet{"MOVE": capsFull, "COPY and UID EXPUNGE": capsUIDPlus, "COPY and mark": capsBare}

// idsIn tells the Message-IDs that lie in a folder, seen by another client.
func idsIn(t testing.TB, o *office, folder string) []string {
	t.Helper()
	cfg := o.config()
	cfg.Inbox = folder
	c := New(cfg)
	defer c.Close()
	heads, err := c.List(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, h := range heads {
		ids = append(ids, strings.Trim(h.MessageID, "<>")+marks(h))
	}
	return ids
}

func marks(h Head) string {
	s := ""
	if slices.Contains(h.Flags, FiledKeyword) || slices.Contains(h.Flags, strings.ToLower(FiledKeyword)) {
		s += "+filed"
	}
	if slices.Contains(h.Flags, `\Deleted`) {
		s += "+deleted"
	}
	return s
}

func TestMoveFilesIntoAFolderThatItMakes(t *testing.T) {
	for way, caps := range waysToFile {
		t.Run(way, func(t *testing.T) {
			o := testOffice(t, caps)
			for _, id := range []string{"a", "b", "c", "d"} {
				o.put(t, "INBOX", mailText(id, "x"))
			}
			c := o.client(t)
			gone, err := c.Move(t.Context(), []uint32{1, 3, 77, 4}, "受付/済")
			if err != nil || fmt.Sprint(gone) != "[77]" {
				t.Fatalf("gone %v, %v", gone, err)
			}
			if got := fmt.Sprint(idsIn(t, o, "受付/済")); got != "[a c d]" {
				t.Errorf("filed %v", got)
			}
			want := "[b]"
			if way == "COPY and mark" {
				want = "[a+filed b c+filed d+filed]"
			}
			if got := fmt.Sprint(idsIn(t, o, "INBOX")); got != want {
				t.Errorf("left in the inbox %v, want %v", got, want)
			}
		})
	}
}

func TestMoveMayBeRepeated(t *testing.T) {
	for way, caps := range waysToFile {
		t.Run(way, func(t *testing.T) {
			o := testOffice(t, caps)
			o.put(t, "INBOX", mailText("a", "x"))
			o.put(t, "INBOX", mailText("b", "x"))
			c := o.client(t)
			for range 3 {
				if _, err := c.Move(t.Context(), []uint32{1, 2}, "done"); err != nil {
					t.Fatal(err)
				}
			}
			if got := fmt.Sprint(idsIn(t, o, "done")); got != "[a b]" {
				t.Errorf("filed %v", got)
			}
			gone, err := c.Move(t.Context(), []uint32{1, 2}, "done")
			if err != nil || way != "COPY and mark" && fmt.Sprint(gone) != "[1 2]" {
				t.Errorf("gone %v, %v", gone, err)
			}
		})
	}
}

// The rule of the library's own Move, which this package must never use: it
// expunges whatever is flagged.
func TestAnothersDeletedMailSurvivesFiling(t *testing.T) {
	for way, caps := range waysToFile {
		t.Run(way, func(t *testing.T) {
			o := testOffice(t, caps)
			o.put(t, "INBOX", mailText("ours", "x"))
			o.put(t, "INBOX", mailText("theirs", "x"), imap.FlagDeleted)
			if _, err := o.client(t).Move(t.Context(), []uint32{1}, "done"); err != nil {
				t.Fatal(err)
			}
			if got := idsIn(t, o, "INBOX"); !slices.Contains(got, "theirs+deleted") {
				t.Errorf("the inbox has %v: a person's mail was expunged", got)
			}
			if way != "MOVE" && o.said(" EXPUNGE\r\n") && !o.said("* 1 EXPUNGE\r\n") {
				t.Error("a plain EXPUNGE was sent")
			}
		})
	}
}

func TestRefusedCopyDeletesNothing(t *testing.T) {
	for way, caps := range map[string]imap.CapSet{"UIDPLUS": capsUIDPlus, "bare": capsBare} {
		for _, answer := range []imap.Error{
			{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeOverQuota, Text: "full"},
			{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeTryCreate, Text: "not really missing"},
			{Type: imap.StatusResponseTypeNo, Text: "no"},
			{Type: imap.StatusResponseTypeBad, Text: "what"},
		} {
			t.Run(fmt.Sprint(way, " ", answer.Type, answer.Code), func(t *testing.T) {
				o := testOffice(t, caps)
				o.user.Create("done", nil)
				o.put(t, "INBOX", mailText("a", "x"))
				o.put(t, "INBOX", mailText("b", "x"), imap.FlagDeleted)
				o.copyFail = &answer
				c := o.client(t)
				_, err := c.Move(t.Context(), []uint32{1}, "done")
				var refused *RefusedError
				if !errors.As(err, &refused) || refused.Code != string(answer.Code) {
					t.Errorf("got %v, want *RefusedError", err)
				}
				if got := fmt.Sprint(idsIn(t, o, "INBOX")); got != "[a b+deleted]" {
					t.Errorf("the inbox has %v", got)
				}
				o.mu.Lock()
				o.copyFail = nil
				o.mu.Unlock()
				if _, err := c.Move(t.Context(), []uint32{1}, "done"); err != nil {
					t.Errorf("afterwards: %v", err)
				}
			})
		}
	}
}

const present = `
	C: NOOP
	S: $ OK
	C: UID FETCH 1:3 (UID FLAGS)
	S: * 1 FETCH (UID 1 FLAGS ())
	S: * 2 FETCH (UID 2 FLAGS ())
	S: * 3 FETCH (UID 3 FLAGS ())
	S: $ OK`

func TestOnlyCopiesThatTheServerConfirmsAreExpunged(t *testing.T) {
	for name, c := range map[string]struct{ answer, then string }{
		"two of three": {"[COPYUID 9 1,3 11:12]", `
			C: UID STORE 1,3 +FLAGS.SILENT (\Deleted)
			S: $ OK
			C: UID EXPUNGE 1,3
			S: $ OK
			C: UID STORE 2 +FLAGS.SILENT ($UketsukeFiled)
			S: $ OK`},
		"no COPYUID": {"", `
			C: UID STORE 1:3 +FLAGS.SILENT ($UketsukeFiled)
			S: $ OK`},
		"COPYUID that does not add up": {"[COPYUID 9 1:3 11:12]", `
			C: UID STORE 1:3 +FLAGS.SILENT ($UketsukeFiled)
			S: $ NO no keywords here`},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := stage(t, login("UIDPLUS", 1)+present+"\nC: UID COPY 1:3 \"done\"\nS: $ OK "+c.answer+" done\n"+c.then+"\nrest")
			if _, err := openClient(t, cfg).Move(t.Context(), []uint32{1, 2, 3}, "done"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestConnectionLostAfterCopyDeletesNothing(t *testing.T) {
	cfg := stage(t, login("UIDPLUS", 1)+present+"\nC: UID COPY 1:3 \"done\"\ncut")
	if _, err := openClient(t, cfg).Move(t.Context(), []uint32{1, 2, 3}, "done"); !errors.As(err, new(*TemporaryError)) {
		t.Errorf("got %v", err)
	}
}

func TestMoveThatLeavesMailsBehindIsAnError(t *testing.T) {
	for name, script := range map[string]string{
		"with UIDPLUS": login("MOVE UIDPLUS", 1) + `
			C: UID SEARCH UID 1:3
			S: * SEARCH 1 2 3
			S: $ OK
			C: UID MOVE 1:3 "done"
			S: * OK [COPYUID 9 1 11] moved
			S: $ OK done
			C: UID SEARCH UID 2:3
			S: * SEARCH 3
			S: $ OK`,
		"without UIDPLUS": login("MOVE", 1) + `
			C: UID SEARCH UID 1:3
			S: * SEARCH 1 2 3
			S: $ OK
			C: UID MOVE 1:3 "done"
			S: $ OK done
			C: UID SEARCH UID 1:3
			S: * SEARCH 3
			S: $ OK`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openClient(t, stage(t, script+"\nrest")).Move(t.Context(), []uint32{1, 2, 3}, "done")
			if !errors.As(err, new(*TemporaryError)) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestMoveWithoutUIDPlusTellsWhatWasGoneBefore(t *testing.T) {
	cfg := stage(t, login("MOVE", 1)+`
		C: UID SEARCH UID 1:3
		S: * SEARCH 1 3
		S: $ OK
		C: UID MOVE 1,3 "done"
		S: $ OK done
		C: UID SEARCH UID 1,3
		S: * SEARCH
		S: $ OK
		rest`)
	gone, err := openClient(t, cfg).Move(t.Context(), []uint32{1, 2, 3}, "done")
	if err != nil || fmt.Sprint(gone) != "[2]" {
		t.Errorf("gone %v, %v", gone, err)
	}
}

func TestMoveIntoTheInboxItselfIsRefused(t *testing.T) {
	o := testOffice(t, capsBare)
	o.put(t, "INBOX", mailText("a", "x"))
	if _, err := o.client(t).Move(t.Context(), []uint32{1}, "inbox"); !errors.As(err, new(*RefusedError)) {
		t.Errorf("got %v", err)
	}
}

// Whatever is moved, and by which way: no mail is lost, and none that was not
// named leaves the inbox.
func TestPropertyFilingLosesNothing(t *testing.T) {
	for way, caps := range waysToFile {
		t.Run(way, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				o, stop := openOffice(caps)
				defer stop()
				n := rapid.IntRange(1, 8).Draw(rt, "mails")
				for i := range n {
					var flags []imap.Flag
					if rapid.Bool().Draw(rt, "deleted") {
						flags = append(flags, imap.FlagDeleted)
					}
					o.put(t, "INBOX", mailText(fmt.Sprint(i+1), "x"), flags...)
				}
				c := New(o.config())
				defer c.Close()
				moved := map[uint32]bool{}
				for range rapid.IntRange(1, 3).Draw(rt, "moves") {
					uids := rapid.SliceOfDistinct(rapid.Uint32Range(1, 10), func(u uint32) uint32 { return u }).Draw(rt, "uids")
					gone, err := c.Move(t.Context(), uids, "done")
					if err != nil {
						rt.Fatal(err)
					}
					for _, uid := range uids {
						exists := uid <= uint32(n) && (!moved[uid] || way == "COPY and mark")
						if exists == slices.Contains(gone, uid) {
							rt.Fatalf("UID %d: exists %v, told gone %v", uid, exists, gone)
						}
						moved[uid] = moved[uid] || uid <= uint32(n)
					}
				}
				checkFiled(t, rt, o, n, moved, way == "COPY and mark")
			})
		})
	}
}

func checkFiled(t *testing.T, rt *rapid.T, o *office, n int, moved map[uint32]bool, marks bool) {
	inbox, done := idsIn(t, o, "INBOX"), []string(nil)
	if len(moved) > 0 {
		if _, err := o.user.Status("done", &imap.StatusOptions{}); err == nil {
			done = idsIn(t, o, "done")
		}
	}
	has := func(ids []string, id string) bool {
		return slices.ContainsFunc(ids, func(s string) bool { s, _, _ = strings.Cut(s, "+"); return s == id })
	}
	for i := 1; i <= n; i++ {
		id := fmt.Sprint(i)
		if has(done, id) != moved[uint32(i)] || has(inbox, id) != (!moved[uint32(i)] || marks) {
			rt.Fatalf("mail %s, moved %v: inbox %v, done %v", id, moved[uint32(i)], inbox, done)
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(done)))) != len(done) {
		rt.Fatalf("copied twice: %v", done)
	}
}

func TestBatchIsMovedByOneCommand(t *testing.T) {
	o := testOffice(t, capsFull)
	var uids []uint32
	for i := range 300 {
		uids = append(uids, o.put(t, "INBOX", mailText(fmt.Sprint(i), "x")))
	}
	o.user.Create("done", nil)
	if _, err := o.client(t).Move(t.Context(), uids, "done"); err != nil {
		t.Fatal(err)
	}
	if !o.said("UID MOVE 1:300 done\r\n") && !o.said("UID MOVE 1:300 \"done\"\r\n") {
		t.Error("it took more than one command")
	}
	if st, err := o.client(t).Status(t.Context()); err != nil || st.Messages != 0 {
		t.Error(st, err)
	}
}
