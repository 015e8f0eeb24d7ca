package mailserver

import (
	"cmp"
	"errors"
	"fmt"
	"net/smtp"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
)

var errCrash = errors.New("crash")

// hooked is a Hook that fails at one step once, and notes all it meets.
type hooked struct {
	mu   sync.Mutex
	at   string
	with error
	met  []string
}

func (h *hooked) hook(step string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.met = append(h.met, step)
	if step == h.at {
		h.at = ""
		return h.with
	}
	return nil
}

func (h *hooked) arm(step string, with error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at, h.with, h.met = step, with, nil
}

func (h *hooked) steps() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.met)
}

// imapStory uses every IMAP step once, in order; it ends with the first error.
func imapStory(addr string) error {
	c, err := textproto.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	greeting, err := c.ReadLine()
	if err != nil || strings.HasPrefix(greeting, "* BYE") {
		return cmp.Or(err, errors.New(greeting))
	}
	for _, command := range []string{
		"LOGIN " + user + " " + password, `LIST "" *`, "CREATE new", "STATUS INBOX (MESSAGES)", "SELECT INBOX",
		"UID SEARCH ALL", "FETCH 1 BODY.PEEK[]", `STORE 1 FLAGS (\Seen)`, "COPY 1 Drafts", "MOVE 1 Junk",
		"EXPUNGE", "APPEND Sent {3+}\r\na:b", "IDLE\r\nDONE",
	} {
		if err := c.PrintfLine("t %s", command); err != nil {
			return err
		}
		for {
			line, err := c.ReadLine()
			if err != nil {
				return err
			}
			if rest, ok := strings.CutPrefix(line, "t "); ok {
				if !strings.HasPrefix(rest, "OK") {
					return errors.New(rest)
				}
				break
			}
		}
	}
	return nil
}

func smtpStory(addr string) error {
	return smtp.SendMail(addr, nil, "agency@a.example", []string{user}, letter(1))
}

func TestEveryStepIsMetInOrder(t *testing.T) {
	h := &hooked{}
	s := start(t, func(o *Options) { o.Hook = h.hook })
	deliver(t, s, "INBOX", 1)
	if err := imapStory(s.IMAPAddr()); err != nil {
		t.Fatal(err)
	}
	if err := smtpStory(s.SMTPAddr()); err != nil {
		t.Fatal(err)
	}
	want(t, "steps", h.steps(), Steps()...)
}

func TestHookDropsTheConnectionAtThatVeryPoint(t *testing.T) {
	for _, step := range Steps() {
		t.Run(step, func(t *testing.T) {
			h := &hooked{}
			s := start(t, func(o *Options) { o.Hook = h.hook })
			deliver(t, s, "INBOX", 1)
			h.arm(step, errCrash)
			story, addr := imapStory, s.IMAPAddr()
			if strings.HasPrefix(step, "smtp") {
				story, addr = smtpStory, s.SMTPAddr()
			}
			err := story(addr)
			if err == nil || strings.HasPrefix(err.Error(), "NO") || strings.HasPrefix(err.Error(), "4") || strings.HasPrefix(err.Error(), "5") {
				t.Errorf("the client got %v, want the end of the connection", err)
			}
			if met := h.steps(); met[len(met)-1] != step {
				t.Errorf("after the drop came %v", met)
			}
			done := effect(s)
			wantDone := map[string]string{
				StepIMAPStoreAfter:    "seen",
				StepIMAPCopyBefore:    "seen",
				StepIMAPCopyAfter:     "seen copied",
				StepIMAPMoveBefore:    "seen copied",
				StepIMAPMoveAfter:     "copied moved",
				StepIMAPExpungeBefore: "copied moved",
				StepIMAPExpungeAfter:  "copied moved",
				StepIMAPAppendBefore:  "copied moved",
				StepIMAPAppendAfter:   "copied moved appended",
				StepIMAPIdle:          "copied moved appended",
				StepSMTPDataStored:    "delivered",
			}[step]
			if done != wantDone {
				t.Errorf("what is done: %q, want %q", done, wantDone)
			}
		})
	}
}

// effect tells in words what the stories left behind.
func effect(s *Server) string {
	var done []string
	in := s.Messages(user, "INBOX")
	if len(in) > 0 && slices.Contains(in[0].Flags, `\Seen`) {
		done = append(done, "seen")
	}
	for _, box := range []struct{ name, word string }{{"Drafts", "copied"}, {"Junk", "moved"}, {"Sent", "appended"}} {
		if len(s.Messages(user, box.name)) > 0 {
			done = append(done, box.word)
		}
	}
	if len(in) == 2 {
		done = append(done, "delivered")
	}
	return strings.Join(done, " ")
}

func TestHookAnswersWithAReply(t *testing.T) {
	for _, step := range Steps() {
		t.Run(step, func(t *testing.T) {
			h := &hooked{}
			s := start(t, func(o *Options) { o.Hook = h.hook })
			deliver(t, s, "INBOX", 1)
			reply := Reply{Code: 452, Enhanced: [3]int{4, 3, 1}, Text: "Full", ResponseCode: "OVERQUOTA"}
			h.arm(step, fmt.Errorf("scripted: %w", reply))
			if strings.HasPrefix(step, "smtp") {
				var answer *textproto.Error
				if err := smtpStory(s.SMTPAddr()); !errors.As(err, &answer) || answer.Code != 452 || !strings.Contains(answer.Msg, "Full") {
					t.Errorf("got %v", err)
				}
				return
			}
			wanted := "NO [OVERQUOTA] Full"
			if step == StepIMAPConnect {
				wanted = "* BYE Full"
			}
			if err := imapStory(s.IMAPAddr()); err == nil || err.Error() != wanted {
				t.Errorf("got %v, want %s", err, wanted)
			}
		})
	}
}

func TestHookMayBlockWithoutStoppingOthers(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s := start(t, func(o *Options) {
		o.Hook = func(step string) error {
			if step != StepIMAPMoveBefore {
				return nil
			}
			blocked := false
			once.Do(func() { blocked = true })
			if blocked {
				close(entered)
				<-release
				return errCrash
			}
			return nil
		}
	})
	deliver(t, s, "INBOX", 2)
	first := raw(t, s, "INBOX")
	fmt.Fprint(first.conn, "t MOVE 1 Junk\r\n")
	<-entered
	raw(t, s, "INBOX").ok("MOVE 2 Junk")
	close(release)
	if line, err := first.r.ReadString('\n'); err == nil {
		t.Errorf("the blocked session was answered %q", line)
	}
	if got := uids(s.Messages(user, "INBOX")); !slices.Equal(got, []uint32{1}) {
		t.Errorf("INBOX has %v", got)
	}
}
