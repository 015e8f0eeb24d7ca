package casework

import (
	"slices"
	"strings"
	"unicode"
)

// Secret is a confidential value that a letter's party may not learn, folded for comparison, and its field.
type Secret struct {
	Field, Value string
	Word         bool // found only as a word of its own, in what people write
}

// Secrets are the case's confidential values for a party that may not see them: of every version of the sheet but the
// one that it may see. None for the office, the intake agency and the company.
func Secrets(c Case, p Party) []Secret {
	if p.Role == RoleOffice {
		return officeSecrets(c)
	}
	if c.ID == 0 || p.Role != RoleProvider && maySeeSheet(c, p) {
		return nil
	}
	all := secrets(c)
	s := c.SupportOf(p.Code)
	v := visibleVersion(c, s)
	if p.Role != RoleProvider || v == 0 || !s.Sent() {
		return all
	}
	entry := c.entryOf(v)
	var shown strings.Builder
	for _, k := range secretsOf(entry, c) {
		shown.WriteString(k.Value + "\n")
	}
	known := shown.String()
	return slices.DeleteFunc(all, func(k Secret) bool { return strings.Contains(known, k.Value) })
}

// officeSecrets are what the words of a letter to another office do not say, whatever its protected bundle holds: all but
// the registration number. Values that may turn up by chance in a few megabytes of encrypted bytes are left out.
func officeSecrets(c Case) []Secret {
	const byChance = 8 // bytes
	return slices.DeleteFunc(secrets(c), func(k Secret) bool { return k.Field == "registration" || len(k.Value) < byChance })
}

// Scan looks for secrets in finished texts (subject, bodies, names, opened attachments), the last layer before a letter
// is queued. It returns the field keys found, never the values.
func Scan(hidden []Secret, texts []string) []string {
	if len(hidden) == 0 {
		return nil
	}
	folded := make([]string, len(texts))
	for i, t := range texts {
		folded[i] = foldScan(t)
	}
	var found []string
	for _, s := range hidden {
		for i, t := range folded {
			if strings.Contains(t, s.Value) && (!s.Word || hasWord(texts[i], s.Value)) {
				found = append(found, s.Field)
				break
			}
		}
	}
	return found
}

// secrets are the values of four characters and up that name the company, its people or its intake agency, and the
// sentences of what it tells about itself (process.md 3b.1); the company's own name also when it is shorter. What an inquiry may say (industry, countries, items, size)
// and words that name nobody (a department, a branch) are none.
func secrets(c Case) []Secret {
	out := secretsOf(c.Entry, c)
	for _, v := range c.Versions {
		if v.Number != c.Version {
			out = append(out, secretsOf(v.Entry, c)...)
		}
	}
	for _, r := range c.Returned {
		out = append(out, slices.DeleteFunc(secretsOf(r.Entry, c), func(s Secret) bool {
			// a faulty value may be the form's own words (担当者名), but no number or address
			return slices.Contains(r.Faulty, s.Field) && !strings.ContainsFunc(s.Value, func(r rune) bool { return r < unicode.MaxASCII })
		})...)
	}
	return out
}

func secretsOf(e Entry, c Case) []Secret {
	var out []Secret
	add := func(field string, values ...string) {
		for _, v := range values {
			if v = foldScan(v); len([]rune(v)) >= 4 {
				out = append(out, Secret{Field: field, Value: v})
			}
		}
	}
	add("company.name", FoldName(e.Company.Name), e.Company.Name) // a shorter name is found with its legal form
	if name, ok := shortName(e.Company.Name); ok {
		out = append(out, name)
	}
	add("company.kana", FoldName(e.Company.Kana))
	add("company.corporateNumber", e.Company.CorporateNumber)
	add("company.representative", e.Company.Representative, withoutTitle(e.Company.Representative))
	add("company.postalCode", e.Company.PostalCode)
	add("company.address", e.Company.Address, withoutPrefecture(e.Company.Address))
	add("company.phone", e.Company.Phone)
	add("company.fax", e.Company.Fax)
	add("company.url", e.Company.URL, domainOf(e.Company.URL))
	add("company.contactPerson", e.Company.ContactPerson)
	add("company.email", e.Company.Email, domainOf(e.Company.Email))
	add("company.products", sentences(e.Company.Products)...)
	add("company.overseas", sentences(e.Company.Overseas)...)
	add("request.issues", sentences(e.Request.Issues)...)
	add("request.desired", sentences(e.Request.Desired)...)
	add("request.other", sentences(e.Request.Other)...)
	add("introducer.agency", FoldName(e.Introducer.Agency), FoldName(c.AgencyName))
	add("introducer.person", e.Introducer.Person)
	add("introducer.phone", e.Introducer.Phone)
	add("introducer.fax", e.Introducer.Fax)
	add("introducer.email", e.Introducer.Email, domainOf(e.Introducer.Email))
	add("addressee.contact", e.Addressee.Contact)
	add("member", c.Member)
	add("registration", c.Registration)
	return out
}
