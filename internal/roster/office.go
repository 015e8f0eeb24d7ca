package roster

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"uketsuke/internal/casework"
)

// holds tells whether the row counts on a day.
func (o *Other) holds(day Day) bool { return within(o.From, o.Until, day) }

// Offices returns the other offices of the day of at, in the order of the configuration.
func (r *Roster) Offices(at time.Time) []casework.OtherOffice {
	day := dayOf(at)
	var out []casework.OtherOffice
	for i := range r.data.Offices {
		if o := &r.data.Offices[i]; o.holds(day) {
			out = append(out, casework.OtherOffice{Code: FoldCode(o.Code), Name: o.Name, Spellings: o.Spellings, Mailbox: o.Mailbox})
		}
	}
	return out
}

// ValidOfficeCode tells whether a code can stand in registration numbers: two to five capital letters.
func ValidOfficeCode(code string) bool { return officeCode.MatchString(code) }

var officeCode = regexp.MustCompile(`^[A-Z]{2,5}$`)

// offices checks the rows of other offices. An office's address is nobody else's: what comes from it is that office's word.
func (c *checker) offices() {
	rows := c.r.data.Offices
	for i := range rows {
		row, at := &rows[i], fmt.Sprintf("other_office[%d]", i)
		if !ValidOfficeCode(FoldCode(row.Code)) {
			c.fault(at+".code", row.Code, "must be two to five letters such as OSA, as in that office's registration numbers")
		}
		c.name(at+".name", row.Name)
		c.texts(at+".spellings", row.Spellings)
		c.days(at, row.From, row.Until)
		key, ok := c.mail(at+".mailbox", row.Mailbox)
		if !ok {
			continue
		}
		if len(c.r.clerkMail[key])+len(c.r.conciergeMail[key])+len(c.r.agencyMail[key]) > 0 {
			c.fault(at+".mailbox", row.Mailbox, "is also the address of a person or an agency; give the other office's own mailbox")
		}
		for j := range i {
			if !overlap(row.From, row.Until, rows[j].From, rows[j].Until) {
				continue
			}
			if other, _, _ := canonical(rows[j].Mailbox); other == key {
				c.fault(at+".mailbox", row.Mailbox, "is also the mailbox of other_office[%d]; each office has its own", j)
			}
			if strings.EqualFold(FoldCode(row.Code), FoldCode(rows[j].Code)) {
				c.fault(at+".code", row.Code, "is also the code of other_office[%d]; give each its own, or end the earlier row with until", j)
			}
		}
	}
}
