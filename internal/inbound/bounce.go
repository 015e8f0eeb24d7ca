package inbound

import (
	"bytes"
	"regexp"
	"strings"
)

// bounceSign names the sign that the mail is a delivery report, "" for none.
func bounceSign(m *Message, h header, w *walker) string {
	switch w.report {
	case "":
	case "delivery-status", "delivery-status-notification", "feedback-report":
		return "multipart/report " + w.report
	}
	from, nullSender := senderName(m), m.HasReturnPath && m.ReturnPath == ""
	daemon := isDaemon(from) || isDaemon(localPart(m.ReturnPath))
	_, failed := h.first("x-failed-recipients")
	switch {
	case isDaemon(from):
		return "sender " + strings.ToLower(from)
	case failed:
		return "field x-failed-recipients"
	case w.deliveryStatus != nil && (nullSender || daemon || isPostmaster(from)):
		return "a delivery status part"
	case (nullSender || daemon || isPostmaster(from) || isNoReply(from)) && bounceSubject.MatchString(m.Subject):
		return "sender and subject of a delivery report"
	case nullSender && automaticSign(m, h) == "":
		return "null sender"
	}
	return ""
}

// senderName is the local part of From, or the name where there is no address
// ("MAILER-DAEMON <>").
func senderName(m *Message) string {
	switch {
	case len(m.From) == 0:
		return ""
	case m.From[0].Addr == "":
		return m.From[0].Name
	}
	return localPart(m.From[0].Addr)
}

func localPart(addr string) string {
	if i := strings.LastIndexByte(addr, '@'); i >= 0 {
		return addr[:i]
	}
	return addr
}

func isDaemon(local string) bool {
	switch strings.ToLower(local) {
	case "mailer-daemon", "mailerdaemon", "mail-daemon", "mailer_daemon", "maildaemon", "mdaemon",
		"mail.delivery.system", "mail-delivery-system", "mail-delivery-subsystem":
		return true
	}
	return false
}

func isPostmaster(local string) bool {
	switch strings.ToLower(local) {
	case "postmaster", "post_master", "poostmaster", "post-master", "mmsc", "sysadmin", "mail-system", "mailsystem", "mailadmin":
		return true
	}
	return false
}

func isNoReply(local string) bool {
	l := strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(local))
	return l == "noreply" || l == "donotreply"
}

// bounceSubject are the subjects of delivery reports, those of Japanese
// carriers and gateways included.
var bounceSubject = regexp.MustCompile(`(?i)undeliver|delivery (?:fail|status|notif|report|error|problem|delay)` +
	`|deliver\S* (?:has )?failed|(?:not|n't) be delivered|returned (?:mail|to sender)|failure noti|mail (?:system )?error` +
	`|mail delivery|delayed mail|warning: (?:could not|message)|mailbox (?:is )?full|message you sent blocked` +
	`|error sending your mail|could not send` +
	`|メール?エラー|エラーメール|エラー通知|未配達|不達|リターンメール|返送されました|届きませんでした` +
	`|(?:配信|送信|配送|転送)(?:不能|不可|失敗|エラー|遅延|状況|できません|に失敗)`)

// deliveryReport is one recipient's part of a delivery report (RFC 3464, 2.3).
type deliveryReport struct {
	recipient, action, status string
}

// readBounce reads what a delivery report says: its fields where it has them,
// else what its text shows.
func readBounce(m *Message, h header, w *walker) *Bounce {
	b := &Bounce{OriginalMessageID: originalMessageID(m, w)}
	switch {
	case w.report == "feedback-report":
		b.Action = "feedback"
	case w.deliveryStatus != nil:
		b.fromReports(parseDeliveryStatus(w.deliveryStatus))
	}
	if b.Action == "" {
		b.fromText(m, h)
	}
	b.Hard = b.Action == "failed" && strings.HasPrefix(b.Status, "5.")
	return b
}

var statusCode = regexp.MustCompile(`\b[245]\.\d{1,3}\.\d{1,3}\b`)

// parseDeliveryStatus reads the recipients' blocks of message/delivery-status.
func parseDeliveryStatus(body []byte) []deliveryReport {
	var list []deliveryReport
	body = bytes.TrimLeft(body[:min(len(body), maxFieldBytes)], "\r\n")
	for len(body) > 0 && len(list) < 1000 {
		h, rest, _ := splitHeader(body)
		if len(rest) == len(body) { // a line that is no field
			_, rest = cutLine(body)
		}
		body = bytes.TrimLeft(rest, "\r\n")
		r := deliveryReport{
			recipient: typedValue(h, "final-recipient"),
			action:    strings.ToLower(firstWord(h.text("action"))),
			status:    statusCode.FindString(h.text("status")),
		}
		if original := typedValue(h, "original-recipient"); strings.Contains(original, "@") {
			r.recipient = original
		}
		if r.action == "" && strings.HasPrefix(r.status, "5.") {
			r.action = "failed"
		}
		if r.recipient != "" || r.action != "" {
			list = append(list, r)
		}
	}
	return list
}

// typedValue is the value of "rfc822; tanaka@a.example" (RFC 3464, 2.1.2).
func typedValue(h header, name string) string {
	s := h.text(name)
	if _, after, ok := strings.Cut(s, ";"); ok {
		s = after
	}
	return cleanLine(strings.Trim(strings.TrimSpace(s), "<>"))
}

func firstWord(s string) string {
	if f := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ';' || r == '(' }); len(f) > 0 {
		return f[0]
	}
	return ""
}

// fromReports takes the gravest action, failed before delayed before the rest,
// and the recipients it is about.
func (b *Bounce) fromReports(list []deliveryReport) {
	gravity := map[string]int{"failed": 3, "delayed": 2, "delivered": 1, "relayed": 1, "expanded": 1}
	for _, r := range list {
		if gravity[r.action] > gravity[b.Action] {
			b.Action = r.action
		}
	}
	for _, r := range list {
		if r.action != b.Action || b.Action == "" {
			continue
		}
		if r.recipient != "" {
			b.Recipients = appendOnce(b.Recipients, r.recipient)
		}
		if b.Status == "" {
			b.Status = r.status
		}
	}
}

var (
	addressInText = regexp.MustCompile(`[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)
	delayedSign   = regexp.MustCompile(`(?i)delayed|warning: (?:could not|message)|will be retried|still trying|will keep trying` +
		`|not yet been delivered|遅延|再送を試み|まだ配信`)
	messageIDLine = regexp.MustCompile(`(?im)^[ \t>]*message-id:[ \t]*(<[^<>\s]{3,250}>)`)
)

// fromText reads a report that has no delivery status: the first addresses and
// the first status code in its text.
func (b *Bounce) fromText(m *Message, h header) {
	text := m.Text + "\n" + m.Quoted
	text = text[:min(len(text), 64<<10)]
	b.Action = "failed"
	if delayedSign.MatchString(m.Subject) || delayedSign.MatchString(text[:min(len(text), 2<<10)]) {
		b.Action = "delayed"
	}
	b.Status = statusCode.FindString(text)
	if failed, _ := parseAddresses(h.text("x-failed-recipients")); len(failed) > 0 {
		for _, a := range failed {
			b.Recipients = appendOnce(b.Recipients, a.Addr)
		}
		return
	}
	report := text
	if i := messageIDLine.FindStringIndex(text); i != nil {
		report = text[:i[0]] // below stands the returned mail
	}
	for _, a := range addressInText.FindAllString(report, 20) {
		if local := localPart(a); !m.AddressedTo(a) && !isDaemon(local) && !isPostmaster(local) {
			b.Recipients = appendOnce(b.Recipients, a)
		}
	}
}

// originalMessageID is that of the returned mail: from its header, else from
// the text that quotes it, else from In-Reply-To.
func originalMessageID(m *Message, w *walker) string {
	if ids := idList(w.returned.text("message-id")); len(ids) > 0 {
		return ids[0]
	}
	for _, text := range []string{m.Quoted, m.Text} {
		if match := messageIDLine.FindStringSubmatch(text[:min(len(text), 256<<10)]); match != nil {
			return strings.Trim(match[1], "<>")
		}
	}
	if len(m.InReplyTo) > 0 {
		return m.InReplyTo[0]
	}
	return ""
}
