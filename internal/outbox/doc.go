// Package outbox sends what the store has queued: order, retries, brakes and holds; it never makes a letter.
//
// One round ([Runner.Once]) goes like this:
//
//  1. Claim: the store picks up to eight due letters in order, one in flight for a case and recipient, asks the
//     guard about each with its case as it stands (what fails is withdrawn), holds back what is over a brake, and
//     records the attempts, all in one commit before the first dial (trust.md S3, S4).
//  2. Send each; the bytes and the envelope are the store's and the same at each attempt.
//  3. The server's yes is noted at once, in a commit of its own: between yes and note lies the only moment in which a
//     crash makes a second, identical copy. A temporary failure is put off by [Backoff], for up to five days; a
//     permanent one is final. When there is no connection the round ends, all its letters wait briefly, and no try
//     of theirs is counted.
//  4. What was refused, withdrawn or braked is reported.
//
// A letter that waits for a person ([Runner.Drafting]) is put into the Drafts folder in step 2 instead, unless one with its
// Message-ID lies there. The guard is asked about it as long as it lies there ([Runner.RecheckDrafts]); what the person makes
// of it is seen by the robot, and by the store's word the letter is sent then.
// Copies for the Sent folder are a queue of their own ([Runner.Copies]): the Message-ID is looked for first (S5).
package outbox
