package intake

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/japanese"
	"pgregory.net/rapid"

	"uketsuke/internal/casework"
	"uketsuke/internal/command"
	"uketsuke/internal/demo/form"
	"uketsuke/internal/demo/post"
	"uketsuke/internal/entrysheet"
	"uketsuke/internal/inbound"
)

const office = "consortium@jetro.example"

var today = time.Date(2026, 11, 16, 10, 0, 0, 0, casework.JST)

func settings() Settings {
	parser, _ := command.New(nil)
	own := func(id, loop string) bool { return strings.HasPrefix(id, "ours-") }
	return Settings{Inbound: inbound.Options{Own: own, Limits: inbound.DefaultLimits()}, Layout: entrysheet.DefaultLayout(),
		Limits: entrysheet.DefaultLimits(), Commands: parser, Mailbox: office}
}

func mail(subject string, files ...post.File) post.Mail {
	return post.Mail{FromName: "田中 一郎", From: "tanaka@minato-bank.example", To: office, Subject: subject,
		Text: "お世話になっております。", MessageID: "m1@minato-bank.example", Date: today, Files: files}
}

func sheet(t testing.TB) post.File {
	t.Helper()
	b, err := form.Make(form.Sample())
	if err != nil {
		t.Fatal(err)
	}
	return post.File{Name: "エントリーシート.xlsx", Bytes: b}
}

// zipped is an archive of files; without any it holds a text.
func zipped(t testing.TB, name string, files ...post.File) post.File {
	t.Helper()
	if len(files) == 0 {
		files = []post.File{{Name: "inside.txt", Bytes: []byte("x")}}
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, in := range files {
		h := &zip.FileHeader{Name: in.Name, Method: zip.Deflate}
		if raw, err := japanese.ShiftJIS.NewEncoder().String(in.Name); err == nil {
			h.Name, h.NonUTF8 = raw, true
		}
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(in.Bytes); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return post.File{Name: name, Bytes: b.Bytes()}
}

func workbook(t testing.TB) *excelize.File {
	t.Helper()
	f := excelize.NewFile()
	if err := f.SetCellValue("Sheet1", "A1", "売上"); err != nil {
		t.Fatal(err)
	}
	return f
}

func otherBook(t testing.TB) post.File {
	t.Helper()
	var b bytes.Buffer
	if err := workbook(t).Write(&b); err != nil {
		t.Fatal(err)
	}
	return post.File{Name: "売上.xlsx", Bytes: b.Bytes()}
}

func lockedBook(t testing.TB) post.File {
	t.Helper()
	var b bytes.Buffer
	if err := workbook(t).Write(&b, excelize.Options{Password: "himitsu"}); err != nil {
		t.Fatal(err)
	}
	return post.File{Name: "保護.xlsx", Bytes: b.Bytes()}
}

func withID(m post.Mail, id string) post.Mail { m.MessageID = id; return m }

func withHead(m post.Mail, head ...string) post.Mail { m.Head = head; return m }

func withText(m post.Mail, text string) post.Mail { m.Text = text; return m }

func TestTheFirstSignThatMatchesTellsTheKind(t *testing.T) {
	broken := zipped(t, "x.zip")
	broken.Bytes = append([]byte("PK\x03\x04 xl/workbook.xml "), broken.Bytes[8:]...)
	broken.Name = "壊れた.xlsx"
	for _, c := range []struct {
		name           string
		mail           post.Mail
		kind           casework.MailKind
		sheets, locked int
	}{
		{"a command with a sheet is a command and keeps the sheet", mail("承認 E26-00123", sheet(t)), casework.MailCommand, 1, 0},
		{"a sheet is an entry whatever the subject", mail("ご連絡", sheet(t)), casework.MailEntry, 1, 0},
		{"two sheets in one mail are both kept", mail("2社分", sheet(t), sheet(t)), casework.MailEntry, 2, 0},
		{"an entry with a locked file beside it keeps both", mail("2社分", sheet(t), lockedBook(t)), casework.MailEntry, 1, 1},
		{"a locked workbook alone", mail("送付", lockedBook(t)), casework.MailLocked, 0, 1},
		{"a workbook that cannot be read is for a person", mail("送付", broken), casework.MailLocked, 0, 1},
		{"a sheet in an archive is an entry", mail("送付", zipped(t, "資料.zip", sheet(t))), casework.MailEntry, 1, 0},
		{"a sheet in an archive in an archive is an entry", mail("送付", zipped(t, "外.zip", zipped(t, "内.zip", sheet(t)))), casework.MailEntry, 1, 0},
		{"an archive without a name's ending is opened", mail("送付", zipped(t, "docx", sheet(t))), casework.MailEntry, 1, 0},
		{"a mail in an archive is opened", mail("送付", zipped(t, "a.zip", post.File{Name: "元.eml", Bytes: mail("送付", sheet(t)).Bytes()})), casework.MailEntry, 1, 0},
		{"an archive of other things is an ordinary attachment", mail("送付", zipped(t, "資料.zip")), casework.MailOther, 0, 0},
		{"a locked archive waits for its password", mail("送付", lockedArchive(t)), casework.MailLocked, 0, 1},
		{"a locked workbook in an archive waits too", mail("送付", zipped(t, "a.zip", lockedBook(t))), casework.MailLocked, 0, 1},
		{"an archive that nobody opens here is for a person", mail("送付", post.File{Name: "a.7z", Bytes: []byte("7z\xbc\xaf\x27\x1c\x00\x04")}), casework.MailLocked, 0, 1},
		{"a broken archive is for a person", mail("送付", post.File{Name: "a.zip", Bytes: []byte("PK\x03\x04 broken")}), casework.MailLocked, 0, 1},
		{"a document that is a zip by format is no archive", mail("送付", zipped(t, "議事録.DOCX")), casework.MailOther, 0, 0},
		{"another workbook is an ordinary attachment", mail("売上", otherBook(t)), casework.MailOther, 0, 0},
		{"a tag makes a reply", mail("Re: [登録 2026-KOB-00042-5 k3f9q2] お知らせ"), casework.MailReply, 0, 0},
		{"a tag with a sheet is an entry", mail("Re: [登録 2026-KOB-00042-5 k3f9q2] お知らせ", sheet(t)), casework.MailEntry, 1, 0},
		{"our own mail goes before its sheet", withID(mail("承認 E26-00123", sheet(t)), "ours-1@jetro.example"), casework.MailOwn, 1, 0},
		{"an automatic mail goes before its command", withHead(mail("承認 E26-00123"), "Auto-Submitted: auto-replied"), casework.MailAutomatic, 0, 0},
		{"a bounce goes before its command", withHead(withText(mail("承認 E26-00123"), "undeliverable"), "Return-Path: <>", "Auto-Submitted: auto-replied"), casework.MailBounce, 0, 0},
		{"all else is left for the people", mail("ご質問"), casework.MailOther, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := c.mail.Bytes()
			if c.kind == casework.MailBounce {
				raw = bytes.Replace(raw, []byte("tanaka@minato-bank.example"), []byte("MAILER-DAEMON@mx.example"), 1)
			}
			u := Understand(raw, today, settings())
			if u.Input.Kind != c.kind {
				t.Errorf("kind %q (%s), want %q", u.Input.Kind, u.Input.Why, c.kind)
			}
			if len(u.Input.Sheets) != c.sheets || len(u.Input.Locked) != c.locked {
				t.Errorf("%d sheets and %d locked files, want %d and %d", len(u.Input.Sheets), len(u.Input.Locked), c.sheets, c.locked)
			}
			for _, s := range u.Input.Sheets {
				if !bytes.Equal(u.Blobs[s.File.Blob], sheet(t).Bytes) {
					t.Error("the sheet's bytes are not kept under its hash")
				}
			}
			for _, l := range u.Input.Locked {
				if l.Reason == "" || l.Name == "" {
					t.Errorf("a person is told neither name nor reason: %+v", l)
				}
			}
		})
	}
}

func TestAMailThatCannotBeReadKeepsWhatItsHeaderSays(t *testing.T) {
	s := settings()
	s.Inbound.Limits.Parts = 2
	deep := Understand(mail("承認 E26-00123", sheet(t), sheet(t), sheet(t)).Bytes(), today, s)
	var limit *inbound.LimitError
	if !errors.As(deep.Err, &limit) {
		t.Fatalf("error %v, want a *LimitError", deep.Err)
	}
	if in := deep.Input; in.Kind != casework.MailBroken || in.From.Addr != "tanaka@minato-bank.example" || in.Subject != "承認 E26-00123" || in.Call != nil {
		t.Errorf("input %+v: want the header of a broken mail, and no command", in)
	}
	none := Understand([]byte{0, 1, 2}, today, settings())
	if none.Input.Kind != casework.MailBroken || none.Err == nil {
		t.Errorf("bytes that are no mail: kind %q, error %v", none.Input.Kind, none.Err)
	}
	if none.Hash == Understand([]byte{0, 1, 3}, today, settings()).Hash {
		t.Error("two different broken mails have one hash: the second would count as done")
	}
}

func TestALargeMailIsUnderstoodByItsHeaderAlone(t *testing.T) {
	head := func(m post.Mail) []byte {
		raw := m.Bytes()
		return raw[:bytes.Index(raw, []byte("\r\n\r\n"))+4]
	}
	u := Header(head(mail("承認 E26-00123", sheet(t))), 60<<20, settings())
	if in := u.Input; in.Kind != casework.MailBroken || in.Call != nil || !strings.Contains(in.Why, "60 MB") || u.Err != nil {
		t.Errorf("kind %q, call %v, why %q: want put aside, without its command, with its size", in.Kind, in.Call, in.Why)
	}
	u = Header(head(withHead(mail("不在通知"), "Auto-Submitted: auto-replied")), 60<<20, settings())
	if u.Input.Kind != casework.MailAutomatic {
		t.Errorf("a large automatic mail is %q: nobody is to be told of it", u.Input.Kind)
	}
	if u = Header(nil, 60<<20, settings()); u.Input.Kind != casework.MailBroken {
		t.Errorf("no header at all: %q", u.Input.Kind)
	}
}

func TestAMailThatTakesTooLongIsPutAside(t *testing.T) {
	before := runtime.NumGoroutine()
	s := settings()
	block := make(chan struct{})
	s.Inbound.Own = func(string, string) bool { <-block; return false }
	s.Within = 20 * time.Millisecond
	u := Understand(mail("承認 E26-00123").Bytes(), today, s)
	var late *TimeError
	if !errors.As(u.Err, &late) || u.Input.Kind != casework.MailBroken || u.Input.Subject != "承認 E26-00123" || !strings.Contains(u.Input.Why, "時間") {
		t.Errorf("error %v, input %+v: want a broken mail that took too long", u.Err, u.Input)
	}
	close(block)
	for wait := 0; runtime.NumGoroutine() > before && wait < 200; wait++ {
		time.Sleep(5 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, %d before: the late reading did not end", n, before)
	}
}

func TestAPanicIsABrokenMailAndTellsNothingOfIt(t *testing.T) {
	s := settings()
	s.Inbound.Own = func(string, string) bool { panic("田中 一郎 tanaka@minato-bank.example") }
	raw := mail("承認 E26-00123").Bytes()
	for name, u := range map[string]*Understood{"whole": Understand(raw, today, s), "header": Header(raw, 60<<20, s)} {
		if u.Err == nil || u.Input.Kind != casework.MailBroken || u.Hash == [32]byte{} {
			t.Errorf("%s: error %v, kind %q, hash %x", name, u.Err, u.Input.Kind, u.Hash)
		} else if strings.Contains(u.Err.Error(), "tanaka") || strings.Contains(u.Err.Error(), "田中") {
			t.Errorf("%s: the error quotes the mail: %v", name, u.Err)
		}
	}
}

// TestEveryFieldOfAnEntryIsFilledFromTheLayout fills all of the layout's keys; a field of casework.Entry that nobody
// fills stays zero, and a key that no field takes is found by taking it away.
func TestEveryFieldOfAnEntryIsFilledFromTheLayout(t *testing.T) {
	layout := entrysheet.DefaultLayout()
	full := func() *entrysheet.Sheet {
		s := &entrysheet.Sheet{Kind: entrysheet.KindEntrySheet, Layout: "L", Values: map[string]entrysheet.Value{}}
		for _, f := range layout.Fields {
			s.Values[f.Key] = sampleValue(f.Key)
		}
		return s
	}
	whole := Entry(full())
	for _, path := range zeroFields(reflect.ValueOf(whole), "Entry") {
		t.Errorf("%s is filled from no key", path)
	}
	for _, f := range layout.Fields {
		s := full()
		delete(s.Values, f.Key)
		if reflect.DeepEqual(Entry(s), whole) {
			t.Errorf("no field of Entry takes %s", f.Key)
		}
	}
	s := full()
	s.Problems = []entrysheet.Problem{{Field: "company.corporateNumber"}}
	if Entry(s).Company.CorporateNumber != "" {
		t.Error("a corporate number with a problem counts as a key of the company")
	}
}

func sampleValue(key string) entrysheet.Value {
	switch {
	case key == "request.items":
		return []int{1, 7}
	case key == "company.countries":
		return []string{"ベトナム"}
	case strings.HasPrefix(key, "confirmations."):
		return true
	case key == "company.capital" || key == "company.employees" || key == "company.sales":
		return int64(1 + len(key))
	}
	return "値 " + key
}

func zeroFields(v reflect.Value, path string) (out []string) {
	if v.Kind() != reflect.Struct {
		if v.IsZero() {
			out = append(out, path)
		}
		return out
	}
	for i := range v.NumField() {
		out = append(out, zeroFields(v.Field(i), path+"."+v.Type().Field(i).Name)...)
	}
	return out
}

func TestProblemsComeBackFromTheCoreAsTheyWentIn(t *testing.T) {
	in := []entrysheet.Problem{{Field: "company.name", Severity: entrysheet.SeverityError, Sheet: "S", Cell: "B2", Found: "f", Wanted: "w", Unreadable: true}}
	ps := Problems(&entrysheet.Sheet{Problems: in}, entrysheet.DefaultLayout())
	if ps[0].Label != "企業名" {
		t.Errorf("label %q", ps[0].Label)
	}
	if back := SheetProblems(ps); !reflect.DeepEqual(back, in) {
		t.Errorf("%+v came back as %+v", in, back)
	}
}

// check holds for every mail, whatever it is.
func check(t interface{ Fatalf(string, ...any) }, u *Understood) {
	switch {
	case u == nil || u.Input.Kind == "" || u.Input.Why == "":
		t.Fatalf("understood as nothing: %+v", u)
	case u.Hash == [32]byte{}:
		t.Fatalf("no hash: the next such mail would count as done")
	case u.Err != nil && strings.Contains(u.Err.Error(), "panic"):
		t.Fatalf("%v", u.Err)
	case (u.Err != nil) != (u.Message == nil):
		t.Fatalf("error %v with message %v", u.Err, u.Message)
	}
	for _, s := range u.Input.Sheets {
		if int64(len(u.Blobs[s.File.Blob])) != s.File.Size {
			t.Fatalf("a sheet's bytes are not kept")
		}
	}
}

func TestAnyMutatedMailIsUnderstoodAsSomething(t *testing.T) {
	seeds := [][]byte{mail("承認 E26-00123", sheet(t)).Bytes(), mail("x", lockedBook(t), zipped(t, "a.zip")).Bytes(), mail("Re: [登録 2026-KOB-00042-5 k3f9q2]").Bytes()}
	s := settings()
	rapid.Check(t, func(t *rapid.T) {
		raw := bytes.Clone(rapid.SampledFrom(seeds).Draw(t, "seed"))
		for range rapid.IntRange(1, 6).Draw(t, "cuts") {
			at := rapid.IntRange(0, len(raw)-1).Draw(t, "at")
			n := min(rapid.IntRange(0, 40).Draw(t, "n"), len(raw)-at)
			raw = append(raw[:at:at], append(rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "put"), raw[at+n:]...)...)
			if len(raw) == 0 {
				return
			}
		}
		check(t, Understand(raw, today, s))
	})
}

func FuzzUnderstand(f *testing.F) {
	f.Add(mail("承認 E26-00123").Bytes())
	f.Add(mail("x", zipped(f, "a.zip")).Bytes())
	f.Add([]byte(fmt.Sprintf("From: a@b\nSubject: %s\n\n", strings.Repeat("=?utf-8?b?", 9))))
	s := settings()
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 0 {
			check(t, understand(raw, today, s))
			check(t, Header(raw, 60<<20, s))
		}
	})
}
