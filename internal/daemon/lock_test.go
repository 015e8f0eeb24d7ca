package daemon

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestKeysAreMadeOnceAndClosedToOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	first, err := keys(path, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil { // as a backup puts it back
		t.Fatal(err)
	}
	second, err := keys(path, bytes.NewReader(nil)) // no randomness is asked for
	if err != nil || !bytes.Equal(first.Marshal(), second.Marshal()) {
		t.Errorf("the second start has other keys (%v)", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestKeysThatCannotBeMadeLeaveNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	if _, err := keys(path, bytes.NewReader(nil)); err == nil {
		t.Error("keys were made of no randomness")
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a key file is there: %v", err)
	}
}
