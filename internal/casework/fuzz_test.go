package casework

import (
	"testing"
	"time"
)

func TestParseDayReadsWhatPeopleType(t *testing.T) {
	for in, want := range map[string]string{
		"2026-12-28": "2026-12-28", "2026/12/28": "2026-12-28", "2026年12月28日": "2026-12-28", "２０２６．１２．２８": "2026-12-28",
		"令和8年12月28日": "2026-12-28", "R8.12.28": "2026-12-28", "令和元年5月1日": "2019-05-01",
		"12/28": "2026-12-28", "11/16": "2026-11-16", "11月15日": "2027-11-15", "1/5": "2027-01-05", "2/29": "",
		"2026-02-29": "", "2028-02-29": "2028-02-29", "2026-13-01": "", "0/0": "", "": "", "来週": "", "28日": "",
	} {
		got, ok := ParseDay(in, noon)
		if ok != (want != "") || ok && got != want {
			t.Errorf("ParseDay(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
	if got := JapaneseDay("2026-12-28"); got != "2026年12月28日（月）" {
		t.Errorf("JapaneseDay = %s", got)
	}
	if got := JapaneseDay("いつか"); got != "いつか" {
		t.Errorf("JapaneseDay = %s", got)
	}
}

func FuzzParseDay(f *testing.F) {
	for _, s := range []string{"2026-12-28", "令和8年12月28日", "R元.5.1", "12/28", "２/３", "9999-99-99", "２０２６年１月１日"} {
		f.Add(s, int64(1_763_000_000))
	}
	f.Fuzz(func(t *testing.T, s string, unix int64) {
		now := time.Unix(unix%4_000_000_000, 0)
		day, ok := ParseDay(s, now)
		if !ok {
			return
		}
		if _, err := time.Parse("2006-01-02", day); err != nil {
			t.Errorf("ParseDay(%q) = %q", s, day)
		}
		if again, ok := ParseDay(day, now); !ok || again != day {
			t.Errorf("ParseDay(%q) = %q, read again %q", s, day, again)
		}
	})
}

func TestParseNumberKnowsItsSeriesAndItsCheckDigit(t *testing.T) {
	n := Numbers{FiscalYear: 2026, Receipt: 99_998, Registration: 99_998, Member: 99_998}
	for range 3 {
		for _, tc := range []struct {
			number string
			kind   NumberKind
		}{{n.nextReceipt(), NumberReceipt}, {n.nextRegistration("KOB"), NumberRegistration}, {n.nextMember(), NumberMember}} {
			if kind, ok := ParseNumber(tc.number); kind != tc.kind || !ok {
				t.Errorf("%s is %q, %v", tc.number, kind, ok)
			}
		}
	}
}

// TestTheCheckDigitFindsOneWrongDigitAndTwoSwapped: that is what Damm's quasigroup promises.
func TestTheCheckDigitFindsOneWrongDigitAndTwoSwapped(t *testing.T) {
	n := Numbers{FiscalYear: 2026}
	for range 200 {
		number := []byte(n.nextRegistration("KOB"))
		for i, c := range number {
			if c < '0' || c > '9' {
				continue
			}
			for d := byte('0'); d <= '9'; d++ {
				number[i] = d
				if _, ok := ParseNumber(string(number)); ok != (d == c) {
					t.Errorf("%s with %c at %d: %v", number, d, i, ok)
				}
			}
			number[i] = c
			if i > 0 && number[i-1] >= '0' && number[i-1] <= '9' && number[i-1] != c {
				number[i], number[i-1] = number[i-1], number[i]
				if _, ok := ParseNumber(string(number)); ok {
					t.Errorf("%s with two digits swapped is taken", number)
				}
				number[i], number[i-1] = number[i-1], number[i]
			}
		}
	}
}

func TestTheFiscalYearBeginsInAprilInJapan(t *testing.T) {
	for at, want := range map[time.Time]int{
		time.Date(2027, 3, 31, 14, 59, 0, 0, time.UTC): 2026, // 23:59 in Japan
		time.Date(2027, 3, 31, 15, 0, 0, 0, time.UTC):  2027,
		time.Date(2026, 4, 1, 0, 0, 0, 0, JST):         2026,
		time.Date(2026, 1, 1, 0, 0, 0, 0, JST):         2025,
	} {
		if got := FiscalYear(at); got != want {
			t.Errorf("FiscalYear(%s) = %d, want %d", at, got, want)
		}
	}
}

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"2026-KOB-00042-5", "M-00042-7", "E26-00123", "Q26-00031", "M-0004-7", "2026-KOB-00042-5\n", "Ｍ－00042-7"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		kind, ok := ParseNumber(s)
		if ok && kind == NumberNone {
			t.Errorf("%q is right but of no series", s)
		}
		if kind == NumberNone {
			return
		}
		for _, r := range s {
			if r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') {
				t.Errorf("%q is taken for a number", s)
			}
		}
	})
}

func FuzzDecodePayload(f *testing.F) {
	for kind, fresh := range payloads {
		data, err := EncodePayload(fresh())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(kind), 1, data)
	}
	f.Add("case-voided", 1, []byte(`{"reason":"重複"}`))
	f.Add("entry-approved", 0, []byte(`{"agency":"MINATO","items":[1,2,99]}`))
	f.Fuzz(func(t *testing.T, kind string, version int, data []byte) {
		p, err := DecodePayload(EventKind(kind), version, data)
		if err != nil {
			return
		}
		again, err := EncodePayload(p)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if _, err := DecodePayload(p.Kind(), p.Version(), again); err != nil {
			t.Errorf("%s does not read what it wrote: %v", kind, err)
		}
		c := Fold([]Event{{Case: 1, At: noon, Payload: p}, {Case: 1, At: noon}})
		for _, party := range parties {
			Disclose(c, party.party)
		}
	})
}
