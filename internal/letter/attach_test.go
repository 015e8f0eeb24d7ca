package letter

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/emersion/go-ical"

	"uketsuke/internal/casework"
)

// invited is the one event of a rendered meeting letter's calendar file, and the file's method.
func invited(t *testing.T, l casework.Letter) (string, *ical.Component, opened) {
	t.Helper()
	m, err := renderer(t, Options{}).Render(l, openWorkbook)
	if err != nil {
		t.Fatal(err)
	}
	o := openMail(t, m.Raw)
	cal, err := ical.NewDecoder(bytes.NewReader(o.content[0])).Decode()
	if err != nil {
		t.Fatal(err)
	}
	events := cal.Events()
	if len(events) != 1 {
		t.Fatalf("%d events", len(events))
	}
	return cal.Props.Get(ical.PropMethod).Value, events[0].Component, o
}

func property(t *testing.T, c *ical.Component, name string) string {
	t.Helper()
	text, err := c.Props.Text(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAnInvitationIsForItsReaderAlone(t *testing.T) {
	for _, tc := range []struct {
		name, method, sequence, status, role, mail, uid string
	}{
		{"meeting-company", "REQUEST", "0", "CONFIRMED", "REQ-PARTICIPANT", "hamada@nada-shuzo.example", "q26-00031"},
		{"meeting-provider", "REQUEST", "0", "CONFIRMED", "REQ-PARTICIPANT", "nishimura@hyogo-cci.example", "q26-00031"},
		{"meeting-intake", "REQUEST", "0", "CONFIRMED", "OPT-PARTICIPANT", "tanaka@minato-bank.example", "q26-00031"},
		{"meeting-moved", "REQUEST", "1", "CONFIRMED", "REQ-PARTICIPANT", "nishimura@hyogo-cci.example", "q26-00031"},
		{"meeting-cancelled", "CANCEL", "2", "CANCELLED", "OPT-PARTICIPANT", "tanaka@minato-bank.example", "q26-00031"},
		{"meeting-first", "REQUEST", "0", "CONFIRMED", "REQ-PARTICIPANT", "hamada@nada-shuzo.example", "first"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := sample(t, tc.name)
			method, event, o := invited(t, l)
			if method != tc.method || property(t, event, "STATUS") != tc.status || event.Props.Get("SEQUENCE").Value != tc.sequence {
				t.Errorf("method %s, status %s, sequence %s", method, property(t, event, "STATUS"), event.Props.Get("SEQUENCE").Value)
			}
			summary := map[string]string{"q26-00031": "面談（新輸出大国コンソーシアム）", "first": "初回面談（新輸出大国コンソーシアム）"}[tc.uid]
			if got := property(t, event, "UID"); got != "m.123."+tc.uid+"@kobe.example" || property(t, event, "SUMMARY") != summary {
				t.Errorf("uid %s, summary %s", got, property(t, event, "SUMMARY"))
			}
			if got := event.Props.Get("DTSTAMP").Value; got != "20261124T012000Z" {
				t.Errorf("stamp %s is not the letter's time", got)
			}
			attendees := event.Props["ATTENDEE"]
			if len(attendees) != 1 || attendees[0].Value != "mailto:"+tc.mail || attendees[0].Params.Get("ROLE") != tc.role {
				t.Errorf("attendees %v", attendees)
			}
			if got := event.Props.Get("ORGANIZER").Value; got != "mailto:consortium@kobe.example" {
				t.Errorf("organizer %s", got)
			}
			about := property(t, event, "DESCRIPTION")
			for _, name := range l.Content.(casework.MeetingLetter).With {
				if !strings.Contains(about, "・"+name+"\n") {
					t.Errorf("the description lacks %s", name)
				}
			}
			if !strings.HasSuffix(about, "担当コンシェルジュ 山本 花子　電話 078-000-0042") || strings.Contains(about, "@") {
				t.Errorf("description %q", about)
			}
			types := strings.Join(o.types, " ")
			if !bytes.Equal(o.invite, o.content[0]) || o.names[0] != "invite.ics" || !strings.HasSuffix(types, " text/calendar application/ics") {
				t.Errorf("parts %q, names %q", o.types, o.names)
			}
		})
	}
}

func TestAnInvitationToHandOnIsAFileOnly(t *testing.T) {
	_, _, o := invited(t, sample(t, "meeting-company-via"))
	if o.invite != nil || len(o.content) != 1 || o.names[0] != "invite.ics" {
		t.Errorf("parts %q", o.types)
	}
}

func TestATextOnlyLetterHasItsInvitationBesideTheText(t *testing.T) {
	l := sample(t, "meeting-provider")
	l.TextOnly = true
	_, _, o := invited(t, l)
	if strings.Join(o.types, " ") != "multipart/mixed multipart/alternative text/plain text/calendar application/ics" {
		t.Errorf("parts %q", o.types)
	}
}

func TestAMeetingWithoutAnAddressOrUIDIsAFault(t *testing.T) {
	for name, change := range map[string]func(*casework.MeetingLetter){
		"no recipient": func(l *casework.MeetingLetter) { l.Recipient.Addr = "" },
		"no uid":       func(l *casework.MeetingLetter) { l.Meeting.UID = "" },
		"no start":     func(l *casework.MeetingLetter) { l.Meeting.Start = l.Before },
	} {
		l := sample(t, "meeting-company")
		content := l.Content.(casework.MeetingLetter)
		change(&content)
		l.Content = content
		_, err := renderer(t, Options{}).Render(l, openWorkbook)
		if err == nil || !strings.Contains(err.Error(), "attach invite to letter meeting") {
			t.Errorf("%s: %v", name, err)
		}
	}
	l := sample(t, "referral")
	l.Attach[0].Kind = casework.AttachInvite
	if _, err := renderer(t, Options{}).Render(l, openWorkbook); err == nil {
		t.Error("a letter about no meeting has an invitation")
	}
}

func TestAFileNameIsSafeToWriteAndKeepsItsEnding(t *testing.T) {
	long := strings.Repeat("とても長い名前", 30)
	for in, want := range map[string]string{
		"エントリーシート_Q26-00031.xlsx": "エントリーシート_Q26-00031.xlsx",
		"../../etc/passwd":        "_.._etc_passwd",
		`C:\temp\見積.pdf`:          "C__temp_見積.pdf",
		"資料.pdf. . ":              "資料.pdf",
		"資料\u202Exslx.exe":        "資料xslx.exe",
		"見積\r\n書.docx":            "見積 書.docx",
		" .. ":                    "attachment",
		"":                        "attachment",
		long + ".xlsx":            string([]rune(long)[:75]) + ".xlsx",
	} {
		got := fileName(in)
		if got != want || utf8.RuneCountInString(got) > longestName {
			t.Errorf("fileName(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestAnAttachmentsTypeFollowsItsName(t *testing.T) {
	for name, want := range map[string]string{
		"シート.XLSX": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		"紹介.docx":  "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		"会員証.pdf":  "application/pdf", "写真.JPG": "image/jpeg", "invite.ics": "application/ics", "名前": "application/octet-stream",
		"mail.eml": "application/octet-stream", "page.html": "application/octet-stream", "メモ.txt": "application/octet-stream",
	} {
		if got := mediaTypeOf(name); got != want {
			t.Errorf("mediaTypeOf(%q) = %s, want %s", name, got, want)
		}
	}
}
