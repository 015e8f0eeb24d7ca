package cfb

import (
	"strings"
	"unicode/utf16"
)

// File is an opened compound file. It shares the bytes that it was opened from and is safe for concurrent use.
type File struct {
	b         []byte
	version   int
	sector    int      // bytes
	fat       []uint32 // by sector
	miniFAT   []uint32 // by sector of mini
	mini      []byte   // the root's stream
	directory []byte   // of whole entries; the first is the root
}

// entry is what a directory entry says, unproven.
type entry struct {
	name               string
	kind               byte
	left, right, child uint32
	start              uint32
	size               uint64
}

// Open reads header, FAT and directory; streams are looked at when they are asked for. Its errors are *FormatError.
// Beside b it takes memory for the FAT, about 1 % of b, and copies of what does not lie in one piece.
func Open(b []byte) (*File, error) {
	if len(b) < headerSize || string(b[:len(Signature)]) != Signature {
		return nil, broken("no header")
	}
	shift := le.Uint16(b[30:])
	if shift != 9 && shift != 12 {
		return nil, broken("sectors of 2^%d bytes", shift)
	}
	f := &File{b: b, version: int(le.Uint16(b[26:])), sector: 1 << shift}
	if err := f.readFAT(); err != nil {
		return nil, err
	}
	directory, err := f.chain(le.Uint32(b[48:]), len(b), false)
	if err != nil {
		return nil, err
	}
	f.directory = directory[:len(directory)/entrySize*entrySize]
	if len(f.directory) == 0 || f.entry(0).kind != kindRoot {
		return nil, broken("the directory does not begin with the root")
	}
	return f, f.readMini()
}

func (f *File) entry(n int) entry {
	b := f.directory[n*entrySize:]
	e := entry{kind: b[66], left: le.Uint32(b[68:]), right: le.Uint32(b[72:]), child: le.Uint32(b[76:]), start: le.Uint32(b[116:]), size: le.Uint64(b[120:])}
	if f.version == 3 {
		e.size &= 0xFFFFFFFF // the upper half may be anything ([MS-CFB] 2.6.1)
	}
	units := make([]uint16, 0, 32)
	for i := 0; i+2 < min(int(le.Uint16(b[64:])), 64); i += 2 { // the length counts the closing NUL
		units = append(units, le.Uint16(b[i:]))
	}
	e.name = string(utf16.Decode(units))
	return e
}

// sectors is how many sectors the file can have, the last perhaps cut short.
func (f *File) sectors() int { return max(0, (len(f.b)-1)/f.sector) }

// at returns what the file has of a sector.
func (f *File) at(n uint32) ([]byte, bool) {
	if int64(n) >= int64(f.sectors()) {
		return nil, false
	}
	off := (int(n) + 1) * f.sector
	return f.b[off:min(off+f.sector, len(f.b))], true
}

// readFAT collects the FAT from the sectors that header and DIFAT name, no more of it than the file has sectors.
func (f *File) readFAT() error {
	named, next := f.b[76:headerSize], le.Uint32(f.b[68:])
	for len(f.fat) < f.sectors() {
		if len(named) == 0 {
			if next >= maxSector {
				return nil
			}
			s, ok := f.at(next)
			if !ok || len(s) < f.sector {
				return broken("DIFAT sector %d lies outside the file", next)
			}
			named, next = s[:f.sector-4], le.Uint32(s[f.sector-4:])
		}
		n := le.Uint32(named)
		if n >= maxSector { // the list ends with the first that names none
			return nil
		}
		s, ok := f.at(n)
		if !ok {
			return broken("FAT sector %d lies outside the file", n)
		}
		f.fat = append(f.fat, numbers(s)...)
		named = named[4:]
	}
	return nil
}

func numbers(b []byte) []uint32 {
	out := make([]uint32, len(b)/4)
	for i := range out {
		out[i] = le.Uint32(b[4*i:])
	}
	return out
}

// readMini reads the stream of small streams and its FAT. A file without them is whole.
func (f *File) readMini() error {
	root, first := f.entry(0), le.Uint32(f.b[60:])
	if root.size == 0 || first >= maxSector || root.start >= maxSector {
		return nil
	}
	table, err := f.chain(first, len(f.b), false)
	if err != nil {
		return err
	}
	f.miniFAT = numbers(table)
	f.mini, err = f.content(root, false)
	return err
}

// content returns the bytes of an entry's stream.
func (f *File) content(e entry, mini bool) ([]byte, error) {
	if e.size > uint64(len(f.b)) {
		return nil, broken("a stream of %d bytes in a file of %d", e.size, len(f.b))
	}
	content, err := f.chain(e.start, int(e.size), mini)
	if err == nil && uint64(len(content)) < e.size {
		return nil, broken("a stream of %d bytes ends after %d", e.size, len(content))
	}
	return content, err
}

// chain returns up to size bytes of the sectors that follow each other from first on. Sectors that lie side by side, as
// they mostly do, are not copied.
func (f *File) chain(first uint32, size int, mini bool) ([]byte, error) {
	space, fat, unit, from := f.b, f.fat, f.sector, f.sector
	if mini {
		space, fat, unit, from = f.mini, f.miniFAT, miniSize, 0
	}
	at := func(n uint32) int { return from + int(n)*unit }
	most := (len(space) - from + unit - 1) / unit
	sectors, straight := 0, true
	for n := first; n < maxSector && sectors*unit < size; n = fat[n] {
		if int64(n) >= int64(min(most, len(fat))) {
			return nil, broken("sector %d lies outside the file", n)
		}
		if sectors == most {
			return nil, broken("the chain from sector %d is a loop", first)
		}
		straight = straight && n == first+uint32(sectors)
		sectors++
	}
	if sectors == 0 {
		return nil, nil
	}
	if straight {
		return space[at(first):min(at(first)+min(size, sectors*unit), len(space))], nil
	}
	out := make([]byte, 0, sectors*unit)
	for n := first; sectors > 0; n, sectors = fat[n], sectors-1 {
		out = append(out, space[at(n):min(at(n)+unit, len(space))]...)
	}
	return out[:min(size, len(out))], nil
}

// Names are those in a storage, in no order that means anything; of the root's without arguments. Nil when there is no
// such storage.
func (f *File) Names(storage ...string) []string {
	at, ok := f.find(storage)
	if !ok || f.entry(at).kind == kindStream {
		return nil
	}
	var names []string
	f.children(at, func(_ int, e entry) bool {
		names = append(names, e.name)
		return true
	})
	return names
}

// Stream returns the content of a stream, named by the storages that it lies in and its own name, in which letter case
// does not count. It may share the file's bytes: it is not to be written to. Errors: ErrNotFound, *FormatError.
func (f *File) Stream(path ...string) ([]byte, error) {
	at, ok := f.find(path)
	if !ok {
		return nil, ErrNotFound
	}
	e := f.entry(at)
	if e.kind != kindStream {
		return nil, ErrNotFound
	}
	return f.content(e, e.size < miniCutoff)
}

func (f *File) find(path []string) (int, bool) {
	at := 0
	for _, name := range path {
		next := -1
		f.children(at, func(i int, e entry) bool {
			if strings.EqualFold(e.name, name) {
				next = i
			}
			return next < 0
		})
		if next < 0 {
			return 0, false
		}
		at = next
	}
	return at, true
}

// children calls visit for what stands in a storage until it says no. Each entry is met once, whatever the links say.
func (f *File) children(storage int, visit func(int, entry) bool) {
	seen := make([]bool, len(f.directory)/entrySize)
	todo := []uint32{f.entry(storage).child}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if int64(n) >= int64(len(seen)) || seen[n] {
			continue
		}
		seen[n] = true
		e := f.entry(int(n))
		if (e.kind == kindStorage || e.kind == kindStream) && !visit(int(n), e) {
			return
		}
		todo = append(todo, e.right, e.left)
	}
}
