package intake

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"uketsuke/internal/casework"
)

// TestSharedPasswordMails holds the mails of the shared test material, where it is there: the words of each that
// brings a password must open the file of the mail it belongs to.
func TestSharedPasswordMails(t *testing.T) {
	const folder = "../../../shared/mails"
	listing, err := os.ReadFile(filepath.Join(folder, "expected.json"))
	if err != nil {
		t.Skip("the shared mails are not there")
	}
	var expected map[string]struct{ Opens string }
	if err := json.Unmarshal(listing, &expected); err != nil {
		t.Fatal(err)
	}
	read := func(name string, s Settings) *Understood {
		raw, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return Understand(raw, today, s)
	}
	tried := 0
	for name, want := range expected {
		if want.Opens == "" {
			continue
		}
		tried++
		s := settings()
		s.Passwords = PasswordsIn(read(name, s).Input.Text)
		if u := read(want.Opens, s); u.Input.Kind != casework.MailEntry || len(u.Input.Locked) > 0 {
			t.Errorf("%s with the words of %s, %q: %s", want.Opens, name, s.Passwords, tree(u.Files))
		}
	}
	if tried == 0 {
		t.Error("no mail brings a password")
	}
}
