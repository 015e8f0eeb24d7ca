package roster

import (
	"maps"
	"slices"

	"uketsuke/internal/casework"
)

// withContacts lays changes of agencies' people over the rows, in their order. A change that the rows no longer bear (the
// agency has gone, the address is another's by now) is skipped, and returned.
func (r *Roster) withContacts(changes []casework.ContactChange) (laid *Roster, skipped []casework.ContactChange) {
	out := *r
	out.data.Agencies = slices.Clone(r.data.Agencies)
	out.agencyMail, out.left = maps.Clone(r.agencyMail), map[string]string{}
	for _, ch := range changes {
		key, _, ok := canonical(ch.Address)
		rows := out.agencies[FoldCode(ch.Agency)]
		if !ok || len(rows) == 0 || ch.What != casework.ContactRemove && out.elsewhere(key, ch.Agency) {
			skipped = append(skipped, ch)
			continue
		}
		for _, i := range rows {
			out.change(i, key, ch)
		}
		if delete(out.left, key); ch.What == casework.ContactRemove { // the domain, too, speaks for this address no more
			out.left[key] = FoldCode(ch.Agency)
		}
	}
	return &out, skipped
}

// elsewhere tells whether an address is the office's or another agency's.
func (r *Roster) elsewhere(key, code string) bool {
	return len(r.clerkMail[key])+len(r.conciergeMail[key]) > 0 ||
		slices.ContainsFunc(r.agencyMail[key], func(p persona) bool { return r.data.Agencies[p.agency].key() != FoldCode(code) })
}

// change makes one change in one row, which is ours alone already; its people are not.
func (r *Roster) change(i int, key string, ch casework.ContactChange) {
	row := &r.data.Agencies[i]
	own := func(window bool) func(persona) bool {
		return func(p persona) bool { return p.agency == i && (p.person < 0) == window }
	}
	switch ch.What {
	case casework.ContactAdd:
		if !slices.ContainsFunc(r.agencyMail[key], own(false)) {
			r.addPerson(i, key, Person{Name: ch.Name, Mail: ch.Address})
		}
	case casework.ContactRemove:
		r.agencyMail[key] = slices.DeleteFunc(slices.Clone(r.agencyMail[key]), own(false))
	case casework.ContactWindow:
		if old, _, ok := canonical(row.Window); ok { // whose mailbox it was stays a person until removed
			r.agencyMail[old] = slices.DeleteFunc(slices.Clone(r.agencyMail[old]), own(true))
			if !slices.ContainsFunc(r.agencyMail[old], own(false)) {
				r.addPerson(i, old, Person{Name: row.WindowName, Mail: row.Window})
			}
		}
		row.Window, row.WindowName = ch.Address, ch.Name
		r.agencyMail[key] = append(slices.Clip(r.agencyMail[key]), persona{i, -1})
	}
}

func (r *Roster) addPerson(i int, key string, p Person) {
	row := &r.data.Agencies[i]
	row.People = append(slices.Clip(row.People), p)
	r.agencyMail[key] = append(slices.Clip(r.agencyMail[key]), persona{i, len(row.People) - 1})
}
