// Package entrysheet reads the consortium's entry sheet (エントリーシート) out of
// a workbook's bytes, says what is missing, and colours the sender's own file.
//
// Read, in steps:
//
//  1. Sniff looks at the bytes, never at a name: package, OLE file, other.
//  2. The zip directory is counted and measured against Limits before one byte
//     of it is expanded; parts that are not needed are never expanded at all.
//     A .xls is read by package biff into the same grids, and goes on with 5.
//  3. excelize opens the head of the package (workbook, styles): sheets, their
//     visibility, the date system, number formats.
//  4. Each visible sheet is scanned as a stream: cells with text, merged
//     blocks, rows, columns, floating check boxes. Furigana runs are left out,
//     and so are cells on hidden rows and columns: no person sees them.
//  5. Each floating box gets its state from what property part, legacy drawing
//     and linked cell say together (settleControls).
//  6. Each text is folded and looked up as a label, a section's title or the
//     text of a check box. The sheet on which most is found is the form;
//     where too little is found the file is an ordinary workbook.
//  7. A label belongs to the section it stands in; its answer is the block to
//     the right, else below, or what follows a colon in its own cell.
//  8. Each answer is understood by its field's form (date, amount, phone …),
//     what was typed is kept beside it, and the layout's rules make Problems:
//     all of them at once, each at the cell where a person would answer.
//
// Mark patches cell styles, styles, comments and the legacy drawing in the
// sender's package; every other part keeps its compressed bytes. Convert makes
// a .xlsx of a .xls, which cannot be patched.
//
// What leaves goes the same way: Besides and Mentions tell what a workbook holds
// besides the form, Clean takes out what can run or reaches outside, Fill writes
// values into an agency's own form. ReadPairs reads small forms that nobody
// described in a layout.
//
// The package is pure: bytes, layout, date and limits in, a value out.
package entrysheet

// Kind says what a file turned out to be.
type Kind string

// The kinds of file.
const (
	KindEntrySheet    Kind = "entry-sheet"    // the form was found and read
	KindOtherWorkbook Kind = "other-workbook" // a workbook without the form: an ordinary attachment
	KindLocked        Kind = "locked"         // an encrypted package: a password is needed
	KindUnreadable    Kind = "unreadable"     // a workbook that cannot be read, see Error and Reason
	KindNotWorkbook   Kind = "not-workbook"   // no workbook at all
)

// Severity says what a Problem means for the case.
type Severity string

// The severities. A check box whose state cannot be read is a warning with
// Unreadable set: it alone neither returns a sheet nor lets it register.
const (
	SeverityError   Severity = "error"   // the sheet is returned
	SeverityWarning Severity = "warning" // registered, and told to the concierge
)

// Problem is one thing to settle, at the cell where a person would settle it.
type Problem struct {
	Field    string   // key of entry-sheet.md, such as "company.name"
	Severity Severity // SeverityError or SeverityWarning
	Sheet    string   // sheet name
	Cell     string   // top-left cell of the answer's block, such as "I12"; "" where the form lacks the label
	Found    string   // what stands there, as typed; "" when blank
	Wanted   string   // Japanese, polite, a complete sentence that can stand in a letter

	// Unreadable marks a check box (form control) whose state this program
	// cannot read. It is never "unchecked": when nothing else is wrong the
	// sheet goes to the clerk, not back to its sender.
	Unreadable bool
}

// Cell says where a value was read, what was typed, and by which rule.
type Cell struct {
	Sheet string // sheet name
	Cell  string // top-left cell of the block, such as "I12"
	Raw   string // as typed
	Rule  string // for people: "right of 企業名", "below 企業名", "after the colon of 企業名", "check marks of 13 boxes"
}

// Box says how one check box of the form was read.
type Box struct {
	Name  string // as the layout calls it: "01 市場情報"
	Sheet string // sheet name
	Cell  string // where the mark stands or would stand
	Raw   string // mark and text as typed
	State BoxState
	By    string // what told the state, where a control over the cells has it
}

// BoxState is what a check box says.
type BoxState string

// The states of a box.
const (
	BoxChecked    BoxState = "checked"
	BoxUnchecked  BoxState = "unchecked"
	BoxOdd        BoxState = "unclear"    // ×, a grey box, another sign: asked about
	BoxUnreadable BoxState = "unreadable" // a control whose state cannot be told
)

// Value is one of string, int64 (yen, people), bool (confirmations),
// []int (request items) and []string (countries).
type Value = any

// Sheet is what a file shows. Values has the keys of entry-sheet.md: a field
// that the form lacks is absent, one that is blank is "" (or an empty slice).
// A confirmation whose box cannot be read is absent.
type Sheet struct {
	Kind   Kind
	Layout string // name of the layout; set for entry sheets
	Error  string // for unreadable, locked, not-workbook: English, for operators, without content of the file
	Reason string // the same in Japanese, for people: a complete sentence

	Name             string // name of the sheet on which the form was found
	Values           map[string]Value
	Cells            map[string]Cell
	Boxes            []Box     // in the layout's order
	Problems         []Problem // in the layout's order
	ChecksUnreadable bool      // at least one Problem is Unreadable
}

// Text returns a text value, "" where there is none.
func (s *Sheet) Text(key string) string { v, _ := s.Values[key].(string); return v }

// Ints returns the numbers of a set of boxes (request.items).
func (s *Sheet) Ints(key string) []int { v, _ := s.Values[key].([]int); return v }

// Strings returns a list of texts (company.countries).
func (s *Sheet) Strings(key string) []string { v, _ := s.Values[key].([]string); return v }

// Bool returns a confirmation; false also where it could not be read.
func (s *Sheet) Bool(key string) bool { v, _ := s.Values[key].(bool); return v }

// Int returns an amount in yen or a number of people.
func (s *Sheet) Int(key string) (int64, bool) { v, ok := s.Values[key].(int64); return v, ok }

// HasErrors reports whether the sheet must go back to its sender.
func (s *Sheet) HasErrors() bool {
	for _, p := range s.Problems {
		if p.Severity == SeverityError {
			return true
		}
	}
	return false
}

// Unclear reports whether only check boxes that cannot be read stand between
// this sheet and its registration: a clerk must look at it.
func (s *Sheet) Unclear() bool { return s.ChecksUnreadable && !s.HasErrors() }

// Limits bounds a workbook (trust.md "Bounds"). Zero in a field forbids all.
type Limits struct {
	Unpacked      int64 // bytes of all parts, declared and real
	RatioFrom     int64 // unpacked bytes from which Ratio is asked
	Ratio         int64 // unpacked bytes for each byte of the file
	Parts         int   // entries in the zip directory
	Sheets        int
	Cells         int   // cells on all visible sheets, blank ones included
	Merges        int   // merged blocks on all visible sheets
	SharedStrings int   // counted before one is kept
	Text          int   // bytes of all texts kept
	Head          int64 // bytes of the workbook part, and of the styles part before they are ignored
}

// DefaultLimits returns the bounds of trust.md.
func DefaultLimits() Limits {
	return Limits{
		Unpacked: 64 << 20, RatioFrom: 10 << 20, Ratio: 100, Parts: 10_000,
		Sheets: 200, Cells: 500_000, Merges: 20_000, SharedStrings: 100_000,
		Text: 16 << 20, Head: 1 << 20,
	}
}
