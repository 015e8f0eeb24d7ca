package casework

import (
	"slices"
	"time"
)

// A case goes to another office of the consortium (移管):
//
//  1. A clerk says 移管. What is open is ended, the case is 移管 here, and a Bundle of all that is known goes to the mailbox of
//     the other office, protected with the password agreed with it.
//  2. That office's robot opens the Bundle and goes on with the case under its registration number, asks for consents anew,
//     and answers once, with its own receipt number.
//  3. The answer is noted here. Until it comes, 移管 to the same office sends the Bundle again.

// Bundle is what goes to another office with a case, and what comes from one.
type Bundle struct {
	Office         string    `json:"office"` // code of the office that hands the case over
	OfficeName     string    `json:"officeName"`
	Registration   string    `json:"registration"`
	Member         string    `json:"member"`
	Receipt        string    `json:"receipt"`
	Channel        Channel   `json:"channel"`
	ReceivedAt     time.Time `json:"receivedAt"`
	RegisteredAt   time.Time `json:"registeredAt"`
	At             time.Time `json:"at"` // of 移管
	Company        string    `json:"company"`
	Items          []int     `json:"items,omitempty"` // as in force: a clerk may have read them with their own eyes
	AgencyName     string    `json:"agencyName"`
	Submitter      Address   `json:"submitter"`
	Concierge      string    `json:"concierge,omitempty"` // by name
	ConciergePhone string    `json:"conciergePhone,omitempty"`
	Stage          string    `json:"stage"` // Japanese, before 移管
	Reason         string    `json:"reason,omitempty"`

	Sheets   []BundleSheet   `json:"sheets"` // oldest first, the last is in force
	Supports []BundleSupport `json:"supports,omitempty"`
	History  []BundleLine    `json:"history,omitempty"`
}

// BundleSheet is one version of the sheet. What is read of it stands in no Bundle: the other office reads for itself.
type BundleSheet struct {
	Version  int       `json:"version"`
	File     SheetFile `json:"file"`
	At       time.Time `json:"at"`
	Entry    Entry     `json:"entry"`
	Problems []Problem `json:"problems,omitempty"`
}

// BundleSupport is a support as history, in Japanese: consents are never taken over.
type BundleSupport struct {
	Agency   string `json:"agency"`
	State    string `json:"state"`
	Consents string `json:"consents,omitempty"`
	Host     string `json:"host,omitempty"`
}

// BundleLine is one line of the timeline.
type BundleLine struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
	By   string    `json:"by,omitempty"` // the part of who acted, Japanese
}

// Newest is the sheet in force.
func (b *Bundle) Newest() BundleSheet {
	if len(b.Sheets) == 0 {
		return BundleSheet{}
	}
	return b.Sheets[len(b.Sheets)-1]
}

// TransferIn is what another office's robot says in a mail that carries its sign.
type TransferIn struct {
	Taken   string  `json:"taken,omitempty"`   // it has taken a case of ours over, under this receipt number of its own
	Bundle  *Bundle `json:"bundle,omitempty"`  // or it hands one over
	Problem string  `json:"problem,omitempty"` // Japanese: why neither can be read
}

// Transfer is where a case went (移管).
type Transfer struct {
	Office, Name string // code and name
	From         Stage  // where it stood
	Reason       string
	At           time.Time
	Receipt      string // the other office's, once it has answered
}

// Origin is where a case came from.
type Origin struct {
	Office, Name         string
	Registration, Member string    // as given there
	Receipt              string    // there
	RegisteredAt         time.Time // for the first time, wherever
}

// bundleBytes bounds the sheets of a Bundle: earlier versions go along as far as a mail holds them.
const bundleBytes = 10 << 20

// bundleOf gathers what goes to the other office. c has gone there already.
func (d *decider) bundleOf(c *Case) Bundle {
	b := Bundle{Office: d.f.Office.Code, OfficeName: d.f.Office.Name, Registration: c.Registration, Member: c.Member, Receipt: c.Receipt,
		Channel: c.Channel, ReceivedAt: c.ReceivedAt, RegisteredAt: c.RegisteredAt, At: c.Transfer.At, Company: c.Entry.Company.Name,
		Items: c.Entry.Request.Items, AgencyName: c.AgencyName, Submitter: c.Submitter, Stage: c.Transfer.From.Japanese(), Reason: c.Transfer.Reason}
	if first := c.Origin.RegisteredAt; !first.IsZero() {
		b.RegisteredAt = first
	}
	if k, ok := d.f.Roster.Concierge(c.Concierge, d.now); ok {
		b.Concierge, b.ConciergePhone = k.Name, k.Phone
	}
	var size int64
	for _, v := range slices.Backward(c.Versions) {
		if size += v.Sheet.Size; size > bundleBytes && len(b.Sheets) > 0 {
			break
		}
		b.Sheets = append(b.Sheets, BundleSheet{Version: v.Number, File: v.Sheet, At: v.At})
	}
	slices.Reverse(b.Sheets)
	for _, s := range c.Supports {
		v := d.supportOf(c, s)
		host := v.Host.Department + " " + v.Host.Person
		if v.Host == (Host{}) {
			host = ""
		}
		b.Supports = append(b.Supports, BundleSupport{Agency: s.name(), State: v.StateText, Consents: v.Consents, Host: host})
	}
	for _, h := range c.History {
		b.History = append(b.History, BundleLine{At: h.At, Text: h.Text, By: partyNames[h.Actor.Role]})
	}
	return b
}

// officeNamed finds an office by code, name or spelling.
func officeNamed(offices []OtherOffice, name string) (OtherOffice, bool) {
	return officeThat(offices, func(o OtherOffice) bool {
		return name != "" && slices.ContainsFunc(append([]string{o.Code, o.Name}, o.Spellings...), func(known string) bool { return FoldName(known) == FoldName(name) })
	})
}

// officeAt finds the office whose mailbox an address is.
func officeAt(offices []OtherOffice, a Address) (OtherOffice, bool) {
	return officeThat(offices, func(o OtherOffice) bool { return SameAddr(a, Address{Addr: o.Mailbox}) })
}

// officeOf finds an office by its code.
func officeOf(offices []OtherOffice, code string) (OtherOffice, bool) {
	return officeThat(offices, func(o OtherOffice) bool { return o.Code == code && code != "" })
}

func officeThat(offices []OtherOffice, is func(OtherOffice) bool) (OtherOffice, bool) {
	if i := slices.IndexFunc(offices, is); i >= 0 {
		return offices[i], true
	}
	return OtherOffice{}, false
}
