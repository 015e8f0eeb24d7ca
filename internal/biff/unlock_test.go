package biff

import (
	"crypto/md5"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"uketsuke/internal/biff/bifftest"
	"uketsuke/internal/cfb"
)

var salt = []byte("0123456789abcdef")

// locked writes a workbook locked with a password: Excel 97's way, or by
// CryptoAPI with a key of so many bits.
func locked(t testing.TB, password string, bits int) []byte {
	t.Helper()
	l := &lock{salt: salt, verifier: make([]byte, 16), hash: make([]byte, 16), keyBytes: bits / 8}
	if bits > 0 {
		l.hash = make([]byte, 20)
	}
	keys, _ := l.open(password)
	verifier := []byte("a verifier of 16")
	plain := md5.Sum(verifier)
	hash := plain[:]
	if bits > 0 {
		sum := sha1.Sum(verifier)
		hash = sum[:]
	}
	c := keys(0)
	c.XORKeyStream(l.verifier, verifier)
	c.XORKeyStream(l.hash, hash)

	le := binary.LittleEndian
	pass := []byte{1, 0, 1, 0, 1, 0}
	if bits > 0 {
		pass = []byte{1, 0, 2, 0, 2, 0}
		pass = append(pass, make([]byte, 8)...)
		le.PutUint32(pass[10:], 34) // of the header: 32 and an empty name
		head := make([]byte, 34)
		le.PutUint32(head[8:], 0x6801)
		le.PutUint32(head[12:], 0x8004)
		le.PutUint32(head[16:], uint32(bits))
		pass = append(append(pass, head...), 16, 0, 0, 0)
	}
	pass = append(append(pass, salt...), l.verifier...)
	if bits > 0 {
		pass = append(pass, 20, 0, 0, 0)
	}
	b := &bifftest.Book{FilePass: append(pass, l.hash...), Sheets: []bifftest.Sheet{{Name: "表", Cells: []bifftest.Cell{
		{Row: 1, Col: 1, Value: strings.Repeat("企業名", 1000)}, {Row: 2, Col: 1, Value: 46342.0}}}}}
	stream := b.Stream()
	decrypt(stream, keys) // a stream cipher: the same both ways
	node := cfb.NewStream("Workbook", len(stream))
	file, err := cfb.Layout(node)
	if err != nil {
		t.Fatal(err)
	}
	copy(node.Content, stream)
	return file
}

var unlockLimits = Limits{Sheets: 10, Cells: 100, Merges: 100, Strings: 100, Text: 1 << 20, Records: 1000}

func TestLockedWorkbooksOpenWithTheirPassword(t *testing.T) {
	for _, bits := range []int{0, 40, 56, 128} {
		b := locked(t, "鍵Kobe2026!", bits)
		if _, err := Read(b, unlockLimits); !errors.Is(err, ErrEncrypted) {
			t.Errorf("%d bits: read without password: %v", bits, err)
		}
		if _, err := Unlock(b, "鍵Kobe2026?"); !errors.Is(err, ErrPassword) {
			t.Errorf("%d bits: wrong password: %v", bits, err)
		}
		open, err := Unlock(b, "鍵Kobe2026!")
		if err != nil {
			t.Fatal(err)
		}
		book, err := Read(open, unlockLimits)
		if err != nil {
			t.Fatal(err)
		}
		if cells := book.Sheets[0].Cells; cells[0].Text != strings.Repeat("企業名", 1000) || cells[1].Text != "46342" || book.Sheets[0].Name != "表" {
			t.Errorf("%d bits: sheet %q, %d cells", bits, book.Sheets[0].Name, len(cells))
		}
	}
}

func TestWhatCannotBeUnlocked(t *testing.T) {
	plain := &bifftest.Book{Sheets: []bifftest.Sheet{{Name: "表"}}}
	if _, err := Unlock(plain.Bytes(), "x"); !errors.Is(err, ErrNotLocked) {
		t.Errorf("plain: %v", err)
	}
	for _, pass := range [][]byte{{}, {0, 0, 1, 2, 3, 4}, {1, 0, 1, 0, 1, 0}, {1, 0, 2, 0, 2, 0, 0, 0, 0, 0, 255, 255, 255, 255}, {1, 0, 9, 0, 9, 0}} {
		plain.FilePass = pass
		if _, err := Unlock(plain.Bytes(), "x"); err == nil || errors.Is(err, ErrPassword) {
			t.Errorf("FILEPASS % x: %v", pass, err)
		}
	}
	if _, err := Unlock([]byte("PK"), "x"); err == nil {
		t.Error("a zip was unlocked")
	}
}

// FuzzUnlock: no FILEPASS record makes it panic.
func FuzzUnlock(f *testing.F) {
	for _, bits := range []int{0, 128} {
		f.Add(locked(f, VelvetSweatshop, bits), VelvetSweatshop)
	}
	f.Fuzz(func(t *testing.T, b []byte, password string) {
		open, err := Unlock(b, password)
		if err != nil {
			return
		}
		if _, err := Unlock(open, password); !errors.Is(err, ErrNotLocked) {
			t.Fatalf("what was unlocked is still locked: %v", err)
		}
	})
}
