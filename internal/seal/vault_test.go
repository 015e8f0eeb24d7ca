package seal

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

func TestASealedValueOpensAgainAlsoAfterARotation(t *testing.T) {
	k := testKeys(t, 1)
	sealed, err := k.Seal([]byte("kfpw-rt7n-xq4m"), random(2))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("kfpw")) {
		t.Error("the value stands readable in its sealed form")
	}
	for name, keys := range map[string]Keys{"the same keys": k, "rotated": rotated(t, k, time.Unix(0, 0), time.Hour)} {
		if plain, err := keys.Open(sealed); err != nil || string(plain) != "kfpw-rt7n-xq4m" {
			t.Errorf("%s: %q, %v", name, plain, err)
		}
	}
}

func TestASealedValueThatWasChangedDoesNotOpen(t *testing.T) {
	k := testKeys(t, 1)
	sealed, err := k.Seal([]byte("kfpw"), random(2))
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := k.Open(changed); !errors.Is(err, ErrSealed) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	for _, other := range [][]byte{nil, sealed[:3], sealed[:10], sealed[:len(sealed)-1]} {
		if _, err := k.Open(other); !errors.Is(err, ErrSealed) {
			t.Errorf("%d bytes: %v", len(other), err)
		}
	}
	if _, err := testKeys(t, 9).Open(sealed); !errors.Is(err, ErrSealed) {
		t.Errorf("other keys: %v", err)
	}
}

func TestTwoSealsOfOneValueDiffer(t *testing.T) {
	k, r := testKeys(t, 1), random(3)
	a, err1 := k.Seal([]byte("same"), r)
	b, err2 := k.Seal([]byte("same"), r)
	if err1 != nil || err2 != nil || bytes.Equal(a, b) {
		t.Errorf("%x %x %v %v", a, b, err1, err2)
	}
}
