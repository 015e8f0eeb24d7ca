package casework

import (
	"fmt"
	"slices"
	"strings"
)

// feedback is 進捗: provider's goes to concierge and intake agency, the concierge's on JETRO's own support to the intake
// agency, the intake agency's to the concierge (guide 3-3).
func (d *decider) feedback(call *Call, role Role, c *Case) {
	fits := func(s Support) bool { return (s.Sent() || s.JETRO()) && s.State(c.Version) != SupportFinished }
	var s Support
	var ch Spoken
	ok := true
	if role == RoleIntake {
		s, ok = d.supportKnown(call, c)
	} else {
		s, ch, ok = d.reporting(call, role, c, fits)
	}
	if !ok {
		return
	}
	if !s.Sent() && !s.JETRO() {
		d.refuse(c, s.AgencyName+"の支援は、まだ始まっておりません。エントリーシートをお送りした後に、ご報告をお願いいたします。")
		return
	}
	f := d.feedbackOf(role)
	if f.Content == "" && f.Progress == "" {
		d.refuse(c, "ご報告の内容を読み取れませんでした。本文に「支援日：」「支援内容：」「進捗状況：」「次回予定：」「手段：」の行を設けてご記入のうえ、あらためてお送りください。文章のままでも承ります。")
		return
	}
	d.about(s.ID)
	d.emit(c, role, &FeedbackGiven{Support: s.ID, Channel: ch, Feedback: f})
	s = c.Support(s.ID)
	if role != RoleIntake {
		d.toIntake(c, FeedbackLetter{For: RoleIntake, Support: d.supportFor(c, s, RoleIntake), Feedback: f, Channel: ch}, nil)
	}
	d.tell(c, FeedbackLetter{For: RoleConcierge, Support: d.supportOf(c, s), Feedback: f, Channel: ch}, role)
	next := ""
	if f.Next != "" {
		next = "次回は " + JapaneseDay(f.Next) + " のご予定として承りました。"
	}
	d.answer(c, role, "支援の状況のご報告を承りました。誠にありがとうございます。", next)
}

// feedbackOf reads a report: from its lines, plain prose as the content.
func (d *decider) feedbackOf(role Role) Feedback {
	values, rest := d.filled(FeedbackForm)
	t := FeedbackOf(values, rest, d.now)
	f := Feedback{At: d.now, From: role, Date: t.Day, Content: clip(d.withoutCodes(t.Content), 4000), Progress: clip(d.withoutCodes(t.Progress), 2000),
		Next: t.Next, Means: clip(d.withoutCodes(t.Means), 200)}
	if t.NextTyped != "" && t.Next == "" {
		f.Progress = strings.TrimSpace(f.Progress + "\n次回予定：" + clip(d.withoutCodes(t.NextTyped), 200))
	}
	return f
}

// filled reads the lines that a letter asked for: from the words of the mail, else from what it quotes, since many fill
// in there, else from a workbook that came along. rest is the prose beside them.
func (d *decider) filled(form *LineForm) (values map[string]string, rest string) {
	values, rest = form.Read(d.in.Text)
	quoted, _ := form.Read(d.in.Quoted)
	for _, more := range []map[string]string{quoted, d.in.Filled} {
		for key, v := range more {
			if values[key] == "" {
				values[key] = v
			}
		}
	}
	for key, v := range values {
		values[key] = d.withoutCodes(v)
	}
	return values, rest
}

// supportKnown finds the support of which the intake agency speaks, among those that it knows.
func (d *decider) supportKnown(call *Call, c *Case) (Support, bool) {
	var known []Support
	for _, s := range c.Supports {
		if s.Sent() || s.JETRO() {
			known = append(known, s)
		}
	}
	if len(call.Args) > 0 {
		named, _ := d.supportCalled(c, strings.Join(call.Args, ""), func(s Support) bool { return s.FinishedAt.IsZero() })
		known = slices.DeleteFunc(known, func(s Support) bool { return s.ID != named.ID })
	}
	switch len(known) {
	case 0:
		d.refuse(c, "進行中の支援が見当たりませんでした。ご要望やご意見は「要望」でお寄せください。")
		return Support{}, false
	case 1:
		return known[0], true
	}
	return known[len(known)-1], true
}

// wished is 要望: for the concierge, and nobody else.
func (d *decider) wished(role Role, c *Case) {
	text := clip(d.withoutCodes(d.in.Text), 4000)
	if strings.TrimSpace(text) == "" {
		d.refuse(c, "ご要望の内容を本文にお書きのうえ、あらためてお送りください。")
		return
	}
	d.emit(c, role, &WishGiven{Text: text})
	d.tell(c, PassedOnLetter{For: RoleConcierge, From: d.partyText(c, role), Subject: string(CmdWish), Text: text, Answer: true}, role)
	if l := d.lastLetter(); l != nil && l.Kind() == LetterPassedOn {
		l.Relay = d.partyOf(c, role)
	}
	d.answer(c, role, "ご要望を承り、担当コンシェルジュに申し伝えました。", "")
}

// finish is 支援終了: one support ends.
func (d *decider) finish(call *Call, role Role, c *Case) {
	s, ok := d.supportNamed(call, c, func(s Support) bool { return !s.State(c.Version).Over() && (s.Sent() || s.JETRO()) })
	if !ok {
		return
	}
	switch {
	case s.State(c.Version) == SupportFinished:
		d.answer(c, role, s.name()+"の支援は、すでに終了しております。", "")
		return
	case !s.Sent() && !s.JETRO():
		d.refuseWith(c, s.name()+"には、まだエントリーシートを回付しておりません。照会を見送られる場合は「見送り」をお送りください。", suggestion(CmdPassOver, s.Agency), nil)
		return
	}
	d.begin(c, role)
	d.about(s.ID)
	d.emit(c, role, &SupportEnded{Support: s.ID, Reason: clip(d.withoutCodes(d.in.Text), 2000)})
	d.out.Forget = append(d.out.Forget, s.ID)
	s = c.Support(s.ID)
	d.cancelMeetings(c, role, s.ID)
	d.toCompany(c, ClosingLetter{For: RoleCompany, Support: d.supportFor(c, s, RoleCompany)}, nil)
	d.toIntake(c, ClosingLetter{For: RoleIntake, Support: d.supportFor(c, s, RoleIntake)}, nil)
	if !s.JETRO() {
		d.toProvider(c, s, ClosingLetter{For: RoleProvider, Support: d.supportFor(c, s, RoleProvider)}, nil)
	}
	d.tell(c, ClosingLetter{For: RoleConcierge, Support: d.supportOf(c, s)}, role)
	d.answer(c, role, s.name()+"の支援を終了といたしました。", closeNext(c))
}

func closeNext(c *Case) string {
	if open := c.openSupports(); len(open) > 0 {
		return fmt.Sprintf("進行中の支援がほかに%d件ございます。", len(open))
	}
	return "案件を終えられる場合は、「案件終了」をお送りください。"
}

// cancelMeetings takes appointments of a support off the record; its closing letter tells.
func (d *decider) cancelMeetings(c *Case, role Role, key string) {
	for _, m := range c.Meetings {
		if (key == "" || m.Key == key) && !m.Cancelled && m.Start.After(d.now) {
			d.emit(c, role, &MeetingCancelled{Key: m.Key, Sequence: m.Sequence + 1})
			m, _ = c.Meeting(m.Key)
			s := c.Support(m.Key)
			d.about(s.ID)
			d.inviteAll(c, s, MeetingLetter{Meeting: m})
		}
	}
}

// closeCase is 案件終了: refused while a support is open, unless repeated.
func (d *decider) closeCase(role Role, c *Case) {
	if open := c.openSupports(); len(open) > 0 && !c.CloseWarned {
		var names []string
		for _, s := range open {
			names = append(names, s.name()+"："+s.State(c.Version).Japanese())
		}
		d.emit(c, role, &CloseWarned{})
		d.refuseWith(c, fmt.Sprintf("進行中の支援が%d件ございますので、まだ終了しておりません（%s）。このまま終了される場合は、もう一度「案件終了」をお送りください。", len(open), strings.Join(names, "、")),
			suggestion(CmdClose), nil)
		return
	}
	d.begin(c, role)
	before := *c
	d.endSupports(c, role)
	d.emit(c, role, &CaseClosed{Reason: clip(d.withoutCodes(d.in.Text), 2000)})
	d.tellEnd(&before, c, role, func(r Role, s SupportView) Content { return ClosingLetter{For: r, Support: s} })
	d.answer(c, role, "案件 "+c.Number()+" を終了といたしました。", "会員番号は、引き続き有効です。")
}

// withdraw is 支援取下: the end at the wish of company or intake agency.
func (d *decider) withdraw(role Role, c *Case) {
	d.begin(c, role)
	before := *c
	d.endSupports(c, role)
	d.emit(c, role, &CaseWithdrawn{Reason: clip(d.withoutCodes(d.in.Text), 2000)})
	d.tellEnd(&before, c, role, func(r Role, _ SupportView) Content { return WithdrawnLetter{For: r, By: role} })
	done := "支援のご依頼のお取り下げを承りました。"
	if role == RoleConcierge {
		done = "案件 " + c.Number() + " を、支援のご依頼のお取り下げとして終了いたしました。"
	}
	d.answer(c, role, done, "会員番号は、引き続き有効です。")
}

// endSupports ends what is open: inquiries are passed over, supports end.
func (d *decider) endSupports(c *Case, role Role) {
	d.cancelMeetings(c, role, "")
	for _, s := range c.openSupports() {
		if !s.Sent() && !s.JETRO() {
			d.passOverOne(c, role, s)
			continue
		}
		d.emit(c, role, &SupportEnded{Support: s.ID})
		d.out.Forget = append(d.out.Forget, s.ID)
	}
	d.about("")
}

// tellEnd tells company, intake agency, concierge, and the providers whose support was open with a sent referral.
func (d *decider) tellEnd(before, c *Case, role Role, content func(Role, SupportView) Content) {
	if role != RoleCompany {
		d.toCompany(c, content(RoleCompany, SupportView{}), nil)
	}
	if role != RoleIntake {
		d.toIntake(c, content(RoleIntake, SupportView{}), nil)
	}
	d.tell(c, content(RoleConcierge, SupportView{}), role)
	d.tellProviders(before, c, func(s SupportView) Content { return content(RoleProvider, s) })
}

// tellProviders writes to the agencies of the supports that were open with a sent referral.
func (d *decider) tellProviders(before, c *Case, content func(SupportView) Content) {
	for _, s := range before.openSupports() {
		if s.Sent() {
			d.about(s.ID)
			d.toProvider(c, c.Support(s.ID), content(d.supportFor(c, c.Support(s.ID), RoleProvider)), nil)
		}
	}
	d.about("")
}

// quiet is 催促停止 for a number of days.
func (d *decider) quiet(call *Call, c *Case) {
	n := 0
	if len(call.Args) > 0 {
		fmt.Sscanf(strings.TrimSuffix(strings.Join(call.Args, ""), "日"), "%d", &n)
	}
	if n < 1 || n > 366 {
		d.refuseWith(c, "何日のあいだ控えるかが分かりませんでした。「催促停止 14」のように、日数を数字でお書きください。", suggestion(CmdQuiet, "14"), nil)
		return
	}
	until := Day(d.now.In(JST).AddDate(0, 0, n))
	d.emit(c, RoleConcierge, &RemindersQuiet{Until: until})
	d.answer(c, RoleConcierge, "この案件についてのお願いのご連絡を、"+JapaneseDay(until)+" まで控えさせていただきます。", "")
}

// merge is 統合: the case goes on in another one; its history stays.
func (d *decider) merge(call *Call, c *Case) {
	number := ""
	if len(call.Args) > 0 {
		number = strings.ToUpper(call.Args[0])
	}
	var into *Case
	for _, o := range d.cases {
		if o.Registration == number && number != "" {
			into = o
		}
	}
	switch {
	case into == nil:
		d.refuseWith(c, "統合先の案件が見当たりませんでした。「統合 登録番号」のように、統合先の登録番号をお書きください。", suggestion(CmdMerge, "登録番号"), nil)
		return
	case into.ID == c.ID:
		d.refuse(c, "統合先に、同じ案件の番号が書かれておりました。統合先の登録番号をお確かめください。")
		return
	case !into.Stage.Open():
		d.refuse(c, "統合先の案件 "+number+" は、「"+into.Stage.Japanese()+"」となっております。")
		return
	case len(c.openSupports()) > 0:
		d.refuse(c, fmt.Sprintf("進行中の支援が%d件ございますので、統合できません。先に「見送り」または「支援終了」をお送りください。", len(c.openSupports())))
		return
	case into.Agency != c.Agency || !sameCompany(into.Entry.Company, c.Entry.Company):
		d.refuse(c, "紹介元または企業が異なる案件のため、統合できません。")
		return
	}
	d.emit(c, RoleClerk, &CaseMerged{Into: into.Number()})
	d.emit(into, RoleClerk, &NoteAdded{Text: "案件 " + c.Number() + " を、この案件に統合しました。"})
	if k, ok := d.f.Roster.Concierge(into.Concierge, d.now); ok {
		d.toConcierge(into, k, AnswerLetter{Done: "案件 " + c.Number() + " を、この案件に統合いたしましたので、お知らせいたします。"}, nil, false)
	}
	d.answer(c, RoleClerk, "案件 "+c.Number()+" を "+into.Number()+" に統合いたしました。経過の記録は、それぞれに残っております。", "元に戻される場合は、「分離」をお送りください。")
}

// split is 分離: takes a merge back.
func (d *decider) split(c *Case) {
	into := c.MergedInto
	d.emit(c, RoleClerk, &CaseSplit{})
	d.answer(c, RoleClerk, "案件 "+into+" への統合を取り消し、案件 "+c.Number()+" を元に戻しました（現在の段階："+c.Stage.Japanese()+"）。", "")
}
