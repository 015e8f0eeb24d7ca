package inbound

import (
	"regexp"
	"strings"
)

// freeForm is what the text of a delivery report shows, in the forms of qmail, Exim, sendmail, Exchange, Domino, the
// Japanese carriers and gateways: prose and server replies above, the returned mail below.
type freeForm struct {
	report     string // the text above the returned mail
	returned   header // of the returned mail, where the text quotes it
	action     string // failed or delayed
	recipients []string
}

// maxReport bounds the text in which a report is looked for.
const maxReport = 16 << 10

func readFreeForm(m *Message, h header, w *walker) freeForm {
	body := w.body
	if body == "" { // a part that the parting of text took for a file
		body = strings.Join(w.textFiles, "\n")
	}
	f := freeForm{action: "failed"}
	f.report, f.returned = cutReturned(body[:min(len(body), maxReport)])
	head := m.Subject + "\n" + f.report[:min(len(f.report), 2<<10)]
	if delayedSign.MatchString(head) && !givenUp.MatchString(head) {
		f.action = "delayed"
	}
	f.recipients = f.failedRecipients(m, h, w)
	return f
}

var (
	delayedSign = anyOf(
		`(?i)delayed|delivery delay|warning: (?:could not|message)|will be retried|still trying`,
		`(?:will|shall) (?:keep|continue) (?:trying|to (?:try|retry|attempt))|(?:not|n['’]t) (?:yet )?been delivered`,
		`warning (?:message )?only|attempts? (?:to deliver [^\n]{0,60})?will continue|no action is required|遅延|遅れて`,
		`再送を(?:試み|行い|続け)|再度配信|まだ配信|引き続き`)
	givenUp = anyOf(
		`(?i)giv(?:en|ing) up|will not (?:be retried|continue|retry|try)|no (?:further|more) (?:delivery )?attempts`,
		`permanent|could ?n[o']t be delivered|returned to sender|配信不能|あきらめ|中止し`)
)

// cutReturned parts a report's text from the mail that it returns: below a line that says so, or where a block of
// header fields begins at the margin. Fields that are indented belong to the report, as Exchange writes them.
func cutReturned(body string) (report string, returned header) {
	lines := strings.SplitAfter(body, "\n")
	at := 0
	for i, line := range lines {
		if returnedMark.MatchString(strings.TrimSpace(line)) || headerFollows(lines, i) {
			h, _, _ := splitHeader([]byte(skipToField(strings.Join(lines[i:], ""))))
			return body[:at], h
		}
		at += len(line)
	}
	return body, nil
}

// returnedMark are the lines above the returned mail.
var returnedMark = anyOf(
	`(?i)^\W{0,60}(?:(?:this is|below (?:this line )?is|here is|the following is|included is)\b.{0,20}\b(?:copy|` +
		`header|text)\b.{0,40}\b(?:message|mail)\b|(?:the )?(?:header of the )?(?:original|returned|unsent|` +
		`undelivered|rejected|bounced) (?:message|mail)(?: headers?| text| body)?(?: is)?(?: follow(?:s|ing)?)?|` +
		`(?:the )?message headers? follows?|(?:元の?|送信された|返送された|お送りになった)(?:メール|` +
		`メッセージ)(?:の(?:ヘッダー?|内容|本文))?)[^\pL]{0,60}$`)

// headerFollows reports whether in the lines from i on a mail's header begins at the margin: two fields and more, one of
// which no report writes about a mail in its own words.
func headerFollows(lines []string, i int) bool {
	n, telling := 0, false
	for _, line := range lines[i:min(i+12, len(lines))] {
		name, _, ok := cutField([]byte(strings.TrimRight(line, "\r\n")))
		switch {
		case ok && knownFields[name]:
			n++
			telling = telling || tellingFields[name]
		case n > 0 && (line[0] == ' ' || line[0] == '\t') && strings.TrimSpace(line) != "": // folded
		default:
			return n >= 2 && telling
		}
	}
	return n >= 2 && telling
}

var tellingFields = map[string]bool{"from": true, "received": true, "return-path": true, "message-id": true,
	"mime-version": true, "content-type": true}

// skipToField drops lines until one is a header field, ten at the most.
func skipToField(s string) string {
	rest := s
	for range 10 {
		line, after, ok := strings.Cut(rest, "\n")
		if name, _, isField := cutField([]byte(line)); isField && (knownFields[name] || startsKnownField([]byte(rest))) {
			return rest
		}
		if !ok {
			break
		}
		rest = after
	}
	return ""
}

var (
	addressInText = regexp.MustCompile(`[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)
	// recipientLine is a line about one address: the address first, or after the words that lead to it.
	recipientLine = anyOf(
		`(?i)^(?:[\s*>・-]*["<(]?|.{0,60}\b(?:rcpt to:|deliver(?:ed)? (?:your )?(?:mail |message )?to:?|delivery to|` +
			`message to|unknown user:?|addressed to:)\s*["<]?|.{0,40}(?:宛先|あて先|受信者|送信先|` +
			`配信先)[^@\n]{0,20}[:：]\s*["<]?)$`)
)

// failedRecipients are the addresses that the report is about: those of X-Failed-Recipients, else those that lead a
// line, else all in the text, else the one to whom the returned mail went.
func (f *freeForm) failedRecipients(m *Message, h header, w *walker) []string {
	var list []string
	failed, _ := parseAddresses(h.text("x-failed-recipients"))
	for _, a := range failed {
		list = appendOnce(list, a.Addr)
	}
	if len(list) > 0 {
		return list
	}
	var leading, all []string
	for line := range strings.Lines(f.report) {
		for _, at := range addressInText.FindAllStringIndex(line[:min(len(line), 1000)], 5) {
			a := line[at[0]:at[1]]
			if local := localPart(a); m.AddressedTo(a) || isDaemon(local) || isPostmaster(local) && len(m.From) > 0 && m.From[0].Addr == a {
				continue
			}
			if all = appendOnce(all, a); recipientLine.MatchString(line[:at[0]]) {
				leading = appendOnce(leading, a)
			}
		}
		if len(all) > 20 {
			break
		}
	}
	if len(leading) > 0 {
		return leading
	}
	if len(all) > 0 {
		return all
	}
	for _, returned := range []header{w.returnedHeader(), f.returned} {
		if to, _ := returned.addresses("to"); len(to) == 1 {
			return []string{to[0].Addr}
		}
	}
	return nil
}
