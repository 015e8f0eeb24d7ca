package mailbox

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
)

// uidsOf lists headers by UID and Message-ID.
func uidsOf(hs []Header) string {
	var out []string
	for _, h := range hs {
		for line := range strings.Lines(string(h.Fields)) {
			if name, value, _ := strings.Cut(line, ":"); strings.EqualFold(name, "Message-ID") {
				out = append(out, fmt.Sprintf("%d%s", h.UID, strings.TrimSpace(value)))
			}
		}
	}
	return fmt.Sprint(out)
}

func TestHeadersOfAFolderAreReadFromTheMarkAndTheDayOn(t *testing.T) {
	for name, caps := range map[string]imap.CapSet{"a good server": capsFull, "a bare one": capsBare} {
		t.Run(name, func(t *testing.T) {
			o := testOffice(t, caps)
			c := o.client(t)
			if hs, _, exists, err := c.Headers(t.Context(), "Sent", Mark{}, time.Time{}); len(hs) != 0 || exists || err != nil {
				t.Error("a folder that there is not:", hs, exists, err)
			}
			if err := o.user.Create("Sent", nil); err != nil {
				t.Fatal(err)
			}
			day := time.Date(2026, 11, 16, 1, 15, 0, 0, time.UTC)
			o.putAt(t, "Sent", mailText("old", "x"), day.AddDate(0, 0, -7))
			o.putAt(t, "Sent", mailText("a", "x"), day)
			hs, mark, exists, err := c.Headers(t.Context(), "Sent", Mark{}, day)
			if got := uidsOf(hs); got != "[2<a>]" || !exists || err != nil {
				t.Error(got, exists, err)
			}
			if strings.Contains(string(hs[0].Fields), "\r\nx") || !strings.Contains(string(hs[0].Fields), "Subject: test") || !hs[0].InternalDate.Equal(day) {
				t.Errorf("%q at %v", hs[0].Fields, hs[0].InternalDate)
			}
			if hs, again, _, err := c.Headers(t.Context(), "Sent", mark, day); len(hs) != 0 || again != mark || err != nil {
				t.Error("nothing new:", uidsOf(hs), again, err)
			}
			o.putAt(t, "Sent", mailText("b", "x"), day)
			if hs, _, _, err := c.Headers(t.Context(), "Sent", mark, day); uidsOf(hs) != "[3<b>]" || err != nil {
				t.Error(uidsOf(hs), err)
			}
			other := Mark{mark.UIDValidity + 1, mark.UIDNext}
			if hs, _, _, err := c.Headers(t.Context(), "Sent", other, day); uidsOf(hs) != "[2<a> 3<b>]" || err != nil {
				t.Error("under another UIDVALIDITY:", uidsOf(hs), err)
			}
		})
	}
}

func TestExactlyOneMailIsRemovedWhateverOthersAreFlagged(t *testing.T) {
	for name, c := range map[string]struct {
		caps imap.CapSet
		left string
	}{"UIDPLUS": {capsUIDPlus, "[theirs+deleted mine-too]"}, "without UIDPLUS nothing is expunged": {capsBare, "[theirs+deleted mine+deleted mine-too]"}} {
		t.Run(name, func(t *testing.T) {
			o := testOffice(t, c.caps)
			if err := o.user.Create("Drafts", nil); err != nil {
				t.Fatal(err)
			}
			o.put(t, "Drafts", mailText("theirs", "x"), imap.FlagDeleted)
			uid := o.put(t, "Drafts", mailText("mine", "x"))
			o.put(t, "Drafts", mailText("mine-too", "x"))
			cl := o.client(t)
			uids, validity, err := cl.Undeleted(t.Context(), "Drafts")
			if fmt.Sprint(uids) != "[2 3]" || err != nil {
				t.Fatal(uids, err)
			}
			if raw, err := cl.Read(t.Context(), "Drafts", validity, uid); string(raw) != mailText("mine", "x") || err != nil {
				t.Errorf("%q %v", raw, err)
			}
			for _, gone := range [][2]uint32{{validity, 77}, {validity + 1, uid}} {
				if raw, err := cl.Read(t.Context(), "Drafts", gone[0], gone[1]); raw != nil || err != nil {
					t.Errorf("%v: %q %v", gone, raw, err)
				}
				if err := cl.Remove(t.Context(), "Drafts", gone[0], gone[1]); err != nil {
					t.Errorf("%v: %v", gone, err)
				}
			}
			if got := fmt.Sprint(idsIn(t, o, "Drafts")); got != "[theirs+deleted mine mine-too]" {
				t.Fatalf("removed for nothing: %v", got)
			}
			for range 2 { // again is no error
				if err := cl.Remove(t.Context(), "Drafts", validity, uid); err != nil {
					t.Fatal(err)
				}
			}
			if got := fmt.Sprint(idsIn(t, o, "Drafts")); got != c.left {
				t.Errorf("left %v, want %v", got, c.left)
			}
			if uids, _, err := cl.Undeleted(t.Context(), "Drafts"); fmt.Sprint(uids) != "[3]" || err != nil {
				t.Error(uids, err)
			}
		})
	}
}
