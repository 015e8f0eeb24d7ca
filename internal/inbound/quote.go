package inbound

import (
	"regexp"
	"strings"
)

// partText parts a body into what the sender wrote, what is quoted, and the
// signature. Nothing is lost: every line lands in one of the three. forwarded
// says that the subject calls the mail forwarded: when its sender added no word,
// what is forwarded is the text.
func partText(text string, forwarded bool) (own, quoted, signature string) {
	p := textParts{lines: strings.Split(text, "\n")}
	p.split()
	own, signature = p.ownText()
	quoted = trimBlank(p.quoted)
	if own == "" && p.cut && (forwarded || p.forward) {
		return quoted, "", signature
	}
	if own == "" && quoted == "" {
		return signature, "", "" // a mail is never only a signature
	}
	return own, quoted, signature
}

type textParts struct {
	lines    []string
	segments [][]string // own lines between the quotes
	quoted   []string
	cut      bool // everything from some marker on is quoted
	forward  bool // that marker says forwarded
}

// split deals the lines out to segments and quotes.
func (p *textParts) split() {
	p.segments = [][]string{nil}
	for i := 0; i < len(p.lines); i++ {
		line := p.lines[i]
		if strings.TrimSpace(line) == "" {
			p.addOwn(line)
			continue
		}
		if isQuoteLine(line) {
			p.addQuoted(line)
			continue
		}
		if forward, ok := p.cutsAt(i); ok {
			p.addQuoted(p.lines[i:]...)
			p.cut, p.forward = true, forward
			return
		}
		n, strong := p.attribution(i)
		if n > 0 && p.quoteFollows(i+n) {
			p.addQuoted(p.lines[i : i+n]...)
			i += n - 1
			continue
		}
		if n > 0 && strong {
			p.addQuoted(p.lines[i:]...)
			p.cut = true
			return
		}
		p.addOwn(line)
	}
}

func (p *textParts) addOwn(line string) {
	last := len(p.segments) - 1
	p.segments[last] = append(p.segments[last], line)
}

func (p *textParts) addQuoted(lines ...string) {
	p.quoted = append(p.quoted, lines...)
	if p.segments[len(p.segments)-1] != nil {
		p.segments = append(p.segments, nil)
	}
}

// ownText joins the segments without their signatures.
func (p *textParts) ownText() (own, signature string) {
	var text, signs []string
	for _, s := range p.segments {
		n := signatureStart(s)
		text = append(text, s[:n]...)
		signs = append(signs, s[n:]...)
	}
	for i := range text {
		text[i] = strings.TrimRight(text[i], " \t\u3000")
	}
	return trimBlank(text), trimBlank(signs)
}

func trimBlank(lines []string) string {
	for len(lines) > 0 && strings.TrimSpace(lines[0]) == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	return strings.Join(lines, "\n")
}

func isQuoteLine(line string) bool {
	line = strings.TrimLeft(line, " \t")
	return strings.HasPrefix(line, ">") || strings.HasPrefix(line, "＞")
}

// quoteFollows reports whether the next line that is not blank is a quote.
func (p *textParts) quoteFollows(i int) bool {
	for end := min(i+4, len(p.lines)); i < end; i++ {
		if strings.TrimSpace(p.lines[i]) != "" {
			return isQuoteLine(p.lines[i])
		}
	}
	return false
}

// cutsAt reports whether everything from line i on is another mail, because a
// separator says so or a block of its header fields begins.
func (p *textParts) cutsAt(i int) (forward, ok bool) {
	line := strings.TrimSpace(p.lines[i])
	if forward, ok := separator(line); ok {
		return forward, true
	}
	if len(line) >= 10 && strings.Trim(line, "_-") == "" {
		for i++; i < len(p.lines) && strings.TrimSpace(p.lines[i]) == ""; i++ {
		}
	}
	return false, p.headerBlock(i) || p.notesBlock(i)
}

// separatorWords are what mail programs write between dashes above the mail
// that they quote.
var separatorWords = []string{
	"original message", "original appointment", "original mail", "reply message",
	"forwarded message", "forwarded by", "forwarded mail",
	"元のメッセージ", "元メッセージ", "元の予定", "元のメール", "元メール", "返信元メッセージ", "返信メッセージ", "返信元メール",
	"受信メッセージ", "受信メール", "転送メッセージ", "転送メール", "転送元", "転送されたメッセージ", "転送開始", "引用",
	"引用ここから", "ここから引用", "以下引用", "以下、引用", "以下、元のメッセージ", "以下元のメッセージ",
	"以下、元のメール", "以下転送", "以下、転送", "ここから転送",
	"ursprüngliche nachricht", "message d'origine", "mensaje original", "messaggio originale", "原始邮件", "邮件原件", "원본 메시지",
}

// forwardLines stand alone, without dashes, above a forwarded mail.
var forwardLines = []string{"begin forwarded message", "転送されたメッセージ", "以下に転送されたメッセージ", "以下、転送メール", "下記の通り転送"}

// separator reports whether a line is a mail program's separator above a quoted
// or forwarded mail.
func separator(line string) (forward, ok bool) {
	if len(line) > 200 {
		return false, false
	}
	const dashes = "-－―─ー—–_=＝*＊"
	inner := strings.TrimLeft(line, dashes)
	if led := len(line) - len(inner); led < 2 {
		bare := strings.ToLower(strings.TrimRight(line, ":： "))
		for _, w := range forwardLines {
			if bare == w {
				return true, true
			}
		}
		return false, false
	}
	inner = strings.ToLower(strings.Trim(inner, dashes+" 　[]【】"))
	for _, w := range separatorWords {
		if strings.HasPrefix(inner, w) && (len(inner) <= len(w)+8 || strings.HasSuffix(w, " by")) {
			return strings.Contains(w, "forward") || strings.Contains(w, "転送"), true
		}
	}
	return false, strings.HasPrefix(inner, "on ") && strings.HasSuffix(inner, " wrote")
}

// Labels of the header block that Outlook and others put above a quoted mail.
var (
	fromLabels  = labelSet("from", "差出人", "送信者", "発信者", "送信元", "von", "de", "发件人", "보낸 사람")
	otherLabels = labelSet("sent", "date", "to", "cc", "subject", "reply-to",
		"送信日時", "送信日", "日時", "日付", "宛先", "件名", "題名",
		"gesendet", "an", "betreff", "envoyé", "à", "objet", "发送时间", "收件人", "主题", "보낸 날짜", "받는 사람", "제목")
)

func labelSet(labels ...string) map[string]bool {
	set := map[string]bool{}
	for _, l := range labels {
		set[l] = true
	}
	return set
}

// label is what stands before a line's first colon, lower-case; "" for none.
func label(line string) string {
	line = strings.TrimLeft(line, " \t\u3000*|")
	i := strings.IndexAny(line, ":：")
	if i <= 0 || i > 40 {
		return ""
	}
	return strings.ToLower(strings.Trim(line[:i], " \t\u3000*"))
}

// headerBlock reports whether at line i a From line stands with two other
// header lines close below it.
func (p *textParts) headerBlock(i int) bool {
	if i >= len(p.lines) || !fromLabels[label(p.lines[i])] {
		return false
	}
	others, blanks := 0, 0
	for _, line := range p.lines[i+1 : min(i+9, len(p.lines))] {
		switch {
		case otherLabels[label(line)]:
			others++
		case strings.TrimSpace(line) == "":
			if blanks++; blanks > 1 && others == 0 {
				return false
			}
		}
	}
	return others >= 2
}

// notesBlock reports whether at line i the head of a mail stands as older Notes writes it: name, date, then labels.
func (p *textParts) notesBlock(i int) bool {
	if i+1 >= len(p.lines) || len(p.lines[i]) > 200 || !dateAlone.MatchString(strings.TrimSpace(p.lines[i+1])) {
		return false
	}
	labels := 0
	for _, line := range p.lines[i+2 : min(i+9, len(p.lines))] {
		if otherLabels[label(line)] {
			labels++
		}
	}
	return labels >= 2
}

// dateAlone is a date and time that fill a line: "2026/11/16 10:00", "11/16/2026 10:00 AM".
var dateAlone = regexp.MustCompile(`^(?:\d{4}[/年.-]\d{1,2}[/月.-]\d{1,2}日?|\d{1,2}/\d{1,2}/\d{2,4})\s+` +
	`(?:午前|午後|AM|PM)?\s?\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AP]M)?$`)

var (
	// datedLead begins an attribution: "2026年11月16日(月) 10:00 …", "2026/11/16 …",
	// "On Mon, 16 Nov …", "At 10:00 …".
	datedLead  = regexp.MustCompile(`^(?:\d{4}\s?[年/.-]\s?\d{1,2}\s?[月/.-]\s?\d{1,2}|令和\s?\d+年|(?:On|At|Am|Le|El|Il|In message)\b.*\d)`)
	dateWithin = regexp.MustCompile(`\d{4}\s?[年/.-]\s?\d{1,2}\s?[月/.-]\s?\d{1,2}|\d{1,2}/\d{1,2}/\d{4}`)
	// addressEnd ends a line that only names somebody: "受付 <office@a.example> さん:".
	addressEnd = regexp.MustCompile(`<[^<>\s]+@[^<>\s]+>\s*(?:さん|様|氏)?\s*[:：]$`)
	// dated ends are the colon and the verb: "… <tanaka@a.example>:", "… wrote:".
	attributionEnd = regexp.MustCompile(`(?:[:：]|wrote|writes|書きました。?)$`)
	attributionSay = regexp.MustCompile(`(?i)(?:\bwrote\b|\bwrites\b|\bschrieb\b|a écrit|escribió|ha scritto` +
		`|書きました|書いた|さんの?(?:メッセージ|メール|発言)|のメール|のメッセージ|によるメッセージ)[^@]{0,40}$`)
)

// attribution finds the lines that say whose words follow, which mail programs
// wrap over up to three. n is their number, 0 for none; a strong one, with a
// date and an address or verb, needs no quote marks after it.
func (p *textParts) attribution(i int) (n int, strong bool) {
	first := strings.TrimSpace(p.lines[i])
	if len(first) > 300 || !mayAttribute(first) {
		return 0, false
	}
	isDated := datedLead.MatchString(first)
	joined := ""
	for n = 1; n <= 3 && i+n <= len(p.lines); n++ {
		line := strings.TrimSpace(p.lines[i+n-1])
		if line == "" || len(line) > 300 || n > 1 && isQuoteLine(line) {
			return 0, false
		}
		joined += line
		if !attributionEnd.MatchString(joined) {
			if !isDated {
				return 0, false
			}
			joined += " "
			continue
		}
		says := attributionSay.MatchString(joined)
		switch {
		case isDated && (says || strings.ContainsAny(joined, "@＠")), says && strings.Contains(joined, "@") && dateWithin.MatchString(joined):
			return n, true
		case isDated || says || addressEnd.MatchString(joined):
			return n, false
		}
		return 0, false
	}
	return 0, false
}

// mayAttribute spares most lines the regular expressions.
func mayAttribute(line string) bool {
	switch c := line[0]; {
	case '0' <= c && c <= '9', strings.IndexByte("OALEI", c) >= 0, strings.HasPrefix(line, "令和"):
		return true
	}
	for _, end := range []string{":", "：", "wrote", "writes", "書きました", "書きました。"} {
		if strings.HasSuffix(line, end) {
			return true
		}
	}
	return false
}
