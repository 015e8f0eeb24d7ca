package roster

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"uketsuke/internal/casework"
)

// noon is midday in Japan of a day such as 2026-11-24.
func noon(day string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, day, casework.JST)
	if err != nil {
		panic(err)
	}
	return t.Add(12 * time.Hour)
}

func day(s string) Day {
	var d Day
	if err := d.UnmarshalText([]byte(s)); err != nil {
		panic(err)
	}
	return d
}

var today = noon("2026-11-24")

// sample is a small office: Kobe, with four agencies.
func sample() Data {
	return Data{
		Clerks: []Clerk{
			{Name: "佐藤 恵子", Mail: "sato@jetro.example"},
			{Name: "前任 一", Mail: "zennin@jetro.example", Until: day("2026-03-31")},
		},
		Concierges: []Concierge{
			{Code: "TAKAHASHI", Name: "高橋 恵", Mail: "takahashi@jetro.example", Phone: "078-000-0001", Office: "ジェトロ神戸",
				Prefectures: []string{"兵庫県"}, Items: []int{1, 6, 7}, Countries: []string{"ベトナム"}, Capacity: 30,
				Absences: []Absence{{From: day("2026-12-21"), Until: day("2026-12-28"), Deputy: "inoue"}}},
			{Code: "INOUE", Name: "井上 誠", Mail: "inoue@jetro.example", Prefectures: []string{"兵庫県"}, Capacity: 20},
			{Code: "OSAKA", Name: "大坂 忍", Mail: "sato@jetro.example", Prefectures: []string{"大阪府", "京都府"}, Items: []int{1}},
		},
		Agencies: []Agency{
			{Code: "MINATO-BANK", Name: "みなと銀行", Spellings: []string{"Minato Bank"}, Window: "kaigai@minato-bank.example", WindowName: "国際部",
				People: []Person{
					{Name: "田中 一郎", Mail: "tanaka@minato-bank.example", From: day("2026-04-01")},
					{Name: "元田 治", Mail: "motoda@minato-bank.example", Until: day("2026-10-31")},
				},
				Domains: []string{"minato-bank.example", "みなと銀行.example"}, Charset: "ISO-2022-JP", Referral: Referral{TextOnly: true}},
			{Code: "HYOGO-CCI", Name: "神戸商工会議所", Spellings: []string{"KCCI"}, Window: "somu@kobe-cci.example", Domains: []string{"kobe-cci.example"}},
			{Code: "SANGYO", Name: "公益財団法人ひょうご産業活性化センター", Window: "info@staff.example", Domains: []string{"hyogo-center.example"}},
			{Code: "OLD-BANK", Name: "旧海峡銀行", Window: "a@kaikyo.example", Domains: []string{"kaikyo.example"}, Until: day("2025-03-31")},
		},
	}
}

func newRoster(t testing.TB, d Data) *Roster {
	t.Helper()
	r, faults := New(d)
	for _, f := range faults {
		t.Errorf("fault: %v", f)
	}
	if len(faults) > 0 {
		t.FailNow()
	}
	return r
}

func TestWhoASenderIs(t *testing.T) {
	r := newRoster(t, sample())
	for _, tc := range []struct {
		rule, addr string
		want       casework.Sender
	}{
		{"a clerk", "sato@jetro.example", casework.Sender{Clerk: true, Concierge: "OSAKA"}},
		{"letter case does not count", "Takahashi@JETRO.Example", casework.Sender{Concierge: "TAKAHASHI"}},
		{"a person of an agency", "tanaka@minato-bank.example", casework.Sender{Agency: "MINATO-BANK", Person: true}},
		{"an agency's window", "kaigai@minato-bank.example", casework.Sender{Agency: "MINATO-BANK", Person: true}},
		{"a window outside the agency's domains", "info@staff.example", casework.Sender{Agency: "SANGYO", Person: true}},
		{"anybody of a rostered domain", "sasaki@minato-bank.example", casework.Sender{Agency: "MINATO-BANK"}},
		{"one whose row has ended is only of the domain", "motoda@minato-bank.example", casework.Sender{Agency: "MINATO-BANK"}},
		{"an internationalised domain as U-label", "x@みなと銀行.example", casework.Sender{Agency: "MINATO-BANK"}},
		{"and as A-label", "x@xn--o9jd6ds801cexk.example", casework.Sender{Agency: "MINATO-BANK"}},
		{"a clerk who has left", "zennin@jetro.example", casework.Sender{}},
		{"a domain's subdomain is not the domain", "x@mail.minato-bank.example", casework.Sender{Nearest: "MINATO-BANK"}},
		{"an agency that has ended", "x@kaikyo.example", casework.Sender{}},
		{"a full-width letter is another address", "tanaka@minato-bank．example", casework.Sender{Nearest: "MINATO-BANK"}},
		{"a Kelvin sign is not a k", "tana\u212Aa@kobe-cci.example", casework.Sender{Agency: "HYOGO-CCI"}},
		{"a Kelvin sign in the domain", "x@minato-ban\u212A.example", casework.Sender{Nearest: "MINATO-BANK"}},
		{"no address at all", "田中", casework.Sender{}},
		{"empty", "", casework.Sender{}},
	} {
		tc.want.Address = casework.Address{Addr: tc.addr}
		if got := r.Sender(tc.want.Address, today); got != tc.want {
			t.Errorf("%s: %+v, want %+v", tc.rule, got, tc.want)
		}
	}
	kelvin := r.Sender(casework.Address{Addr: "ta\u006eaKa@minato-bank.example"}, today)
	if !kelvin.Person {
		t.Error("an ASCII capital made another address")
	}
	if s := r.Sender(casework.Address{Addr: "tana\u212Aa@minato-bank.example"}, today); s.Person {
		t.Error("a Kelvin sign in the local part passed as k")
	}
}

func TestRowsCountByTheDayInJapan(t *testing.T) {
	r := newRoster(t, sample())
	lastDay := time.Date(2026, 10, 31, 14, 59, 59, 0, time.UTC) // 23:59:59 in Japan
	motoda := casework.Address{Addr: "motoda@minato-bank.example"}
	if s := r.Sender(motoda, lastDay); !s.Person {
		t.Error("a row's last day does not count to its end")
	}
	if s := r.Sender(motoda, lastDay.Add(time.Second)); s.Person {
		t.Error("a row counts after its last day")
	}
	tanaka := casework.Address{Addr: "tanaka@minato-bank.example"}
	if s := r.Sender(tanaka, time.Date(2026, 3, 31, 14, 59, 59, 0, time.UTC)); s.Person {
		t.Error("a row counts before its first day")
	}
	if s := r.Sender(tanaka, time.Date(2026, 3, 31, 15, 0, 0, 0, time.UTC)); !s.Person {
		t.Error("a row does not count from midnight in Japan on")
	}
}

func TestTheNearestAgencyOfAStranger(t *testing.T) {
	r := newRoster(t, sample())
	for _, tc := range []struct {
		rule string
		from casework.Address
		want string
	}{
		{"one letter missing", casework.Address{Addr: "x@mnato-bank.example"}, "MINATO-BANK"},
		{"two letters changed round", casework.Address{Addr: "x@mianto-bank.example"}, "MINATO-BANK"},
		{"rn for m", casework.Address{Addr: "x@rninato-bank.example"}, "MINATO-BANK"},
		{"a one for an i and a Cyrillic a", casework.Address{Addr: "x@m1nаto-bank.example"}, "MINATO-BANK"},
		{"without its hyphen", casework.Address{Addr: "x@minatobank.example"}, "MINATO-BANK"},
		{"another top level", casework.Address{Addr: "x@minato-bank.co.jp"}, "MINATO-BANK"},
		{"free mail with the agency in the display name", casework.Address{Name: "田中（神戸商工会議所）", Addr: "kcc@gmail.com"}, "HYOGO-CCI"},
		{"a spelling as display name", casework.Address{Name: "MINATO BANK", Addr: "x@somewhere.example"}, "MINATO-BANK"},
		{"nothing near", casework.Address{Name: "山田 太郎", Addr: "yamada@far-away.example"}, ""},
		{"free mail alone", casework.Address{Name: "田中", Addr: "tanaka@gmail.com"}, ""},
		{"an ended agency is not suggested", casework.Address{Addr: "x@kaikyo0.example"}, ""},
	} {
		if got := r.Sender(tc.from, today); got.Nearest != tc.want || got.Known() {
			t.Errorf("%s: %+v, want nearest %q", tc.rule, got, tc.want)
		}
	}
}

func TestAnAgencyAndAConciergeAsTheCoreNeedsThem(t *testing.T) {
	r := newRoster(t, sample())
	a, ok := r.Agency("ｍｉｎａｔｏ-bank", today)
	want := casework.Agency{Code: "MINATO-BANK", Name: "みなと銀行", TextOnly: true, Charset: "iso-2022-jp",
		Window: casework.Address{Name: "国際部", Addr: "kaigai@minato-bank.example"}}
	if !ok || a != want {
		t.Errorf("Agency = %+v, %v", a, ok)
	}
	if _, ok := r.Agency("OLD-BANK", today); ok {
		t.Error("an ended agency is there")
	}
	if _, ok := r.Agency("OLD-BANK", noon("2025-03-31")); !ok {
		t.Error("an agency is not there on its last day")
	}
	c, ok := r.Concierge("takahashi", today)
	if !ok || c.Name != "高橋 恵" || c.Phone != "078-000-0001" || c.Office != "ジェトロ神戸" {
		t.Errorf("Concierge = %+v, %v", c, ok)
	}
	if got := r.AgencyCodes(today); !slices.Equal(got, []string{"HYOGO-CCI", "MINATO-BANK", "SANGYO"}) {
		t.Errorf("AgencyCodes = %v", got)
	}
	if got := r.ConciergeCodes(today); !slices.Equal(got, []string{"INOUE", "OSAKA", "TAKAHASHI"}) {
		t.Errorf("ConciergeCodes = %v", got)
	}
	if got := r.Clerks(today); len(got) != 1 || got[0].Mail != "sato@jetro.example" {
		t.Errorf("Clerks = %v", got)
	}
}

func TestFindConcierge(t *testing.T) {
	d := sample()
	d.Concierges = append(d.Concierges, Concierge{Code: "INOUE2", Name: "井上 花", Mail: "hana@jetro.example"})
	r := newRoster(t, d)
	for typed, want := range map[string]string{
		"TAKAHASHI": "TAKAHASHI", "ｔａｋａｈａｓｈｉ": "TAKAHASHI", "高橋 恵": "TAKAHASHI", "高橋　恵 様": "TAKAHASHI", "高橋恵": "TAKAHASHI", "高橋": "TAKAHASHI",
		"高橋さん": "TAKAHASHI", "takahashi@JETRO.example": "TAKAHASHI", "井上": "", "井上 花": "INOUE2", "高": "", "": "", "髙橋": "",
	} {
		if got, ok := r.FindConcierge(typed, today); got.Code != want || ok != (want != "") {
			t.Errorf("FindConcierge(%q) = %q, %v, want %q", typed, got.Code, ok, want)
		}
	}
}

// many is a roster of n agencies.
func many(n int) Data {
	d := sample()
	for i := range n {
		d.Agencies = append(d.Agencies, Agency{
			Code: fmt.Sprintf("A%05d", i), Name: fmt.Sprintf("第%d支援機構", i), Window: fmt.Sprintf("window@agency%05d.example", i),
			Domains: []string{fmt.Sprintf("agency%05d.example", i)}, People: []Person{{Name: "人", Mail: fmt.Sprintf("p@agency%05d.example", i)}},
		})
	}
	return d
}

func TestProperty_NobodyOutsideTheRosterIsKnown(t *testing.T) {
	r := newRoster(t, sample())
	local := rapid.StringMatching(`[a-z0-9._-]{1,12}`)
	rapid.Check(t, func(t *rapid.T) {
		addr := local.Draw(t, "local") + "@" + rapid.OneOf(
			rapid.StringMatching(`[a-z0-9.-]{1,20}\.example`), rapid.String(),
			rapid.Map(local, func(s string) string { return s + ".minato-bank.example" }),
		).Draw(t, "domain")
		s := r.Sender(casework.Address{Addr: addr}, today)
		_, domain, ok := canonical(addr)
		rostered := ok && (strings.HasSuffix(domain, "jetro.example") || len(r.domains[domain]) > 0 || domain == "staff.example")
		if s.Known() && !rostered {
			t.Fatalf("%q is known: %+v", addr, s)
		}
	})
}

func TestProperty_EveryRowIsFoundByItsOwnNameCodeAndAddress(t *testing.T) {
	d := many(300)
	r := newRoster(t, d)
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SampledFrom(d.Agencies).Filter(func(a Agency) bool { return a.Until == 0 }).Draw(t, "agency")
		want := casework.AgencyMatch{Code: a.Code}
		if got, ok := r.FindAgency(a.Name, today); !ok || got != want {
			t.Fatalf("FindAgency(%q) = %+v, %v", a.Name, got, ok)
		}
		if got, ok := r.FindAgency(strings.ToLower(a.Code), today); !ok || got != want {
			t.Fatalf("FindAgency(%q) = %+v, %v", a.Code, got, ok)
		}
		if s := r.Sender(casework.Address{Addr: strings.ToUpper(a.Window)}, today); s.Agency != a.Code || !s.Person {
			t.Fatalf("Sender(%q) = %+v", a.Window, s)
		}
	})
}

func BenchmarkSenderOf5000Agencies(b *testing.B) {
	r := newRoster(b, many(5000))
	for name, addr := range map[string]string{"rostered": "p@agency04999.example", "stranger": "x@agencies04999.example.com"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Sender(casework.Address{Addr: addr}, today)
			}
		})
	}
}

func BenchmarkFindAgencyOf5000(b *testing.B) {
	r := newRoster(b, many(5000))
	for name, typed := range map[string]string{"exact": "第4999支援機構", "near": "第4999支援機構 神戸支店", "unknown": "どこにもない商工会連合会"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.FindAgency(typed, today)
			}
		})
	}
}

func BenchmarkNewOf5000(b *testing.B) {
	d := many(5000)
	for b.Loop() {
		if _, faults := New(d); len(faults) > 0 {
			b.Fatal(faults[0])
		}
	}
}

func TestOtherOfficesCountFromTheirFirstToTheirLastDay(t *testing.T) {
	until, err := time.Parse(time.DateOnly, "2027-03-31")
	if err != nil {
		t.Fatal(err)
	}
	r, faults := New(Data{Offices: []Other{{Code: "osa", Name: "ジェトロ大阪", Mailbox: "intake@osaka.example", Until: dayOf(until)}}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if got := r.Offices(until); len(got) != 1 || got[0].Code != "OSA" || got[0].Mailbox != "intake@osaka.example" {
		t.Errorf("on its last day: %+v", got)
	}
	if got := r.Offices(until.AddDate(0, 0, 1)); len(got) != 0 {
		t.Errorf("after it: %+v", got)
	}
}
