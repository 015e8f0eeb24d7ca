package mailbox

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"pgregory.net/rapid"
)

func TestStatusListAndUIDsTellTheInbox(t *testing.T) {
	for name, caps := range map[string]imap.CapSet{"full": capsFull, "bare": capsBare, "rev2": capsRev2} {
		t.Run(name, func(t *testing.T) {
			o := testOffice(t, caps)
			c := o.client(t)
			st, err := c.Status(t.Context())
			if err != nil || st.Messages != 0 || st.UIDNext != 1 || st.UIDValidity == 0 {
				t.Fatalf("empty inbox: %+v, %v", st, err)
			}
			if heads, err := c.List(t.Context(), 1); err != nil || len(heads) != 0 {
				t.Fatalf("empty inbox lists %v, %v", heads, err)
			}
			one, two := mailText("one@x.example", "1"), mailText("two@x.example", "22")
			o.put(t, "INBOX", one, imap.FlagSeen)
			o.put(t, "INBOX", two)
			heads, err := c.List(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			if len(heads) != 2 || heads[0].UID != 1 || heads[0].MessageID != "<one@x.example>" || heads[0].Size != int64(len(one)) ||
				!slices.Equal(heads[0].Flags, []string{`\Seen`}) || heads[1].UID != 2 || heads[1].InternalDate.IsZero() {
				t.Errorf("listed %+v", heads)
			}
			if heads, err := c.List(t.Context(), 2); err != nil || len(heads) != 1 || heads[0].UID != 2 {
				t.Errorf("from 2: %+v, %v", heads, err)
			}
			if uids, err := c.UIDs(t.Context()); err != nil || fmt.Sprint(uids) != "[1 2]" {
				t.Errorf("UIDs %v, %v", uids, err)
			}
			if st, err := c.Status(t.Context()); err != nil || st.UIDNext != 3 || st.Messages != 2 {
				t.Errorf("two mails: %+v, %v", st, err)
			}
		})
	}
}

func TestListFromBeyondTheLastMailIsEmpty(t *testing.T) {
	// "5:*" names the last mail, RFC 3501 section 9: seq-range
	cfg := stage(t, login("X", 1)+`
		C: NOOP
		S: $ OK
		C: UID FETCH 5:*
		S: * 3 FETCH (UID 3 FLAGS () INTERNALDATE "16-Nov-2026 10:15:00 +0900" RFC822.SIZE 10)
		S: $ OK done
		rest`)
	heads, err := openClient(t, cfg).List(t.Context(), 5)
	if err != nil || len(heads) != 0 {
		t.Errorf("got %v, %v", heads, err)
	}
}

func openClient(t testing.TB, cfg Config) *Client {
	c := New(cfg)
	t.Cleanup(func() { c.Close() })
	return c
}

func TestMessageIDIsReadAsWritten(t *testing.T) {
	for header, want := range map[string]string{
		"Message-ID: <a@b>\r\n\r\n":                          "<a@b>",
		"Message-Id:\r\n <a@b>\r\n\r\n":                      "<a@b>",
		"MESSAGE-ID:   <a\r\n\t@b>  \r\n\r\n":                "<a\t@b>",
		"Message-ID: <first@b>\r\nMessage-ID: <2@b>\r\n\r\n": "<first@b>",
		"\r\n":                    "",
		"":                        "",
		"Message-ID: no brackets": "no brackets",
	} {
		if got := messageID(header); got != want {
			t.Errorf("%q: got %q, want %q", header, got, want)
		}
	}
}

func TestFetchStreamsTheBytesAndMarksNothing(t *testing.T) {
	for name, caps := range map[string]imap.CapSet{"full": capsFull, "bare": capsBare} {
		t.Run(name, func(t *testing.T) {
			o := testOffice(t, caps)
			want := map[uint32]string{}
			for i := range 20 {
				raw := mailText(fmt.Sprint(i, "@x.example"), strings.Repeat("\x80{5}\r\n", i*1000))
				want[o.put(t, "INBOX", raw)] = raw
			}
			c := o.client(t)
			got := map[uint32]string{}
			uids := []uint32{99, 0, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19}
			err := c.Fetch(t.Context(), uids, func(uid uint32, internal time.Time, size int64, r io.Reader) error {
				raw, err := io.ReadAll(r)
				if size != int64(len(raw)) || internal.Year() != 2026 {
					t.Errorf("UID %d: size %d of %d, %v", uid, size, len(raw), internal)
				}
				got[uid] = string(raw)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			for uid, raw := range want {
				if got[uid] != raw {
					t.Errorf("UID %d came with %d octets, want %d", uid, len(got[uid]), len(raw))
				}
			}
			if len(got) != len(want) {
				t.Errorf("%d mails, want %d", len(got), len(want))
			}
			heads, err := c.List(t.Context(), 1)
			if err != nil || slices.ContainsFunc(heads, func(h Head) bool { return len(h.Flags) > 0 }) {
				t.Errorf("fetching left flags: %+v, %v", heads, err)
			}
		})
	}
}

func TestPropertyFetchedBytesAreThoseAppended(t *testing.T) {
	o := testOffice(t, capsFull)
	c := o.client(t)
	if err := c.Create(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		raw := append([]byte("A: b\r\n\r\n"), rapid.SliceOfN(rapid.Byte(), 1, 6000).Draw(rt, "body")...)
		if err := c.Append(t.Context(), "INBOX", raw, nil, time.Time{}); err != nil {
			rt.Fatal(err)
		}
		st, err := c.Status(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		var got []byte
		err = c.Fetch(t.Context(), []uint32{st.UIDNext - 1}, func(_ uint32, _ time.Time, _ int64, r io.Reader) error {
			got, err = io.ReadAll(r)
			return err
		})
		if err != nil || string(got) != string(raw) {
			rt.Fatalf("got %q, %v, want %q", got, err, raw)
		}
	})
}

func TestUnreadContentIsSkipped(t *testing.T) {
	o := testOffice(t, capsFull)
	for i := range 3 {
		o.put(t, "INBOX", mailText(fmt.Sprint(i), strings.Repeat("x", 100_000)))
	}
	c := o.client(t)
	n := 0
	err := c.Fetch(t.Context(), []uint32{1, 2, 3}, func(_ uint32, _ time.Time, _ int64, r io.Reader) error {
		n++
		_, err := io.ReadFull(r, make([]byte, n-1)) // nothing, 1, 2 octets
		return err
	})
	if err != nil || n != 3 {
		t.Errorf("%d mails, %v", n, err)
	}
}

func TestErrorOfTheCallersFunctionIsReturnedAndTheNextCallWorks(t *testing.T) {
	o := testOffice(t, capsFull)
	for i := range 3 {
		o.put(t, "INBOX", mailText(fmt.Sprint(i), strings.Repeat("x", 200_000)))
	}
	cfg := o.config()
	cfg.firstWait = time.Hour // our own stop is no reason to wait
	c := openClient(t, cfg)
	full := errors.New("disk is full")
	err := c.Fetch(t.Context(), []uint32{1, 2, 3}, func(uint32, time.Time, int64, io.Reader) error { return full })
	if err != full {
		t.Errorf("got %v", err)
	}
	if uids, err := c.UIDs(t.Context()); err != nil || len(uids) != 3 {
		t.Errorf("afterwards: %v, %v", uids, err)
	}
}

func TestConnectionDroppedInTheMiddleOfAMailIsNeverAWholeMail(t *testing.T) {
	half := login("X", 1) + `
		C: UID FETCH 1:2
		R: * 1 FETCH (UID 1 INTERNALDATE \"16-Nov-2026 10:15:00 +0900\" BODY[] {5}\r\nwhole)\r\n* 2 FETCH (UID 2 INTERNALDATE \"16-Nov-2026 10:15:00 +0900\" BODY[] {100}\r\nhalf
		cut`
	for name, careless := range map[string]bool{"function returns the error": false, "function ignores it": true, "function reads nothing": true} {
		t.Run(name, func(t *testing.T) {
			c := openClient(t, stage(t, half, login("X", 1)+"rest"))
			var got []string
			var readErr error
			err := c.Fetch(t.Context(), []uint32{1, 2}, func(_ uint32, _ time.Time, size int64, r io.Reader) error {
				if name == "function reads nothing" {
					return nil
				}
				raw, err := io.ReadAll(r)
				got, readErr = append(got, string(raw)), err
				if careless {
					return nil
				}
				return err
			})
			var temporary *TemporaryError
			if !errors.As(err, &temporary) {
				t.Fatalf("got %v, want *TemporaryError", err)
			}
			if name != "function reads nothing" && (len(got) != 2 || got[0] != "whole" || readErr != io.ErrUnexpectedEOF) {
				t.Errorf("read %q, last with %v", got, readErr)
			}
			if _, err := c.Status(t.Context()); err != nil {
				t.Errorf("after connecting again: %v", err)
			}
		})
	}
}

func TestMailWhoseFlagsComeFirstUnaskedIsFetchedAgain(t *testing.T) {
	cfg := stage(t, login("X", 1)+`
		C: UID FETCH 1:2
		S: * 1 FETCH (UID 1 FLAGS (\Seen))
		R: * 1 FETCH (UID 1 INTERNALDATE \"16-Nov-2026 10:15:00 +0900\" BODY[] {3}\r\none)\r\n
		R: * 2 FETCH (UID 2 INTERNALDATE \"16-Nov-2026 10:15:00 +0900\" BODY[] {3}\r\ntwo)\r\n
		S: $ OK done
		C: UID SEARCH UID 1
		S: * SEARCH 1
		S: $ OK done
		C: UID FETCH 1
		R: * 1 FETCH (UID 1 INTERNALDATE \"16-Nov-2026 10:15:00 +0900\" BODY[] {3}\r\none)\r\n
		S: $ OK done
		rest`)
	var got []string
	err := openClient(t, cfg).Fetch(t.Context(), []uint32{1, 2}, func(_ uint32, _ time.Time, _ int64, r io.Reader) error {
		raw, err := io.ReadAll(r)
		got = append(got, string(raw))
		return err
	})
	if err != nil || fmt.Sprint(got) != "[two one]" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestMailThatExistsButNeverComesIsAnErrorNotVanished(t *testing.T) {
	ask := `
		C: UID FETCH 1
		S: $ OK done
		C: UID SEARCH UID 1
		S: * SEARCH 1
		S: $ OK done`
	err := openClient(t, stage(t, login("X", 1)+ask+ask+"\nrest")).Fetch(t.Context(), []uint32{1}, func(uint32, time.Time, int64, io.Reader) error { return nil })
	if !errors.As(err, new(*TemporaryError)) {
		t.Errorf("got %v", err)
	}
}

func TestContentBeforeTheDateIsDeliveredWithIt(t *testing.T) {
	cfg := stage(t, login("X", 1)+`
		C: UID FETCH 1
		R: * 1 FETCH (UID 1 BODY[] {3}\r\none INTERNALDATE \"16-Nov-2026 10:15:00 +0900\")\r\n
		S: $ OK done
		rest`)
	var got string
	err := openClient(t, cfg).Fetch(t.Context(), []uint32{1}, func(uid uint32, internal time.Time, size int64, r io.Reader) error {
		raw, err := io.ReadAll(r)
		got = fmt.Sprint(uid, " ", size, " ", string(raw), " ", internal.UTC().Format(time.RFC3339))
		return err
	})
	if err != nil || got != "1 3 one 2026-11-16T01:15:00Z" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestNewUIDValidityIsToldBeforeAnyUIDIsUsed(t *testing.T) {
	c := openClient(t, stage(t, login("MOVE UIDPLUS", 1)+"cut", login("MOVE UIDPLUS", 2)+"C: SELECT INBOX\nS: * OK [UIDVALIDITY 2] x\nS: * OK [UIDNEXT 9] x\nS: $ OK x\nrest"))
	first, err := c.Status(t.Context())
	if err != nil || first.UIDValidity != 1 {
		t.Fatal(first, err)
	}
	eventually(t, "the cut to be noticed", func() bool {
		select {
		case <-c.sess.cl.Closed():
			return true
		default:
			return false
		}
	})
	_, err = c.Move(t.Context(), []uint32{1}, "done")
	var validity *ValidityError
	if !errors.As(err, &validity) || validity.Was != 1 || validity.Is != 2 {
		t.Fatalf("got %v", err)
	}
	if second, err := c.Status(t.Context()); err != nil || second.UIDValidity != 2 || second.UIDNext != 9 {
		t.Errorf("afterwards: %+v, %v", second, err)
	}
}

func TestCountCountsByTheServersReceiptToTheSecond(t *testing.T) {
	o := testOffice(t, capsFull)
	start := time.Date(2026, 4, 1, 9, 0, 0, 0, time.FixedZone("", 9*3600))
	for _, d := range []time.Duration{-72 * time.Hour, -25 * time.Hour, -time.Second, 0, time.Second, 23 * time.Hour, 49 * time.Hour, 1000 * time.Hour} {
		o.putAt(t, "INBOX", mailText("a", "b"), start.Add(d))
	}
	c := o.client(t)
	for _, check := range []struct {
		since time.Time
		want  int
	}{{time.Time{}, 8}, {start, 5}, {start.Add(time.Second), 4}, {start.Add(-30 * time.Hour), 7}, {start.Add(2000 * time.Hour), 0}} {
		if n, err := c.Count(t.Context(), check.since); err != nil || n != check.want {
			t.Errorf("since %v: %d, %v, want %d", check.since, n, err, check.want)
		}
	}
}

func TestSetsWithoutEndAreRefused(t *testing.T) {
	for _, set := range []imap.UIDSet{{{Start: 1, Stop: 4294967295}}, {{Start: 0, Stop: 0}}, {{Start: 5, Stop: 0}}} {
		if _, err := expand(set); err == nil {
			t.Errorf("%v was expanded", set)
		}
	}
}
