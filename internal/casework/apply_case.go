package casework

import (
	"fmt"
	"strings"
)

func (p *SheetReceived) apply(c *Case, e Event) {
	c.Receipt, c.Channel, c.Submitter, c.Agency = p.Receipt, p.Channel, p.Submitter, p.Agency
	c.Sheet, c.Entry, c.Problems, c.MessageID = p.Sheet, p.Entry, p.Problems, p.MessageID
	c.Stage, c.ReceivedAt = StageReceived, e.At
	if p.Channel == ChannelMail {
		c.addPerson(p.Submitter.Addr)
	}
}

func (p *SheetReplaced) apply(c *Case, e Event) {
	c.sentBack(c.Entry, c.Problems)
	c.Sheet, c.Entry, c.Problems = p.Sheet, p.Entry, p.Problems
	c.Submitter, c.MessageID = p.Submitter, p.MessageID
	c.Stage, c.Hold = StageReceived, EntryHeld{}
	if p.Agency != "" {
		c.Agency = p.Agency
	}
	if e.Actor.Role == RoleIntake {
		c.addPerson(e.Actor.Address.Addr)
	}
}

func (p *SheetReturned) apply(c *Case, _ Event) { c.Stage, c.Problems = StageReturned, p.Problems }

func (p *EntryHeld) apply(c *Case, _ Event) { c.Stage, c.Hold = StageHeld, *p }

func (p *EntryApproved) apply(c *Case, _ Event) {
	c.Agency = p.Agency
	if len(p.Items) > 0 {
		c.Entry.Request.Items = p.Items
	}
}

func (p *EntryRejected) apply(c *Case, _ Event) { c.Stage = StageRejected }

func (p *CaseRegistered) apply(c *Case, e Event) {
	c.Registration, c.Member, c.NewMember = p.Registration, p.Member, p.NewMember
	c.Agency, c.AgencyName = p.Agency, p.AgencyName
	c.Concierge, c.ConciergeWhy, c.Unverified, c.OtherOpen = p.Concierge, p.Why, p.Unverified, p.OtherOpen
	c.Problems = p.Warnings
	c.Stage, c.RegisteredAt, c.Version = StageRegistered, e.At, 1
	if len(c.Versions) > 0 {
		c.takeUp(e)
		return
	}
	c.Versions = []Version{{Number: 1, Sheet: c.Sheet, Entry: c.Entry, At: e.At}}
}

func (p *VersionAdded) apply(c *Case, e Event) {
	if !SameAddr(Address{Addr: c.Entry.Company.Email}, Address{Addr: p.Entry.Company.Email}) { // the way to the company is agreed anew
		c.Reach = Reach{}
	}
	c.Version, c.Sheet, c.Entry, c.Problems = p.Number, p.Sheet, p.Entry, p.Warnings
	c.Versions = append(c.Versions, Version{Number: p.Number, Sheet: p.Sheet, Entry: p.Entry, At: e.At})
	if e.Actor.Role == RoleIntake {
		c.addPerson(e.Actor.Address.Addr)
	}
}

func (p *VersionReturned) apply(c *Case, _ Event) { c.sentBack(p.Entry, p.Problems) }

func (p *CaseTaken) apply(c *Case, _ Event) {
	c.Taken, c.Concierge = true, p.Concierge
	if c.Stage == StageRegistered {
		c.Stage = StageConsulting
	}
	if c.PausedFrom == StageRegistered {
		c.PausedFrom = StageConsulting
	}
}

func (p *ConciergeChanged) apply(c *Case, _ Event) {
	c.Concierge, c.ConciergeWhy, c.Taken = p.To, p.Why, false
	if c.Stage == StageConsulting {
		c.Stage = StageRegistered
	}
	if c.PausedFrom == StageConsulting {
		c.PausedFrom = StageRegistered
	}
}

func (p *CaseVoided) apply(c *Case, _ Event) { c.Stage, c.VoidReason = StageVoid, p.Reason }

func (p *CasePaused) apply(c *Case, _ Event) {
	if c.Stage != StagePaused {
		c.PausedFrom = c.Stage
	}
	c.Stage, c.PausedUntil = StagePaused, p.Until
}

func (p *CaseResumed) apply(c *Case, _ Event) {
	if c.Stage == StagePaused {
		c.Stage, c.PausedFrom, c.PausedUntil = c.PausedFrom, "", ""
	}
}

func (*NoteAdded) apply(*Case, Event)           {}
func (*MessageKept) apply(*Case, Event)         {}
func (*CertificateReissued) apply(*Case, Event) {}
func (*SheetSentAgain) apply(*Case, Event)      {}

// holdReasons say in the timeline, which only the office sees, why an entry was held.
var holdReasons = map[HoldReason]string{
	HoldStranger: "差出人が支援機関の名簿にない", HoldEvidence: "差出人が本人であることを確かめられない",
	HoldSame: "同じファイルが別の差出人からも届いた", HoldUnclear: "読み取れないチェック欄がある",
	HoldAgency: "記載の紹介元が名簿にない", HoldNoReceiver: "担当できるコンシェルジュがいない",
	HoldAuthority: "メールの差出人・日付などの形が通常でない", HoldForeign: "案件に関わりのない差出人からの訂正",
	HoldFrozen: "差出人が凍結されている", HoldMoved: "他の事務所に移管した案件の続きと見受けられる",
}

func (p *SheetReceived) line() string {
	how := "メール"
	if p.Channel != ChannelMail {
		how = string(p.Channel)
	}
	return fmt.Sprintf("エントリーシートを%sで受領し、受付番号 %s を付与しました。", how, p.Receipt)
}
func (p *SheetReplaced) line() string {
	return "あらためて送付されたエントリーシートを受領しました。"
}
func (p *SheetReturned) line() string {
	return fmt.Sprintf("ご確認のお願い（%d件）を添えて、エントリーシートをお戻ししました。", len(p.Problems))
}
func (p *EntryHeld) line() string {
	return strings.TrimSuffix("保留とし、事務局の判断をお待ちしています。理由："+holdReasons[p.Reason], "理由：")
}
func (p *EntryApproved) line() string {
	return fmt.Sprintf("事務局が受付を承認しました（紹介元：%s）。", p.Agency)
}
func (p *EntryRejected) line() string { return "受付不可としました。" }
func (p *CaseRegistered) line() string {
	return fmt.Sprintf("登録番号 %s、会員番号 %s で登録しました。", p.Registration, p.Member)
}
func (p *VersionAdded) line() string {
	return fmt.Sprintf("訂正されたエントリーシートを第%d版として登録しました。", p.Number)
}
func (p *VersionReturned) line() string {
	return fmt.Sprintf("訂正のエントリーシートについて、ご確認をお願いしました（%d件）。", len(p.Problems))
}
func (p *CaseTaken) line() string { return "コンシェルジュが案件を引き受けました。" }
func (p *ConciergeChanged) line() string {
	return "担当コンシェルジュを変更しました。"
}
func (p *CaseVoided) outside() string { return "登録を無効としました。" }
func (p *CaseVoided) line() string {
	return strings.TrimSuffix("登録を無効としました。理由："+p.Reason, "理由：")
}
func (p *CasePaused) line() string {
	return "案件を休止しました（" + p.Until + " まで）。"
}
func (p *CaseResumed) line() string         { return "案件を再開しました。" }
func (p *NoteAdded) line() string           { return "メモ：" + p.Text }
func (p *MessageKept) line() string         { return "メールを受領し、案件に保管しました。" }
func (p *CertificateReissued) line() string { return "会員証を再送しました。" }
func (p *SheetSentAgain) line() string {
	return "同じエントリーシートを再度受領しました。"
}

func (*NoteAdded) internal()     {}
func (*MessageKept) internal()   {}
func (*EntryHeld) internal()     {}
func (*EntryApproved) internal() {}
