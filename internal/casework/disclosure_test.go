package casework

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// marked is a registered case whose every text is a marker of its own, by the path of the field.
func marked(t testing.TB) (Case, map[string]string) {
	t.Helper()
	marks := map[string]string{}
	var entry Entry
	mark(reflect.ValueOf(&entry).Elem(), "", marks)
	c := Fold([]Event{
		{Case: 1, At: noon, Payload: &SheetReceived{Receipt: "E26-00001", Channel: ChannelMail, Submitter: tanaka, Agency: "MINATO", Entry: entry,
			Sheet: SheetFile{Blob: "b", Name: "MARKFILENAME.xlsx"}}},
		{Case: 1, At: noon, Payload: &CaseRegistered{Registration: "2026-KOB-00001-4", Member: "M-00001-3", Agency: "MINATO", AgencyName: "MARKAGENCYNAME", Concierge: "SUZUKI"}},
		{Case: 1, At: noon, Payload: &NoteAdded{Text: "MARKNOTE"}},
		{Case: 1, At: noon, Payload: &CaseVoided{Reason: "MARKREASON"}},
	})
	c.Stage = StageConsulting
	return c, marks
}

var noon = time.Date(2026, 11, 16, 12, 0, 0, 0, JST)

// mark sets each text to one that stands nowhere else and is long enough to be scanned for.
func mark(v reflect.Value, path string, marks map[string]string) {
	for i := range v.NumField() {
		f, name := v.Field(i), strings.TrimPrefix(path+"."+v.Type().Field(i).Tag.Get("json"), ".")
		name, _, _ = strings.Cut(name, ",")
		text := "Mark" + strings.ReplaceAll(strings.ToUpper(name), ".", "")
		switch f.Kind() {
		case reflect.Struct:
			mark(f, name, marks)
		case reflect.String:
			f.SetString(text)
			marks[name] = text
		case reflect.Slice:
			if f.Type().Elem().Kind() == reflect.String {
				f.Set(reflect.ValueOf([]string{text}))
				marks[name] = text
			}
		}
	}
}

var parties = []struct {
	name   string
	party  Party
	sees   bool
	inside bool
}{
	{"clerk", Party{Role: RoleClerk}, true, true},
	{"the case's concierge", Party{RoleConcierge, "SUZUKI"}, true, true},
	{"another concierge", Party{RoleConcierge, "YAMAMOTO"}, false, false},
	{"a concierge without a code", Party{Role: RoleConcierge}, false, false},
	{"the intake agency", Party{RoleIntake, "MINATO"}, true, false},
	{"another agency as intake", Party{RoleIntake, "HYOGO-CCI"}, false, false},
	{"an intake agency without a code", Party{Role: RoleIntake}, false, false},
	{"the company", Party{Role: RoleCompany}, true, false},
	{"a provider", Party{RoleProvider, "HYOGO-CCI"}, false, false},
	{"the intake agency as a provider", Party{RoleProvider, "MINATO"}, false, false},
	{"a stranger", Party{Role: RoleStranger}, false, false},
	{"nobody", Party{}, false, false},
}

func TestDisclosureShowsTheSheetOnlyToWhoMaySeeIt(t *testing.T) {
	c, marks := marked(t)
	marks["file"], marks["agency name"], marks["member"] = "MARKFILENAME", "MARKAGENCYNAME", "M-00001-3"
	for _, p := range parties {
		data, err := json.Marshal(Disclose(c, p.party))
		if err != nil {
			t.Fatal(err)
		}
		for field, m := range marks {
			if got := strings.Contains(string(data), m); got != p.sees {
				t.Errorf("%s sees %s: %v, want %v", p.name, field, got, p.sees)
			}
		}
		for _, m := range []string{"MARKNOTE", "MARKREASON"} {
			if got := strings.Contains(string(data), m); got != p.inside {
				t.Errorf("%s sees %s: %v, want %v", p.name, m, got, p.inside)
			}
		}
		if got := strings.Contains(string(data), "2026-KOB-00001-4") || strings.Contains(string(data), "E26-00001"); got != p.sees {
			t.Errorf("%s sees the case's numbers: %v", p.name, got)
		}
	}
}

func TestDisclosureOfAHeldEntryIsTheClerksAlone(t *testing.T) {
	c := Fold([]Event{{Case: 1, At: noon, Payload: &SheetReceived{Receipt: "E26-00001", Submitter: okamoto, Entry: Entry{Company: Company{Name: "灘酒造"}}}}})
	for _, p := range parties {
		if got := Disclose(c, p.party).Entry != nil; got != (p.party.Role == RoleClerk || p.party.Role == RoleCompany) {
			t.Errorf("%s sees a held sheet: %v", p.name, got)
		}
	}
}

func TestDisclosureGuardStopsTheSheetForWhoMayNotSeeIt(t *testing.T) {
	c, _ := marked(t)
	c.Supports = []Support{{ID: "Q26-00001", Agency: "HYOGO-CCI"}, {ID: "Q26-00002", Agency: "MINATO"}}
	addresses := map[Party]Address{{Role: RoleClerk}: saeki, {RoleConcierge, "SUZUKI"}: suzuki, {RoleConcierge, "YAMAMOTO"}: yamamoto,
		{RoleIntake, "MINATO"}: tanaka, {RoleIntake, "HYOGO-CCI"}: yamaguchi, {RoleProvider, "HYOGO-CCI"}: yamaguchi, {RoleProvider, "MINATO"}: tanaka}
	for _, p := range parties {
		to, rostered := addresses[p.party]
		d := Departure{Kind: LetterAnswer, Party: p.party, To: []string{to.Addr}}
		if err := MayLeave(c, d, newRoster(), noon); (err == nil) != rostered {
			t.Errorf("%s, a letter without the sheet: %v", p.name, err)
		}
		d.Sheet = true
		err := MayLeave(c, d, newRoster(), noon)
		if (err == nil) != (p.sees && rostered) {
			t.Errorf("%s, a letter with the sheet: %v", p.name, err)
		}
		var g *Guard
		if err != nil && !errors.As(err, &g) {
			t.Errorf("%s: %T is no Guard", p.name, err)
		}
	}
}

func TestDisclosureGuardAsksTodaysRosterAndTodaysCase(t *testing.T) {
	brief := Departure{Kind: LetterBrief, Party: Party{RoleConcierge, "SUZUKI"}, To: []string{suzuki.Addr}, Sheet: true}
	certificate := Departure{Kind: LetterRegistered, Party: Party{RoleIntake, "MINATO"}, To: []string{tanaka.Addr, minatoDesk.Addr}, Sheet: true}
	clerk := Departure{Kind: LetterHeld, Party: Party{Role: RoleClerk}, To: []string{saeki.Addr, otsuka.Addr}, Sheet: true}
	rejected := Departure{Kind: LetterRejected, Party: Party{Role: RoleIntake}, To: []string{okamoto.Addr}}
	for rule, tc := range map[string]struct {
		d      Departure
		change func(*Case, *fakeRoster, *Departure)
		leaves bool
	}{
		"a brief to its concierge":                       {brief, nil, true},
		"the concierge left the roster":                  {brief, func(_ *Case, r *fakeRoster, _ *Departure) { r.ended["SUZUKI"] = true }, false},
		"the case went to another concierge":             {brief, func(c *Case, _ *fakeRoster, _ *Departure) { c.Concierge = "YAMAMOTO" }, false},
		"the concierge's address is somebody else's now": {brief, func(_ *Case, _ *fakeRoster, d *Departure) { d.To = []string{yamamoto.Addr} }, false},
		"a certificate to its agency":                    {certificate, nil, true},
		"the agency left the roster":                     {certificate, func(_ *Case, r *fakeRoster, _ *Departure) { r.ended["MINATO"] = true }, false},
		"one address is not the agency's":                {certificate, func(_ *Case, _ *fakeRoster, d *Departure) { d.To = append(d.To, yamaguchi.Addr) }, false},
		"one address is in no roster":                    {certificate, func(_ *Case, _ *fakeRoster, d *Departure) { d.To = append(d.To, okamoto.Addr) }, false},
		"the case is another agency's now":               {certificate, func(c *Case, _ *fakeRoster, _ *Departure) { c.Agency = "HYOGO-CCI" }, false},
		"the registration is void":                       {certificate, func(c *Case, _ *fakeRoster, _ *Departure) { c.Stage = StageVoid }, false},
		"there is no registration":                       {certificate, func(c *Case, _ *fakeRoster, _ *Departure) { c.Registration = "" }, false},
		"a question to the clerks":                       {clerk, nil, true},
		"one of them is no clerk any more":               {clerk, func(_ *Case, r *fakeRoster, _ *Departure) { r.ended[otsuka.Addr] = true }, false},
		"a clerk's letter to an agency":                  {clerk, func(_ *Case, _ *fakeRoster, d *Departure) { d.To = []string{tanaka.Addr} }, false},
		"the question was decided":                       {clerk, func(c *Case, _ *fakeRoster, _ *Departure) { c.Stage = StageRejected }, false},
		"a letter to nobody":                             {clerk, func(_ *Case, _ *fakeRoster, d *Departure) { d.To = nil }, false},
		"the sheet in a letter about no case":            {clerk, func(c *Case, _ *fakeRoster, _ *Departure) { *c = Case{} }, false},
		"受付不可 通知 before the clerk decided so":            {rejected, func(c *Case, _ *fakeRoster, _ *Departure) { c.Submitter = okamoto }, false},
		"受付不可 通知 to the sender":                          {rejected, func(c *Case, _ *fakeRoster, _ *Departure) { c.Submitter, c.Stage = okamoto, StageRejected }, true},
		"受付不可 通知 to somebody else":                       {rejected, func(c *Case, _ *fakeRoster, _ *Departure) { c.Stage = StageRejected }, false},
		"受付不可 通知 to the sender and somebody else": {rejected, func(c *Case, _ *fakeRoster, d *Departure) {
			c.Submitter, c.Stage, d.To = okamoto, StageRejected, append(d.To, "x@y.example")
		}, false},
		"受付不可 通知 with the sheet": {rejected, func(c *Case, _ *fakeRoster, d *Departure) {
			c.Submitter, c.Stage, d.Sheet = okamoto, StageRejected, true
		}, false},
	} {
		t.Run(rule, func(t *testing.T) {
			c, _ := marked(t)
			r, d := newRoster(), tc.d
			d.To = slices.Clone(d.To)
			if tc.change != nil {
				tc.change(&c, r, &d)
			}
			if err := MayLeave(c, d, r, noon); (err == nil) != tc.leaves {
				t.Errorf("MayLeave = %v", err)
			}
		})
	}
}

// TestDisclosureGuardCatchesAViewThatWasMadeForSomebodyElse: should the first layer ever be forgotten, a letter that
// carries what its party may not see does not leave.
func TestDisclosureGuardCatchesAViewThatWasMadeForSomebodyElse(t *testing.T) {
	c, _ := marked(t)
	inside := Disclose(c, Party{RoleIntake, "MINATO"})
	for name, content := range map[string]Content{"entry": StatusLetter{inside}, "company": StatusLetter{View{Company: "灘酒造"}}, "file name": StatusLetter{View{FileName: "灘酒造.xlsx"}}} {
		l := Letter{Case: c.ID, Party: Party{RoleIntake, "HYOGO-CCI"}, To: []Address{yamaguchi}, Content: content}
		if err := MayLeave(c, l.Departure(), newRoster(), noon); err == nil {
			t.Errorf("%s of another agency's case leaves", name)
		}
		l.Content = StatusLetter{View{Party: l.Party}}
		if err := MayLeave(c, l.Departure(), newRoster(), noon); err != nil {
			t.Errorf("a letter with nothing inside: %v", err)
		}
		l.Attach = []Attachment{sheetOf(c.Sheet)}
		if err := MayLeave(c, l.Departure(), newRoster(), noon); err == nil {
			t.Error("a letter with the sheet attached leaves")
		}
	}
}

// notScanned are the texts of a sheet that name nobody, or that an inquiry may say.
var notScanned = []string{"layout", "addressee.agency", "introducer.branch", "company.contactDepartment", "company.industry", "company.founded", "company.countries", "received"}

func TestDisclosureScanFindsEveryConfidentialValueInAFinishedText(t *testing.T) {
	c, marks := marked(t)
	provider := Party{RoleProvider, "HYOGO-CCI"}
	for field, m := range marks {
		for how, text := range map[string]string{"as it is": "前文 " + m + " 後文", "in full width": wide(m), "wrapped": m[:6] + "\r\n　" + m[6:], "in capitals": strings.ToUpper(m), "with dashes": m[:5] + "－" + m[5:]} {
			found := Scan(Secrets(c, provider), []string{"件名", text})
			if want := !slices.Contains(notScanned, field); slices.Contains(found, field) != want {
				t.Errorf("%s %s: found %v, want %v", field, how, found, want)
			}
			if strings.Contains(fmt.Sprint(found), m) {
				t.Errorf("%s: the answer holds the value", field)
			}
		}
	}
	if found := Scan(Secrets(c, provider), []string{"新輸出大国コンソーシアムの支援可否のご照会", "依頼内容：01 市場情報"}); len(found) != 0 {
		t.Errorf("an innocent letter: %v", found)
	}
}

func wide(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r + 0xFEE0
		}
		return r
	}, s)
}

func TestDisclosureScanKnowsHowPeopleWriteAValue(t *testing.T) {
	c := Case{ID: 1, Registration: "2026-KOB-00001-4", Member: "M-00001-3", Agency: "MINATO", AgencyName: "みなと銀行", Entry: Entry{
		Introducer: Introducer{Agency: "株式会社みなと銀行", Person: "田中 一郎", Phone: "078-111-2222"},
		Company: Company{Name: "株式会社ナダ・フーズ", Kana: "カブシキガイシャナダフーズ", Representative: "代表取締役 灘五郎 太郎", Address: "兵庫県神戸市灘区大石南町9-9-9",
			Phone: "078-222-3333", URL: "https://www.nada-foods.example/", Email: "info@mail.nada-foods.example", Products: "清酒", CorporateNumber: "7000012050002"},
		Request: Request{Issues: "販売網がない。輸入元との取引条件の決め方が分からない。"}}}
	for text, field := range map[string]string{
		"ナダフーズ様の件":                        "company.name",
		"㈱ナダ・フーズ":                         "company.name",
		"灘五郎太郎様":                          "company.representative",
		"０７８（２２２）３３３３":                    "company.phone",
		"0782223333":                      "company.phone",
		"神戸市灘区大石南町９－９－９":                  "company.address",
		"nada-foods.example をご覧ください":      "company.url",
		"someone@mail.nada-foods.example": "company.email",
		"輸入元との取引条件の決め方が分からないとのこと": "request.issues",
		"みなと銀行からのご紹介":             "introducer.agency",
		"田中一郎":                    "introducer.person",
		"会員番号 M-00001-3":          "member",
		"7000-0120-50002":         "company.corporateNumber",
	} {
		if found := Scan(Secrets(c, Party{RoleProvider, "HYOGO-CCI"}), []string{text}); !slices.Contains(found, field) {
			t.Errorf("%q: found %v, want %s", text, found, field)
		}
	}
	for _, innocent := range []string{"清酒の輸出", "兵庫県の企業", "販売網"} {
		if found := Scan(Secrets(c, Party{RoleProvider, "HYOGO-CCI"}), []string{innocent}); len(found) != 0 {
			t.Errorf("%q: found %v", innocent, found)
		}
	}
}

func TestDisclosureScanLetsThoseReadWhoMaySee(t *testing.T) {
	c, marks := marked(t)
	for _, p := range parties {
		if found := Scan(Secrets(c, p.party), []string{marks["company.name"]}); (len(found) == 0) != p.sees {
			t.Errorf("%s: %v", p.name, found)
		}
	}
	if found := Scan(Secrets(Case{}, Party{Role: RoleStranger}), []string{"anything at all"}); found != nil {
		t.Errorf("a letter about no case: %v", found)
	}
}

// TestDisclosureOfEveryLetterToAStrangersCase: whatever a clerk does with a stranger's entry, no word of the sheet is
// in a letter to anybody but the office, until it is approved.
func TestDisclosureOfEveryLetterToAStrangersCase(t *testing.T) {
	for _, line := range []string{"受付不可", "受付不可 通知", "状況", "メモ", "無効", "会員証", "訂正"} {
		w := newWorld(t)
		c := w.heldCase(company("灘酒造"))
		in := command(saeki, c.Receipt, line)
		in.Text = "理由"
		for _, l := range w.do(in).Letters {
			l.Secrets = nil
			if data, _ := json.Marshal(l); l.Party.Role != RoleClerk && strings.Contains(string(data), "灘酒造") {
				t.Errorf("%s: letter %s to %s tells of the company: %s", line, l.Kind(), l.To[0].Addr, data)
			}
		}
	}
}
