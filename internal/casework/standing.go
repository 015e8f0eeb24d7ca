package casework

// Standing is what the office has laid over its roster by mail: senders that are held (凍結), concierges who are absent
// (不在) and people who came and went (連絡先変更). It lies in the database, is loaded for each mail and asked again at each
// attempt to send. The zero Standing changes nothing.
type Standing struct {
	Agencies []string               // codes of agencies that are held
	Address  func(addr string) bool // tells whether an address is held; nil: none is
	Held     int                    // how many addresses are held
	Codes    []string               // Party.Key of those whose keyed codes count for nothing meanwhile
	Absences []Absence
	Contacts []ContactChange // in the order in which they were made
}

// Holds tells whether an agency or an address is held.
func (s Standing) Holds(addr, agency string) bool {
	for _, code := range s.Agencies {
		if agency != "" && code == agency {
			return true
		}
	}
	return addr != "" && s.Address != nil && s.Address(addr)
}

// Absence says when a concierge is absent and who stands in.
type Absence struct {
	Concierge   string // roster code
	From, Until string // days in Japan, YYYY-MM-DD, both included
	Deputy      string // roster code
}

// What 連絡先変更 does to an address of an agency.
const (
	ContactAdd    = "add"    // a person
	ContactRemove = "remove" // a person
	ContactWindow = "window" // speaks for the agency from now on; the window before stays a person
)

// ContactChange is one change of an agency's people.
type ContactChange struct {
	Agency  string // roster code
	What    string // ContactAdd, ContactRemove or ContactWindow
	Name    string // "" for ContactRemove
	Address string
}

// Freeze is a change that 凍結 or 解除 makes: of an agency by its code, or of one address.
type Freeze struct {
	Agency  string
	Address string
	Codes   []string // Party.Key of those whose codes are held with the address
	Thaw    bool
}

// HeldReason says why a letter waits; it stands with the letter until 解除.
const HeldReason = "宛先が凍結されているため、「解除」までお預かりしています"
