package casework

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// fakeRoster is a small office: six agencies, two concierges, two clerks. ended takes codes and addresses out.
type fakeRoster struct {
	agencies   []fakeAgency
	concierges []Concierge
	clerks     []Clerk
	ended      map[string]bool
	full       bool // every concierge is at the limit
	frozen     map[string]bool
	offices    []OtherOffice
	absences   []Absence
}

type fakeAgency struct {
	Agency
	names   []string
	persons []string
	domain  string
}

var (
	tanaka     = Address{Name: "田中 一郎", Addr: "tanaka@minato-bank.example"}       // rostered person of MINATO
	colleague  = Address{Name: "森 久美", Addr: "mori@minato-bank.example"}          // only by MINATO's domain
	minatoDesk = Address{Name: "みなと銀行 法人営業部", Addr: "houjin@minato-bank.example"} // MINATO's window
	yamaguchi  = Address{Name: "山口 誠", Addr: "kaigai@hyogo-cci.example"}          // HYOGO-CCI's window
	kakogawa   = Address{Name: "加古 清", Addr: "kako@kakogawa-sci.example"}         // of an agency that takes no mail
	inoue      = Address{Name: "井上 恵", Addr: "inoue@hosho.example"}               // HOSHO's window
	oda        = Address{Name: "織田 進", Addr: "oda@hosho.example"}                 // rostered person of HOSHO
	secretary  = Address{Name: "秘書室", Addr: "hisho@hosho.example"}                // only by HOSHO's domain
	nishi      = Address{Name: "西 学", Addr: "nishi@sanyo-bank.example"}           // SANYO's window
	hokenDesk  = Address{Name: "貿易保険 窓口", Addr: "desk@hoken.example"}             // HOKEN's window
	kuramoto   = Address{Name: "蔵本 光", Addr: "kuramoto@nada-brewery.example"}     // the company's contact
	saeki      = Address{Name: "佐伯 直子", Addr: "saeki@jetro.example"}              // clerk
	otsuka     = Address{Name: "大塚 実", Addr: "otsuka@jetro.example"}              // second clerk
	yamamoto   = Address{Name: "山本 花子", Addr: "yamamoto@jetro.example"}           // concierge
	suzuki     = Address{Name: "鈴木 健", Addr: "suzuki@jetro.example"}              // concierge
	okamoto    = Address{Name: "岡本 進", Addr: "okamoto@harima-consult.example"}    // stranger
	osaka      = Address{Name: "", Addr: "uketsuke@osaka.example"}                // another office's mailbox
)

func newRoster() *fakeRoster {
	return &fakeRoster{ended: map[string]bool{},
		agencies: []fakeAgency{
			{Agency: Agency{Code: "MINATO", Name: "みなと銀行", Window: minatoDesk}, names: []string{"株式会社みなと銀行"},
				persons: []string{tanaka.Addr, minatoDesk.Addr}, domain: "minato-bank.example"},
			{Agency: Agency{Code: "HYOGO-CCI", Name: "兵庫商工会議所", Window: yamaguchi, TextOnly: true, PasswordBy: PasswordPhone, Phone: "078-000-3333"}, persons: []string{yamaguchi.Addr}, domain: "hyogo-cci.example"},
			{Agency: Agency{Code: "KAKOGAWA", Name: "加古川商工会", FaxOnly: true}, persons: []string{kakogawa.Addr}},
			{Agency: Agency{Code: "HOSHO", Name: "兵庫県信用保証協会", Window: inoue, PasswordBy: PasswordMail}, persons: []string{inoue.Addr, oda.Addr}, domain: "hosho.example"},
			{Agency: Agency{Code: "SANYO", Name: "山陽銀行", Window: nishi, PasswordBy: PasswordAgreed, OwnForm: true}, persons: []string{nishi.Addr}},
			{Agency: Agency{Code: "HOKEN", Name: "貿易保険センター", Window: hokenDesk, EncryptedBlocked: true}, persons: []string{hokenDesk.Addr}},
		},
		concierges: []Concierge{{Code: "YAMAMOTO", Name: yamamoto.Name, Mail: yamamoto.Addr, Phone: "078-000-1111", Office: "KOB"},
			{Code: "SUZUKI", Name: suzuki.Name, Mail: suzuki.Addr, Phone: "078-000-2222", Office: "KOB"}},
		clerks:  []Clerk{{Name: saeki.Name, Mail: saeki.Addr}, {Name: otsuka.Name, Mail: otsuka.Addr}},
		offices: []OtherOffice{{Code: "OSA", Name: "ジェトロ大阪", Spellings: []string{"大阪本部"}, Mailbox: osaka.Addr}, {Code: "NGO", Name: "ジェトロ名古屋", Mailbox: "uketsuke@nagoya.example"}}}
}

func (r *fakeRoster) Sender(a Address, _ time.Time) Sender {
	s := Sender{Address: a}
	if r.ended[a.Addr] {
		return s
	}
	s.Clerk = slices.ContainsFunc(r.clerks, func(k Clerk) bool { return SameAddr(a, Address{Addr: k.Mail}) })
	for _, k := range r.concierges {
		if SameAddr(a, Address{Addr: k.Mail}) && !r.ended[k.Code] {
			s.Concierge = k.Code
		}
	}
	_, domain, _ := strings.Cut(lowerASCII(a.Addr), "@")
	for _, g := range r.agencies {
		person := slices.ContainsFunc(g.persons, func(p string) bool { return SameAddr(a, Address{Addr: p}) })
		if !r.ended[g.Code] && (person || g.domain != "" && domain == g.domain) {
			s.Agency, s.Person = g.Code, person
		}
	}
	if !s.Known() && strings.HasPrefix(domain, "minato") {
		s.Nearest = "MINATO"
	}
	return s
}

func (r *fakeRoster) Agency(code string, _ time.Time) (Agency, bool) {
	i := slices.IndexFunc(r.agencies, func(a fakeAgency) bool { return a.Code == code })
	if i < 0 || r.ended[code] {
		return Agency{}, false
	}
	return r.agencies[i].Agency, true
}

func (r *fakeRoster) FindAgency(name string, _ time.Time) (AgencyMatch, bool) {
	for _, a := range r.agencies {
		if strings.EqualFold(name, a.Code) || FoldName(name) == FoldName(a.Name) || slices.Contains(a.names, name) {
			return AgencyMatch{Code: a.Code, Closed: r.ended[a.Code]}, true
		}
	}
	for _, a := range r.agencies {
		if len([]rune(name)) >= 3 && strings.HasPrefix(a.Name, name) {
			return AgencyMatch{Code: a.Code, Guessed: true}, true
		}
	}
	return AgencyMatch{}, false
}

func (r *fakeRoster) Concierge(code string, _ time.Time) (Concierge, bool) {
	i := slices.IndexFunc(r.concierges, func(k Concierge) bool { return k.Code == code })
	if i < 0 || r.ended[code] {
		return Concierge{}, false
	}
	return r.concierges[i], true
}

func (r *fakeRoster) FindConcierge(name string, at time.Time) (Concierge, bool) {
	for _, k := range r.concierges {
		if strings.EqualFold(name, k.Code) || FoldName(name) == FoldName(k.Name) {
			return r.Concierge(k.Code, at)
		}
	}
	return Concierge{}, false
}

func (r *fakeRoster) Clerks(time.Time) (out []Clerk) {
	for _, k := range r.clerks {
		if !r.ended[k.Mail] {
			out = append(out, k)
		}
	}
	return out
}

func (r *fakeRoster) Choose(w Wish, at time.Time) (Choice, bool) {
	var left []Concierge
	for _, k := range r.concierges {
		if !r.ended[k.Code] && k.Code != w.Exclude {
			left = append(left, k)
		}
	}
	if len(left) == 0 {
		return Choice{}, false
	}
	best := slices.MinFunc(left, func(a, b Concierge) int {
		return cmp.Or(cmp.Compare(w.Loads[a.Code], w.Loads[b.Code]), cmp.Compare(a.Code, b.Code))
	})
	return Choice{Code: best.Code, Why: w.Prefecture + "を担当", Full: r.full}, true
}

func (r *fakeRoster) AgencyCodes(time.Time) (out []string) {
	for _, a := range r.agencies {
		if !r.ended[a.Code] {
			out = append(out, a.Code)
		}
	}
	return out
}

func (r *fakeRoster) ConciergeCodes(time.Time) (out []string) {
	for _, k := range r.concierges {
		if !r.ended[k.Code] {
			out = append(out, k.Code)
		}
	}
	return out
}

// fakeCalendar counts weekdays.
type fakeCalendar struct{}

func (fakeCalendar) AddBusinessDays(t time.Time, n int) time.Time {
	for n > 0 {
		t = t.AddDate(0, 0, 1)
		if wd := t.In(JST).Weekday(); wd != time.Saturday && wd != time.Sunday {
			n--
		}
	}
	return t
}

// Offices implements Roster.
func (r *fakeRoster) Offices(time.Time) []OtherOffice { return r.offices }

// Frozen implements Roster.
func (r *fakeRoster) Frozen(addr, agency string, at time.Time) bool {
	return r.frozen[addr] || r.frozen[agency] || addr != "" && r.frozen[r.Sender(Address{Addr: addr}, at).Agency]
}

// Acting implements Roster.
func (r *fakeRoster) Acting(code string, at time.Time) (Concierge, bool) {
	day := at.In(JST).Format(time.DateOnly)
	for _, a := range r.absences {
		if a.Concierge == code && a.From <= day && day <= a.Until {
			return r.Concierge(a.Deputy, at)
		}
	}
	return r.Concierge(code, at)
}

// changed is the roster after 連絡先変更.
func (r *fakeRoster) changed(ch ContactChange) *fakeRoster {
	out := *r
	out.agencies = slices.Clone(r.agencies)
	i := slices.IndexFunc(out.agencies, func(a fakeAgency) bool { return a.Code == ch.Agency })
	a := &out.agencies[i]
	if a.persons = slices.DeleteFunc(slices.Clone(a.persons), func(p string) bool { return p == ch.Address }); ch.What != ContactRemove {
		a.persons = append(a.persons, ch.Address)
	}
	if ch.What == ContactWindow {
		a.Window = Address{Name: ch.Name, Addr: ch.Address}
	}
	return &out
}
