package mailserver

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

const (
	copyBufferSize = 64 << 10
	maxIDBytes     = 998      // RFC 5322 section 2.1.1: no line is longer
	maxHeadBytes   = 1 << 20  // what ENVELOPE and header searches look at
	maxHeadKept    = 64 << 10 // how much header is looked through for the Message-ID
)

// bodyPath is the file of a body in a mailbox's folder.
func bodyPath(dir string, number uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%08d.eml", number))
}

// bodyNumber is the inverse of bodyPath for a file name.
func bodyNumber(name string) (uint64, bool) {
	digits, ok := strings.CutSuffix(name, ".eml")
	var n uint64
	if !ok || digits == "" {
		return 0, false
	}
	if _, err := fmt.Sscanf(digits, "%d", &n); err != nil || bodyPath("", n) != name {
		return 0, false
	}
	return n, true
}

// spooled is a body that lies in its file but in no mailbox yet.
type spooled struct {
	path   string
	number uint64
	size   int64
	head   int64
	id     string
}

// discard removes the file.
func (b spooled) discard() { _ = os.Remove(b.path) }

var copyBuffers = sync.Pool{New: func() any { return new([copyBufferSize]byte) }}

// spool streams a body into a new file of dir. want is the size announced, -1
// if none was; a stream that ends before it is io.ErrUnexpectedEOF.
func (s *Server) spool(dir string, r io.Reader, want int64) (spooled, error) {
	b := spooled{number: s.lastBody.Add(1)}
	b.path = bodyPath(dir, b.number)
	f, err := os.OpenFile(b.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return spooled{}, fmt.Errorf("mailserver: store body: %w", withoutPath(err))
	}
	scan := headScan{bareLine: true}
	buf := copyBuffers.Get().(*[copyBufferSize]byte)
	b.size, err = io.CopyBuffer(struct{ io.Writer }{io.MultiWriter(f, &scan)}, struct{ io.Reader }{r}, buf[:])
	copyBuffers.Put(buf)
	if err == nil && want >= 0 && b.size != want {
		err = io.ErrUnexpectedEOF
	}
	if err == nil && s.opt.FsyncBodies {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		b.discard()
		return spooled{}, fmt.Errorf("mailserver: store body: %w", withoutPath(err))
	}
	b.head, b.id = scan.result()
	return b, nil
}

// headScan finds, in bytes passing by, where the header ends and what its
// Message-ID is.
type headScan struct {
	kept     []byte // the first maxHeadKept bytes of the header
	size     int64  // of the header so far, the empty line included
	done     bool   // the empty line was seen
	bareLine bool   // the current line has nothing but perhaps a CR
}

func (h *headScan) Write(p []byte) (int, error) {
	if h.done {
		return len(p), nil
	}
	end := len(p)
	for i := 0; i < len(p) && !h.done; {
		switch p[i] {
		case '\n':
			h.done = h.bareLine
			h.bareLine = true
			i++
			end = i
		case '\r':
			i++
		default:
			h.bareLine = false
			if next := bytes.IndexByte(p[i:], '\n'); next >= 0 {
				i += next
			} else {
				i = len(p)
			}
		}
	}
	if !h.done {
		end = len(p)
	}
	h.size += int64(end)
	h.kept = append(h.kept, p[:min(end, maxHeadKept-len(h.kept))]...)
	return len(p), nil
}

// result is the header's size with the empty line, and the Message-ID field.
func (h *headScan) result() (size int64, id string) {
	for _, f := range splitFields(h.kept) {
		if strings.EqualFold(f.key, "Message-ID") {
			id = strings.ToValidUTF8(f.value(), "")
			return h.size, strings.Clone(id[:min(len(id), maxIDBytes)])
		}
	}
	return h.size, ""
}

// linkBody gives a body a second file, in another folder, without copying
// where the file system can.
func (s *Server) linkBody(from, dir string) (path string, number uint64, err error) {
	number = s.lastBody.Add(1)
	path = bodyPath(dir, number)
	if os.Link(from, path) == nil {
		return path, number, nil
	}
	source, err := os.Open(from)
	if err != nil {
		return "", 0, withoutPath(err)
	}
	defer source.Close()
	target, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", 0, withoutPath(err)
	}
	_, err = io.Copy(target, source)
	if closeErr := target.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		_ = os.Remove(path)
		return "", 0, withoutPath(err)
	}
	return path, number, nil
}
