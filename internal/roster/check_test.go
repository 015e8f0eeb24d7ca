package roster

import (
	"strings"
	"testing"
)

func TestFaults(t *testing.T) {
	for _, tc := range []struct {
		rule  string
		spoil func(*Data)
		field string
		value string
		hint  string // a part of it
	}{
		{"a clerk without a name", func(d *Data) { d.Clerks[0].Name = " " }, "clerk[0].name", " ", "missing"},
		{"a name of two lines", func(d *Data) { d.Clerks[0].Name = "佐\r\nBcc: x" }, "clerk[0].name", "佐\r\nBcc: x", "one line"},
		{"a clerk's bad address", func(d *Data) { d.Clerks[0].Mail = "佐藤 <sato@jetro.example>" }, "clerk[0].mail", "佐藤 <sato@jetro.example>", "alone"},
		{"two clerks of one address", func(d *Data) { d.Clerks[1] = Clerk{Name: "x", Mail: "SATO@jetro.example"} }, "clerk[1].mail", "SATO@jetro.example", "clerk[0]"},
		{"until before from", func(d *Data) { d.Clerks[1].From = day("2026-04-01") }, "clerk[1].until", "2026-03-31", "2026-04-01"},
		{"a concierge's code twice", func(d *Data) { d.Concierges[1].Code = "takahashi"; d.Concierges[0].Absences = nil }, "concierge[1].code", "takahashi", "concierge[0]"},
		{"a code with a space", func(d *Data) { d.Concierges[1].Code = "IN OUE"; d.Concierges[0].Absences = nil }, "concierge[1].code", "IN OUE", "letters"},
		{"two concierges of one address", func(d *Data) { d.Concierges[1].Mail = "Takahashi@jetro.example" }, "concierge[1].mail", "Takahashi@jetro.example", "own"},
		{"an unknown prefecture", func(d *Data) { d.Concierges[0].Prefectures[0] = "兵庫" }, "concierge[0].prefectures[0]", "兵庫", "兵庫県?"},
		{"a city for a prefecture", func(d *Data) { d.Concierges[0].Prefectures[0] = "神戸市" }, "concierge[0].prefectures[0]", "神戸市", "兵庫県?"},
		{"item 14", func(d *Data) { d.Concierges[0].Items[0] = 14 }, "concierge[0].items[0]", "14", "1 to 13"},
		{"an item twice", func(d *Data) { d.Concierges[0].Items[1] = 1 }, "concierge[0].items[1]", "1", "twice"},
		{"a capacity below nothing", func(d *Data) { d.Concierges[0].Capacity = -1 }, "concierge[0].capacity", "-1", "no limit"},
		{"an unknown deputy", func(d *Data) { d.Concierges[0].Absences[0].Deputy = "INOU" }, "concierge[0].absence[0].deputy", "INOU", "INOUE?"},
		{"no deputy", func(d *Data) { d.Concierges[0].Absences[0].Deputy = "" }, "concierge[0].absence[0].deputy", "", "missing"},
		{"one's own deputy", func(d *Data) { d.Concierges[0].Absences[0].Deputy = "takahashi" }, "concierge[0].absence[0].deputy", "takahashi", "another"},
		{"an absence without an end", func(d *Data) { d.Concierges[0].Absences[0].Until = 0 }, "concierge[0].absence[0]", "2026-12-21-", "both"},
		{"an agency's code twice", func(d *Data) { d.Agencies[1].Code = "minato-bank" }, "agency[1].code", "minato-bank", "agency[0]"},
		{"an agency without a code", func(d *Data) { d.Agencies[1].Code = "" }, "agency[1].code", "", "missing"},
		{"an agency without a window", func(d *Data) { d.Agencies[1].Window = "" }, "agency[1].window", "", "fax_only"},
		{"a window of two agencies", func(d *Data) { d.Agencies[1].Window = d.Agencies[0].Window }, "agency[1].window", "kaigai@minato-bank.example", "MINATO-BANK"},
		{"a person of two agencies", func(d *Data) {
			d.Agencies[1].People = []Person{{Name: "田中", Mail: "tanaka@minato-bank.example"}}
		}, "agency[1].person[0].mail", "tanaka@minato-bank.example", "agency[0]"},
		{"a person twice", func(d *Data) { d.Agencies[0].People[1] = d.Agencies[0].People[0] }, "agency[0].person[1].mail", "tanaka@minato-bank.example", "once"},
		{"a domain of two agencies", func(d *Data) { d.Agencies[1].Domains = []string{"Minato-Bank.example"} }, "agency[1].domains[0]", "Minato-Bank.example", "agency[0]"},
		{"free mail", func(d *Data) { d.Agencies[1].Domains[0] = "GMAIL.com" }, "agency[1].domains[0]", "GMAIL.com", "anybody"},
		{"a Japanese carrier", func(d *Data) { d.Agencies[1].Domains[0] = "docomo.ne.jp" }, "agency[1].domains[0]", "docomo.ne.jp", "person"},
		{"a provider's subdomain", func(d *Data) { d.Agencies[1].Domains[0] = "rose.ocn.ne.jp" }, "agency[1].domains[0]", "rose.ocn.ne.jp", "ocn.ne.jp"},
		{"a public suffix", func(d *Data) { d.Agencies[1].Domains[0] = "lg.jp" }, "agency[1].domains[0]", "lg.jp", "public suffix"},
		{"a top-level domain", func(d *Data) { d.Agencies[1].Domains[0] = "jp" }, "agency[1].domains[0]", "jp", "no mail domain"},
		{"an address for a domain", func(d *Data) { d.Agencies[1].Domains[0] = "@kobe-cci.example" }, "agency[1].domains[0]", "@kobe-cci.example", "domain alone"},
		{"a wildcard", func(d *Data) { d.Agencies[1].Domains[0] = "*.kobe-cci.example" }, "agency[1].domains[0]", "*.kobe-cci.example", "no subdomains"},
		{"a blank spelling", func(d *Data) { d.Agencies[0].Spellings[0] = "株式会社" }, "agency[0].spellings[0]", "株式会社", "blank"},
		{"an unknown charset", func(d *Data) { d.Agencies[0].Charset = "sjis" }, "agency[0].charset", "sjis", "iso-2022-jp"},
		{"an unknown way for passwords", func(d *Data) { d.Agencies[0].Referral.Password = "fax" }, "agency[0].referral.password", "fax", "agreed"},
		{"agreed, but nowhere", func(d *Data) { d.Agencies[0].Referral.Password = "agreed" }, "agency[0].referral.password", "agreed", "agreed_password_file"},
		{"a password that is not agreed", func(d *Data) { d.Agencies[0].Referral.AgreedPasswordEnv = "X" }, "agency[0].referral.password", "", "agreed"},
		{"a size below nothing", func(d *Data) { d.Agencies[0].Referral.MaxMB = -5 }, "agency[0].referral.max_mb", "-5", "megabytes"},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			d := sample()
			tc.spoil(&d)
			r, faults := New(d)
			if r != nil || len(faults) != 1 {
				t.Fatalf("roster %v, faults %q; want one fault", r != nil, faults)
			}
			if f := faults[0]; f.Field != tc.field || f.Value != tc.value || !strings.Contains(f.Hint, tc.hint) {
				t.Errorf("fault = %v\nwant %s = %q: …%s…", f, tc.field, tc.value, tc.hint)
			}
		})
	}
}

func TestAllFaultsComeAtOnce(t *testing.T) {
	d := sample()
	d.Clerks[0].Mail = "x"
	d.Concierges[0].Items = []int{0, 99}
	d.Agencies[0].Domains = []string{"yahoo.co.jp", "ezweb.ne.jp", "outlook.jp"}
	d.Agencies[1].Code = "MINATO-BANK"
	if _, faults := New(d); len(faults) != 7 {
		t.Errorf("%d faults, want 7: %q", len(faults), faults)
	}
}

func TestWhatIsNoFault(t *testing.T) {
	for rule, change := range map[string]func(*Data){
		"a code that two rows have one after the other": func(d *Data) {
			d.Agencies[0].Until = day("2026-03-31")
			next := d.Agencies[0]
			next.From, next.Until = day("2026-04-01"), 0
			d.Agencies = append(d.Agencies, next)
		},
		"a window that is also a person":    func(d *Data) { d.Agencies[0].Window = "tanaka@minato-bank.example" },
		"a clerk who is an agency's person": func(d *Data) { d.Agencies[1].Window = "sato@jetro.example" },
		"a person who moves to another agency": func(d *Data) {
			d.Agencies[1].People = []Person{{Name: "元田", Mail: "motoda@minato-bank.example", From: day("2026-11-01")}}
		},
		"an old carrier address with two dots": func(d *Data) { d.Agencies[1].People = []Person{{Name: "x", Mail: "a..b.@docomo.ne.jp"}} },
		"an agency without mail":               func(d *Data) { d.Agencies[1].Window, d.Agencies[1].Referral.FaxOnly = "", true },
		"a local government's domain":          func(d *Data) { d.Agencies[1].Domains = []string{"pref.hyogo.lg.jp"} },
		"an agreed password in a file":         func(d *Data) { d.Agencies[1].Referral = Referral{Password: "agreed", AgreedPasswordFile: "x"} },
		"two agencies of one name":             func(d *Data) { d.Agencies[1].Name = d.Agencies[0].Name },
		"no rows at all":                       func(d *Data) { *d = Data{} },
	} {
		d := sample()
		change(&d)
		if _, faults := New(d); len(faults) > 0 {
			t.Errorf("%s: %q", rule, faults)
		}
	}
}

func TestNewKeepsItsOwnRows(t *testing.T) {
	d := sample()
	r := newRoster(t, d)
	d.Agencies[0].Name, d.Concierges[0].Name = "changed", "changed"
	if a, _ := r.Agency("MINATO-BANK", today); a.Name != "みなと銀行" {
		t.Error("the roster changed with its caller's rows")
	}
}

func TestDays(t *testing.T) {
	for text, ok := range map[string]bool{"2026-04-01": true, "2026-02-30": false, "2026/04/01": false, "": false, "0000-01-01": false} {
		var d Day
		err := d.UnmarshalText([]byte(text))
		if (err == nil) != ok || ok && d.String() != text {
			t.Errorf("%q: %v, %q", text, err, d)
		}
	}
}

func TestSameAddress(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want bool
	}{
		{"Tanaka@Minato-Bank.example", "tanaka@minato-bank.EXAMPLE", true},
		{"x@みなと.example", "x@xn--o9jd6d.example", true},
		{"x@ｍinato.example", "x@minato.example", false},
		{"x", "x", false},
	} {
		if got := SameAddress(tc.a, tc.b); got != tc.want {
			t.Errorf("SameAddress(%q, %q) = %v", tc.a, tc.b, got)
		}
	}
}
