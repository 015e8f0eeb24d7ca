package intake

import (
	"uketsuke/internal/casework"
	"uketsuke/internal/entrysheet"
)

// Entry makes the core's Entry of a sheet's values.
func Entry(s *entrysheet.Sheet) casework.Entry {
	t := s.Text
	amount := func(key string) int64 { n, _ := s.Int(key); return n }
	return casework.Entry{
		Layout:    s.Layout,
		Addressee: casework.Addressee{Agency: t("addressee.agency"), Contact: t("addressee.contact")},
		Introducer: casework.Introducer{Agency: t("introducer.agency"), Branch: t("introducer.branch"), Person: t("introducer.person"),
			Phone: t("introducer.phone"), Fax: t("introducer.fax"), Email: t("introducer.email")},
		Company: casework.Company{Name: t("company.name"), Kana: t("company.kana"), CorporateNumber: corporateNumber(s),
			Representative: t("company.representative"), PostalCode: t("company.postalCode"), Address: t("company.address"),
			Phone: t("company.phone"), Fax: t("company.fax"), URL: t("company.url"), ContactDepartment: t("company.contactDepartment"),
			ContactPerson: t("company.contactPerson"), Email: t("company.email"), Industry: t("company.industry"), Founded: t("company.founded"),
			Capital: amount("company.capital"), Employees: amount("company.employees"), Sales: amount("company.sales"),
			Products: t("company.products"), Overseas: t("company.overseas"), Countries: s.Strings("company.countries")},
		Request: casework.Request{Items: s.Ints("request.items"), Other: t("request.other"), Issues: t("request.issues"), Desired: t("request.desired")},
		Confirmations: casework.Confirmations{Dealings: s.Bool("confirmations.dealings"), Consent: s.Bool("confirmations.consent"),
			TPP: s.Bool("confirmations.tpp"), Antisocial: s.Bool("confirmations.antisocial")},
		Received: t("received"),
	}
}

// corporateNumber is a key of the company, so one with a problem does not count as one.
func corporateNumber(s *entrysheet.Sheet) string {
	for _, p := range s.Problems {
		if p.Field == "company.corporateNumber" {
			return ""
		}
	}
	return s.Text("company.corporateNumber")
}

// Problems makes the core's problems of a sheet's, with the fields' Japanese names from the layout.
func Problems(s *entrysheet.Sheet, l *entrysheet.Layout) []casework.Problem {
	var out []casework.Problem
	for _, p := range s.Problems {
		out = append(out, casework.Problem{Field: p.Field, Label: l.FieldName(p.Field), Severity: casework.Severity(p.Severity),
			Sheet: p.Sheet, Cell: p.Cell, Found: p.Found, Wanted: p.Wanted, Unreadable: p.Unreadable})
	}
	return out
}

// SheetProblems is the inverse, for the marked copy.
func SheetProblems(ps []casework.Problem) []entrysheet.Problem {
	out := make([]entrysheet.Problem, len(ps))
	for i, p := range ps {
		out[i] = entrysheet.Problem{Field: p.Field, Severity: entrysheet.Severity(p.Severity), Sheet: p.Sheet, Cell: p.Cell,
			Found: p.Found, Wanted: p.Wanted, Unreadable: p.Unreadable}
	}
	return out
}
