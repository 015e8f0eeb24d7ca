package casework

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// apply of CommandBegan keeps the case as it was, so that 直前取消 can go back to it.
func (p *CommandBegan) apply(c *Case, e Event) {
	before := *c
	before.Last = c.Last.ofTheDay(e.At)
	c.Last = &LastCommand{Command: p.Command, At: e.At, By: e.Actor, Event: c.Events, Before: before}
}

// ofTheDay is the chain of commands that can still be taken back: no hold lasts a day.
func (l *LastCommand) ofTheDay(now time.Time) *LastCommand {
	if l == nil || now.Sub(l.At) > 24*time.Hour {
		return nil
	}
	kept := *l
	kept.Before.Last = l.Before.Last.ofTheDay(now)
	return &kept
}

// apply of CommandUndone goes back to the case as it was before the command; what others did since stands, and the
// timeline keeps all.
func (p *CommandUndone) apply(c *Case, _ Event) {
	if c.Last == nil {
		return
	}
	now := *c
	*c = c.Last.Before
	for _, e := range now.Last.Since {
		stage := c.Stage
		c.happen(c.stillSaid(now, e))
		c.dates(stage, e)
	}
	c.Events, c.UpdatedAt, c.History = now.Events, now.UpdatedAt, now.History
}

func (p *ReachSet) apply(c *Case, _ Event) { c.Reach.Direct = p.Direct }

func (p *ReachConfirmed) apply(c *Case, _ Event) { c.Reach.Confirmed = p.Address }

func (p *Inquired) apply(c *Case, e Event) {
	c.Supports = append(slices.Clip(c.Supports), Support{ID: p.Support, Agency: p.Agency, AgencyName: p.AgencyName, AskedAt: e.At})
	c.CloseWarned = false
}

// stillSaid is an event that stands when a command is taken back. A no to a question that is taken back with it is said to
// what stands of the agency in c: it is about the agency, whichever question it answers. before is the case that had it.
func (c *Case) stillSaid(before Case, e Event) Event {
	stands := func(support string) (string, bool) {
		s := c.SupportOf(before.Support(support).Agency)
		return s.ID, s.ID != "" && c.Support(support).ID == ""
	}
	switch p := e.Payload.(type) {
	case *InquiryAnswered:
		if id, ok := stands(p.Support); ok && p.Answer == AnswerUnavailable {
			said := *p
			said.Support, e.Payload = id, &said
		}
	case *ConsentAnswered:
		if id, ok := stands(p.Support); ok && p.Answer == ConsentDeclined {
			said := *p
			said.Support, e.Payload = id, &said
		}
	}
	return e
}

// refused lets a no that was said to a support count for all supports of its agency.
func (c *Case) refused(support string, change func(*Support)) {
	agency := c.Support(support).Agency
	for _, s := range c.Supports {
		if s.ID != support && s.Agency == agency && agency != "" {
			c.changeSupport(s.ID, change)
		}
	}
}

func (p *InquiryAnswered) apply(c *Case, e Event) {
	c.changeSupport(p.Support, func(s *Support) {
		s.Answer, s.AnsweredAt, s.Reason = p.Answer, e.At, p.Reason
		s.addPerson(e.Actor)
	})
	if p.Answer == AnswerUnavailable {
		c.refused(p.Support, func(s *Support) { s.Answer = AnswerUnavailable })
	}
}

// addPerson makes somebody of the provider agency a person of the support.
func (s *Support) addPerson(a Actor) {
	if a.Role == RoleProvider && a.Code == s.Agency && a.Address.Addr != "" && !slices.Contains(s.Persons, a.Address.Addr) && len(s.Persons) < personsOfSupport {
		s.Persons = append(slices.Clip(s.Persons), a.Address.Addr)
	}
}

func (p *SupportPassed) apply(c *Case, _ Event) {
	c.changeSupport(p.Support, func(s *Support) { s.Passed = true })
}

func (p *ConsentAsked) apply(c *Case, e Event) {
	c.changeSupport(p.Support, func(s *Support) {
		for _, role := range consenting {
			if k := s.consent(role); !k.Given(p.SheetVersion) {
				stood := k.Stood
				if k.Given(k.Version) {
					stood = k.Version
				}
				if k.Answer == ConsentDeclined {
					stood = 0
				}
				*k = Consent{Version: p.SheetVersion, AskedAt: e.At, Stood: stood}
			}
		}
	})
}

// consenting are the two parties whose consent a referral needs.
var consenting = []Role{RoleCompany, RoleIntake}

func (p *ConsentAnswered) apply(c *Case, e Event) {
	c.changeSupport(p.Support, func(s *Support) {
		k := s.consent(p.Party)
		if p.Answer == ConsentDeclined {
			k.Stood = 0
		}
		k.Version, k.Answer, k.At, k.Channel, k.Waiting, k.By = p.SheetVersion, p.Answer, e.At, p.Channel, p.Waiting, ""
		if p.Channel == "" {
			k.By = e.Actor.Address.Addr
		}
		if p.Answer == ConsentDeclined || p.Channel == "" { // no two spoken consents any more: nothing waits for approval
			for _, role := range consenting {
				s.consent(role).Waiting = false
			}
		}
	})
	if p.Answer == ConsentDeclined {
		c.refused(p.Support, func(s *Support) {
			if k := s.consent(p.Party); k.Version > 0 {
				k.Answer, k.Stood, k.Waiting = ConsentDeclined, 0, false
			}
		})
	}
}

func (p *ConsentApproved) apply(c *Case, e Event) {
	c.changeSupport(p.Support, func(s *Support) { s.Company.Waiting, s.Intake.Waiting, s.ApprovedAt = false, false, e.At })
}

func (p *Referred) apply(c *Case, e Event) {
	c.changeSupport(p.Support, func(s *Support) {
		var earlier *Referral
		if before := s.Referral; s.Sent() {
			before.Earlier = nil
			earlier = &before
		}
		s.Referral = Referral{Version: p.SheetVersion, Way: p.Way, At: e.At, Form: p.Form, Times: s.Referral.Times + 1, Earlier: earlier}
	})
	c.reach(StageSupported)
}

// reach brings the stage forward, also behind a pause.
func (c *Case) reach(to Stage) {
	at := &c.Stage
	if c.Stage == StagePaused {
		at = &c.PausedFrom
	}
	if *at == StageRegistered || *at == StageConsulting {
		*at = to
	}
}

func (p *ReferralStopped) apply(c *Case, _ Event) {
	c.changeSupport(p.Support, func(s *Support) {
		if p.Perhaps {
			s.Referral.Perhaps = true
			return
		}
		times, earlier := s.Referral.Times, s.Referral.Earlier
		if s.Referral = (Referral{}); earlier != nil {
			s.Referral = *earlier
		}
		s.Referral.Times, s.Referral.Stopped = times, times
	})
}

func (p *PasswordGiven) apply(c *Case, _ Event) {
	c.changeSupport(p.Support, func(s *Support) { s.Referral.Password = true })
}

func (p *HostNamed) apply(c *Case, e Event) {
	c.changeSupport(p.Support, func(s *Support) {
		s.Host, s.HostedAt = p.Host, e.At
		s.addPerson(e.Actor)
	})
}

func (p *JetroProposed) apply(c *Case, e Event) {
	c.Supports = append(slices.Clip(c.Supports), Support{ID: p.Support, AgencyName: "ジェトロ", Service: p.Service, AskedAt: e.At})
	c.CloseWarned = false
	c.reach(StageSupported)
}

func (p *FormSent) apply(c *Case, e Event) {
	f := c.Form
	f.To, f.At, f.Returned = p.To, e.At, false
	c.Form = f
}

func (p *FormReturned) apply(c *Case, _ Event) { c.Form.Returned = true }

func (p *MeetingSet) apply(c *Case, _ Event) {
	c.setMeeting(Meeting{Key: p.Key, UID: p.UID, Sequence: p.Sequence, Start: p.Start, End: p.End, Place: p.Place})
}

func (p *MeetingCancelled) apply(c *Case, _ Event) {
	if m, ok := c.Meeting(p.Key); ok {
		m.Cancelled, m.Sequence = true, p.Sequence
		c.setMeeting(m)
	}
}

func (p *FeedbackGiven) apply(c *Case, e Event) {
	c.changeSupport(p.Support, func(s *Support) {
		f := p.Feedback
		f.At = e.At
		s.Feedback = append(slices.Clip(s.Feedback), f)
		s.addPerson(e.Actor)
	})
}

func (p *SupportEnded) apply(c *Case, e Event) {
	c.changeSupport(p.Support, func(s *Support) { s.FinishedAt = e.At })
}

func (p *CloseWarned) apply(c *Case, _ Event) { c.CloseWarned = true }

func (p *CaseClosed) apply(c *Case, e Event) { c.Stage, c.ClosedAt = StageClosed, e.At }

func (p *CaseWithdrawn) apply(c *Case, e Event) { c.Stage, c.ClosedAt = StageWithdrawn, e.At }

func (p *RecallAsked) apply(c *Case, e Event) {
	c.changeSupport(p.Support, func(s *Support) { s.Recall = Recall{At: e.At} })
}

func (p *RecallDone) apply(c *Case, e Event) {
	c.changeSupport(p.Support, func(s *Support) { s.Recall.Done = e.At })
}

func (p *RemindersQuiet) apply(c *Case, _ Event) { c.QuietUntil = p.Until }

func (p *CaseMerged) apply(c *Case, _ Event) {
	c.MergedFrom, c.MergedInto, c.Stage = c.Stage, p.Into, StageMerged
}

func (p *CaseSplit) apply(c *Case, _ Event) {
	if c.Stage == StageMerged {
		c.Stage, c.MergedFrom, c.MergedInto = c.MergedFrom, "", ""
	}
}

func (*WishGiven) apply(*Case, Event)     {}
func (*MessagePassed) apply(*Case, Event) {}
func (*LetterLost) apply(*Case, Event)    {}

// Audience says who sees the line of a support besides the office and the case's concierges.
type Audience int

// The audiences.
const (
	ForOffice   Audience = iota // nobody else
	ForParties                  // company and intake agency
	ForProvider                 // these, and the support's own agency
	ForOwner                    // only the support's own agency: what it has said itself
)

// aboutSupport names the agency in the line of a support, and says who may read it.
func (c *Case) aboutSupport(h *HistoryLine, p Payload) {
	a, ok := p.(interface{ about() (string, Audience) })
	if !ok {
		return
	}
	h.Support, h.For = a.about()
	h.Text = strings.ReplaceAll(h.Text, theAgency, c.Support(h.Support).AgencyName)
}

func (p *Inquired) about() (string, Audience)        { return p.Support, ForOwner }
func (p *InquiryAnswered) about() (string, Audience) { return p.Support, ForOwner }
func (p *SupportPassed) about() (string, Audience)   { return p.Support, ForOwner }
func (p *ConsentAsked) about() (string, Audience)    { return p.Support, ForParties }
func (p *ConsentAnswered) about() (string, Audience) { return p.Support, ForParties }
func (p *ConsentApproved) about() (string, Audience) { return p.Support, ForOffice }
func (p *Referred) about() (string, Audience)        { return p.Support, ForProvider }
func (p *ReferralStopped) about() (string, Audience) { return p.Support, ForOffice }
func (p *PasswordGiven) about() (string, Audience)   { return p.Support, ForOwner }
func (p *HostNamed) about() (string, Audience)       { return p.Support, ForProvider }
func (p *JetroProposed) about() (string, Audience)   { return p.Support, ForParties }
func (p *FeedbackGiven) about() (string, Audience)   { return p.Support, ForProvider }
func (p *SupportEnded) about() (string, Audience)    { return p.Support, ForProvider }
func (p *RecallAsked) about() (string, Audience)     { return p.Support, ForOwner }
func (p *RecallDone) about() (string, Audience)      { return p.Support, ForOwner }
func (p *MeetingSet) about() (string, Audience) {
	if p.Key == firstMeeting {
		return "", ForParties
	}
	return p.Key, ForProvider
}
func (p *MeetingCancelled) about() (string, Audience) {
	if p.Key == firstMeeting {
		return "", ForParties
	}
	return p.Key, ForProvider
}

// The events that only the office and the case's concierges see.
func (*CommandBegan) internal()   {}
func (*CommandUndone) internal()  {}
func (*ReachConfirmed) internal() {}
func (*WishGiven) internal()      {}
func (*MessagePassed) internal()  {}
func (*CloseWarned) internal()    {}
func (*RemindersQuiet) internal() {}
func (*CaseMerged) internal()     {}
func (*CaseSplit) internal()      {}
func (*LetterLost) internal()     {}

// theAgency stands in a line for the agency's name, which the case knows (aboutSupport).
const theAgency = "\x00"

func (p *CommandBegan) line() string { return "ご指示「" + p.Command + "」を承りました。" }
func (p *CommandUndone) line() string {
	return "直前のご指示「" + p.Command + "」を取り消しました。"
}
func (p *ReachSet) line() string {
	if p.Direct {
		return "企業へのご連絡は、企業に直接お送りすることとしました。"
	}
	return "企業へのご連絡は、紹介元を通じてお伝えすることとしました。"
}
func (p *ReachConfirmed) line() string {
	return "企業のメールアドレスを確認しました（" + p.Address + "）。"
}
func (p *Inquired) line() string {
	if p.Channel != "" {
		return theAgency + "に、支援の可否を" + string(p.Channel) + "で照会しました。"
	}
	return theAgency + "に、支援の可否を照会しました（照会番号 " + p.Support + "）。"
}
func (p *InquiryAnswered) line() string {
	return theAgency + "より「" + map[Answer]string{AnswerAvailable: "受入可", AnswerUnavailable: "受入不可"}[p.Answer] + "」のご回答をいただきました" + by(p.Channel) + "。"
}
func (p *SupportPassed) line() string {
	return theAgency + "への照会は、見送りとしました。"
}
func (p *ConsentAsked) line() string {
	return theAgency + "へのご紹介について、企業と紹介元にご了承をお願いしました。"
}
func (p *ConsentAnswered) line() string {
	who := partyNames[p.Party]
	if p.Answer == ConsentDeclined {
		return theAgency + "へのご紹介について、" + who + "よりご辞退のご回答をいただきました" + by(p.Channel) + "。"
	}
	return theAgency + "へのご紹介について、" + who + "よりご了承をいただきました" + by(p.Channel) + "。"
}
func (p *ConsentApproved) line() string {
	return theAgency + "へのご紹介について、口頭でのご了承を事務局が承認しました。"
}
func (p *Referred) line() string {
	switch {
	case p.Way != WayMail:
		return theAgency + "に、エントリーシート（第" + fmt.Sprint(p.SheetVersion) + "版）を" + string(p.Way) + "で回付しました。"
	case p.Again:
		return theAgency + "に、エントリーシート（第" + fmt.Sprint(p.SheetVersion) + "版）をあらためて回付しました。"
	}
	return theAgency + "に、エントリーシート（第" + fmt.Sprint(p.SheetVersion) + "版）を回付しました。"
}
func (p *ReferralStopped) line() string {
	if p.Perhaps {
		return theAgency + "への回付は、送信の途中で取りやめとなりました。届いている可能性があります。"
	}
	return theAgency + "への回付は、送信されませんでした。"
}
func (p *PasswordGiven) line() string {
	return theAgency + "に、回付資料のパスワードをお知らせしました。"
}
func (p *HostNamed) line() string {
	return theAgency + "の受入担当が決まりました（" + strings.TrimSpace(p.Host.Department+" "+p.Host.Person) + "）" + by(p.Channel) + "。"
}
func (p *JetroProposed) line() string {
	return "ジェトロの支援「" + p.Service + "」をご提案しました。"
}
func (p *FormSent) line() string {
	return partyNames[p.To] + "に、追加情報フォームをお送りしました。"
}
func (p *FormReturned) line() string {
	return partyNames[p.From] + "より、追加情報フォームをご返送いただきました。"
}
func (p *MeetingSet) line() string {
	return meetingName(p.Key) + "の日時を " + When{Start: p.Start}.Echo() + " とご案内しました。"
}
func (p *MeetingCancelled) line() string { return meetingName(p.Key) + "を中止しました。" }
func (p *FeedbackGiven) line() string {
	return theAgency + "の支援について、状況のご報告をいただきました" + by(p.Channel) + "。"
}
func (p *WishGiven) line() string { return "ご要望をいただきました：" + p.Text }
func (p *MessagePassed) line() string {
	return partyNames[p.From.Role] + "のメールを" + partyNames[p.To.Role] + strings.TrimSuffix("（"+p.To.Code+"）", "（）") + "にお伝えしました。"
}
func (p *SupportEnded) line() string { return theAgency + "の支援を終了しました。" }
func (p *CloseWarned) line() string {
	return "進行中の支援があるため、案件の終了についてご確認をお願いしました。"
}
func (p *CaseClosed) line() string    { return "案件を終了しました。" }
func (p *CaseWithdrawn) line() string { return "支援のご依頼を取り下げられました。" }
func (p *RecallAsked) line() string {
	return theAgency + "に、資料の廃棄をお願いしました。"
}
func (p *RecallDone) line() string {
	return theAgency + "より、資料を廃棄したとのご連絡をいただきました。"
}
func (p *RemindersQuiet) line() string {
	return "この案件のご連絡を " + p.Until + " まで控えることとしました。"
}
func (p *CaseMerged) line() string { return "案件 " + p.Into + " に統合しました。" }
func (p *CaseSplit) line() string  { return "統合を取り消し、案件を元に戻しました。" }
func (p *LetterLost) line() string {
	return partyNames[p.Party.Role] + "への「" + LetterName(p.Letter) + "」が届きませんでした。"
}

// partyNames are the parties as timelines call them.
var partyNames = map[Role]string{RoleCompany: "企業", RoleIntake: "紹介元", RoleProvider: "支援機関", RoleConcierge: "コンシェルジュ",
	RoleClerk: "事務局", RoleOffice: "他の事務所", RoleStranger: "差出人不明の方"}

func by(ch Spoken) string {
	if ch == "" {
		return ""
	}
	return "（" + string(ch) + "）"
}

func meetingName(key string) string {
	if key == firstMeeting {
		return "コンシェルジュとの初回面談"
	}
	return theAgency + "との面談"
}
