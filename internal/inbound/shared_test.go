package inbound

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSharedMails holds the mails of the shared test material, where it is
// there, against what is expected of them.
func TestSharedMails(t *testing.T) {
	const folder = "../../../shared/mails"
	listing, err := os.ReadFile(filepath.Join(folder, "expected.json"))
	if err != nil {
		t.Skip("the shared mails are not there")
	}
	var expected map[string]struct {
		From, Subject, Text *string
		Kind                string
		Attachments         []string
	}
	if err := json.Unmarshal(listing, &expected); err != nil {
		t.Fatal(err)
	}
	for name, want := range expected {
		raw, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		m := parse(t, string(raw))
		from, sole := m.Sole()
		if want.From != nil && (!sole || from.Addr != *want.From) {
			t.Errorf("%s: from %q, want %q", name, from.Addr, *want.From)
		}
		if want.Subject != nil && m.Subject != *want.Subject {
			t.Errorf("%s: subject %q, want %q", name, m.Subject, *want.Subject)
		}
		if want.Text != nil && m.Text != *want.Text {
			t.Errorf("%s: text %q, want %q", name, m.Text, *want.Text)
		}
		var names []string
		for _, a := range m.Attachments {
			names = append(names, a.Name)
		}
		if want.Attachments != nil {
			if d := cmp.Diff(want.Attachments, names); d != "" {
				t.Errorf("%s: %s", name, d)
			}
		}
		switch Kind(want.Kind) {
		case KindOwn, KindBounce, KindAutomatic, KindCalendar:
		default:
			want.Kind = "" // told by workbooks and commands, elsewhere
		}
		if m.Kind != Kind(want.Kind) {
			t.Errorf("%s: kind %q (%s), want %q", name, m.Kind, m.Why, want.Kind)
		}
	}
}
