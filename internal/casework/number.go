package casework

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Numbers are the series as this transaction has them: the last number used of each. Decide counts them up
// in the Outcome; only the transaction that writes the Outcome makes them real (trust.md S6).
type Numbers struct {
	FiscalYear   int   // from April
	Case         int64 // id of the last case
	Receipt      int   // E26-…, by fiscal year
	Registration int   // 2026-KOB-…, by fiscal year and office
	Member       int   // M-…, one series for all years
	Inquiry      int   // Q26-…, by fiscal year
}

// FiscalYear returns the Japanese fiscal year of an instant: April to March, Asia/Tokyo.
func FiscalYear(t time.Time) int {
	t = t.In(JST)
	if t.Month() < time.April {
		return t.Year() - 1
	}
	return t.Year()
}

func (n *Numbers) nextReceipt() string {
	n.Receipt++
	return fmt.Sprintf("E%02d-%05d", n.FiscalYear%100, n.Receipt)
}

func (n *Numbers) nextRegistration(office string) string {
	n.Registration++
	return withDamm(fmt.Sprintf("%04d-%s-%05d", n.FiscalYear, office, n.Registration))
}

func (n *Numbers) nextMember() string {
	n.Member++
	return withDamm(fmt.Sprintf("M-%05d", n.Member))
}

func (n *Numbers) nextInquiry() string {
	n.Inquiry++
	return fmt.Sprintf("Q%02d-%05d", n.FiscalYear%100, n.Inquiry)
}

func withDamm(s string) string { return s + "-" + strconv.Itoa(damm(s)) }

// dammTable is the totally anti-symmetric quasigroup of order 10 of H. M. Damm's thesis (2004).
var dammTable = [10][10]int{
	{0, 3, 1, 7, 5, 9, 8, 6, 4, 2}, {7, 0, 9, 2, 1, 5, 4, 8, 6, 3}, {4, 2, 0, 6, 8, 7, 1, 3, 5, 9},
	{1, 7, 5, 0, 9, 8, 3, 4, 2, 6}, {6, 1, 2, 3, 0, 4, 5, 9, 7, 8}, {3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
	{5, 8, 6, 9, 7, 2, 0, 1, 3, 4}, {8, 9, 4, 5, 3, 6, 2, 0, 1, 7}, {9, 4, 3, 8, 6, 1, 7, 2, 0, 5},
	{2, 5, 8, 1, 4, 3, 6, 7, 9, 0}}

// damm returns the check digit over the digits of s; letters and dashes do not count.
func damm(s string) int {
	interim := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			interim = dammTable[interim][r-'0']
		}
	}
	return interim
}

var (
	registrationShape = regexp.MustCompile(`^\d{4}-[A-Z]{2,5}-\d{5,7}-\d$`)
	memberShape       = regexp.MustCompile(`^M-\d{5,7}-\d$`)
	receiptShape      = regexp.MustCompile(`^E\d{2}-\d{5,7}$`)
	inquiryShape      = regexp.MustCompile(`^Q\d{2}-\d{5,7}$`)
)

// NumberKind says what kind of number a text is.
type NumberKind string

// The four series, architecture.md rule 6.
const (
	NumberNone         NumberKind = ""
	NumberRegistration NumberKind = "registration"
	NumberMember       NumberKind = "member"
	NumberReceipt      NumberKind = "receipt"
	NumberInquiry      NumberKind = "inquiry"
)

// ParseNumber tells which series a number, already folded to ASCII upper case, belongs to; ok is false
// when it has that series' shape but a wrong check digit.
func ParseNumber(s string) (kind NumberKind, ok bool) {
	switch {
	case registrationShape.MatchString(s):
		return NumberRegistration, checked(s)
	case memberShape.MatchString(s):
		return NumberMember, checked(s)
	case receiptShape.MatchString(s):
		return NumberReceipt, true
	case inquiryShape.MatchString(s):
		return NumberInquiry, true
	}
	return NumberNone, false
}

func checked(s string) bool {
	i := strings.LastIndexByte(s, '-')
	return strconv.Itoa(damm(s[:i])) == s[i+1:]
}

// Grouped is a number as letters write it, with a comma at each thousand: 1,234,567.
func Grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
