// Package casework is the core: what a case is, what may happen to it, and who may know.
//
// One mail goes through it in these steps, all of them pure:
//
//  1. The shell has understood a mail (Input) and loaded what lies outside the case (Facts).
//  2. Decide answers with an Outcome: events for zero, one or more cases, letters, and where the mail is filed.
//     It is total: every input in every state gets an answer, if only a refusal in words.
//  3. Each event changes its case by Apply; the case is the fold of its events and nothing else.
//  4. Each letter carries a View made by Disclose for one party; MayLeave is asked when it is queued
//     and again at each attempt to send it; Scan reads the finished text a last time.
//
// Times are instants; business is in Asia/Tokyo (JST). Nothing here reads a clock, a file or the network.
package casework

import "time"

// JST is the zone of all business rules. Japan has had no summer time since 1951, so a fixed zone is exact.
var JST = time.FixedZone("JST", 9*60*60)
