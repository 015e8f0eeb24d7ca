package roster

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"uketsuke/internal/casework"
)

// nearDomain is a rostered domain in the forms that a stranger's is compared with.
type nearDomain struct {
	registrable string // minato-bank.co.jp
	label       string // minato-bank
	skeleton    string // what it looks like: rninato-bank.co.jp has the same
	rows        []int
}

func newNearDomain(domain string, rows []int) nearDomain {
	reg := registrable(domain)
	label, _, _ := strings.Cut(reg, ".")
	return nearDomain{registrable: reg, label: label, skeleton: skeleton(reg), rows: rows}
}

// How near a stranger's domain is, nearest first; beyond an edit distance of two it is not.
const (
	sameRegistrable = iota // a subdomain, or the parent
	sameLook
	sameLabel // minato-bank.com for minato-bank.co.jp
	oneEdit
	twoEdits
	notNear
)

// nearest returns the code of the agency that a stranger may mean: by domain, else by the display name. It is a
// suggestion for the clerk and never authority. domain is "" when the address has none that is valid.
func (r *Roster) nearest(a casework.Address, domain string, day Day) string {
	if code := r.nearestByDomain(a.Addr, domain, day); code != "" {
		return code
	}
	return r.nearestByName(a.Name, day)
}

func (r *Roster) nearestByDomain(addr, domain string, day Day) string {
	if domain == "" {
		// An address that is none may still look like one: full-width letters, an ideographic full stop.
		_, raw, _ := strings.Cut(addr, "@")
		domain = strings.ToLower(strings.ReplaceAll(norm.NFKC.String(raw), "。", "."))
	}
	if domain == "" || len(domain) > 253 || sharedBy(domain) != "" {
		return ""
	}
	query := newNearDomain(domain, nil)
	best, found := notNear, ""
	for i := range r.nearDomains {
		if n := query.distance(&r.nearDomains[i]); n < best {
			if code, standing := r.standing(r.nearDomains[i].rows, day); standing > 0 {
				best, found = n, code
			}
		}
	}
	return found
}

func (d *nearDomain) distance(to *nearDomain) int {
	switch {
	case d.registrable == to.registrable:
		return sameRegistrable
	case d.skeleton == to.skeleton:
		return sameLook
	case d.label == to.label && len(d.label) >= 4:
		return sameLabel
	}
	switch n := editDistance(d.registrable, to.registrable, 2); {
	case n == 1 && len(to.label) >= 4:
		return oneEdit
	case n == 2 && len(to.label) >= 7:
		return twoEdits
	}
	return notNear
}

// nearestByName looks for the agency whose name stands in a display name: 田中 一郎（みなと銀行）.
func (r *Roster) nearestByName(name string, day Day) string {
	plain := plainName(name)
	if plain == "" {
		return ""
	}
	if code, n := r.standing(r.plain[plain], day); n == 1 {
		return code
	}
	longest, found := 3, ""
	for _, n := range r.nearNames {
		if len(n.runes) > longest && strings.Contains(plain, string(n.runes)) {
			if code, standing := r.standing(n.rows, day); standing == 1 {
				longest, found = len(n.runes), code
			}
		}
	}
	return found
}

// lookAlikes folds letters that are taken for each other, after UTS #39 as far as mail domains need it.
var lookAlikes = strings.NewReplacer("0", "o", "1", "l", "i", "l", "|", "l", "5", "s", "rn", "m", "vv", "w", "-", "", "_", "",
	"а", "a", "с", "c", "ԁ", "d", "е", "e", "һ", "h", "і", "l", "ј", "j", "ӏ", "l", "о", "o", "р", "p", "ѕ", "s", "х", "x", "у", "y",
	"к", "k", "м", "m", "т", "t", "в", "b", "н", "h", "α", "a", "ο", "o", "ν", "v", "ρ", "p", "ι", "l", "κ", "k", "ı", "l", "ɡ", "g")

// skeleton returns what a domain looks like.
func skeleton(domain string) string {
	if u, err := idna.Punycode.ToUnicode(domain); err == nil {
		domain = u
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(domain)) {
		if r < 0x300 || r > 0x36f { // accents
			b.WriteRune(r)
		}
	}
	return lookAlikes.Replace(b.String())
}

// closest returns the one of words that is nearest to s by at most two edits, or "".
func closest(s string, words []string) string {
	best, found := 3, ""
	for _, w := range words {
		if n := editDistance(s, w, 2); n < best && n < max(len(s), 2) {
			best, found = n, w
		}
	}
	return found
}

// editDistance returns the optimal string alignment distance of two texts in bytes, or limit+1 beyond limit.
func editDistance(a, b string, limit int) int {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit+1)
}
