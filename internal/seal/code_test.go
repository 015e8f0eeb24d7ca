package seal

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestACodeIsSixUnambiguousLetters(t *testing.T) {
	k := testKeys(t, 1)
	for id := range int64(200) {
		code := k.Code(id, "intake:MINATO-BANK", monday)
		if len(code) != 6 || strings.Trim(code, alphabet) != "" {
			t.Fatalf("code = %q", code)
		}
	}
	for _, r := range "0o1li" {
		if strings.ContainsRune(alphabet, r) {
			t.Errorf("the alphabet has %q", r)
		}
	}
}

func TestACodesLife(t *testing.T) {
	k := testKeys(t, 1)
	sunday := monday.AddDate(0, 0, 6)
	endOfWeek := time.Date(2026, 11, 30, 0, 0, 0, 0, monday.Location())
	code := k.Code(42, "clerk", monday)
	for _, tc := range []struct {
		rule string
		at   time.Time
		want CodeState
	}{
		{"valid at once", monday, CodeValid},
		{"the same all week", sunday, CodeValid},
		{"valid for 45 days after its week", endOfWeek.AddDate(0, 0, 45).Add(-time.Second), CodeValid},
		{"expired then", endOfWeek.AddDate(0, 0, 45), CodeExpired},
		{"still known as expired after eleven months", monday.AddDate(0, 11, 0), CodeExpired},
		{"as wrong as any other after more than a year", monday.AddDate(1, 1, 0), CodeWrong},
		{"wrong before its time", monday.AddDate(0, 0, -7), CodeWrong},
	} {
		if got := k.CheckCode(code, 42, "clerk", tc.at, 45); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.rule, got, tc.want)
		}
	}
	if k.Code(42, "clerk", sunday) != code || k.Code(42, "clerk", endOfWeek) == code {
		t.Error("the period is not the week from Monday to Sunday in Japan")
	}
}

func TestACodeAsPeopleTypeIt(t *testing.T) {
	k := testKeys(t, 1)
	code := k.Code(42, "clerk", monday)
	wide := strings.Map(func(r rune) rune { return r - '!' + '！' }, code)
	for _, tc := range []struct {
		typed string
		want  CodeState
	}{
		{code, CodeValid}, {strings.ToUpper(code), CodeValid}, {wide, CodeValid}, {"　" + code + " ", CodeValid},
		{"", CodeNone}, {"  ", CodeNone}, {code[:5], CodeWrong}, {code + "2", CodeWrong}, {"000000", CodeWrong},
	} {
		if got := k.CheckCode(tc.typed, 42, "clerk", monday, 45); got != tc.want {
			t.Errorf("CheckCode(%q) = %s, want %s", tc.typed, got, tc.want)
		}
	}
}

func TestCodesAcrossARotation(t *testing.T) {
	k := testKeys(t, 1)
	code := k.Code(42, "clerk", monday)
	next := rotated(t, k, monday.Add(time.Hour), 10*24*time.Hour)
	if next.Code(42, "clerk", monday) == code {
		t.Error("a rotation changed no code")
	}
	for _, tc := range []struct {
		rule string
		days int
		want CodeState
	}{{"in the grace time", 9, CodeValid}, {"after it", 11, CodeExpired}} {
		if got := next.CheckCode(code, 42, "clerk", monday.AddDate(0, 0, tc.days), 45); got != tc.want {
			t.Errorf("an old generation's code %s: %s, want %s", tc.rule, got, tc.want)
		}
	}
}

func TestProperty_ACodeIsForOneCaseAndOneParty(t *testing.T) {
	k := testKeys(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Int64().Draw(t, "case")
		party := rapid.StringN(0, 40, -1).Draw(t, "party")
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), 0)
		later := at.Add(time.Duration(rapid.Int64Range(0, int64(30*24*time.Hour)).Draw(t, "later")))
		code := k.Code(id, party, at)
		if got := k.CheckCode(code, id, party, later, 30); got != CodeValid {
			t.Fatalf("own code after %v: %s", later.Sub(at), got)
		}
		otherID := rapid.Int64().Draw(t, "other case")
		otherParty := rapid.StringN(0, 40, -1).Draw(t, "other party")
		if otherID != id || otherParty != party {
			if got := k.CheckCode(code, otherID, otherParty, later, 30); got != CodeWrong {
				t.Fatalf("another's code: %s", got)
			}
		}
	})
}

func TestOneTimeWords(t *testing.T) {
	k := testKeys(t, 1)
	hash := [32]byte{1, 2, 3}
	word := k.Word(hash, "全送信再開", "n1")
	if len(word) != 10 || strings.Trim(word, alphabet) != "" {
		t.Fatalf("word = %q", word)
	}
	next := rotated(t, k, monday, 48*time.Hour)
	for _, tc := range []struct {
		rule  string
		typed string
		hash  [32]byte
		cmd   string
		nonce string
		at    time.Time
		want  bool
	}{
		{"its own", word, hash, "全送信再開", "n1", monday, true},
		{"in capitals", strings.ToUpper(word), hash, "全送信再開", "n1", monday, true},
		{"after the grace time of its keys", word, hash, "全送信再開", "n1", monday.Add(48 * time.Hour), false},
		{"another mail", word, [32]byte{9}, "全送信再開", "n1", monday, false},
		{"another command", word, hash, "承認", "n1", monday, false},
		{"an earlier question", word, hash, "全送信再開", "n0", monday, false},
		{"nothing", "", hash, "全送信再開", "n1", monday, false},
	} {
		if got := next.CheckWord(tc.typed, tc.hash, tc.cmd, tc.nonce, tc.at); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.rule, got, tc.want)
		}
	}
}

func BenchmarkCode(b *testing.B) {
	k := testKeys(b, 1)
	b.ReportAllocs()
	for i := range b.N {
		k.Code(int64(i), "intake:MINATO-BANK", monday)
	}
}

func BenchmarkCheckWrongCode(b *testing.B) {
	k := testKeys(b, 1)
	b.ReportAllocs()
	for i := range b.N {
		k.CheckCode("abcdef", int64(i), "intake:MINATO-BANK", monday, 45)
	}
}

func TestGoodCodesAreThoseThatCheckAsValid(t *testing.T) {
	k := testKeys(t, 1)
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	k = rotated(t, k, now.AddDate(0, 0, -10), 20*24*time.Hour)
	good := k.GoodCodes(7, "intake:MINATO", now, 44)
	for _, c := range good {
		if s := k.CheckCode(c, 7, "intake:MINATO", now, 44); s != CodeValid {
			t.Errorf("%s is %s", c, s)
		}
	}
	for days := range 44 {
		if c := k.Code(7, "intake:MINATO", now.AddDate(0, 0, -days)); !slices.Contains(good, c) {
			t.Errorf("the code of %d days ago is not among them", days)
		}
	}
}
