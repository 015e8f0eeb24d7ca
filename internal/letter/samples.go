package letter

import (
	"fmt"
	"time"

	"uketsuke/internal/casework"
)

// Sample is a letter with invented data, as `uketsuke letters` shows it. Name is the letter's kind, with a suffix for
// its further forms (brief-version).
type Sample struct {
	Name   string
	Letter casework.Letter
}

// sampleTime is the day of the sample data where nobody gives another.
var sampleTime = time.Date(2026, 11, 24, 10, 20, 0, 0, casework.JST)

// SampleKeys stands in for seal.Keys where letters are only shown: its codes open nothing.
type SampleKeys struct{}

// Code is the same for everybody.
func (SampleKeys) Code(int64, string, time.Time) string { return "k3f9q2" }

// MessageID shows the letter's id.
func (SampleKeys) MessageID(letterID int64, _, _, domain string) string {
	return fmt.Sprintf("<u.%d.sample@%s>", letterID, domain)
}

// LoopHeader is the same for every letter.
func (SampleKeys) LoopHeader(string) string { return "sample" }

// Boundary is distinct for each multipart of a letter.
func (SampleKeys) Boundary(letterID int64, n int) string {
	return fmt.Sprintf("=_sample.%d.%d", letterID, n)
}

// Samples returns every letter in every form, with sample data of the given day. All names are invented.
func Samples(office casework.Office, now time.Time) []Sample {
	m := newModel(office, now)
	var out []Sample
	out = append(out, m.agencyLetters()...)
	out = append(out, m.clerkLetters()...)
	out = append(out, m.conciergeLetters()...)
	out = append(out, m.commandLetters()...)
	out = append(out, m.providerLetters()...)
	out = append(out, m.partyLetters()...)
	out = append(out, m.supportLetters()...)
	out = append(out, m.messageLetters()...)
	out = append(out, m.reminders()...)
	out = append(out, m.officeLetters()...)
	out = append(out, m.digests()...)
	for i := range out {
		out[i].Letter.ID = int64(i + 1)
	}
	return out
}

// model is one invented case and the people around it.
type model struct {
	office     casework.Office
	now        time.Time
	tanaka     casework.Address // of the intake agency
	nishimura  casework.Address // of the provider agency
	hamada     casework.Address // of the company
	yamamoto   casework.Concierge
	suzuki     casework.Concierge
	clerk      casework.Address
	received   casework.Case // before registration
	held       casework.Case
	registered casework.Case
	events     []casework.Event // of the registered case
}

func newModel(office casework.Office, now time.Time) *model {
	m := &model{office: office, now: now,
		tanaka:    casework.Address{Name: "田中 一郎", Addr: "tanaka@minato-bank.example"},
		nishimura: casework.Address{Name: "西村 亮", Addr: "nishimura@hyogo-cci.example"},
		hamada:    casework.Address{Name: "浜田 由紀", Addr: "hamada@nada-shuzo.example"},
		clerk:     casework.Address{Name: "佐藤 真由美", Addr: "sato@" + domainOf(office.Mailbox.Addr)},
		yamamoto:  casework.Concierge{Code: "YAMAMOTO", Name: "山本 花子", Mail: "yamamoto@" + domainOf(office.Mailbox.Addr), Phone: "078-000-0042", Office: office.Code},
		suzuki:    casework.Concierge{Code: "SUZUKI", Name: "鈴木 健", Mail: "suzuki@" + domainOf(office.Mailbox.Addr), Phone: "078-000-0043", Office: office.Code},
	}
	sheet := casework.SheetFile{Blob: sampleBlob, Name: "エントリーシート（株式会社灘酒造）.xlsx", Size: 11686}
	receive := casework.Event{Case: 123, At: now.Add(-26 * time.Hour), Actor: casework.Actor{Role: casework.RoleIntake, Code: "MINATO", Address: m.tanaka},
		Payload: &casework.SheetReceived{Receipt: "E26-00123", Channel: casework.ChannelMail, Submitter: m.tanaka, Agency: "MINATO", Sheet: sheet, Entry: sampleEntry()}}
	register := casework.Event{Case: 123, At: now.Add(-26 * time.Hour), Actor: receive.Actor,
		Payload: &casework.CaseRegistered{Registration: "2026-KOB-00042-5", Member: "M-00042-7", NewMember: true, Agency: "MINATO", AgencyName: "みなと銀行",
			Concierge: "YAMAMOTO", Why: "兵庫県を担当し、依頼内容「07 現地パートナー探し」を専門とするため"}}
	take := casework.Event{Case: 123, At: now.Add(-20 * time.Hour), Actor: casework.Actor{Role: casework.RoleConcierge, Code: "YAMAMOTO", Address: casework.Address{Name: m.yamamoto.Name, Addr: m.yamamoto.Mail}},
		Payload: &casework.CaseTaken{Concierge: "YAMAMOTO"}}
	m.received = casework.Fold([]casework.Event{receive})
	stranger := *receive.Payload.(*casework.SheetReceived)
	stranger.Submitter, stranger.Agency = casework.Address{Name: "みなと銀行 田中", Addr: "tanaka.minato@mail.example"}, ""
	hold := casework.Event{Case: 123, At: now, Payload: &casework.EntryHeld{Reason: casework.HoldStranger, Nearest: "MINATO"}}
	m.held = casework.Fold([]casework.Event{{Case: 123, At: now, Payload: &stranger}, hold})
	m.events = []casework.Event{receive, register, take}
	m.registered = casework.Fold(m.events)
	return m
}

// sampleBlob stands for the hash of a workbook's bytes.
const sampleBlob = "0000000000000000000000000000000000000000000000000000000000000000"

func sampleEntry() casework.Entry {
	return casework.Entry{
		Layout:     "entry-sheet-2026",
		Introducer: casework.Introducer{Agency: "みなと銀行", Branch: "法人営業部", Person: "田中 一郎", Phone: "078-111-2222", Email: "tanaka@minato-bank.example"},
		Company: casework.Company{Name: "株式会社灘酒造", Kana: "カブシキガイシャナダシュゾウ", CorporateNumber: "7000012050002",
			Representative: "代表取締役 灘 太郎", PostalCode: "657-0000", Address: "兵庫県神戸市灘区大石南町9-9-9",
			Phone: "078-222-3333", Fax: "078-222-3334", ContactDepartment: "海外事業部", ContactPerson: "浜田 由紀", Email: "hamada@nada-shuzo.example",
			Industry: "清酒製造業", Founded: "1950-04", Capital: 30_000_000, Employees: 48, Sales: 1_250_000_000,
			Products: "清酒、リキュール、酒粕を用いた食品", Overseas: "台湾へ間接輸出（年に3回程度）", Countries: []string{"ベトナム", "シンガポール"}},
		Request: casework.Request{Items: []int{1, 7}, Issues: "現地の販売網がなく、輸入元との取引条件の決め方が分からない。",
			Desired: "ベトナムで日本酒を扱う輸入元の紹介と、商談への同席。"},
		Confirmations: casework.Confirmations{Dealings: true, Consent: true, TPP: true, Antisocial: true},
		Received:      "2026-11-16",
	}
}

// view is what a party sees of a case.
func (m *model) view(c casework.Case, p casework.Party, reader casework.Address, of string, offers ...casework.Offer) casework.View {
	v := casework.Disclose(c, p)
	v.Reader, v.ReaderOf, v.Office, v.Now, v.Offers = reader, of, m.office, m.now, offers
	if c.Registered() {
		v.Concierge = &m.yamamoto
	}
	return v
}

var (
	intakeParty    = casework.Party{Role: casework.RoleIntake, Code: "MINATO"}
	clerkParty     = casework.Party{Role: casework.RoleClerk}
	conciergeParty = casework.Party{Role: casework.RoleConcierge, Code: "YAMAMOTO"}
	providerParty  = casework.Party{Role: casework.RoleProvider, Code: "HYOGO-CCI"}
)

func (m *model) toAgency(c casework.Case, offers ...casework.Offer) casework.View {
	return m.view(c, intakeParty, m.tanaka, "みなと銀行", offers...)
}

func (m *model) toClerk(c casework.Case, offers ...casework.Offer) casework.View {
	return m.view(c, clerkParty, m.clerk, "", offers...)
}

func (m *model) toConcierge(c casework.Case, offers ...casework.Offer) casework.View {
	return m.view(c, conciergeParty, casework.Address{Name: m.yamamoto.Name, Addr: m.yamamoto.Mail}, "", offers...)
}

// letter wraps a content for one reader; a case's number and tag come from its view.
func (m *model) letter(name string, v casework.View, c casework.Content, attach ...casework.Attachment) Sample {
	l := casework.Letter{Party: v.Party, To: []casework.Address{v.Reader}, Content: c, Attach: attach, Now: m.now}
	if v.Number != "" {
		l.Case, l.Number, l.Version = 123, v.Number, v.Version
	}
	if v.Party == intakeParty {
		l.Cc = []casework.Address{{Name: "みなと銀行 法人営業部", Addr: "houjin@minato-bank.example"}}
		l.InReplyTo = "20261123101500.4711@minato-bank.example"
		l.References = []string{"20261123101500.4711@minato-bank.example"}
	}
	return Sample{Name: name, Letter: l}
}

func (m *model) certificate(reissue bool) casework.Attachment {
	c := m.registered
	return casework.Attachment{Kind: casework.AttachCertificate, Name: "コンソーシアム会員証（" + c.Member + "）.pdf", Member: &casework.MemberCard{
		Member: c.Member, Registration: c.Registration, Company: c.Entry.Company.Name, Kana: c.Entry.Company.Kana, Agency: c.AgencyName,
		Concierge: m.yamamoto.Name, ConciergePhone: m.yamamoto.Phone, ConciergeMail: m.yamamoto.Mail,
		Office: m.office.Name, OfficePhone: m.office.Phone, OfficeMail: m.office.Mailbox.Addr, Issued: m.now, Reissue: reissue}}
}

func (m *model) sheet() casework.Attachment {
	return casework.Attachment{Kind: casework.AttachSheet, Name: m.received.Sheet.Name, Blob: sampleBlob}
}
