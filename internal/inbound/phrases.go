package inbound

import (
	"regexp"
	"strings"
)

// anyOf compiles the phrases of one list, each line of which holds several, parted by |. A (?i) at the beginning is for
// all of them.
func anyOf(phrases ...string) *regexp.Regexp { return regexp.MustCompile(strings.Join(phrases, "|")) }
