// Package mailserver is a small IMAP and SMTP server inside the process: the
// mail system of the demo, and the one that tests and the scenario harness
// drive, interrupt and reopen. It listens on loopback only and sends nothing
// anywhere; mail to the outside lands in the catch-all account.
//
// How a message lives here:
//
//  1. Its bytes arrive (Deliver, SMTP DATA or IMAP APPEND) and stream into one
//     file, <Dir>/<account>/<mailbox>/<number>.eml. While they pass, the end of
//     the header and the Message-ID are noted. Nothing else is kept in memory.
//  2. When the file is complete the mailbox is locked, the next UID is given,
//     one line goes to the mailbox's index file, and every session that has the
//     mailbox selected is told (those in IDLE at once).
//  3. Reading opens the file; flags, sizes, dates and Message-IDs come from
//     memory. COPY makes a hard link, MOVE renames the file.
//  4. EXPUNGE and DELETE write the index first and then remove files.
//
// The index is a journal of JSON lines (UIDVALIDITY, UIDNEXT, added, flags,
// gone). Start reads it, drops what a killed process left half done (a line
// without its file, a file without its line, a last line cut short) and writes
// it anew. In a MOVE the destination's line is written first, then the file is
// renamed, then the source's line: a message is where its file is, so it is in
// exactly one mailbox whenever the process dies.
//
// # Steps
//
// Options.Hook is called at these points, with no lock held, in the goroutine
// of that connection (so several at once). Returning a [Reply] answers with it;
// any other error closes the connection there, without an answer. The hook may
// also block as long as it likes; only that connection waits.
//
//	imap.connect          connection accepted, no greeting yet
//	imap.login            LOGIN or AUTHENTICATE, credentials not looked at yet
//	imap.list             LIST or LSUB, nothing written
//	imap.create           CREATE, nothing created
//	imap.status           STATUS, nothing written
//	imap.select           SELECT or EXAMINE, nothing selected
//	imap.search           SEARCH, nothing looked at
//	imap.fetch            FETCH, no flag set, nothing written
//	imap.store.before     STORE, no flag changed
//	imap.store.after      STORE, flags changed, nothing answered
//	imap.copy.before      COPY, nothing copied
//	imap.copy.after       COPY, copies in place, COPYUID not answered
//	imap.move.before      MOVE, nothing moved
//	imap.move.after       MOVE, moved, COPYUID and EXPUNGE not answered
//	imap.expunge.before   EXPUNGE or CLOSE, nothing removed
//	imap.expunge.after    EXPUNGE or CLOSE, removed, nothing answered
//	imap.append.before    APPEND, literal received, nothing stored
//	imap.append.after     APPEND, stored, APPENDUID not answered
//	imap.idle             IDLE, continuation answered, nothing told yet
//	smtp.connect          connection accepted, no greeting yet
//	smtp.mail             MAIL FROM, not answered
//	smtp.rcpt             RCPT TO, not answered
//	smtp.data             DATA answered with 354, body not read
//	smtp.data.before      body received to its end, nothing stored
//	smtp.data.stored      stored for every recipient, OK not answered
//
// # What it is not
//
// No TLS, no quota, no CONDSTORE, and no fsync unless Options.FsyncBodies:
// the files survive the death of the process, not that of the machine.
package mailserver
