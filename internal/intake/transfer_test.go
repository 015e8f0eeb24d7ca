package intake

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"uketsuke/internal/bundle"
	"uketsuke/internal/casework"
	"uketsuke/internal/demo/form"
	"uketsuke/internal/demo/post"
	"uketsuke/internal/ooxmlcrypt"
)

const (
	osaka  = "uketsuke@osaka.example"
	agreed = "Umeda-Sannomiya-2026"
)

// officeSettings know Osaka.
func officeSettings() Settings {
	s := settings()
	s.Office = func(addr string) string {
		if addr == osaka {
			return agreed
		}
		return ""
	}
	return s
}

// signedMail is what Osaka's robot sends.
func signedMail(sign string, files ...post.File) post.Mail {
	m := mail("案件の移管のお願い（登録番号 2026-OSA-00007-2）", files...)
	m.From, m.Head = osaka, []string{"Auto-Submitted: auto-generated", "X-Uketsuke-Transfer: " + sign}
	return m
}

func locked(t testing.TB, name string, b []byte, password string) post.File {
	t.Helper()
	out, err := ooxmlcrypt.Encrypt(b, password, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return post.File{Name: name, Bytes: out}
}

// handed is a sheet, and the workbook of a case that names it.
func handed(t testing.TB, change func(*form.Entry)) (sheet, book []byte) {
	t.Helper()
	e := form.Sample()
	if change != nil {
		change(&e)
	}
	sheet, err := form.Make(e)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(sheet)
	book, err = bundle.Write(casework.Bundle{Office: "OSA", OfficeName: "ジェトロ大阪", Registration: "2026-OSA-00007-2", Member: "M-00042-7", Receipt: "E26-00009", Channel: casework.ChannelMail,
		Items: []int{1, 12}, AgencyName: "みなと銀行", Sheets: []casework.BundleSheet{{Version: 1, File: casework.SheetFile{Name: "旧.xlsx", Blob: strings.Repeat("0a", 32)}},
			{Version: 2, File: casework.SheetFile{Name: "エントリーシート.xlsx", Blob: hex.EncodeToString(sum[:])}}}})
	if err != nil {
		t.Fatal(err)
	}
	return sheet, book
}

func TestABundleOfAnotherOfficeIsRead(t *testing.T) {
	sheet, book := handed(t, func(e *form.Entry) { e.Phone = "" })
	u := Understand(signedMail("bundle", locked(t, "2.xlsx", sheet, agreed), locked(t, "1.xlsx", book, agreed)).Bytes(), today, officeSettings())
	in := u.Input
	if in.Kind != casework.MailTransfer || in.Transfer == nil || in.Transfer.Bundle == nil {
		t.Fatalf("%s, %+v", in.Kind, in.Transfer)
	}
	b := in.Transfer.Bundle
	newest := b.Newest()
	if b.Registration != "2026-OSA-00007-2" || len(b.Sheets) != 1 || newest.Version != 2 || newest.File.Size != int64(len(sheet)) || newest.File.Protected {
		t.Errorf("%+v", b)
	}
	if newest.Entry.Company.Name == "" || !slices.Equal(newest.Entry.Request.Items, []int{1, 12}) {
		t.Errorf("read as %+v", newest.Entry)
	}
	if len(newest.Problems) == 0 || len(casework.Errors(newest.Problems)) > 0 {
		t.Errorf("problems %+v: what another office registered is not asked again", newest.Problems)
	}
	if len(in.Sheets) > 0 || len(u.Passwords) > 0 || len(u.Blobs) != 1 || string(u.Blobs[newest.File.Blob]) != string(sheet) {
		t.Errorf("%d entries, %d passwords kept, %d files", len(in.Sheets), len(u.Passwords), len(u.Blobs))
	}
}

func TestABundleCountsOnlyAsWhoKnowsThePasswordMadeIt(t *testing.T) {
	sheet, book := handed(t, nil)
	standard := func(b []byte, password string) post.File { // without the HMAC that says that nothing was changed
		out, err := excelize.Encrypt(b, &excelize.Options{Password: password})
		if err != nil {
			t.Fatal(err)
		}
		return post.File{Name: "1.xlsx", Bytes: out}
	}
	lock := func(b []byte) post.File { return locked(t, "x.xlsx", b, agreed) }
	other, _ := handed(t, func(e *form.Entry) { e.Desired = "別の希望" })
	for rule, tc := range map[string]struct {
		files []post.File
		from  string
		head  string
	}{
		"the wrong password":              {files: []post.File{locked(t, "1.xlsx", book, "another"), lock(sheet)}},
		"an encryption without HMAC":      {files: []post.File{standard(book, agreed), lock(sheet)}},
		"the password that Excel tries":   {files: []post.File{standard(book, ooxmlcrypt.VelvetSweatshop), lock(sheet)}},
		"no password":                     {files: []post.File{{Name: "1.xlsx", Bytes: book}, lock(sheet)}},
		"a sheet without one":             {files: []post.File{lock(book), {Name: "2.xlsx", Bytes: sheet}}},
		"another sheet than it names":     {files: []post.File{lock(book), lock(other)}},
		"no sheet":                        {files: []post.File{lock(book)}},
		"no workbook of a case":           {files: []post.File{lock(sheet)}},
		"from an address of no office":    {files: []post.File{lock(book), lock(sheet)}, from: "okamoto@harima.example"},
		"evidence that speaks against it": {files: []post.File{lock(book), lock(sheet)}, head: "Authentication-Results: mx.jetro.example; dmarc=fail header.from=osaka.example"},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			s, m := officeSettings(), signedMail("bundle", tc.files...)
			if tc.from != "" {
				m.From = tc.from
			}
			if tc.head != "" {
				s.Inbound.Authserv = "mx.jetro.example"
				m.Head = append([]string{tc.head, "Received: from x by mx.jetro.example; Mon, 16 Nov 2026 10:00:00 +0900"}, m.Head...)
			}
			u := Understand(m.Bytes(), today, s)
			if got := u.Input.Transfer; u.Input.Kind != casework.MailTransfer || got == nil || got.Bundle != nil || got.Problem == "" || len(u.Input.Sheets) > 0 {
				t.Errorf("%s, %+v, %d sheets", u.Input.Kind, got, len(u.Input.Sheets))
			}
		})
	}
}

func TestTheAnswerOfAnotherOfficeIsRead(t *testing.T) {
	for sign, taken := range map[string]string{"taken; receipt=E26-00031": "E26-00031", "taken; receipt=2026-KOB-00001-4": "", "taken; receipt=": "", "something newer": ""} {
		u := Understand(signedMail(sign).Bytes(), today, officeSettings())
		if got := u.Input.Transfer; u.Input.Kind != casework.MailTransfer || got == nil || got.Taken != taken || (got.Problem == "") != (taken != "") {
			t.Errorf("%q: %s, %+v", sign, u.Input.Kind, got)
		}
	}
}

func TestTheSignAloneChangesNothingOfAPersonsMail(t *testing.T) {
	m := mail("エントリーシートの送付", sheet(t))
	m.Head = []string{"X-Uketsuke-Transfer: bundle"}
	if in := Understand(m.Bytes(), today, officeSettings()).Input; in.Kind != casework.MailEntry || len(in.Sheets) != 1 {
		t.Errorf("%s, %d sheets", in.Kind, len(in.Sheets))
	}
	m = signedMail("bundle")
	m.MessageID = "ours-1@jetro.example"
	if in := Understand(m.Bytes(), today, officeSettings()).Input; in.Kind != casework.MailOwn || in.Transfer != nil && in.Transfer.Bundle != nil {
		t.Errorf("our own letter that came back is %s", in.Kind)
	}
}
