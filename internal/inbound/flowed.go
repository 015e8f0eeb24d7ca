package inbound

import "strings"

// unflow joins the lines that format=flowed wrapped (RFC 3676): a line that ends
// in a space goes on in the next of the same quote depth. With delsp that space
// is no part of the text. Quote marks come out as "> ".
func unflow(s string, delsp bool) string {
	var b strings.Builder
	open := -1 // quote depth of the paragraph that goes on; -1 for none
	for i, line := range strings.Split(s, "\n") {
		depth := 0
		for depth < len(line) && line[depth] == '>' {
			depth++
		}
		text := strings.TrimPrefix(line[depth:], " ") // space-stuffing
		if open != depth || text == "-- " {
			if i > 0 {
				b.WriteByte('\n')
			}
			if depth > 0 {
				b.WriteString(strings.Repeat(">", depth) + " ")
			}
		}
		open = -1
		if strings.HasSuffix(text, " ") && text != "-- " {
			open = depth
			if delsp {
				text = text[:len(text)-1]
			}
		}
		b.WriteString(text)
	}
	return b.String()
}
