package mailbox

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"strings"
	"sync"

	"github.com/emersion/go-imap/v2"
)

// bypass is the connection as the library has it, above TLS, with a way past the library for commands that it does not
// know. Such a command goes out under a tag that the library never uses; the line that answers it is taken out of what
// the library reads, all else reaches the library as ever.
type bypass struct {
	net.Conn

	mu     sync.Mutex
	count  int
	tag    string       // of the command under way, with the space behind it; "" if there is none
	answer chan<- reply // takes one
	line   []byte       // read while a command is under way: a line of which the end is missing
	theirs []byte       // read, and the library's
}

// reply is the answer to a command without its tag, or why none comes.
type reply struct {
	line string
	err  error
}

// longestReply bounds a line that is kept until its end comes.
const longestReply = 64 << 10

// run sends one command, without tag and CRLF as write writes it, and waits for its answer; closed tells that the
// library has given up. Nobody else may use the connection meanwhile. text is what follows the server's OK. An error is
// a *imap.Error for NO and BAD, else one of the connection.
func (b *bypass) run(closed <-chan struct{}, write func(*bufio.Writer)) (text string, err error) {
	answer := make(chan reply, 1)
	b.mu.Lock()
	b.count++
	b.tag, b.answer = fmt.Sprintf("M%d ", b.count), answer
	w := bufio.NewWriter(b.Conn)
	w.WriteString(b.tag)
	b.mu.Unlock()
	write(w)
	w.WriteString("\r\n")
	if err := w.Flush(); err != nil {
		b.end(err)
	}
	select {
	case r := <-answer:
		if r.err != nil {
			return "", r.err
		}
		_, text, _ = strings.Cut(r.line, " ")
		return text, asReply(r.line)
	case <-closed:
		b.end(net.ErrClosed)
		return "", net.ErrClosed
	}
}

// asReply reads "OK text", "NO [CODE arguments] text" (RFC 9051 section 7.1).
func asReply(line string) error {
	status, text, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
	code := ""
	if inside, rest, ok := strings.Cut(strings.TrimPrefix(text, "["), "]"); ok && strings.HasPrefix(text, "[") {
		code, _, _ = strings.Cut(inside, " ")
		text = strings.TrimSpace(rest)
	}
	if strings.EqualFold(status, "OK") {
		return nil
	}
	return &imap.Error{Type: imap.StatusResponseType(strings.ToUpper(status)), Code: imap.ResponseCode(strings.ToUpper(code)), Text: text}
}

// Read is the library's.
func (b *bypass) Read(p []byte) (int, error) {
	for {
		if n := b.deliver(p); n > 0 {
			return n, nil
		}
		n, err := b.Conn.Read(p)
		kept := b.sort(p[:n])
		switch {
		case err != nil:
			b.end(err)
			return 0, err
		case !kept:
			return n, nil
		}
	}
}

// deliver hands over what is the library's.
func (b *bypass) deliver(p []byte) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := copy(p, b.theirs)
	if b.theirs = b.theirs[n:]; len(b.theirs) == 0 {
		b.theirs = nil
	}
	return n
}

// sort takes the answer out of what was read and keeps the rest for deliver; false when no command is under way.
func (b *bypass) sort(p []byte) (kept bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tag == "" {
		return false
	}
	b.line = append(b.line, p...)
	for b.tag != "" {
		end := bytes.IndexByte(b.line, '\n') + 1
		if end == 0 && len(b.line) <= longestReply {
			return true
		}
		if end == 0 {
			end = len(b.line)
		}
		if line, ours := bytes.CutPrefix(b.line[:end], []byte(b.tag)); ours {
			b.answer <- reply{line: string(line)}
			b.tag = ""
		} else {
			b.theirs = append(b.theirs, b.line[:end]...)
		}
		b.line = b.line[end:]
	}
	b.theirs, b.line = append(b.theirs, b.line...), nil
	return true
}

// end answers the command under way, if there is one, with the connection's end.
func (b *bypass) end(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tag != "" {
		b.answer <- reply{err: err}
		b.tag, b.line = "", nil
	}
}

// Close is the library's.
func (b *bypass) Close() error {
	b.end(net.ErrClosed)
	return b.Conn.Close()
}
