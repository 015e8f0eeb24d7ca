package casework

import (
	"slices"
	"strings"
	"time"
)

// The payloads of a case that changes its office.
type (
	// CaseTransferred is 移管: the case goes to another office, and is over here.
	CaseTransferred struct {
		Office     string `json:"office"` // code
		OfficeName string `json:"officeName"`
		Reason     string `json:"reason,omitempty"`
	}
	// TransferRepeated sends the bundle of a transferred case again.
	TransferRepeated struct{}
	// TransferTaken is the other office's answer: it has taken the case over.
	TransferTaken struct {
		Receipt string `json:"receipt"` // of that office
	}
	// CaseTakenOver opens a case that another office hands over, or takes back one that went there.
	CaseTakenOver struct {
		Receipt   string `json:"receipt,omitempty"` // a new one; "" for a case that comes back
		Agency    string `json:"agency,omitempty"`  // roster code here, "" while unknown
		Bundle    Bundle `json:"bundle"`
		MessageID string `json:"messageId,omitempty"`
	}
)

func init() {
	payloads["case-transferred"] = func() Payload { return new(CaseTransferred) }
	payloads["transfer-repeated"] = func() Payload { return new(TransferRepeated) }
	payloads["transfer-taken"] = func() Payload { return new(TransferTaken) }
	payloads["case-taken-over"] = func() Payload { return new(CaseTakenOver) }
}

// Kind and Version of each payload.
func (*CaseTransferred) Kind() EventKind  { return "case-transferred" }
func (*CaseTransferred) Version() int     { return 1 }
func (*TransferRepeated) Kind() EventKind { return "transfer-repeated" }
func (*TransferRepeated) Version() int    { return 1 }
func (*TransferTaken) Kind() EventKind    { return "transfer-taken" }
func (*TransferTaken) Version() int       { return 1 }
func (*CaseTakenOver) Kind() EventKind    { return "case-taken-over" }
func (*CaseTakenOver) Version() int       { return 1 }

func (p *CaseTransferred) apply(c *Case, e Event) {
	c.Transfer = Transfer{Office: p.Office, Name: p.OfficeName, From: c.Stage, Reason: p.Reason, At: e.At}
	c.Stage, c.ClosedAt = StageTransferred, e.At
}

func (*TransferRepeated) apply(*Case, Event) {}

func (p *TransferTaken) apply(c *Case, _ Event) { c.Transfer.Receipt = p.Receipt }

func (p *CaseTakenOver) apply(c *Case, e Event) {
	b, gone := p.Bundle, c.Transfer.At
	if p.Receipt != "" {
		c.Receipt, c.ReceivedAt = p.Receipt, e.At
	}
	c.Origin = Origin{Office: b.Office, Name: b.OfficeName, Registration: b.Registration, Member: b.Member, Receipt: b.Receipt, RegisteredAt: b.RegisteredAt}
	c.Channel, c.Submitter, c.Agency, c.MessageID = b.Channel, b.Submitter, p.Agency, p.MessageID
	newest := b.Newest()
	c.Sheet, c.Entry, c.Problems = newest.File, newest.Entry, newest.Problems
	c.Versions = slices.Clip(c.Versions)
	for _, s := range b.Sheets {
		if n := len(c.Versions); n == 0 || s.Version > c.Versions[n-1].Number {
			c.Versions = append(c.Versions, Version{Number: s.Version, Sheet: s.File, Entry: s.Entry, At: s.At})
		}
	}
	c.Stage, c.Hold, c.Transfer, c.Reach, c.Last = StageReceived, EntryHeld{}, Transfer{}, Reach{}, nil
	c.Taken, c.PausedFrom, c.PausedUntil, c.QuietUntil, c.CloseWarned, c.ClosedAt = false, "", "", "", false, time.Time{}
	c.tellHistory(b, gone)
}

// tellHistory puts what the other office has told of the case into the timeline, for the office's own people. Of a case that
// comes back only what happened there.
func (c *Case) tellHistory(b Bundle, gone time.Time) {
	tell := func(at time.Time, text string) {
		c.History = append(c.History, HistoryLine{At: at, Kind: (*CaseTakenOver)(nil).Kind(), Text: "（" + b.OfficeName + "の記録）" + text,
			Actor: Actor{Role: RoleOffice, Code: b.Office}, Internal: true})
	}
	for _, l := range b.History {
		if l.At.After(gone) {
			tell(l.At, l.Text+strings.TrimSuffix("［"+l.By+"］", "［］"))
		}
	}
	for _, s := range b.Supports {
		told := s.Agency + "：" + s.State
		for _, more := range []string{s.Consents, s.Host} {
			if more != "" {
				told += "、" + more
			}
		}
		tell(b.At, told)
	}
}

// takeUp puts the newest version of a case that was taken over in force; a sheet that came while it was held is one more.
func (c *Case) takeUp(e Event) {
	last := c.Versions[len(c.Versions)-1]
	if last.Sheet.Blob != c.Sheet.Blob {
		last = Version{Number: last.Number + 1, Sheet: c.Sheet, Entry: c.Entry, At: e.At}
		c.Versions = append(slices.Clip(c.Versions), last)
	}
	c.Version = last.Number
}

func (p *CaseTransferred) line() string {
	return "案件を" + p.OfficeName + "に移管しました。"
}
func (p *TransferRepeated) line() string {
	return "移管先の事務所に、資料をあらためてお送りすることとしました。"
}
func (p *TransferTaken) line() string {
	return "移管先の事務所で受け付けられました（先方の受付番号 " + p.Receipt + "）。"
}
func (p *CaseTakenOver) line() string {
	told := p.Bundle.OfficeName + "より案件の移管を受けました（先方の受付番号 " + p.Bundle.Receipt + "）。"
	if p.Receipt != "" {
		told += "受付番号 " + p.Receipt + " を付与しました。"
	}
	return told
}

func (*TransferRepeated) internal() {}
func (*TransferTaken) internal()    {}
