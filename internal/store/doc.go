// Package store keeps everything in one SQLite database: mails, the event log, cases, letters, the outbox.
//
// A mail goes in by [Store.Handle]:
//
//  1. One immediate transaction takes a batch. The notes that other rooms left (filed, copied) ride along.
//  2. For each mail in turn: was this very mail done before? Then only its place is noted. Else decide is called with a
//     [Lookup] that sees what this transaction has written so far, and events, cases, numbers and the mail itself are
//     written. Letters get their ids.
//  3. The letters of the whole batch are rendered in parallel. When a mail's decision or letter fails, the transaction
//     is rolled back and the others are decided anew without it, so that numbers have no gap; letters that come out the
//     same keep their bytes.
//  4. The frozen letters are inserted, failures are counted, everything is committed at once.
//
// A letter goes out by [Store.Claim] (the guard is asked, the attempt is recorded before the dial) and
// [Store.Accepted], [Store.Deferred], [Store.Refused] or [Store.Drafted].
//
// There is one writer connection; readers are query-only and short. Times are UTC milliseconds, ids int64. The
// tables are documented in schema.sql, the event chain in chain.go. Values of people (addresses, Message-IDs,
// company keys) are looked up by keyed hashes only, so that an index betrays nothing and survives erasure.
package store
