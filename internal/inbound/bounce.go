package inbound

import (
	"regexp"
	"strings"
)

// bounceSign names the sign that the mail is a delivery report, "" for none: its structure first, then who sent it,
// then what it says.
func bounceSign(m *Message, h header, w *walker) string {
	switch w.report {
	case "":
	case "delivery-status", "delivery-status-notification", "feedback-report":
		return "multipart/report " + w.report
	}
	from, nullSender := senderName(m), m.HasReturnPath && m.ReturnPath == ""
	daemon := isDaemon(from) || isDaemon(localPart(m.ReturnPath)) || isDaemonName(m)
	system := nullSender || daemon || isPostmaster(from)
	_, failed := h.first("x-failed-recipients")
	switch {
	case isDaemon(from):
		return "sender " + strings.ToLower(from)
	case failed:
		return "field x-failed-recipients"
	case w.status(0) != nil && system:
		return "a delivery status part"
	case (nullSender || daemon) && bounceSubject.MatchString(m.Subject):
		return "sender and subject of a delivery report"
	case (system || isNoReply(from)) && !isReplySubject(m.Subject) && bounceSubject.MatchString(m.Subject):
		return "sender and subject of a delivery report"
	case system && automaticSign(m, h) == "" && tellsFailure(w.body):
		return "sender and text of a delivery report"
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
	local = strings.ToLower(local)
	switch local {
	case "mailer-daemon", "mailerdaemon", "mail-daemon", "mailer_daemon", "maildaemon", "mdaemon",
		"mail.delivery.system", "mail-delivery-system", "mail-delivery-subsystem", "maildeliverysystem":
		return true
	}
	return strings.HasPrefix(local, "microsoftexchange") // and the organisation's number in hex
}

// daemonName are display names of mail systems, whatever their address.
var daemonName = anyOf(
	`(?i)^(?:mail deliver(?:y|er) (?:sub)?system|mailer[- ]daemon|mail system)$`,
	`^(?:メール配信システム|メール配送システム)$`)

func isDaemonName(m *Message) bool { return len(m.From) > 0 && daemonName.MatchString(m.From[0].Name) }

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

// isReplySubject reports whether a person's "Re:" or "Fwd:" begins the subject.
func isReplySubject(subject string) bool {
	s := strings.ToLower(strings.TrimSpace(subject))
	return cutReplyPrefix(s) != s
}

// bounceSubject are the subjects of delivery reports, those of Japanese
// carriers and gateways included.
var bounceSubject = anyOf(
	`(?i)undeliver|delivery (?:has )?(?:fail|status|notif|report|error|problem|delay|incomplete)`,
	`deliver\S* (?:has )?failed|(?:not|n't) (?:be )?deliver(?:ed|able)|returned (?:mail|to sender|message)`,
	`failure noti|mail (?:system )?error|mail delivery|(?:delayed|undelivered|failed|rejected) mail`,
	`warning: (?:could not|message)|mailbox (?:is )?full|message you sent blocked|error sending your mail`,
	`could not send|non.?delivery|delivery to .{1,100} failed|unable to deliver`,
	`message (?:delayed|undeliverable|rejected)|メール?エラー|エラーメール|エラー通知|未配達|未着|不達|リターンメール`,
	`宛先不明|あて先不明|返送されました|届きませんでした|届けられません`,
	`(?:配信|送信|配送|転送|配達)(?:不能|不可|失敗|エラー|遅延|状況|結果|でき(?:ません|なかった)|に失敗|`+
		`されません|が遅れ|の遅れ)`)

// failureText is how a delivery report begins that neither its structure nor its subject gives away.
var failureText = anyOf(
	`(?i)(?:could|can|was|were|been|is)(?: ?not|n't) (?:be )?(?:delivered|sent to|deliverable)|unable to deliver`,
	`delivery (?:to [^\n]{1,200} )?(?:has )?(?:failed|failure)|undeliverable|did not reach the following`,
	`^\s*5[0-5]\d[ -]|(?m:^\W{0,8}error(?: message(?: below)?)?:)`,
	`(?:送信|配信|配送|配達|お届け)(?:することが)?でき(?:ません|なかった)|配信に失敗|送信に失敗`)

func tellsFailure(body string) bool { return failureText.MatchString(body[:min(len(body), 2<<10)]) }

// readBounce reads what a delivery report says: its fields where it has them (RFC 3464), else what its text shows.
func readBounce(m *Message, h header, w *walker) *Bounce {
	text := readFreeForm(m, h, w)
	b := &Bounce{OriginalMessageID: originalMessageID(m, w, text)}
	if w.report == "feedback-report" {
		b.Action = "feedback"
		b.Recipients = text.recipients
		return b
	}
	diagnostic := b.fromReports(w)
	if b.Action == "" {
		b.Action = text.action
	}
	if len(b.Recipients) == 0 {
		b.Recipients = text.recipients
	}
	if b.Action == "failed" || b.Action == "delayed" {
		b.judge(diagnostic, text)
	}
	return b
}

// status is the delivery status that stands at a level: 0 for the report's own, 1 for that of a report in the report,
// as gateways pass it on.
func (w *walker) status(level int) []byte {
	if level < len(w.statuses) {
		return w.statuses[level]
	}
	return nil
}

// returnedHeader is the header of the mail that is returned: the message in the report, or, where that is a report
// itself, the one in it.
func (w *walker) returnedHeader() header {
	if w.status(0) == nil && w.status(1) != nil && len(w.returned) > 1 {
		return w.returned[1]
	}
	if len(w.returned) > 0 {
		return w.returned[0]
	}
	return nil
}

// originalMessageID is that of the returned mail: from its header, else from
// the text that quotes it, else from In-Reply-To.
func originalMessageID(m *Message, w *walker, text freeForm) string {
	for _, h := range []header{w.returnedHeader(), text.returned} {
		if ids := idList(h.text("message-id")); len(ids) > 0 {
			return ids[0]
		}
	}
	texts := append([]string{w.body, m.Quoted, string(w.status(0))}, w.textFiles...)
	for _, t := range texts {
		if match := messageIDLine.FindStringSubmatch(t[:min(len(t), 256<<10)]); match != nil {
			return strings.Trim(match[1], "<>")
		}
	}
	if len(m.InReplyTo) > 0 {
		return m.InReplyTo[0]
	}
	if n := len(m.References); n > 0 {
		return m.References[n-1]
	}
	return ""
}

var messageIDLine = regexp.MustCompile(`(?im)^[ \t>]*(?:original[- ])?message[- ]id:?[ \t]*(<[^<>\s]{3,250}>)`)
