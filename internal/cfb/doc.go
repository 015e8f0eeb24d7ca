// Package cfb reads and writes compound files ([MS-CFB], "OLE files"): a small file system in one file, in which Excel
// keeps .xls workbooks and, since 2007, workbooks with a password.
//
//  1. A file is a header of one sector and numbered sectors after it. The FAT says for each sector which one follows it
//     in its stream; the DIFAT says which sectors hold the FAT.
//  2. The directory, a stream itself, has an entry of 128 bytes for each storage (folder) and stream (file). The entries
//     of one storage form a red-black tree, in which shorter names come first.
//  3. Streams under 4096 bytes lie in sectors of 64 bytes inside the root's own stream, with a FAT of their own.
//
// Open reads files of sector size 512 and 4096 and trusts nothing: every chain is bounded by the number of sectors, every
// size by the file's length, every walk by the number of entries. The order of the tree is not relied upon, since many
// producers get it wrong. Layout writes version 3 (512 bytes), as Excel does, always the same bytes for the same tree.
package cfb

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Signature begins every compound file ([MS-CFB] 2.2).
const Signature = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"

// ErrNotFound says that a file has no stream or storage of that name.
var ErrNotFound = errors.New("no such stream")

// FormatError says what is broken in a compound file.
type FormatError struct{ What string }

func (e *FormatError) Error() string { return "broken compound file: " + e.What }

func broken(format string, args ...any) error { return &FormatError{fmt.Sprintf(format, args...)} }

// Sector numbers with a meaning ([MS-CFB] 2.1), and the mark of an absent directory entry (2.6.1).
const (
	maxSector  = 0xFFFFFFFA // numbers below it are sectors
	difatMark  = 0xFFFFFFFC
	fatMark    = 0xFFFFFFFD
	endOfChain = 0xFFFFFFFE
	free       = 0xFFFFFFFF
	noEntry    = 0xFFFFFFFF
)

const (
	headerSize = 512 // of its meaning; in version 4 it takes a whole sector of 4096
	entrySize  = 128
	miniSize   = 64   // bytes of a sector in the root's stream
	miniCutoff = 4096 // streams from this size on have sectors of their own
	headerFATs = 109  // FAT sectors that the header itself names
)

// Kinds of directory entries ([MS-CFB] 2.6.1).
const (
	kindStorage = 1
	kindStream  = 2
	kindRoot    = 5
)

var le = binary.LittleEndian
