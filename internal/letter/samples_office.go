package letter

import (
	"uketsuke/internal/casework"
)

// officeLetters are those of a case that goes to another office, or comes from one.
func (m *model) officeLetters() []Sample {
	osaka := casework.OtherOffice{Code: "OSA", Name: "ジェトロ大阪", Mailbox: "osaka-intake@" + domainOf(m.office.Mailbox.Addr)}
	event := func(c casework.Case, p casework.Payload) casework.Case {
		c.Apply(casework.Event{Case: c.ID, At: m.now, Actor: casework.Actor{Role: casework.RoleClerk, Address: m.clerk}, Payload: p})
		return c
	}
	gone := event(m.registered, &casework.CaseTransferred{Office: osaka.Code, OfficeName: osaka.Name})
	there := m.view(gone, casework.Party{Role: casework.RoleOffice, Code: osaka.Code}, casework.Address{Name: "事務局ご担当者", Addr: osaka.Mailbox}, osaka.Name)
	files := []casework.Attachment{{Kind: casework.AttachBundle, Name: "移管_2026-KOB-00042-5.xlsx", Bundle: &casework.Bundle{Registration: "2026-KOB-00042-5"}},
		{Kind: casework.AttachHanded, Name: "エントリーシート_2026-KOB-00042-5_第1版.xlsx", Blob: sampleBlob}}
	told := func(v casework.View, r casework.Role) casework.Content {
		return casework.TransferredLetter{View: v, For: r, To: osaka}
	}
	company, intake, mine := m.toCompany(gone), m.toAgency(gone, offerStatus), m.toConcierge(gone, offerStatus)

	bundle := casework.Bundle{Office: osaka.Code, OfficeName: osaka.Name, Registration: "2026-OSA-00007-2", Member: "M-00007-0", Receipt: "E26-00009",
		Channel: casework.ChannelMail, RegisteredAt: m.now.AddDate(0, 0, -20), AgencyName: "みなと銀行", Submitter: m.tanaka,
		Sheets: []casework.BundleSheet{{Version: 1, File: m.received.Sheet, Entry: sampleEntry()}}}
	come := event(casework.Case{ID: 123}, &casework.CaseTakenOver{Receipt: "E26-00123", Agency: "MINATO", Bundle: bundle})
	come = event(come, &casework.CaseRegistered{Registration: bundle.Registration, Member: "M-00042-7", NewMember: true, Agency: "MINATO", AgencyName: "みなと銀行", Concierge: "YAMAMOTO", Why: "兵庫県を担当するため"})
	fresh, brief := m.toAgency(come, offerStatus), m.toConcierge(come, offerTake)
	answer := m.view(come, casework.Party{Role: casework.RoleOffice, Code: osaka.Code}, casework.Address{Name: "事務局ご担当者", Addr: osaka.Mailbox}, osaka.Name)
	out := []Sample{
		m.letter("transfer", there, casework.TransferLetter{View: there}, files...),
		m.letter("transfer-again", there, casework.TransferLetter{View: there, Again: true}, files...),
		m.letter("transferred-company", company, told(company, casework.RoleCompany)),
		m.letter("transferred-intake", intake, told(intake, casework.RoleIntake)),
		m.letter("transferred-concierge", mine, told(mine, casework.RoleConcierge)),
		m.letter("taken-over", fresh, casework.TakenOverLetter{View: fresh, From: osaka.Name, Former: bundle.Member}, m.certificate(true)),
		m.letter("brief-transferred", brief, casework.BriefLetter{View: brief, Change: "transferred", From: osaka.Name, Why: "兵庫県を担当するため"}, m.sheet()),
		m.letter("transfer-taken", answer, casework.TransferTakenLetter{View: answer}),
	}
	for i := range out {
		if out[i].Letter.Party.Role == casework.RoleOffice { // no tag: its code would be of no use there
			out[i].Letter.Number = ""
		}
	}
	return out
}
