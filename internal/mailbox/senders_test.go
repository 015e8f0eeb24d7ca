package mailbox

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
)

func TestSendersTellWhoWroteSinceADay(t *testing.T) {
	for name, caps := range map[string]imap.CapSet{"a good server": capsFull, "a poor one": {imap.CapIMAP4rev1: {}}} {
		t.Run(name, func(t *testing.T) {
			o := testOffice(t, caps)
			c := o.client(t)
			if err := c.Create(t.Context(), "迷惑メール"); err != nil {
				t.Fatal(err)
			}
			day := time.Date(2026, 11, 10, 9, 0, 0, 0, time.UTC)
			o.putAt(t, "迷惑メール", mailText("old@x", "old"), day.AddDate(0, 0, -3))
			uid := o.putAt(t, "迷惑メール", strings.Replace(mailText("new@x", "new"), "tanaka@minato-bank.example", `=?utf-8?q?a=40b?= <Tanaka@minato-bank.example>`, 1), day)
			o.putAt(t, "迷惑メール", "Subject: from nobody\r\n\r\nx\r\n", day)
			got, validity, err := c.Senders(t.Context(), "迷惑メール", day.AddDate(0, 0, -1))
			if err != nil || validity == 0 || len(got) != 1 || got[0].UID != uid || !got[0].At.Equal(day) || !strings.EqualFold(got[0].Addr, "tanaka@minato-bank.example") {
				t.Errorf("%+v, UIDVALIDITY %d, %v", got, validity, err)
			}
			if got, _, err := c.Senders(t.Context(), "nowhere", day); err != nil || len(got) != 0 {
				t.Errorf("a folder that does not exist: %+v, %v", got, err)
			}
			st, err := c.Status(t.Context()) // the inbox is found again
			if err != nil || st.Messages != 0 {
				t.Errorf("%+v, %v", st, err)
			}
			heads, err := c.List(t.Context(), 1)
			if err != nil || slices.ContainsFunc(heads, func(h Head) bool { return h.UID != 0 }) {
				t.Errorf("the inbox lists %+v, %v", heads, err)
			}
		})
	}
}
