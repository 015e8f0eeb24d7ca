package casework

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Entry is what one entry sheet (エントリーシート) says, guide 3-1 (3). Blank fields are empty; amounts are yen.
type Entry struct {
	Layout        string        `json:"layout,omitempty"`
	Addressee     Addressee     `json:"addressee"`
	Introducer    Introducer    `json:"introducer"`
	Company       Company       `json:"company"`
	Request       Request       `json:"request"`
	Confirmations Confirmations `json:"confirmations"`
	Received      string        `json:"received,omitempty"` // YYYY-MM-DD, the day the company applied; "" when blank
}

// Addressee is the agency that the sheet wishes for (依頼先); blank means that the office chooses.
type Addressee struct {
	Agency  string `json:"agency,omitempty"`
	Contact string `json:"contact,omitempty"`
}

// Introducer is the intake agency (紹介元) as the sheet names it.
type Introducer struct {
	Agency string `json:"agency,omitempty"`
	Branch string `json:"branch,omitempty"`
	Person string `json:"person,omitempty"`
	Phone  string `json:"phone,omitempty"`
	Fax    string `json:"fax,omitempty"`
	Email  string `json:"email,omitempty"`
}

// Company is the company (企業) that wants to go abroad.
type Company struct {
	Name              string   `json:"name,omitempty"`
	Kana              string   `json:"kana,omitempty"`
	CorporateNumber   string   `json:"corporateNumber,omitempty"` // 13 digits, check digit right, or ""
	Representative    string   `json:"representative,omitempty"`
	PostalCode        string   `json:"postalCode,omitempty"` // 657-0000
	Address           string   `json:"address,omitempty"`
	Phone             string   `json:"phone,omitempty"`
	Fax               string   `json:"fax,omitempty"`
	URL               string   `json:"url,omitempty"`
	ContactDepartment string   `json:"contactDepartment,omitempty"`
	ContactPerson     string   `json:"contactPerson,omitempty"`
	Email             string   `json:"email,omitempty"`
	Industry          string   `json:"industry,omitempty"`
	Founded           string   `json:"founded,omitempty"`   // YYYY-MM
	Capital           int64    `json:"capital,omitempty"`   // yen, 0 unknown
	Employees         int64    `json:"employees,omitempty"` // people, 0 unknown
	Sales             int64    `json:"sales,omitempty"`     // yen a year, 0 unknown
	Products          string   `json:"products,omitempty"`
	Overseas          string   `json:"overseas,omitempty"`
	Countries         []string `json:"countries,omitempty"`
}

// Request is what the company asks for (依頼内容): items are 1 to 13.
type Request struct {
	Items   []int  `json:"items,omitempty"`
	Other   string `json:"other,omitempty"`
	Issues  string `json:"issues,omitempty"`
	Desired string `json:"desired,omitempty"`
}

// Confirmations are the four boxes that the intake agency has to tick (確認).
type Confirmations struct {
	Dealings   bool `json:"dealings"`
	Consent    bool `json:"consent"`
	TPP        bool `json:"tpp"`
	Antisocial bool `json:"antisocial"`
}

// ItemNames are the full names of the request items 1 to 13 (index 0 is unused), guide 3-1 (3).
var ItemNames = [14]string{"",
	"市場情報", "制度・手続き等に関する情報", "現地情勢の情報（政治・経済・治安等）", "事業化調査", "海外進出・拠点設立",
	"ファイナンス", "現地パートナー探し", "知財・模倣品対策", "企業の活動や製品の広報", "現地政府への申し入れ",
	"人材育成", "貿易保険", "その他"}

// Keys returns the keys under which the company is known, the strongest first: its corporate number,
// then its normalised name and address. Equal keys mean the same company (process.md 1).
func (c Company) Keys() []string {
	var keys []string
	if c.CorporateNumber != "" {
		keys = append(keys, "corp:"+c.CorporateNumber)
	}
	name, addr := FoldName(c.Name), FoldName(c.Address)
	if name != "" && addr != "" {
		keys = append(keys, "name:"+name+"|"+addr)
	}
	return keys
}

var legalForms = strings.NewReplacer("株式会社", "", "有限会社", "", "合同会社", "", "合資会社", "", "合名会社", "",
	"(株)", "", "(有)", "", "(同)", "", "㈱", "", "㈲", "")

var squared = strings.NewReplacer("㈱", "株式会社", "㈲", "有限会社")

// FoldName folds a name or an address for comparison: widths, legal forms (株式会社, ㈱, （有）), spaces,
// dashes and letter case do not count. Kanji variants do: 髙 and 高 are two names.
func FoldName(s string) string {
	s = norm.NFKC.String(squared.Replace(s))
	s = legalForms.Replace(s)
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '・', r == '.', r == ',':
			return -1
		case strings.ContainsRune("‐‑‒–—―−－ー", r):
			return '-'
		}
		return unicode.ToLower(r)
	}, s)
}

// Severity says what a Problem leads to.
type Severity string

// An error sends the sheet back, a warning is told to the concierge.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Problem is one thing on a sheet that wants an answer: field, place, what stands there, what is wanted.
type Problem struct {
	Field      string   `json:"field"`
	Label      string   `json:"label,omitempty"` // the field's Japanese name
	Severity   Severity `json:"severity"`
	Sheet      string   `json:"sheet,omitempty"`
	Cell       string   `json:"cell,omitempty"`
	Found      string   `json:"found,omitempty"`
	Wanted     string   `json:"wanted,omitempty"` // a whole polite Japanese sentence
	Unreadable bool     `json:"unreadable,omitempty"`
}

// Errors returns the problems that send a sheet back; Warnings the others.
func Errors(ps []Problem) []Problem { return bySeverity(ps, SeverityError) }

// Warnings returns the problems that do not hinder registration.
func Warnings(ps []Problem) []Problem { return bySeverity(ps, SeverityWarning) }

func bySeverity(ps []Problem, s Severity) []Problem {
	var out []Problem
	for _, p := range ps {
		if p.Severity == s && !p.Unreadable {
			out = append(out, p)
		}
	}
	return out
}

// Unclear returns the boxes whose state could not be read: never "unchecked", always a person's to look at.
func Unclear(ps []Problem) []Problem {
	var out []Problem
	for _, p := range ps {
		if p.Unreadable {
			out = append(out, p)
		}
	}
	return out
}
