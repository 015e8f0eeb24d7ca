package casework

import "testing"

func TestCheckDigitsOfTheSpecHold(t *testing.T) {
	for _, tc := range []struct {
		number string
		kind   NumberKind
		ok     bool
	}{
		{"2026-KOB-00042-5", NumberRegistration, true},
		{"2026-KOB-00001-4", NumberRegistration, true},
		{"2026-KOB-00042-6", NumberRegistration, false},
		{"M-00042-7", NumberMember, true},
		{"M-00024-7", NumberMember, false},
		{"E26-00123", NumberReceipt, true},
		{"Q26-00031", NumberInquiry, true},
		{"X26-00031", NumberNone, false},
	} {
		kind, ok := ParseNumber(tc.number)
		if kind != tc.kind || ok != tc.ok {
			t.Errorf("ParseNumber(%q) = %q, %v; want %q, %v", tc.number, kind, ok, tc.kind, tc.ok)
		}
	}
}
