package seal

import (
	"bytes"
	"io"
	"math"
	"regexp"
	"testing"
)

func TestAPasswordIsFourGroupsOfUnambiguousLetters(t *testing.T) {
	shape := regexp.MustCompile(`^[2-9a-hjkmnp-z]{4}(-[2-9a-hjkmnp-z]{4}){3}$`)
	source, seen := random(1), map[string]bool{}
	for range 1000 {
		p, err := NewPassword(source)
		if err != nil || !shape.MatchString(p) || seen[p] {
			t.Fatalf("%q, %v", p, err)
		}
		seen[p] = true
	}
	if bits := passwordGroups * groupLetters * math.Log2(float64(len(alphabet))); bits < 79 {
		t.Errorf("%.1f bits", bits)
	}
}

// TestNoLetterOfAPasswordIsLikelier feeds every byte equally often: every letter comes out equally often.
func TestNoLetterOfAPasswordIsLikelier(t *testing.T) {
	without, err := NewPassword(random(1))
	if err != nil {
		t.Fatal(err)
	}
	count := map[byte]int{}
	for first := range 256 {
		p, err := NewPassword(io.MultiReader(bytes.NewReader([]byte{byte(first)}), random(1)))
		if err != nil {
			t.Fatal(err)
		}
		if p != without { // the first byte made a letter
			count[p[0]]++
		}
	}
	for _, c := range []byte(alphabet) {
		if count[c] != 256/len(alphabet) {
			t.Errorf("%q comes from %d of 256 bytes, want %d", c, count[c], 256/len(alphabet))
		}
	}
}

func TestAPasswordNeedsRandomness(t *testing.T) {
	for rule, source := range map[string]io.Reader{
		"none": bytes.NewReader(nil), "63 bytes": bytes.NewReader(make([]byte, 63)), "only 0xFF": bytes.NewReader(bytes.Repeat([]byte{0xFF}, 64)),
	} {
		if p, err := NewPassword(source); err == nil || p != "" {
			t.Errorf("%s: %q, %v", rule, p, err)
		}
	}
}
