package delivery

import (
	"strings"
	"testing"
	"time"
)

const pipelining = `
	S: 220 mx
	C: EHLO
	S: 250-mx
	S: 250 PIPELINING
`

const atOnce = `
	C: MAIL FROM:<a@b.example>
	C: RCPT TO:<c@d.example>
	C: RCPT TO:<e@f.example>
	C: DATA
`

// Where the server takes commands at once, none waits for an answer but the letter's bytes; whatever is refused, the
// answers stay in step and the next letter goes: over the same connection, but where the server is left waiting for
// bytes.
func TestCommandsGoAtOnceAndTheirAnswersStayInStep(t *testing.T) {
	const yes = "S: 250 ok\n"
	const again = "C: MAIL\nC: RCPT\nC: RCPT\nC: DATA\n" + yes + yes + yes + "S: 354 go\nC: ..\nS: 250 2.0.0 second\n"
	const anew = "over a new connection"
	cases := []struct {
		name, answers, then string
		want                Error
		rejected            string
	}{
		{name: "all is taken", answers: yes + yes + yes + "S: 354 go\nC: ..\n" + yes, then: again},
		{name: "one recipient is not", answers: yes + yes + "S: 550 5.1.1 no\nS: 354 go\nC: ..\n" + yes, then: again, rejected: "e@f.example"},
		{name: "the sender is not", answers: "S: 550 5.7.60 no\nS: 503 no\nS: 503 no\nS: 503 no\nC: RSET\n" + yes, then: again,
			want: Error{Stage: StageMail, Code: 550, Enhanced: "5.7.60", Operator: true}},
		{name: "no recipient is", answers: yes + "S: 550 5.1.1 no\nS: 450 4.2.1 later\nS: 554 5.5.1 none\nC: RSET\n" + yes, then: again,
			want: Error{Stage: StageRcpt, Code: 450, Enhanced: "4.2.1"}},
		{name: "no recipient is, and bytes are wanted", answers: yes + "S: 550 5.1.1 no\nS: 550 5.1.1 no\nS: 354 go\n", then: anew,
			want: Error{Stage: StageRcpt, Code: 550, Enhanced: "5.1.1", Permanent: true}},
		{name: "the bytes are not", answers: yes + yes + yes + "S: 451 4.3.0 later\nC: RSET\n" + yes, then: again,
			want: Error{Stage: StageData, Code: 451, Enhanced: "4.3.0"}},
		{name: "421 in the middle", answers: yes + "S: 421 4.3.2 closing\n", then: anew,
			want: Error{Stage: StageRcpt, Code: 421, Enhanced: "4.3.2", Recipient: "c@d.example"}},
	}
	env := Envelope{From: "a@b.example", To: []string{"c@d.example", "e@f.example"}}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			connections := []string{pipelining + atOnce + c.answers + c.then + "hang"}
			if c.then == anew {
				connections = []string{pipelining + atOnce + c.answers, pipelining + again + "hang"}
			}
			s := New(Config{Addr: script(t, connections...), TLS: "none", Timeout: 5 * time.Second})
			result, err := s.Send(t.Context(), env, shortLetter)
			if c.want == (Error{}) {
				if err != nil || len(result.Rejected) != len(strings.Fields(c.rejected)) || c.rejected != "" && result.Rejected[c.rejected] == nil {
					t.Errorf("got %+v, %v", result, err)
				}
			} else {
				e := *asError(t, err)
				if e.Err, e.Text, e.Hint = nil, "", ""; e != c.want {
					t.Errorf("got  %+v\nwant %+v", e, c.want)
				}
			}
			if result, err := s.Send(t.Context(), env, shortLetter); err != nil || result.Text != "2.0.0 second" {
				t.Errorf("the next letter: %+v, %v", result, err)
			}
			s.link.raw.Close()
			s.link = nil
		})
	}
}
