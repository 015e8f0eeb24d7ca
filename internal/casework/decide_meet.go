package casework

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// meet is 面談: invites to the first meeting with the concierge (初回) or to one with a supporting agency; again moves it.
func (d *decider) meet(call *Call, c *Case) {
	key, s, words, ok := d.meetingOf(call, c)
	if !ok {
		return
	}
	when, place, err := ParseWhen(strings.Join(words, " "), d.now)
	if err != nil {
		problem := "面談の日時を読み取れませんでした。"
		var fault *WhenError
		if errors.As(err, &fault) {
			problem = fault.Words()
		}
		d.refuseWith(c, problem+"「面談 初回 12月3日 14時 当事務所」「面談 機関コード 12月3日 14時 場所」のようにお書きください。", nil, supportCodes(c))
		return
	}
	end := when.End
	if end.IsZero() {
		end = when.Start.Add(time.Hour)
	}
	before, moved := c.Meeting(key)
	if moved && !before.Cancelled && before.Start.Equal(when.Start) && before.End.Equal(end) && before.Place == strings.TrimSpace(place) {
		d.answer(c, RoleConcierge, "この日時の面談は、すでにご案内しております。", "")
		return
	}
	if problem := d.untoldAtMeeting(c, s, place); problem != "" {
		d.refuse(c, problem+"ご案内しておりません。該当の記載を除いて、あらためてお送りください。")
		return
	}
	d.begin(c, RoleConcierge)
	d.about(s.ID)
	p := &MeetingSet{Key: key, UID: before.UID, Sequence: before.Sequence + 1, Start: when.Start, End: end, Place: clip(strings.TrimSpace(place), 200)}
	if !moved {
		p.UID, p.Sequence = d.meetingUID(c, key), 0
	}
	d.emit(c, RoleConcierge, p)
	m, _ := c.Meeting(key)
	content := MeetingLetter{Meeting: m, Note: clip(d.withoutCodes(d.in.Text), 1000)}
	if moved && !before.Cancelled {
		content.Before = before.Start
	}
	d.inviteAll(c, s, content)
	done := "面談を " + (When{Start: m.Start, End: m.End}).Echo()
	if m.Place != "" {
		done += "、" + m.Place
	}
	d.answer(c, RoleConcierge, done+" でご案内いたします。", "日時を変更される場合は、あらためて「面談」をお送りください。")
}

// cancelMeeting is 面談中止.
func (d *decider) cancelMeeting(call *Call, c *Case) {
	key, s, ok := d.setMeetingOf(call, c)
	if !ok {
		return
	}
	m, _ := c.Meeting(key)
	if problem := d.untoldAtMeeting(c, s, ""); problem != "" {
		d.refuse(c, problem+"まだ中止のご連絡をしておりません。該当の記載を除いて、あらためてお送りください。")
		return
	}
	d.begin(c, RoleConcierge)
	d.about(s.ID)
	d.emit(c, RoleConcierge, &MeetingCancelled{Key: key, Sequence: m.Sequence + 1})
	m, _ = c.Meeting(key)
	d.inviteAll(c, s, MeetingLetter{Meeting: m, Note: clip(d.withoutCodes(d.in.Text), 1000)})
	d.answer(c, RoleConcierge, When{Start: m.Start}.Echo()+" の面談を中止し、ご出席の皆様にお知らせいたします。", "")
}

// inviteAll writes to all who take part: company and provider are needed, the concierge comes as far as possible, the
// intake agency if it likes.
func (d *decider) inviteAll(c *Case, s Support, content MeetingLetter) {
	content.With = []string{"企業のご担当者", d.conciergeName(c.Concierge) + "（担当コンシェルジュ）"}
	if s.ID != "" {
		content.With = append(content.With, strings.TrimSpace(s.AgencyName+" "+s.Host.Person))
	}
	content.With = append(content.With, c.AgencyName+"（任意）")
	to := func(role Role, optional bool) MeetingLetter {
		l := content
		l.For, l.Optional = role, optional
		if role == RoleProvider {
			l = d.forProvider(c, s, l)
		}
		if s.ID != "" {
			l.Support = d.supportFor(c, s, role)
		}
		return l
	}
	invite := []Attachment{{Kind: AttachInvite, Name: "invite.ics"}}
	first := len(d.out.Letters)
	d.toCompany(c, to(RoleCompany, false), invite)
	if s.ID != "" && !s.JETRO() {
		d.toProvider(c, s, to(RoleProvider, false), invite)
	}
	d.toIntake(c, to(RoleIntake, true), invite)
	if k, ok := d.f.Roster.Concierge(c.Concierge, d.now); ok {
		d.toConcierge(c, k, to(RoleConcierge, s.ID != ""), invite, false)
	}
	for i := first; i < len(d.out.Letters); i++ {
		d.out.Letters[i].Sequence = content.Meeting.Sequence
	}
}

// forProvider leaves out of an invitation what its agency may not learn (any more): one whose consents were withdrawn
// hears all the same that its meeting does not take place.
func (d *decider) forProvider(c *Case, s Support, l MeetingLetter) MeetingLetter {
	hidden := d.secretsFor(c, Party{Role: RoleProvider, Code: s.Agency})
	l.With = slices.DeleteFunc(slices.Clone(l.With), func(name string) bool { return len(Scan(hidden, []string{name})) > 0 })
	if len(Scan(hidden, []string{l.Meeting.Place})) > 0 {
		l.Meeting.Place = ""
	}
	return l
}

// untoldAtMeeting says where an invitation would tell an agency what it may not know, "" when nowhere.
func (d *decider) untoldAtMeeting(c *Case, s Support, place string) string {
	if s.ID == "" {
		return ""
	}
	hidden, note := d.secretsFor(c, Party{Role: RoleProvider, Code: s.Agency}), d.withoutCodes(d.in.Text)
	var at []string
	if len(Scan(hidden, []string{place})) > 0 {
		at = append(at, "場所")
	}
	if len(Scan(hidden, []string{note})) > 0 {
		at = append(at, placeOf(hidden, note))
	}
	if len(at) == 0 {
		return ""
	}
	return strings.Join(at, "と") + "に、この支援機関にはお伝えできない内容（" + fieldNames(Scan(hidden, []string{place, note})) + "）が含まれておりましたので、"
}

// meetingUID names a meeting for ever, RFC 5545 section 3.8.4.7; it says nothing of the case.
func (d *decider) meetingUID(c *Case, key string) string {
	domain := d.f.Office.Mailbox.Addr[strings.LastIndexByte(d.f.Office.Mailbox.Addr, '@')+1:]
	return fmt.Sprintf("meeting-%d-%s-%d@%s", c.ID, strings.ToLower(key), c.Events, domain)
}

// meetingOf tells which meeting a command is about, and the words behind.
func (d *decider) meetingOf(call *Call, c *Case) (key string, s Support, words []string, ok bool) {
	if len(call.Args) > 0 && call.Args[0] == "初回" {
		return firstMeeting, Support{}, call.Args[1:], true
	}
	for n := min(len(call.Args), 4); n > 0; n-- { // a name may be typed with spaces in it
		m, found := d.f.Roster.FindAgency(strings.Join(call.Args[:n], ""), d.now)
		switch {
		case found && m.Guessed && n == 1:
			d.refuseWith(c, fmt.Sprintf("「%s」は、%s のことでしょうか。", call.Args[0], m.Code), suggestion(CmdMeet, append([]string{m.Code}, call.Args[1:]...)...), supportCodes(c))
			return "", Support{}, nil, false
		case found && !m.Guessed:
			s, ok = d.meetsSupport(c, m.Code)
			return s.ID, s, call.Args[n:], ok
		}
	}
	var fit []Support
	for _, s := range c.Supports {
		if s.Sent() && !s.State(c.Version).Over() {
			fit = append(fit, s)
		}
	}
	switch {
	case len(fit) == 1:
		return fit[0].ID, fit[0], call.Args, true
	case len(fit) == 0 && len(c.openSupports()) == 0:
		return firstMeeting, Support{}, call.Args, true
	}
	d.refuseWith(c, "どの面談かが分かりませんでした。「面談 初回 日時 場所」または「面談 機関コード 日時 場所」のようにお書きください。", nil, supportCodes(c))
	return "", Support{}, nil, false
}

func (d *decider) meetsSupport(c *Case, agency string) (Support, bool) {
	s := c.SupportOf(agency)
	if !s.Sent() || s.State(c.Version).Over() {
		name := agency
		if a, ok := d.f.Roster.Agency(agency, d.now); ok {
			name = a.Name + "（" + a.Code + "）"
		}
		if s.Sent() {
			d.refuse(c, name+"の支援は、すでに終了しておりますので、面談をご案内できません。")
			return Support{}, false
		}
		d.refuseWith(c, name+"へは、まだエントリーシートを回付しておりませんので、面談をご案内できません。", suggestionFor(d, CmdRefer, agency), nil)
		return Support{}, false
	}
	return s, true
}

// setMeetingOf finds the appointment that is to be cancelled.
func (d *decider) setMeetingOf(call *Call, c *Case) (key string, s Support, ok bool) {
	var standing []Meeting
	for _, m := range c.Meetings {
		if !m.Cancelled && m.Start.After(d.now) {
			standing = append(standing, m)
		}
	}
	want := ""
	if len(call.Args) > 0 && call.Args[0] == "初回" {
		want = firstMeeting
	} else if len(call.Args) > 0 {
		m, _ := d.f.Roster.FindAgency(strings.Join(call.Args, ""), d.now)
		if want = c.SupportOf(m.Code).ID; m.Guessed {
			want = ""
		}
	} else if len(standing) == 1 {
		want = standing[0].Key
	}
	for _, m := range standing {
		if m.Key == want && want != "" {
			return want, c.Support(want), true
		}
	}
	if len(standing) == 0 {
		d.refuse(c, "これからの面談で、ご案内しているものはございません。")
		return "", Support{}, false
	}
	d.refuseWith(c, "中止する面談が見当たりませんでした。「面談中止 初回」または「面談中止 機関コード」のようにお書きください。", nil, supportCodes(c))
	return "", Support{}, false
}
