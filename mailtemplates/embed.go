// Package mailtemplates holds the words of the office's letters, one file per letter, embedded into the program.
//
// A file NAME.tmpl defines two templates in the language of text/template: "subject", one line without the case tag,
// and "body". One body makes both twins of a mail, text/plain and HTML, so that they always say the same. A line is a
// line; long ones are wrapped later. What a line is, its beginning says:
//
//	# TEXT            section heading
//	## TEXT           heading of one item
//	- TEXT            list item; a following line that begins with two spaces belongs to it
//	| LABEL | VALUE   row of a table; left out when VALUE is blank
//	|* LABEL | VALUE  the same, emphasised
//	> TEXT            somebody's own words
//	! TEXT            notice in a frame
//	^ TEXT            small print
//	~ TEXT            line of the signature
//	+ TEXT            what is waited for, in a digest; lines that begin with two spaces, and offers, belong to it
//	|| A | B | C      row of a table of several columns, the first one its head
//	% LABEL | N | MOST | TEXT   bar of the length N of MOST
//	& TEXT            the chart, described by the text
//	anything else     paragraph; blank lines separate
//
// {{offers .Offers}} prints commands as links and as lines to copy; {{when "KIND"}} at the beginning of a line keeps
// the line only in one twin ("text", "html") or when such a file is attached ("certificate", "sheet", "marked",
// "protected", "filled", "office", "file", "invite", "bundle", "handed"). A letter that the intake agency
// hands on to the company (.Via) is framed by "opening" and offers no commands.
// Values are inserted safely: none can begin a heading or a row, or end a line. partials.tmpl holds what letters share,
// layout.html.tmpl the HTML of each kind of block, and what begins and ends the page, in the language of html/template.
// An office's own folder may replace each file (see the configuration).
package mailtemplates

import "embed"

// FS holds *.tmpl at its root.
//
//go:embed *.tmpl
var FS embed.FS
