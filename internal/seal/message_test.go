package seal

import (
	"mime"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const domain = "kobe.jetro.example"

func TestAMessageIDIsKnownAsOwn(t *testing.T) {
	k := testKeys(t, 1)
	id := k.MessageID(4711, "registered", "a@x.example,b@y.example", "Kobe.Jetro.Example")
	if !strings.HasPrefix(id, "<u.4711.") || !strings.HasSuffix(id, "@"+domain+">") || len(id) > 78 {
		t.Fatalf("Message-ID = %s", id)
	}
	for _, tc := range []struct {
		rule, id string
		want     bool
	}{
		{"as sent", id, true},
		{"without brackets", strings.Trim(id, "<>"), true},
		{"in capitals", strings.ToUpper(id), true},
		{"with spaces around", " " + id + "\t", true},
		{"for another letter", strings.Replace(id, "4711", "4712", 1), false},
		{"with a leading zero", strings.Replace(id, "4711", "04711", 1), false},
		{"at another domain", strings.Replace(id, "jetro", "jetr0", 1), false},
		{"with another seal", strings.Replace(id, "@", "a@", 1), false},
		{"somebody else's", "<20261123.1@minato-bank.example>", false},
		{"of another installation", testKeys(t, 2).MessageID(4711, "registered", "a", domain), false},
		{"empty", "", false},
		{"endless", "<u.1." + strings.Repeat("a", 1000) + ".b@c.d>", false},
	} {
		letter, ok := k.OwnMessageID(tc.id)
		if ok != tc.want || ok && letter != 4711 {
			t.Errorf("%s: %d, %v, want %v", tc.rule, letter, ok, tc.want)
		}
	}
}

func TestAMessageIDIsBoundToItsRecipients(t *testing.T) {
	k := testKeys(t, 1)
	id := k.MessageID(4711, "registered", "a@x.example", domain)
	next := rotated(t, k, monday, 0)
	for _, keys := range []Keys{k, next} {
		if !keys.BoundTo(id, "registered", "a@x.example") {
			t.Error("not bound to its own recipient")
		}
		if keys.BoundTo(id, "registered", "b@x.example") || keys.BoundTo(id, "returned", "a@x.example") || keys.BoundTo("x", "", "") {
			t.Error("bound to another recipient or kind")
		}
		if _, ok := keys.OwnMessageID(id); !ok {
			t.Error("not known as own")
		}
	}
	if id == next.MessageID(4711, "registered", "a@x.example", domain) {
		t.Error("a rotation changed no Message-ID")
	}
}

func TestTheLoopHeaderOutlivesTheMessageID(t *testing.T) {
	k := testKeys(t, 1)
	id := k.MessageID(4711, "registered", "a@x.example", domain)
	other := k.MessageID(4712, "registered", "a@x.example", domain)
	header := k.LoopHeader(id)
	if strings.ContainsAny(header, " \r\n") || len(header) > 60 {
		t.Fatalf("loop header = %q", header)
	}
	for _, tc := range []struct {
		rule, id, header string
		want             bool
	}{
		{"as sent", id, header, true},
		{"brackets and case of the Message-ID changed", strings.ToUpper(strings.Trim(id, "<>")), header, true},
		{"folded and in capitals", id, "\t" + strings.ToUpper(header), true},
		{"a gateway replaced the Message-ID", "<0101018f-0000@ap-northeast-1.amazonses.example>", header, true},
		{"the Message-ID is lost", "", header, true},
		{"put on another letter of ours", other, header, false},
		{"made up", id, "aaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaa", false},
		{"half of it", id, strings.Split(header, ".")[0], false},
		{"absent", id, "", false},
		{"of another installation", id, testKeys(t, 2).LoopHeader(id), false},
	} {
		if got := k.OwnLoop(tc.id, tc.header); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.rule, got, tc.want)
		}
	}
	if !rotated(t, k, monday, 0).OwnLoop(id, header) {
		t.Error("a rotation made an old letter unknown")
	}
}

func TestBoundariesAreAllowedStableAndDistinct(t *testing.T) {
	k := testKeys(t, 1)
	seen := map[string]bool{}
	for id := range int64(20) {
		for n := range 5 {
			b := k.Boundary(id, n)
			if b != k.Boundary(id, n) || seen[b] {
				t.Fatalf("boundary %q is not stable or not distinct", b)
			}
			seen[b] = true
			_, p, err := mime.ParseMediaType(`multipart/mixed; boundary="` + b + `"`)
			if err != nil || p["boundary"] != b || len(b) > 70 {
				t.Fatalf("boundary %q: %v", b, err)
			}
		}
	}
}

func TestProperty_OnlyWhatWasMadeHereIsOwn(t *testing.T) {
	k := testKeys(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		letter := rapid.Int64().Draw(t, "letter")
		id := k.MessageID(letter, rapid.String().Draw(t, "kind"), rapid.String().Draw(t, "recipient"), domain)
		if got, ok := k.OwnMessageID(id); !ok || got != letter {
			t.Fatalf("OwnMessageID(%q) = %d, %v", id, got, ok)
		}
		at := rapid.IntRange(1, len(id)-2).Draw(t, "at")
		c := rapid.SampledFrom([]byte("abcxyz0127.@-")).Draw(t, "letter instead")
		if changed := id[:at] + string(c) + id[at+1:]; changed != id {
			if _, ok := k.OwnMessageID(changed); ok {
				t.Fatalf("%q passes as own", changed)
			}
		}
	})
}

func BenchmarkMessageID(b *testing.B) {
	k := testKeys(b, 1)
	b.ReportAllocs()
	for i := range b.N {
		k.MessageID(int64(i), "registered", "tanaka@minato-bank.example,kaigai@minato-bank.example", domain)
	}
}
