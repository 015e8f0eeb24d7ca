// Package calendar writes the invitation to a meeting as a calendar file (RFC 5545), in the two methods of RFC 5546
// that an organizer sends: REQUEST invites and moves, CANCEL calls off.
//
//  1. The meeting's fields are checked: a UID, an organizer, somebody to invite, an end after the start.
//  2. Texts lose what no calendar shows (control characters, a quote in a name); nothing is added to them.
//  3. Times are written as Asia/Tokyo with the zone's own definition: Outlook, Gmail and Apple Mail then show the time
//     of the place, and convert it for a reader elsewhere.
//  4. go-ical writes the components; its lines are folded here, at 75 octets, never inside a character.
//
// A meeting keeps one UID for ever. Each change that was decided, the cancellation too, raises Sequence by one: a
// program that has seen a higher one ignores the file, one that has seen the same one shows nothing new (RFC 5546
// section 2.1.4). The same meeting is the same bytes.
//
// A mail carries the file twice, which together every program shows as an invitation: as the last part of its
// multipart/alternative, with Media as Content-Type and without a name (Outlook, Gmail), and once more as an attachment
// named FileName of type application/ics (programs that ignore alternatives, and people who save it):
//
//	multipart/mixed
//	  multipart/alternative
//	    text/plain
//	    text/html
//	    text/calendar; method=REQUEST; charset=UTF-8
//	  application/ics; name="invite.ics"
//
// The part's method parameter must be the file's METHOD. base64 is the encoding that keeps its lines.
package calendar

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"uketsuke/internal/casework"
)

// FileName is what the attachment is called.
const FileName = "invite.ics"

// Method is what a file does, RFC 5546 section 3.2.
type Method string

// The methods of an organizer.
const (
	Request Method = "REQUEST" // invites, or says that the meeting has moved
	Cancel  Method = "CANCEL"
)

// Media is the Content-Type of the alternative.
func (m Method) Media() string { return "text/calendar; method=" + string(m) + "; charset=UTF-8" }

// Meeting is what a file says.
type Meeting struct {
	UID         string    // the same for ever, unique in the world: id@domain
	Sequence    int       // 0 for the first file, then rising
	Stamp       time.Time // when this was decided: DTSTAMP
	Start, End  time.Time // End zero: an hour after Start
	Organizer   casework.Address
	Attendees   []Attendee
	Summary     string // one line
	Location    string // one line; "" is left out
	Description string // lines end in LF; "" is left out
}

// Attendee is one invited person or mailbox.
type Attendee struct {
	casework.Address
	Optional bool
}

// tokyo is Asia/Tokyo; Japan has had no summer time since 1951, so that one rule defines it.
var tokyo = time.FixedZone("Asia/Tokyo", 9*60*60)

const defaultLength = time.Hour

// Write makes the file: UTF-8, lines end in CRLF. An error names the field at fault, never its value.
func Write(method Method, m Meeting) ([]byte, error) {
	if err := m.check(method); err != nil {
		return nil, fmt.Errorf("write calendar file: %w", err)
	}
	cal := ical.NewCalendar()
	setText(cal.Props, ical.PropProductID, "-//uketsuke//uketsuke//JA")
	setText(cal.Props, ical.PropVersion, "2.0")
	setText(cal.Props, ical.PropMethod, string(method))
	cal.Children = []*ical.Component{zone(), m.event(method)}
	var buf bytes.Buffer
	if err := ical.NewEncoder(&buf).Encode(cal); err != nil {
		return nil, fmt.Errorf("write calendar file: %w", err)
	}
	return fold(buf.Bytes()), nil
}

// check names everything that is missing or wrong.
func (m Meeting) check(method Method) error {
	var errs []error
	fault := func(wrong bool, what string) {
		if wrong {
			errs = append(errs, errors.New(what))
		}
	}
	fault(method != Request && method != Cancel, "the method is none of an organizer")
	fault(m.UID == "" || !isPrintable(m.UID), "the UID is empty or not printable ASCII")
	fault(m.Sequence < 0, "the sequence is negative")
	fault(m.Stamp.IsZero(), "the stamp is missing")
	fault(m.Start.IsZero(), "the start is missing")
	fault(!m.End.IsZero() && !m.End.After(m.Start), "the end is not after the start")
	fault(!isAddress(m.Organizer.Addr), "the organizer's address cannot be written")
	fault(len(m.Attendees) == 0, "nobody is invited")
	for i, a := range m.Attendees {
		fault(!isAddress(a.Addr), fmt.Sprintf("the address of attendee %d cannot be written", i+1))
	}
	return errors.Join(errs...)
}

func isPrintable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

// isAddress tells an ASCII addr-spec that stands in a mailto: URI as it is (RFC 6068 section 2).
func isAddress(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return at > 0 && at+1 < len(s) && isPrintable(s) && !strings.ContainsAny(s, `"<>\^{}|[]%?#,;:()`+"`")
}

// zone is the definition of Asia/Tokyo, RFC 5545 section 3.6.5.
func zone() *ical.Component {
	standard := ical.NewComponent(ical.CompTimezoneStandard)
	begin := ical.NewProp(ical.PropDateTimeStart)
	begin.Value = "19700101T000000"
	standard.Props.Set(begin)
	for _, name := range []string{ical.PropTimezoneOffsetFrom, ical.PropTimezoneOffsetTo} {
		offset := ical.NewProp(name)
		offset.Value = "+0900"
		standard.Props.Set(offset)
	}
	setText(standard.Props, ical.PropTimezoneName, "JST")
	c := ical.NewComponent(ical.CompTimezone)
	setText(c.Props, ical.PropTimezoneID, tokyo.String())
	c.Children = []*ical.Component{standard}
	return c
}

func (m Meeting) event(method Method) *ical.Component {
	end := m.End
	if end.IsZero() {
		end = m.Start.Add(defaultLength)
	}
	c := ical.NewComponent(ical.CompEvent)
	setText(c.Props, ical.PropUID, m.UID)
	c.Props.SetDateTime(ical.PropDateTimeStamp, m.Stamp.UTC())
	c.Props.SetDateTime(ical.PropDateTimeStart, m.Start.In(tokyo))
	c.Props.SetDateTime(ical.PropDateTimeEnd, end.In(tokyo))
	sequence := ical.NewProp(ical.PropSequence)
	sequence.Value = strconv.Itoa(m.Sequence)
	c.Props.Set(sequence)
	setText(c.Props, ical.PropSummary, oneLine(m.Summary))
	setText(c.Props, ical.PropLocation, oneLine(m.Location))
	setText(c.Props, ical.PropDescription, clean(m.Description))
	setText(c.Props, ical.PropTransparency, "OPAQUE")
	status := "CONFIRMED"
	if method == Cancel {
		status = "CANCELLED"
	}
	setText(c.Props, ical.PropStatus, status)
	c.Props.Set(calendarUser(ical.PropOrganizer, m.Organizer))
	for _, a := range m.Attendees {
		c.Props.Add(a.prop(method))
	}
	return c
}

func (a Attendee) prop(method Method) *ical.Prop {
	p := calendarUser(ical.PropAttendee, a.Address)
	p.Params.Set(ical.ParamRole, "REQ-PARTICIPANT")
	if a.Optional {
		p.Params.Set(ical.ParamRole, "OPT-PARTICIPANT")
	}
	if method == Request {
		p.Params.Set(ical.ParamParticipationStatus, "NEEDS-ACTION")
		p.Params.Set(ical.ParamRSVP, "TRUE")
	}
	return p
}

// calendarUser is an address with its name, RFC 5545 section 3.3.3. A parameter cannot hold a double quote (3.2).
func calendarUser(name string, a casework.Address) *ical.Prop {
	p := ical.NewProp(name)
	p.Value = "mailto:" + a.Addr
	if cn := strings.ReplaceAll(oneLine(a.Name), `"`, "'"); cn != "" {
		p.Params.Set(ical.ParamCommonName, cn)
	}
	return p
}

func setText(props ical.Props, name, text string) {
	if text != "" {
		props.SetText(name, text)
	}
}
