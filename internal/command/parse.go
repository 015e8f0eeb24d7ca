// Package command understands subject lines.
//
//  1. Fold widths (NFKC), dashes and spaces; commands and numbers are compared folded, free text is kept.
//  2. Take any stack of reply prefixes off the front (Re:, 返信:, [EXTERNAL] …), and the case tag, where it stands first.
//  3. The next whole token is a command when it equals a name or alias of the one closed Table (or an alias that the
//     office added): never a prefix, never a near match. English names count only beside a case tag.
//  4. What follows up to the tag or the end is its arguments.
//  5. A word that is not known stops the line: the mail is no command. Words that people use for several commands
//     (了解, 取消…) and commands dressed as a sentence (引受します) are asked back, never obeyed.
package command

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"uketsuke/internal/casework"
)

// Parser is the table with an office's own aliases. It is immutable and safe for concurrent use.
type Parser struct {
	names   map[string]casework.CommandName
	english map[string]casework.CommandName
}

// New makes a parser; own maps a command's Japanese name to further aliases. Every fault is returned, none is fatal
// to the rest.
func New(own map[string][]string) (*Parser, []error) {
	p := &Parser{names: map[string]casework.CommandName{}, english: map[string]casework.CommandName{}}
	for _, r := range Table {
		for _, a := range append([]string{string(r.Name)}, r.Aliases...) {
			if !r.TagOnly {
				p.names[foldWord(a)] = r.Name
			} else {
				p.english[foldWord(a)] = r.Name
			}
		}
		if r.English != "" {
			p.english[r.English] = r.Name
		}
	}
	var faults []error
	for name, aliases := range own {
		if _, ok := Lookup(casework.CommandName(name)); !ok {
			faults = append(faults, fmt.Errorf("%q is no command; use one of the Japanese names of the table", name))
			continue
		}
		for _, a := range aliases {
			w := foldWord(a)
			if other, taken := p.names[w]; w == "" || strings.ContainsAny(w, " []") || taken && other != casework.CommandName(name) || askBacks[w] != nil {
				faults = append(faults, fmt.Errorf("alias %q of %s is empty, has a space or is taken; choose another word", a, name))
				continue
			}
			p.names[w] = casework.CommandName(name)
		}
	}
	return p, faults
}

// Parsed is what a subject line says.
type Parsed struct {
	Call *casework.Call // nil: no command
	Tag  casework.Tag   // zero: no case tag
	Text string         // the line from the command's word on, as folded, for the record
	Rest string         // the line without prefixes and tag
}

var (
	tagShape    = regexp.MustCompile(`\[\s*(?:受付|登録|照会)\s+([A-Za-z0-9]+(?:-[A-Za-z0-9]+)+)(?:\s+([A-Za-z0-9]{4,16}))?\s*\]`)
	prefixShape = regexp.MustCompile(`(?i)^(?:(?:re|fw|fwd|aw|sv|wg|tr|rv|vs|antw|ref|返信|返|転送|転|回复|答复)(?:\^\d+|\[\d+\]|\(\d+\))?\s*:|` +
		`(?:\[|【|<)\s*(?:external|ext|外部|社外|社外メール|外部メール|spam|bulk|意図しない外部|注意|重要|至急|転送|返信)\s*(?:\]|】|>))\s*`)
)

// Parse reads a decoded subject line.
func (p *Parser) Parse(subject string) Parsed {
	line := strings.Join(strings.Fields(foldLine(subject)), " ")
	var out Parsed
	head := stripPrefixes(line)
	if loc := tagShape.FindStringSubmatchIndex(head); loc != nil {
		out.Tag = casework.Tag{Number: strings.ToUpper(head[loc[2]:loc[3]])}
		if loc[4] >= 0 {
			out.Tag.Code = strings.ToLower(head[loc[4]:loc[5]])
		}
		before, after := strings.TrimSpace(head[:loc[0]]), strings.TrimSpace(head[loc[1]:])
		out.Rest = strings.TrimSpace(before + " " + after)
		head = before
		if head == "" {
			head = stripPrefixes(after)
		}
	} else {
		out.Rest = head
	}
	out.Call = p.call(head, out.Tag.Number != "")
	if out.Call != nil {
		out.Text = head
	}
	return out
}

// Line reads one line of a body as a command: まとめて's lines, and the exact first word of a reply.
func (p *Parser) Line(line string) *casework.Call { return p.Parse(line).Call }

func stripPrefixes(s string) string {
	for {
		s = strings.TrimSpace(s)
		loc := prefixShape.FindStringIndex(s)
		if loc == nil {
			return s
		}
		s = s[loc[1]:]
	}
}

func (p *Parser) call(line string, tagged bool) *casework.Call {
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return nil
	}
	word := foldWord(fields[0])
	if name, ok := p.names[word]; ok {
		return p.named(name, fields[1:], tagged)
	}
	if !tagged {
		return nil
	}
	if name, ok := p.english[word]; ok {
		return p.named(name, fields[1:], tagged)
	}
	if names, ok := askBacks[word]; ok && len(fields) == 1 {
		return &casework.Call{Args: arguments(fields[1:]), AskBack: texts(names)}
	}
	for _, end := range politeEnds {
		if name, ok := p.names[strings.TrimSuffix(word, end)]; ok && strings.HasSuffix(word, end) {
			return &casework.Call{Args: arguments(fields[1:]), AskBack: []string{string(name)}}
		}
	}
	return nil
}

// named makes the call of a command; behind テスト stands another one.
func (p *Parser) named(name casework.CommandName, fields []string, tagged bool) *casework.Call {
	c := &casework.Call{Name: name, Args: arguments(fields)}
	if name == casework.CmdDryRun {
		if inner := p.call(strings.Join(fields, " "), tagged); inner != nil && inner.Name != casework.CmdDryRun {
			c.Inner = inner
		}
	}
	return c
}

func texts(names []casework.CommandName) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = string(n)
	}
	return out
}

func arguments(fields []string) []string {
	if len(fields) == 0 {
		return []string{}
	}
	return slices.Clone(fields)
}

// foldLine folds what people type without changing what they mean: widths, all dashes, all spaces.
func foldLine(s string) string {
	s = norm.NFKC.String(s)
	rs := []rune(s)
	for i, r := range rs {
		switch {
		case strings.ContainsRune("‐‑‒–—―−", r):
			rs[i] = '-'
		case r == 'ー' && i > 0 && i+1 < len(rs) && ascii(rs[i-1]) && ascii(rs[i+1]):
			rs[i] = '-'
		case unicode.IsSpace(r), r == '\u200b', r == '\ufeff':
			rs[i] = ' '
		case unicode.IsControl(r):
			rs[i] = ' '
		}
	}
	return string(rs)
}

func ascii(r rune) bool { return r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

var okurigana = strings.NewReplacer("引き受け", "引受", "引受け", "引受", "受け入れ", "受入", "受入れ", "受入",
	"取り下げ", "取下", "取下げ", "取下", "取り消し", "取消", "取消し", "取消", "受け付け", "受付", "受付け", "受付")

// foldWord folds one word for comparison with the table.
func foldWord(s string) string {
	return okurigana.Replace(strings.ToLower(strings.TrimSpace(foldLine(s))))
}
