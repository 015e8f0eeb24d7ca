package casework

import "slices"

// draft decides what follows from a draft's fate. It tells whether anything does: a fate is noticed once.
func (d *decider) draft() bool {
	l, seen := d.f.Draft, d.in.Draft
	copied := d.in.Kind == MailOwn
	switch {
	case l == nil || seen == nil || l.ID != seen.Letter || l.Fate == DraftSent:
		return false
	case l.Fate == DraftCopied && copied, seen.Deleted && l.Fate != DraftWaits:
		return false
	}
	c := d.cases[l.Case]
	d.out.Draft = &DraftSettled{DraftSeen: *seen, Fate: DraftSent, Changed: l.Changed}
	switch {
	case seen.Deleted:
		d.out.Draft.Fate, d.out.Draft.Changed = DraftDeleted, false
		d.draftDeleted(c, l)
	case copied:
		d.out.Draft.Fate = DraftCopied
		d.draftSent(c, l, *seen)
	default:
		d.draftSent(c, l, *seen)
	}
	return true
}

// draftDeleted: the letter was not sent, and what it was to bring about has not happened.
func (d *decider) draftDeleted(c *Case, l *DraftedLetter) {
	if c == nil {
		return
	}
	d.emit(c, "", &DraftWasDeleted{Letter: l.Departure.Kind, Party: l.Departure.Party})
	d.referralLost(c, DeliveryFailure{Kind: l.Departure.Kind, Support: l.Departure.Support})
}

// draftSent: more recipients than the letter had raise an alarm, and so does a letter that was to leave no more.
func (d *decider) draftSent(c *Case, l *DraftedLetter, seen DraftSeen) {
	dep := l.Departure
	p := &DraftWasSent{Letter: dep.Kind, Party: dep.Party, Support: dep.Support, For: dep.For, SheetVersion: dep.Version, SentAt: seen.At, MessageID: seen.MessageID,
		Changed: l.Changed, Added: others(seen.Recipients, append([]string{d.f.Office.Mailbox.Addr}, dep.To...)), Removed: others(dep.To, seen.Recipients), Late: l.Fate}
	if l.Fate == DraftWaits && d.stopped(c, dep) {
		p.Late = DraftWithdrawn
	}
	if c != nil && (l.Fate != DraftCopied || len(p.Added) > 0) {
		d.emit(c, "", p)
	}
	content := DraftSentLetter{Letter: LetterName(dep.Kind), Subject: d.bareSubject(l.Subject), Sent: seen.At, To: others(seen.Recipients, p.Added), Added: p.Added,
		Withdrawn: p.Late == DraftWithdrawn, Sheet: dep.Sheet || dep.Kind == LetterReferral}
	if len(p.Added) > 0 || content.Withdrawn {
		d.toClerks(c, content)
	}
	if c == nil {
		return
	}
	d.about(dep.Support)
	s := c.Support(dep.Support)
	k, ok := d.f.Roster.Concierge(c.Concierge, d.now)
	switch {
	case ok && content.Withdrawn:
		if dep.Kind == LetterReferral {
			content.Recall = s.Agency
		}
		d.toConcierge(c, k, content, nil, false)
	case ok && p.Late == DraftDeleted && dep.Kind == LetterReferral: // its password went with it
		d.toConcierge(c, k, AnswerLetter{Done: s.name() + "への「" + LetterName(dep.Kind) + "」は、下書きが削除されたと見ておりましたが、送信されておりました。",
			Next: "パスワードは無効となりましたので、お手数ですが「" + string(CmdRefer) + " " + s.Agency + " " + again + "」で、あらためてお送りください。"}, nil, false)
	}
}

// stopped tells whether the guard lets a letter of a case leave no more; one to somebody who is held (凍結) counts, too.
func (d *decider) stopped(c *Case, dep Departure) bool {
	return c != nil && len(dep.Lines) == 0 && MayLeave(*c, dep, d.f.Roster, d.now) != nil
}

// others are the addresses of all that are not among known, each once.
func others(all, known []string) []string {
	var out []string
	for _, a := range all {
		same := func(b string) bool { return SameAddr(Address{Addr: a}, Address{Addr: b}) }
		if !slices.ContainsFunc(known, same) && !slices.ContainsFunc(out, same) {
			out = append(out, a)
		}
	}
	return out
}

// waitsInDrafts tells whether the referral letter of a support still lies in the Drafts folder.
func (d *decider) waitsInDrafts(s Support) bool {
	return slices.ContainsFunc(d.f.Unsent, func(u Unsent) bool { return u.Kind == LetterReferral && u.Support == s.ID })
}
