package letter

import (
	"slices"
	"strconv"
	"strings"

	"uketsuke/internal/casework"
	"uketsuke/internal/command"
)

// offers writes commands as structured lines of a page; link makes them links later, when tag and code are known.
func offers(list []casework.Offer) markup {
	var b strings.Builder
	for _, o := range list {
		noCase := ""
		if o.NoCase {
			noCase = "1"
		}
		args := make([]string, len(o.Args))
		for i, a := range o.Args {
			args[i] = oneLine(a)
		}
		fields := []string{oneLine(string(o.Command)), strings.Join(args, string(markItem)), oneLine(o.Label), noCase}
		if o.Case != 0 {
			fields = append(fields, strconv.FormatInt(o.Case, 10), oneLine(o.Number), string(o.Party.Role), oneLine(o.Party.Code))
		}
		b.WriteString("@" + strings.Join(fields, string(markField)) + "\n")
	}
	return markup(strings.TrimSuffix(b.String(), "\n"))
}

// others are the offers besides one that stands elsewhere in the letter.
func others(list []casework.Offer, but *casework.Offer) []casework.Offer {
	if but == nil {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(o casework.Offer) bool {
		return o.Command == but.Command && slices.Equal(o.Args, but.Args)
	})
}

// confirmOffer is the one command that answers a confirmation mail.
func confirmOffer(word, label string) markup {
	return offers([]casework.Offer{{Command: casework.CmdConfirm, Args: []string{word}, Label: label}})
}

// parseOffer is the inverse of offers for one line, without its @.
func parseOffer(line string) casework.Offer {
	f := strings.SplitN(line, string(markField), 8)
	for len(f) < 8 {
		f = append(f, "")
	}
	o := casework.Offer{Command: casework.CommandName(f[0]), Label: f[2], NoCase: f[3] != ""}
	if f[1] != "" {
		o.Args = strings.Split(f[1], string(markItem))
	}
	o.Case, _ = strconv.ParseInt(f[4], 10, 64)
	o.Number, o.Party = f[5], casework.Party{Role: casework.Role(f[6]), Code: f[7]}
	return o
}

// linker knows what a command's mail needs: where to, and for which case.
type linker struct {
	mailbox, tag string
	tagOf        func(caseID int64, number string, p casework.Party) string // of another case than the letter's
}

// commandLink is an offer as a reader sees it.
type commandLink struct {
	Button string // 承認 MINATO
	Line   string // the subject to copy: 承認 MINATO [受付 E26-00123 k3f9q2]
	Href   string // the mailto: link; "" when the command needs a case and the letter is about none
	Label  string // when one gives it
}

// blanks names what the reader has to fill in: the placeholders of the offers, each once.
func blanks(list []casework.Offer) string {
	var words []string
	for _, o := range list {
		for _, a := range o.Args {
			if isPlaceholder(a) && !slices.Contains(words, a) {
				words = append(words, a)
			}
		}
	}
	return strings.Join(words, "」「")
}

// link makes the link of one offer. Arguments that are placeholders (機関コード) are shown and not sent: the link
// then carries the command, the arguments before them and the tag, and the reader fills in the rest.
func (k linker) link(o casework.Offer) commandLink {
	row, _ := command.Lookup(o.Command)
	tag, caseless := k.tag, o.NoCase || row.NoCase
	if o.Case != 0 {
		tag = k.tagOf(o.Case, o.Number, o.Party)
	}
	if caseless && o.Command != casework.CmdConfirm {
		tag = ""
	}
	out := commandLink{Button: command.Subject(o.Command, o.Args, ""), Label: orElse(o.Label, row.Effect)}
	if tag == "" && !caseless {
		out.Line = command.Subject(o.Command, o.Args, unknownTag)
		return out
	}
	sent := o.Args
	if i := slices.IndexFunc(o.Args, isPlaceholder); i >= 0 {
		sent = o.Args[:i]
	}
	out.Line = command.Subject(o.Command, o.Args, tag)
	out.Href = mailto(k.mailbox, command.Subject(o.Command, sent, tag), toFillIn(o.Command))
	return out
}

func (k linker) linkRows(rows []row) {
	for i := range rows {
		rows[i].Link = k.link(rows[i].Offer)
	}
}

// Rest is what stands behind the button's words in the line to copy: the tag.
func (l commandLink) Rest() string { return strings.TrimPrefix(l.Line, l.Button+" ") }

// toFillIn are the lines that the mail of a command opens with: what its reader is asked for.
func toFillIn(name casework.CommandName) string {
	switch name {
	case casework.CmdHost:
		return casework.HostForm.Blank(casework.LineDepartment, casework.LinePerson, casework.LineFirst)
	case casework.CmdFeedback:
		return casework.FeedbackForm.Blank(casework.LineDay, casework.LineContent, casework.LineProgress, casework.LineNext, casework.LineMeans)
	}
	return ""
}

// unknownTag shows where the tag of a case goes, in a letter (help) that is about no case.
const unknownTag = "[登録 …]"

// literalArguments stand in the table's usage and are typed as they are.
var literalArguments = []string{"FAX", "郵送", "窓口", "手渡し", "通知", "直接", "紹介元経由", "企業", "紹介元", "初回", "電話", "全件"}

var placeholders = func() map[string]bool {
	out := map[string]bool{}
	for _, row := range command.Table {
		for _, word := range strings.FieldsFunc(row.Args, func(r rune) bool { return strings.ContainsRune(" 　｜|[]…", r) }) {
			if !slices.Contains(literalArguments, word) {
				out[word] = true
			}
		}
	}
	return out
}()

// isPlaceholder tells an argument that explains from one that is meant: those of the table's usage, choices
// (企業｜紹介元), and anything bracketed.
func isPlaceholder(arg string) bool {
	return placeholders[arg] || strings.ContainsAny(arg, "｜|…[]<>〈〉（）○")
}

// mailto makes a mailto: URI with a subject and, unless it is "", a body (RFC 6068): UTF-8, percent-encoded, a space %20
// and never +, lines ending in CRLF.
func mailto(addr, subject, body string) string {
	var b strings.Builder
	b.WriteString("mailto:")
	percentEncode(&b, addr, "@+")
	b.WriteString("?subject=")
	percentEncode(&b, subject, "")
	if body != "" {
		b.WriteString("&body=")
		percentEncode(&b, strings.ReplaceAll(body, "\n", "\r\n"), "")
	}
	return b.String()
}

const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

func percentEncode(b *strings.Builder, s, keep string) {
	const hex = "0123456789ABCDEF"
	for i := 0; i < len(s); i++ {
		if c := s[i]; strings.IndexByte(unreserved, c) >= 0 || strings.IndexByte(keep, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
}
