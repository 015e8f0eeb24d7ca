// Package letter makes finished mails out of decided letters.
//
//  1. A letter's content (one struct of casework for each kind) fills its template of package mailtemplates. Each
//     inserted value is made harmless on the way: cleaned of control and direction characters, and marked so that it
//     can neither begin a block nor end a line (escape.go).
//  2. The filled template is read into blocks: headings, tables, lists, commands (page.go).
//  3. The blocks become text/plain, wrapped at 35 full-width characters by Japanese line-breaking rules (text.go,
//     wrap.go), and HTML by html/template (html.go). Both twins come from the same blocks and say the same.
//  4. Offered commands become mailto: links and lines to copy, with the reader's own keyed code (offer.go).
//  5. Attachments are fetched, or made: the certificate, a meeting's calendar file (attach.go). Header, bodies and
//     attachments are written as one message, 7-bit, CRLF, names in the two ways that together every mail program
//     reads (header.go, mime.go).
//
// Nothing depends on a clock, on chance or on the order of calls: the same letter is the same bytes.
package letter
