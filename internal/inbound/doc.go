// Package inbound understands one mail: raw bytes in, a Message out. It is
// pure: no network, no files, and it decompresses nothing.
//
// The algorithm:
//
//  1. The header is cut into fields (tolerant of mbox lines, bare CR or LF,
//     lines that are no fields). Raw 8-bit or JIS bytes are made UTF-8 before
//     anything else looks at a field, so that a quote or a backslash inside a
//     Japanese character is never taken for syntax.
//  2. From, To, Subject, Date and the like are read; RFC 2047 words are joined
//     byte-wise before they are decoded, RFC 2231 parameters likewise.
//  3. The MIME tree is walked by slicing the raw bytes (RFC 2046), with broken
//     boundaries mended and bounds on depth, parts, bytes and time. Each leaf
//     becomes body text or an attachment; a nested message's attachments are
//     listed flat and its text counts as quoted. Files that Outlook packed into
//     winmail.dat ([MS-OXTNEF]), or that stand uuencoded in a text, are taken out.
//  4. Body text is decoded by its declared charset, or, where that is missing
//     or wrong, by the likeliest of UTF-8, JIS, CP932 and EUC-JP; the guess is
//     recorded. format=flowed (RFC 3676) is unwrapped, HTML made text.
//  5. The text is parted into what the sender wrote, what is quoted, and the
//     signature, by the Japanese and English forms of mail programs.
//  6. The kind is told, the first that matches: own, bounce (RFC 3464),
//     automatic (RFC 3834), calendar (RFC 5546), else plain. Of a bounce action,
//     status, recipients and the returned Message-ID are read, from its fields or
//     from the free forms of mail systems; reason and hardness by code and words.
//  7. The sender's evidence is read from the boundary server's
//     Authentication-Results (RFC 8601) by a tokenizer that knows quoted
//     strings and comments.
//  8. A hash over the mail without its trace fields tells whether two mails
//     are the same one, sent to two aliases.
//
// Attachment bytes may share memory with the raw mail; neither may be changed.
package inbound
