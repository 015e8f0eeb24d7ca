package cfb

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

// sample is a small file: a stream of its own sectors, a mini stream, a storage.
func sample(t testing.TB) []byte {
	t.Helper()
	nodes := []*Node{NewStream("Large", 5000), NewStream("Small", 100), NewStorage("Inner", NewStream("Deep", 70))}
	b, err := Layout(nodes...)
	if err != nil {
		t.Fatal(err)
	}
	fill(nodes...)
	return b
}

// Where things lie in the sample.
const (
	sampleFAT       = 1 * sectorSize
	sampleDirectory = 2 * sectorSize // entries: root, Large, Small, Inner by name's length and letters
)

func sampleEntry(t testing.TB, b []byte, name string) []byte {
	t.Helper()
	f, err := Open(b)
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(f.directory) / entrySize {
		if f.entry(i).name == name {
			return b[sampleDirectory+i*entrySize:][:entrySize]
		}
	}
	t.Fatalf("no entry %q", name)
	return nil
}

func TestHostileFilesEndInAnError(t *testing.T) {
	for _, tc := range []struct {
		rule  string
		spoil func(b []byte) []byte
		want  string // of Open, or else of reading Large and Deep
	}{
		{"empty", func(b []byte) []byte { return nil }, "no header"},
		{"header only", func(b []byte) []byte { return b[:headerSize] }, "outside the file"},
		{"no signature", func(b []byte) []byte { b[0] = 0; return b }, "no header"},
		{"sectors of 2 bytes", func(b []byte) []byte { le.PutUint16(b[30:], 1); return b }, "sectors of 2^1 bytes"},
		{"sectors of 2^25 bytes", func(b []byte) []byte { le.PutUint16(b[30:], 25); return b }, "sectors of 2^25 bytes"},
		{"FAT outside", func(b []byte) []byte { le.PutUint32(b[76:], 5000); return b }, "FAT sector 5000"},
		{"no FAT", func(b []byte) []byte { le.PutUint32(b[76:], free); return b }, "outside the file"},
		{"directory outside", func(b []byte) []byte { le.PutUint32(b[48:], 5000); return b }, "sector 5000"},
		{"directory in a loop", func(b []byte) []byte { le.PutUint32(b[sampleFAT+4*1:], 1); return b }, "loop"},
		{"no root", func(b []byte) []byte { b[sampleDirectory+66] = kindStream; return b }, "root"},
		{"mini FAT outside", func(b []byte) []byte { le.PutUint32(b[60:], 5000); return b }, "sector 5000"},
		{"mini stream larger than the file", func(b []byte) []byte { le.PutUint32(b[sampleDirectory+120:], 1<<30); return b }, "a stream of"},
		{"stream larger than the file", func(b []byte) []byte { le.PutUint32(sampleEntry(t, b, "Large")[120:], 1<<31); return b }, "a stream of"},
		{"stream larger than its chain", func(b []byte) []byte { le.PutUint32(sampleEntry(t, b, "Large")[120:], 5121); return b }, "ends after"},
		{"stream outside", func(b []byte) []byte { le.PutUint32(sampleEntry(t, b, "Large")[116:], 5000); return b }, "sector 5000"},
		{"mini stream outside", func(b []byte) []byte { le.PutUint32(sampleEntry(t, b, "Deep")[116:], 77); return b }, "sector 77"},
		{"stream in a loop", func(b []byte) []byte {
			e := sampleEntry(t, b, "Large")
			start := le.Uint32(e[116:])
			le.PutUint32(b[sampleFAT+4*start:], start)
			le.PutUint32(e[120:], uint32(len(b)))
			return b
		}, "loop"},
		{"stream without a chain", func(b []byte) []byte { le.PutUint32(sampleEntry(t, b, "Large")[116:], endOfChain); return b }, "ends after 0"},
		{"storage that contains itself", func(b []byte) []byte {
			le.PutUint32(sampleEntry(t, b, "Inner")[76:], le.Uint32(b[sampleDirectory+76:]))
			return b
		}, "no such stream"},
		{"siblings in a loop", func(b []byte) []byte {
			e := sampleEntry(t, b, "Deep")
			le.PutUint32(e[68:], le.Uint32(sampleEntry(t, b, "Inner")[76:]))
			copy(e, "X")
			return b
		}, "no such stream"},
		{"cut short", func(b []byte) []byte { return b[:len(b)-4*sectorSize] }, ""},
	} {
		b := tc.spoil(sample(t))
		began := time.Now()
		f, err := Open(b)
		if err == nil {
			if _, err = f.Stream("Large"); err == nil {
				_, err = f.Stream("Inner", "Deep")
			}
		}
		var format *FormatError
		if err == nil || !strings.Contains(err.Error(), tc.want) || !errors.As(err, &format) && !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v, want %q", tc.rule, err, tc.want)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("%s: took %s", tc.rule, took)
		}
	}
}

// TestADIFATLoopEnds: a DIFAT sector that names itself as the next one.
func TestADIFATLoopEnds(t *testing.T) {
	big := NewStream("big", 8<<20)
	b, err := Layout(big)
	if err != nil {
		t.Fatal(err)
	}
	le.PutUint32(b[sectorSize+sectorSize-4:], 0)
	for i := sectorSize; i < 2*sectorSize-4; i += 4 {
		le.PutUint32(b[i:], 1) // the same FAT sector again and again
	}
	f, err := Open(b)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.fat) > f.sectors()+perSector {
		t.Errorf("a FAT of %d for %d sectors", len(f.fat), f.sectors())
	}
}

func TestNamesAreFoundInAnyCaseAndOrder(t *testing.T) {
	b := sample(t)
	root := sampleEntry(t, b, "Root Entry")
	if top := le.Uint32(root[76:]); top != noEntry { // turn the tree around
		e := b[sampleDirectory+int(top)*entrySize:]
		left, right := le.Uint32(e[68:]), le.Uint32(e[72:])
		le.PutUint32(e[68:], right)
		le.PutUint32(e[72:], left)
	}
	f, err := Open(b)
	if err != nil {
		t.Fatal(err)
	}
	if content, err := f.Stream("INNER", "deep"); err != nil || len(content) != 70 {
		t.Errorf("%d bytes, %v", len(content), err)
	}
	for _, path := range [][]string{{"Inner"}, {"Large", "Deep"}, {"Deep"}, {}} {
		if _, err := f.Stream(path...); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", path, err)
		}
	}
	if names := f.Names("Large"); names != nil {
		t.Errorf("a stream has names in it: %q", names)
	}
}

// TestScatteredSectors reads a stream whose sectors stand in the file from last to first.
func TestScatteredSectors(t *testing.T) {
	large := NewStream("Large", 9*sectorSize-9)
	b, err := Layout(large)
	if err != nil {
		t.Fatal(err)
	}
	fill(large)
	want := bytes.Clone(large.Content)
	first := int(large.start)
	for i := range 9 {
		at := first + 8 - i
		from := want[i*sectorSize : min((i+1)*sectorSize, len(want))]
		copy(b[(at+1)*sectorSize:], from)
		next := uint32(at - 1)
		if i == 8 {
			next = endOfChain
		}
		le.PutUint32(b[sampleFAT+4*at:], next)
	}
	le.PutUint32(sampleEntry(t, b, "Large")[116:], uint32(first+8))
	f, err := Open(b)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := f.Stream("Large"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestVersion4 reads a file with sectors of 4096 bytes and sizes of eight.
func TestVersion4(t *testing.T) {
	const sector = 4096
	b := make([]byte, 5*sector-100) // header, FAT, directory, two of a stream, the last one cut short
	copy(b, Signature)
	le.PutUint16(b[26:], 4)
	le.PutUint16(b[30:], 12)
	le.PutUint32(b[48:], 1)
	le.PutUint32(b[60:], endOfChain)
	le.PutUint32(b[68:], endOfChain)
	for i := 76; i < headerSize; i += 4 {
		le.PutUint32(b[i:], free)
	}
	le.PutUint32(b[76:], 0)
	for i, n := range []uint32{fatMark, endOfChain, 3, endOfChain, free} {
		le.PutUint32(b[sector+4*i:], n)
	}
	put := func(at int, name string, kind byte, child, start uint32, size uint64) {
		e := b[2*sector+at*entrySize:]
		for i, c := range name {
			e[2*i] = byte(c)
		}
		le.PutUint16(e[64:], uint16(2*len(name)+2))
		e[66] = kind
		le.PutUint32(e[68:], noEntry)
		le.PutUint32(e[72:], noEntry)
		le.PutUint32(e[76:], child)
		le.PutUint32(e[116:], start)
		le.PutUint64(e[120:], size)
	}
	put(0, "Root Entry", kindRoot, 1, endOfChain, 0)
	put(1, "Workbook", kindStream, noEntry, 2, 2*sector)
	f, err := Open(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Stream("Workbook"); err == nil {
		t.Error("a stream that the file has not all of was read")
	}
	put(1, "Workbook", kindStream, noEntry, 2, 2*sector-100)
	if got, err := f.Stream("Workbook"); err != nil || len(got) != 2*sector-100 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	put(1, "Workbook", kindStream, noEntry, 2, 1<<40|2*sector-100)
	if _, err := f.Stream("Workbook"); err == nil {
		t.Error("version 4 has sizes of eight bytes")
	}
}

// FuzzOpen: whatever the bytes are, reading ends, and gives no more than the file has.
func FuzzOpen(f *testing.F) {
	f.Add(sample(f))
	f.Add([]byte(Signature))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Open(b)
		if err != nil {
			return
		}
		for _, name := range file.Names() {
			content, err := file.Stream(name)
			if err == nil && len(content) > len(b) {
				t.Fatalf("%d bytes of a file of %d", len(content), len(b))
			}
			for _, below := range file.Names(name) {
				file.Stream(name, below)
			}
		}
	})
}
