package cfb

import (
	"cmp"
	"fmt"
	"slices"
	"unicode/utf16"
)

// Node is a storage or a stream of a file to be written.
type Node struct {
	name     []uint16
	children []*Node // of a storage
	kind     byte
	size     int // of a stream

	// Content is the place of a stream's bytes in the file that Layout made, zero until somebody fills it: so nothing is
	// held twice.
	Content []byte

	id                 uint32 // in the directory
	left, right, child uint32
	red                bool
	start              uint32
}

// NewStorage is a storage with what stands in it.
func NewStorage(name string, children ...*Node) *Node {
	return &Node{name: utf16.Encode([]rune(name)), kind: kindStorage, children: children}
}

// NewStream is a stream of size bytes.
func NewStream(name string, size int) *Node {
	return &Node{name: utf16.Encode([]rune(name)), kind: kindStream, size: size}
}

const (
	sectorSize  = 512
	perSector   = sectorSize / 4 // numbers in a sector of FAT or DIFAT
	maxNameSize = 31             // UTF-16 units
)

// plan is where the parts of a file lie, in sectors, in this order.
type plan struct {
	difat, fat, directory, miniFAT, mini, streams int
}

func (p plan) total() int { return p.difat + p.fat + p.directory + p.miniFAT + p.mini + p.streams }

// Layout lays out a compound file of version 3 with those nodes in its root and returns its bytes, in which each
// stream's Content is its place. Sizes are limited by version 3 to 2 GiB. It fails when a name is too long, not allowed,
// or there twice, and when the file would be too large.
func Layout(nodes ...*Node) ([]byte, error) {
	root := &Node{name: utf16.Encode([]rune("Root Entry")), kind: kindRoot, children: nodes}
	entries, err := number(root)
	if err != nil {
		return nil, fmt.Errorf("lay out compound file: %w", err)
	}
	var p plan
	minis := 0 // sectors of 64 bytes
	for _, n := range entries {
		switch {
		case n.kind != kindStream || n.size == 0:
			n.start = endOfChain
		case n.size < miniCutoff:
			n.start = uint32(minis)
			minis += ceil(n.size, miniSize)
		default:
			n.start = uint32(p.streams)
			p.streams += ceil(n.size, sectorSize)
		}
	}
	p.directory = ceil(len(entries)*entrySize, sectorSize)
	p.miniFAT, p.mini = ceil(minis, perSector), ceil(minis*miniSize, sectorSize)
	for p.total() > p.fat*perSector {
		p.fat = ceil(p.total(), perSector)
		p.difat = ceil(max(0, p.fat-headerFATs), perSector-1)
	}
	if p.total() >= 1<<31/sectorSize {
		return nil, fmt.Errorf("lay out compound file: %d sectors are more than version 3 allows", p.total())
	}
	root.start, root.size = endOfChain, minis*miniSize
	return p.file(entries), nil
}

func ceil(n, by int) int { return (n + by - 1) / by }

// number gives the nodes below root their entries, each storage's in a run, and links each storage's into a tree.
func number(root *Node) ([]*Node, error) {
	entries := []*Node{root}
	root.left, root.right, root.child = noEntry, noEntry, noEntry
	for i := 0; i < len(entries); i++ {
		n := entries[i]
		if len(n.name) == 0 || len(n.name) > maxNameSize || slices.ContainsFunc(n.name, forbidden) {
			return nil, fmt.Errorf("name %q must have 1 to %d ASCII characters without the four forbidden ones", string(utf16.Decode(n.name)), maxNameSize)
		}
		children := slices.SortedFunc(slices.Values(n.children), func(a, b *Node) int { return compareNames(a.name, b.name) })
		for j, c := range children {
			if j > 0 && compareNames(children[j-1].name, c.name) == 0 {
				return nil, fmt.Errorf("name %q is there twice", string(utf16.Decode(c.name)))
			}
			c.id, c.child = uint32(len(entries)+j), noEntry
		}
		n.child = link(children, 0, fullDepth(len(children)))
		entries = append(entries, children...)
	}
	return entries, nil
}

// forbidden adds to [MS-CFB] 2.6.1 whatever is not ASCII: its order would depend on Unicode's tables.
func forbidden(u uint16) bool { return u > '~' || u == '/' || u == '\\' || u == ':' || u == '!' }

// compareNames is the order of [MS-CFB] 2.6.4: shorter names first, equally long ones by their upper case, unit by unit.
func compareNames(a, b []uint16) int {
	if c := cmp.Compare(len(a), len(b)); c != 0 {
		return c
	}
	return slices.Compare(upper(a), upper(b))
}

func upper(name []uint16) []uint16 {
	out := slices.Clone(name)
	for i, u := range out {
		if 'a' <= u && u <= 'z' {
			out[i] = u - 'a' + 'A'
		}
	}
	return out
}

// fullDepth is how many levels of a balanced tree of n nodes are full.
func fullDepth(n int) int {
	depth := 0
	for n+1 >= 2<<depth {
		depth++
	}
	return depth
}

// link makes a balanced tree of sorted nodes and returns its root's entry. The nodes below the full levels are red, all
// others black: no red one has a red child, and every way down meets as many black ones ([MS-CFB] 2.6.4).
func link(sorted []*Node, depth, full int) uint32 {
	if len(sorted) == 0 {
		return noEntry
	}
	mid := len(sorted) / 2
	n := sorted[mid]
	n.red = depth >= full
	n.left, n.right = link(sorted[:mid], depth+1, full), link(sorted[mid+1:], depth+1, full)
	return n.id
}

// file writes all but the streams' contents.
func (p plan) file(entries []*Node) []byte {
	file := make([]byte, (p.total()+1)*sectorSize)
	sector := func(n int) []byte { return file[(n+1)*sectorSize:] }
	fatAt := p.difat
	directoryAt := fatAt + p.fat
	miniFATAt := directoryAt + p.directory
	miniAt := miniFATAt + p.miniFAT
	streamsAt := miniAt + p.mini

	fat := newTable(sector(fatAt), p.fat)
	fat.mark(0, p.difat, difatMark)
	fat.mark(fatAt, p.fat, fatMark)
	fat.chain(directoryAt, p.directory)
	fat.chain(miniFATAt, p.miniFAT)
	fat.chain(miniAt, p.mini)
	miniFAT := newTable(sector(miniFATAt), p.miniFAT)
	if p.mini > 0 {
		entries[0].start = uint32(miniAt)
	}
	for _, n := range entries {
		switch {
		case n.kind != kindStream || n.size == 0:
			continue
		case n.size < miniCutoff:
			miniFAT.chain(int(n.start), ceil(n.size, miniSize))
			n.Content = sector(miniAt)[int(n.start)*miniSize:][:n.size:n.size]
		default:
			n.start += uint32(streamsAt)
			fat.chain(int(n.start), ceil(n.size, sectorSize))
			n.Content = sector(int(n.start))[:n.size:n.size]
		}
	}
	p.writeDirectory(sector(directoryAt), entries)
	p.writeHeader(file, directoryAt, miniFATAt)
	p.writeDIFAT(file, fatAt)
	return file
}

// table is a FAT or mini FAT in the file.
type table []byte

func newTable(b []byte, sectors int) table {
	t := table(b[:sectors*sectorSize])
	t.mark(0, sectors*perSector, free)
	return t
}

func (t table) mark(from, n int, as uint32) {
	for i := range n {
		le.PutUint32(t[4*(from+i):], as)
	}
}

// chain links n sectors that lie side by side.
func (t table) chain(from, n int) {
	for i := range n {
		le.PutUint32(t[4*(from+i):], uint32(from+i+1))
	}
	if n > 0 {
		t.mark(from+n-1, 1, endOfChain)
	}
}

// writeHeader writes [MS-CFB] 2.2.
func (p plan) writeHeader(file []byte, directoryAt, miniFATAt int) {
	copy(file, Signature)
	for at, v := range map[int]uint16{24: 0x3E, 26: 3, 28: 0xFFFE, 30: 9, 32: 6} { // versions, byte order, sizes as powers of 2
		le.PutUint16(file[at:], v)
	}
	miniFAT, difat := uint32(endOfChain), uint32(endOfChain)
	if p.miniFAT > 0 {
		miniFAT = uint32(miniFATAt)
	}
	if p.difat > 0 {
		difat = 0
	}
	for at, v := range map[int]uint32{44: uint32(p.fat), 48: uint32(directoryAt), 56: miniCutoff, 60: miniFAT, 64: uint32(p.miniFAT), 68: difat, 72: uint32(p.difat)} {
		le.PutUint32(file[at:], v)
	}
}

// writeDIFAT names the FAT's sectors: 109 in the header, then 127 in each DIFAT sector, of which each names the next.
func (p plan) writeDIFAT(file []byte, fatAt int) {
	named := 0
	name := func(b []byte) {
		for ; len(b) >= 4; b = b[4:] {
			n := uint32(free)
			if named < p.fat {
				n = uint32(fatAt + named)
			}
			le.PutUint32(b, n)
			named++
		}
	}
	name(file[76:headerSize])
	for i := range p.difat {
		s := file[(i+1)*sectorSize:][:sectorSize]
		name(s[:sectorSize-4])
		next := uint32(endOfChain)
		if i+1 < p.difat {
			next = uint32(i + 1)
		}
		le.PutUint32(s[sectorSize-4:], next)
	}
}

// writeDirectory writes [MS-CFB] 2.6, without times, which nobody needs and which would tell when. Entries that fill up
// the last sector are unused ones.
func (p plan) writeDirectory(b []byte, entries []*Node) {
	for i := range p.directory * sectorSize / entrySize {
		e := b[i*entrySize:][:entrySize]
		n := &Node{left: noEntry, right: noEntry, child: noEntry}
		if i < len(entries) {
			n = entries[i]
			for j, u := range n.name {
				le.PutUint16(e[2*j:], u)
			}
			le.PutUint16(e[64:], uint16(2*len(n.name)+2))
			e[66] = n.kind
		}
		if i < len(entries) && !n.red {
			e[67] = 1
		}
		le.PutUint32(e[68:], n.left)
		le.PutUint32(e[72:], n.right)
		le.PutUint32(e[76:], n.child)
		if n.kind != kindStorage {
			le.PutUint32(e[116:], n.start)
			le.PutUint64(e[120:], uint64(n.size))
		}
	}
}
