package inbound

import (
	"bytes"
	"strings"
)

// deliveryReport is one recipient's part of a delivery report (RFC 3464, 2.3).
type deliveryReport struct {
	recipient, action, status string
	diagnostic                string // Diagnostic-Code without its type: the words of the server that refused
}

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
			recipient:  typedValue(h, "final-recipient"),
			action:     actionWord(h.text("action")),
			status:     enhancedCode(h.text("status")),
			diagnostic: afterType(h.text("diagnostic-code")),
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

// actionWord is the action in RFC 3464's spelling: gateways write "failure" and "delay" too.
func actionWord(s string) string {
	w := strings.ToLower(firstWord(s))
	switch {
	case strings.HasPrefix(w, "fail"):
		return "failed"
	case strings.HasPrefix(w, "delay"):
		return "delayed"
	}
	return w
}

// typedValue is the value of "rfc822; tanaka@a.example" (RFC 3464, 2.1.2).
func typedValue(h header, name string) string {
	return cleanLine(strings.Trim(afterType(h.text(name)), "<>"))
}

func afterType(s string) string {
	if _, after, ok := strings.Cut(s, ";"); ok {
		s = after
	}
	return strings.TrimSpace(s)
}

func firstWord(s string) string {
	if f := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ';' || r == '(' }); len(f) > 0 {
		return f[0]
	}
	return ""
}

// fromReports takes the gravest action, failed before delayed before the rest, the recipients it is about, and the
// first one's status. It returns what the refusing server said.
func (b *Bounce) fromReports(w *walker) (diagnostic string) {
	body := w.status(0)
	if body == nil {
		body = w.status(1)
	}
	list := parseDeliveryStatus(body)
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
		if diagnostic == "" {
			diagnostic = r.diagnostic
		}
	}
	return diagnostic
}
