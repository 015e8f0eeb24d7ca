package cfb

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// fill gives each stream below the nodes a content of its own.
func fill(nodes ...*Node) {
	for _, n := range nodes {
		for i := range n.Content {
			n.Content[i] = byte(i*7 + i>>8 + n.size)
		}
		fill(n.children...)
	}
}

// checkRead compares what a file has with the nodes that it was made from.
func checkRead(t rapid.TB, f *File, path []string, nodes []*Node) {
	t.Helper()
	if names := f.Names(path...); len(names) != len(nodes) {
		t.Fatalf("%q has %q, want %d names", path, names, len(nodes))
	}
	for _, n := range nodes {
		below := append(path[:len(path):len(path)], nameOf(n))
		if n.kind == kindStorage {
			checkRead(t, f, below, n.children)
			continue
		}
		if content, err := f.Stream(below...); err != nil || !bytes.Equal(content, n.Content) || len(content) != n.size {
			t.Fatalf("%q: %d bytes, %v; want %d", below, len(content), err, n.size)
		}
	}
}

func nameOf(n *Node) string {
	out := make([]byte, len(n.name))
	for i, u := range n.name {
		out[i] = byte(u)
	}
	return string(out)
}

func drawNodes(t *rapid.T, depth int) []*Node {
	names := rapid.SliceOfNDistinct(rapid.StringMatching(`[\x05\x06a-z]{1,31}`), 0, 9, rapid.ID).Draw(t, "names")
	var nodes []*Node
	for _, name := range names {
		if depth > 0 && rapid.IntRange(0, 3).Draw(t, "storage") == 0 {
			nodes = append(nodes, NewStorage(name, drawNodes(t, depth-1)...))
			continue
		}
		size := rapid.OneOf(rapid.IntRange(0, 200), rapid.IntRange(4090, 4100), rapid.IntRange(0, 70_000)).Draw(t, "size")
		nodes = append(nodes, NewStream(name, size))
	}
	return nodes
}

func TestProperty_WhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := drawNodes(t, 2)
		b, err := Layout(nodes...)
		if err != nil {
			t.Fatal(err)
		}
		fill(nodes...)
		f, err := Open(b)
		if err != nil {
			t.Fatal(err)
		}
		checkRead(t, f, nil, nodes)
		checkTree(t, f, 0)
		checkSectors(t, f)
	})
}

// checkTree holds the rules of [MS-CFB] 2.6.4 over the tree of each storage: sorted, no red child of a red entry, equally
// many black ones on each way down.
func checkTree(t rapid.TB, f *File, storage uint32) {
	t.Helper()
	red := func(n uint32) bool { return n != noEntry && f.directory[n*entrySize+67] == 0 }
	var last *entry
	var walk func(n uint32) (black int)
	walk = func(n uint32) int {
		if n == noEntry {
			return 0
		}
		e := f.entry(int(n))
		if red(n) && (red(e.left) || red(e.right)) {
			t.Fatalf("entry %d and a child of it are red", n)
		}
		left := walk(e.left)
		if last != nil && (len(last.name) > len(e.name) || len(last.name) == len(e.name) && last.name >= e.name) {
			t.Fatalf("%q stands before %q", last.name, e.name)
		}
		last = &e
		if right := walk(e.right); left != right {
			t.Fatalf("entry %d has %d black ones on the left, %d on the right", n, left, right)
		}
		if !red(n) {
			left++
		}
		return left
	}
	top := f.entry(int(storage)).child
	if red(top) || red(storage) {
		t.Fatalf("entry %d or its tree's top is red", storage)
	}
	walk(top)
	f.children(int(storage), func(n int, e entry) bool {
		if e.kind == kindStorage {
			checkStorage(t, f, n)
		}
		return true
	})
}

// checkStorage is checkTree for a storage that may be red itself.
func checkStorage(t rapid.TB, f *File, storage int) {
	if top := f.entry(storage).child; top != noEntry && f.directory[top*entrySize+67] == 0 {
		t.Fatalf("the top of storage %d's tree is red", storage)
	}
	if e := f.entry(storage); e.start != 0 || e.size != 0 {
		t.Fatalf("storage %d has a stream", storage)
	}
}

// checkSectors follows every chain: each sector of the file belongs to one thing only, and none is lost.
func checkSectors(t rapid.TB, f *File) {
	t.Helper()
	owners := make([]int, f.sectors())
	chain := func(n uint32) {
		for ; n < maxSector; n = f.fat[n] {
			owners[n]++
		}
	}
	chain(le.Uint32(f.b[48:]))
	chain(le.Uint32(f.b[60:]))
	for i := range len(f.directory) / entrySize {
		if e := f.entry(i); e.kind == kindRoot || e.kind == kindStream && e.size >= miniCutoff {
			chain(e.start)
		}
	}
	for n := range owners {
		if mark := f.fat[n]; mark == fatMark || mark == difatMark {
			owners[n]++
		}
		if owners[n] != 1 {
			t.Fatalf("sector %d of %d belongs to %d chains", n, len(owners), owners[n])
		}
	}
	for n, next := range f.fat[len(owners):] {
		if next != free {
			t.Fatalf("sector %d after the end is taken", len(owners)+n)
		}
	}
}

// TestLargeFilesNameTheirFATInTheDIFAT goes past the 109 FAT sectors that the header names, and past the 127 of the first
// DIFAT sector.
func TestLargeFilesNameTheirFATInTheDIFAT(t *testing.T) {
	const oneFATSector = perSector * sectorSize
	for _, tc := range []struct{ size, fat, difat int }{
		{107 * oneFATSector, 108, 0}, {108*oneFATSector + 15*sectorSize, 109, 0}, {109 * oneFATSector, 110, 1},
		{234*oneFATSector + 64*sectorSize, 237, 2}, {400 * oneFATSector, 404, 3},
	} {
		big, small := NewStream("big", tc.size), NewStream("small", 100)
		b, err := Layout(big, small)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < tc.size; i += sectorSize {
			le.PutUint32(big.Content[i:], uint32(i))
		}
		if fat, difat := int(le.Uint32(b[44:])), int(le.Uint32(b[72:])); fat != tc.fat || difat != tc.difat {
			t.Errorf("%d bytes: %d FAT and %d DIFAT sectors, want %d and %d", tc.size, fat, difat, tc.fat, tc.difat)
		}
		f, err := Open(b)
		if err != nil {
			t.Fatal(err)
		}
		checkRead(t, f, nil, []*Node{big, small})
		checkSectors(t, f)
	}
}

func TestNamesThatCannotBeWritten(t *testing.T) {
	for rule, nodes := range map[string][]*Node{
		"no name":               {NewStream("", 1)},
		"32 characters":         {NewStream("12345678901234567890123456789012", 1)},
		"a slash":               {NewStream("a/b", 1)},
		"not ASCII":             {NewStream("株", 1)},
		"twice":                 {NewStream("a", 1), NewStorage("a")},
		"twice but for case":    {NewStream("Ab", 1), NewStream("aB", 1)},
		"deeper":                {NewStorage("ok", NewStream("a:b", 1))},
		"more than 2 GiB in it": {NewStream("a", 1<<31)},
	} {
		if _, err := Layout(nodes...); err == nil {
			t.Errorf("%s: written", rule)
		}
	}
	if _, err := Layout(NewStorage("a", NewStream("b", 1)), NewStorage("c", NewStream("b", 1))); err != nil {
		t.Errorf("the same name in two storages: %v", err)
	}
}

func BenchmarkLayoutAndOpen(b *testing.B) {
	for _, size := range []int{12 << 10, 16 << 20} {
		b.Run(fmt.Sprint(size>>10, "KiB"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				file, err := Layout(NewStream("EncryptionInfo", 1289), NewStream("EncryptedPackage", size))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := Open(file); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
