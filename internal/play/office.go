package play

import (
	"slices"
	"strings"
	"time"

	"uketsuke/internal/casework"
)

// person is somebody who writes to the office.
type person struct {
	casework.Address
	clerk     bool
	concierge string // code, or ""
	agency    string // code, or ""
	named     bool   // rostered as a person or window of the agency, not only by its domain
}

// office is the office of every play.
var office = casework.Office{Code: "KOB", Name: "ジェトロ神戸", Phone: "078-000-0000",
	Mailbox: casework.Address{Name: "ジェトロ神戸", Addr: "uketsuke@kobe.example"}}

// osaka is another office of the consortium.
var osaka = casework.OtherOffice{Code: "OSA", Name: "ジェトロ大阪", Mailbox: "uketsuke@osaka.example"}

// agencies are all ways in which an agency is reached. The first two bring companies, all may be asked.
var agencies = []casework.Agency{
	agency("MINATO", "みなと銀行", "phone"),
	agency("HARIMA", "播磨信用金庫", "mail"),
	agency("MAYA", "摩耶商工会議所", "mail", func(a *casework.Agency) { a.TextOnly = true }),
	agency("NADA", "灘貿易協会", "phone", func(a *casework.Agency) { a.OwnForm = true }),
	agency("ROKKO", "六甲機構", "agreed"),
	agency("KAKOGAWA", "加古川商工会", "phone", func(a *casework.Agency) { a.FaxOnly = true }),
	agency("SUMA", "須磨保証協会", "phone", func(a *casework.Agency) { a.EncryptedBlocked = true }),
}

// Agencies are the rostered agencies of every play.
func Agencies() []casework.Agency { return slices.Clone(agencies) }

// Office is the office of every play.
func Office() casework.Office { return office }

func agency(code, name string, by casework.PasswordWay, change ...func(*casework.Agency)) casework.Agency {
	a := casework.Agency{Code: code, Name: name, Window: casework.Address{Name: name + "窓口", Addr: address("desk", code)},
		Phone: "078-100-0000", PasswordBy: by}
	for _, c := range change {
		c(&a)
	}
	return a
}

func address(local, code string) string { return local + "@" + strings.ToLower(code) + ".example" }

// The office's own people, and people of no roster.
var (
	clerk    = person{Address: casework.Address{Name: "佐伯 直子", Addr: "saeki@kobe.example"}, clerk: true}
	yamamoto = person{Address: casework.Address{Name: "山本 花子", Addr: "yamamoto@kobe.example"}, concierge: "YAMAMOTO"}
	suzuki   = person{Address: casework.Address{Name: "鈴木 健", Addr: "suzuki@kobe.example"}, concierge: "SUZUKI"}
	stranger = person{Address: casework.Address{Name: "岡本 進", Addr: "okamoto@consult.example"}}
)

// people of an agency: its window, a rostered person, and a colleague whom only the domain tells.
func people(code string) []person {
	a := agencies[slices.IndexFunc(agencies, func(a casework.Agency) bool { return a.Code == code })]
	return []person{{Address: a.Window, agency: code, named: true},
		{Address: casework.Address{Name: "担当", Addr: address("tantou", code)}, agency: code, named: true},
		{Address: casework.Address{Name: "同僚", Addr: address("doryo", code)}, agency: code}}
}

func everybody() []person {
	out := []person{clerk, yamamoto, suzuki, stranger}
	for _, a := range agencies {
		out = append(out, people(a.Code)...)
	}
	return out
}

// Roster is the roster of a play; it changes while it is played. Gone holds the codes of rows that have ended, Held the
// agencies and addresses that are held (凍結), Away the deputies of absent concierges (不在).
type Roster struct {
	Gone, Held map[string]bool
	Away       map[string]string
}

var byAddress = func() map[string]person {
	out := map[string]person{}
	for _, who := range everybody() {
		out[who.Addr] = who
	}
	return out
}()

// person finds who an address is today.
func (r *Roster) person(addr string) person {
	who := byAddress[strings.ToLower(addr)]
	if _, domain, ok := strings.Cut(addr, "@"); ok && who.Addr == "" { // an agency's domain may submit
		code := strings.ToUpper(strings.TrimSuffix(domain, ".example"))
		if _, ok := r.Agency(code, time.Time{}); ok {
			who.agency = code
		}
	}
	if who.agency != "" && r.Gone[who.agency] || who.concierge != "" && r.Gone[who.concierge] {
		return person{}
	}
	return who
}

// Sender implements casework.Roster.
func (r *Roster) Sender(a casework.Address, _ time.Time) casework.Sender {
	who := r.person(a.Addr)
	return casework.Sender{Address: a, Clerk: who.clerk, Concierge: who.concierge, Agency: who.agency, Person: who.named}
}

// Agency implements casework.Roster.
func (r *Roster) Agency(code string, _ time.Time) (casework.Agency, bool) {
	for _, a := range agencies {
		if a.Code == code && !r.Gone[code] {
			return a, true
		}
	}
	return casework.Agency{}, false
}

// FindAgency implements casework.Roster.
func (r *Roster) FindAgency(name string, _ time.Time) (casework.AgencyMatch, bool) {
	for _, a := range agencies {
		if strings.EqualFold(name, a.Code) || name == a.Name {
			return casework.AgencyMatch{Code: a.Code, Closed: r.Gone[a.Code]}, true
		}
	}
	return casework.AgencyMatch{}, false
}

// Concierge implements casework.Roster.
func (r *Roster) Concierge(code string, _ time.Time) (casework.Concierge, bool) {
	for _, k := range []person{yamamoto, suzuki} {
		if k.concierge == code && !r.Gone[code] {
			return casework.Concierge{Code: code, Name: k.Name, Mail: k.Addr, Phone: "078-000-1111", Office: office.Code}, true
		}
	}
	return casework.Concierge{}, false
}

// FindConcierge implements casework.Roster.
func (r *Roster) FindConcierge(name string, at time.Time) (casework.Concierge, bool) {
	return r.Concierge(strings.ToUpper(name), at)
}

// Offices implements casework.Roster.
func (r *Roster) Offices(time.Time) []casework.OtherOffice { return []casework.OtherOffice{osaka} }

// Clerks implements casework.Roster.
func (r *Roster) Clerks(time.Time) []casework.Clerk {
	return []casework.Clerk{{Name: clerk.Name, Mail: clerk.Addr}}
}

// Choose implements casework.Roster.
func (r *Roster) Choose(_ casework.Wish, at time.Time) (casework.Choice, bool) {
	for _, code := range r.ConciergeCodes(at) {
		return casework.Choice{Code: code, Why: "兵庫県を担当"}, true
	}
	return casework.Choice{}, false
}

// AgencyCodes implements casework.Roster.
func (r *Roster) AgencyCodes(time.Time) (out []string) {
	for _, a := range agencies {
		if !r.Gone[a.Code] {
			out = append(out, a.Code)
		}
	}
	return out
}

// Acting implements casework.Roster.
func (r *Roster) Acting(code string, at time.Time) (casework.Concierge, bool) {
	if deputy := r.Away[code]; deputy != "" && !r.Gone[code] {
		return r.Concierge(deputy, at)
	}
	return r.Concierge(code, at)
}

// standsIn tells whether somebody is the deputy of an absent concierge.
func (r *Roster) standsIn(who person, code string) bool {
	return who.concierge != "" && r.Away[code] == who.concierge
}

// Frozen implements casework.Roster.
func (r *Roster) Frozen(addr, agency string, at time.Time) bool {
	return r.Held[addr] || r.Held[agency] || addr != "" && r.Held[r.Sender(casework.Address{Addr: addr}, at).Agency]
}

// ConciergeCodes implements casework.Roster.
func (r *Roster) ConciergeCodes(time.Time) (out []string) {
	for _, k := range []person{yamamoto, suzuki} {
		if !r.Gone[k.concierge] {
			out = append(out, k.concierge)
		}
	}
	return out
}

// calendar counts every day: what is due when plays no part here.
type calendar struct{}

// AddBusinessDays implements casework.Calendar.
func (calendar) AddBusinessDays(t time.Time, n int) time.Time { return t.AddDate(0, 0, n) }
