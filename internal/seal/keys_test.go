package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var monday = time.Date(2026, 11, 23, 10, 0, 0, 0, time.FixedZone("JST", 9*60*60))

// random is a source that gives the same bytes for the same seed.
func random(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

func testKeys(t testing.TB, seed byte) Keys {
	t.Helper()
	k, err := NewKeys(random(seed))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func rotated(t testing.TB, k Keys, at time.Time, grace time.Duration) Keys {
	t.Helper()
	next, err := k.Rotate(random(99), at, grace)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func TestKeysSurviveTheirFile(t *testing.T) {
	k := rotated(t, rotated(t, testKeys(t, 1), monday, time.Hour), monday.Add(time.Minute), 24*time.Hour)
	back, err := ParseKeys(k.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(k.Marshal(), back.Marshal()) {
		t.Errorf("read back:\n%s\nwant:\n%s", back.Marshal(), k.Marshal())
	}
	if got, want := back.Code(1, "clerk", monday), k.Code(1, "clerk", monday); got != want {
		t.Errorf("code after reading back = %q, want %q", got, want)
	}
	if len(back.generations) != 3 {
		t.Errorf("%d generations, want 3", len(back.generations))
	}
}

func TestTheSecondRotationDoesNotLengthenTheFirstGrace(t *testing.T) {
	k := rotated(t, rotated(t, testKeys(t, 1), monday, 0), monday.Add(time.Hour), 24*time.Hour)
	if got := k.generations[0].until; !got.Equal(monday) {
		t.Errorf("first generation ends %v, want %v", got, monday)
	}
}

func TestAKeyFileThatIsNoneIsRefusedWithItsLine(t *testing.T) {
	good := string(testKeys(t, 1).Marshal())
	lines := strings.SplitAfter(good, "\n")
	lookup, generation := lines[2], lines[3]
	for _, tc := range []struct {
		name, text string
		line       int
	}{
		{"an empty file", "", 1},
		{"another kind of file", "-----BEGIN PRIVATE KEY-----\n", 1},
		{"a newer version", strings.Replace(good, "keys 1", "keys 2", 1), 1},
		{"no lookup key", strings.Replace(good, lookup, "", 1), 0},
		{"no generation", strings.Replace(good, generation, "", 1), 0},
		{"two lookup keys", good + lookup, 5},
		{"a key cut short", strings.Replace(good, generation, generation[:len(generation)-5]+"\n", 1), 4},
		{"an unknown word", good + "color blue\n", 5},
		{"a generation after one that has not ended", good + generation, 5},
		{"only ended generations", strings.Replace(good, generation, strings.TrimSpace(generation)+" until 2026-01-01T00:00:00Z\n", 1), 0},
		{"an end that is no time", strings.Replace(good, generation, strings.TrimSpace(generation)+" until tomorrow\n", 1), 4},
		{"a generation's number that is none", strings.Replace(good, "generation 1", "generation one", 1), 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := ParseKeys([]byte(tc.text))
			var fault *KeyFileError
			if !errors.As(err, &fault) {
				t.Fatalf("error = %v, want a *KeyFileError", err)
			}
			if fault.Line != tc.line || fault.Hint == "" {
				t.Errorf("fault = %+v, want line %d and a hint", fault, tc.line)
			}
		})
	}
}

func TestComments_BlankLinesAndWindowsLineEndsAreAllowedInAKeyFile(t *testing.T) {
	text := strings.ReplaceAll(string(testKeys(t, 1).Marshal())+"\n# kept by the office\n", "\n", "\r\n")
	if _, err := ParseKeys([]byte(text)); err != nil {
		t.Error(err)
	}
}

func TestNoVerbPrintsAKey(t *testing.T) {
	k := testKeys(t, 1)
	secrets := []string{encode(k.lookup), encode(k.generations[0].master), fmt.Sprintf("%x", k.lookup[:]), fmt.Sprintf("%d", k.lookup[0:4])}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		out := fmt.Sprintf(verb, k)
		for _, s := range secrets {
			if strings.Contains(out, s) {
				t.Errorf("%s prints a key", verb)
			}
		}
	}
	if got := k.LogValue().String(); got != "keys(1 generations)" {
		t.Errorf("LogValue = %q", got)
	}
}

func TestShortRandomnessIsAnError(t *testing.T) {
	if _, err := NewKeys(bytes.NewReader(make([]byte, 63))); err == nil {
		t.Error("63 bytes were enough for two keys of 32")
	}
	if _, err := testKeys(t, 1).Rotate(bytes.NewReader(nil), monday, 0); err == nil {
		t.Error("a generation was made of nothing")
	}
}

func TestEveryPurposeHasItsOwnKey(t *testing.T) {
	g := testKeys(t, 1).generations[0]
	seen := map[secret]bool{}
	for _, k := range []secret{g.master, g.code, g.messageID, g.recipient, g.loop, g.boundary, g.word, testKeys(t, 1).lookup} {
		if seen[k] {
			t.Error("two purposes share a key")
		}
		seen[k] = true
	}
}

func TestLookupIsTheSameForEverAndKeepsKindsApart(t *testing.T) {
	k := testKeys(t, 1)
	want := k.Lookup("address", "tanaka@minato-bank.example")
	if got := rotated(t, k, monday, 0).Lookup("address", "tanaka@minato-bank.example"); got != want {
		t.Error("Lookup changed with a rotation")
	}
	for _, other := range [][2]string{{"company", "tanaka@minato-bank.example"}, {"addresst", "anaka@minato-bank.example"}, {"address", ""}} {
		if k.Lookup(other[0], other[1]) == want {
			t.Errorf("Lookup(%q, %q) collides", other[0], other[1])
		}
	}
	if testKeys(t, 2).Lookup("address", "tanaka@minato-bank.example") == want {
		t.Error("two installations have the same lookup hash")
	}
}

func TestProperty_FieldsAreUnambiguous(t *testing.T) {
	k := testKeys(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		a := [2]string{rapid.String().Draw(t, "kind1"), rapid.String().Draw(t, "value1")}
		b := [2]string{rapid.String().Draw(t, "kind2"), rapid.String().Draw(t, "value2")}
		if same := k.Lookup(a[0], a[1]) == k.Lookup(b[0], b[1]); same != (a == b) {
			t.Fatalf("%q and %q: same hash %v", a, b, same)
		}
	})
}

func FuzzParseKeys(f *testing.F) {
	good := testKeys(f, 1)
	f.Add(good.Marshal())
	f.Add(rotated(f, good, monday, time.Hour).Marshal())
	f.Add([]byte("uketsuke-keys 1\nlookup\ngeneration 1 x until"))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := ParseKeys(b)
		if err != nil {
			var fault *KeyFileError
			if !errors.As(err, &fault) || fault.Hint == "" {
				t.Fatalf("error without a place and a hint: %v", err)
			}
			return
		}
		again, err := ParseKeys(k.Marshal())
		if err != nil || !bytes.Equal(again.Marshal(), k.Marshal()) {
			t.Fatalf("what was read is not written back: %v", err)
		}
		if id, ok := k.OwnMessageID(k.MessageID(7, "x", "y", "z.example")); id != 7 || !ok {
			t.Fatal("the keys read cannot be used")
		}
	})
}
