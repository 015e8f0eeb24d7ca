package letter

import (
	"fmt"
	"regexp"
	"strings"
	"text/template"
	"text/template/parse"
	"time"
	"unicode/utf8"
)

// Marks that stand in a filled template for what a value may not write itself. clean takes them out of values.
const (
	markValue = '\x01' // a value begins: the line begins no block by it
	markBreak = '\x02' // a line break inside a value
	markField = '\x1f' // separates the parts of a structured line
	markItem  = '\x1e' // separates the items of one part
)

// markup is a template function's result that is structure, not a value.
type markup string

// escapeFunc is the name under which templates know escape.
const escapeFunc = "_value"

// escapeActions appends "| _value" to every action of a template that prints something, as html/template does:
// nobody who writes a template can forget it. A tree is to be given once, also when templates share it.
func escapeActions(t *template.Template) {
	if t.Tree != nil {
		escapeNode(t.Root)
	}
}

func escapeNode(node parse.Node) {
	switch n := node.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, child := range n.Nodes {
				escapeNode(child)
			}
		}
	case *parse.ActionNode:
		if len(n.Pipe.Decl) == 0 {
			ident := parse.NewIdentifier(escapeFunc).SetPos(n.Pos).SetTree(nil)
			n.Pipe.Cmds = append(n.Pipe.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: n.Pos, Args: []parse.Node{ident}})
		}
	case *parse.IfNode:
		escapeNode(n.List)
		escapeNode(n.ElseList)
	case *parse.RangeNode:
		escapeNode(n.List)
		escapeNode(n.ElseList)
	case *parse.WithNode:
		escapeNode(n.List)
		escapeNode(n.ElseList)
	}
}

// escape makes a value harmless inside a page.
func escape(v any) string {
	switch v := v.(type) {
	case markup:
		return string(v)
	case time.Time:
		return string(markValue) + date(v)
	case string:
		return escapeText(v)
	case nil:
		return ""
	}
	return escapeText(fmt.Sprint(v))
}

func escapeText(s string) string {
	s = strings.Trim(withoutCodes(clean(s)), "\n")
	if s == "" {
		return ""
	}
	return string(markValue) + strings.ReplaceAll(s, "\n", string(markBreak))
}

// tagWithCode finds a case tag with its code, brackets or not, in all widths that the command parser folds.
var tagWithCode = regexp.MustCompile(`((?:受付|登録|照会)[\s　]+[A-Za-z0-9Ａ-Ｚａ-ｚ０-９]+(?:[-‐‑‒–—―−－ー][A-Za-z0-9Ａ-Ｚａ-ｚ０-９]+)+)[\s　]+[A-Za-z0-9Ａ-Ｚａ-ｚ０-９]{4,16}`)

// withoutCodes cuts the codes out of the tags in a value: a subject or a sentence that somebody wrote, or a letter to
// somebody else, may carry a code that is not this reader's (trust.md "Codes").
func withoutCodes(s string) string {
	if !strings.Contains(s, "登録") && !strings.Contains(s, "受付") && !strings.Contains(s, "照会") {
		return s
	}
	return tagWithCode.ReplaceAllString(s, "$1")
}

// clean takes out what a value from outside must not bring into a letter: control characters (the marks among them),
// characters that turn the writing direction or hide, bytes that are no UTF-8. Line ends become LF, tabs a space.
func clean(s string) string {
	if !needsCleaning(s) {
		return s
	}
	s = lineEnds.Replace(s)
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r < 0x20, r >= 0x7f && r < 0xa0, r == 0xad,
			r == 0x200b, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e,
			r >= 0x2060 && r <= 0x206f, r == 0xfeff, r >= 0xfff9 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe007f:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\u0085", "\n", "\t", " ")

func needsCleaning(s string) bool {
	if !utf8.ValidString(s) {
		return true
	}
	for _, r := range s {
		if r < 0x20 && r != '\n' || r >= 0x7f && r < 0xae || r >= 0x200b && r <= 0x206f || r >= 0xfe00 {
			return true
		}
	}
	return false
}

// oneLine is clean for places where a line end cannot stand.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(clean(s), func(r rune) bool { return r == '\n' }), " ")
}
