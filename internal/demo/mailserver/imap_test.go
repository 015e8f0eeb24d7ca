package mailserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
)

func TestLoginWantsTheAccountsPassword(t *testing.T) {
	s := start(t, nil)
	c := dialRaw(t, s.IMAPAddr())
	c.line()
	c.refused("LOGIN "+user+" wrong", "AUTHENTICATIONFAILED")
	c.refused("LOGIN nobody "+password, "AUTHENTICATIONFAILED")
	c.ok("LOGIN " + user + " " + password)

	d, err := imapclient.DialInsecure(s.IMAPAddr(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Authenticate(sasl.NewPlainClient("", user, password)); err != nil {
		t.Errorf("AUTHENTICATE PLAIN: %v", err)
	}
}

func TestCapabilitiesAreThoseOfTheOptions(t *testing.T) {
	good := client(t, start(t, nil), nil).Caps()
	for _, name := range []imap.Cap{imap.CapMove, imap.CapUIDPlus, imap.CapSpecialUse, imap.CapIdle, "APPENDLIMIT=52428800"} {
		if !good.Has(name) {
			t.Errorf("%s is not announced", name)
		}
	}
	poor := client(t, start(t, func(o *Options) { o.Caps = imap.CapSet{imap.CapIMAP4rev1: {}} }), nil).Caps()
	for _, name := range []imap.Cap{imap.CapMove, imap.CapUIDPlus, imap.CapSpecialUse} {
		if poor.Has(name) {
			t.Errorf("%s is announced without being in Caps", name)
		}
	}
}

func TestPoorServerKeepsToItsCapabilities(t *testing.T) {
	s := start(t, func(o *Options) { o.Caps = imap.CapSet{imap.CapIMAP4rev1: {}} })
	deliver(t, s, "INBOX", 1)
	c := raw(t, s, "INBOX")
	for _, command := range []string{"MOVE 1 Junk", "UID EXPUNGE 1"} {
		if _, tagged := c.do(command); !strings.HasPrefix(tagged, "BAD") {
			t.Errorf("%s: %s", command, tagged)
		}
	}
	if _, tagged := c.do("COPY 1 Junk"); tagged != "OK COPY completed" {
		t.Errorf("COPY: %s", tagged)
	}
	if _, tagged := c.do("APPEND Sent {3+}\r\na:b"); tagged != "OK APPEND completed" {
		t.Errorf("APPEND: %s", tagged)
	}
	want(t, "LIST", c.ok(`LIST "" Sent`), `* LIST (\HasNoChildren) "/" "Sent"`)
}

func TestIMAP4rev2ServerHasItsCommands(t *testing.T) {
	s := start(t, func(o *Options) { o.Caps = imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}} })
	deliver(t, s, "INBOX", 1)
	c := client(t, s, nil)
	selectBox(t, c, "INBOX")
	if moved, err := c.Move(imap.UIDSetNum(1), "Junk").Wait(); err != nil || moved.DestUIDs.String() != "1" {
		t.Errorf("MOVE: %+v, %v", moved, err)
	}
}

func TestListTellsSpecialUsesChildrenAndSubscriptions(t *testing.T) {
	s := start(t, nil)
	c := raw(t, s, "")
	c.ok("CREATE &UeZ0Bm4I-/2026") // 処理済/2026
	c.ok("CREATE Archive (USE (\\Archive))")
	c.ok("SUBSCRIBE Sent")
	want(t, `LIST "" *`, c.ok(`LIST "" *`),
		`* LIST (\HasNoChildren) "/" INBOX`,
		`* LIST (\Archive \HasNoChildren) "/" "Archive"`,
		`* LIST (\Drafts \HasNoChildren) "/" "Drafts"`,
		`* LIST (\Junk \HasNoChildren) "/" "Junk"`,
		`* LIST (\Sent \HasNoChildren) "/" "Sent"`,
		`* LIST (\HasChildren) "/" "&UeZ0Bm4I-"`,
		`* LIST (\HasNoChildren) "/" "&UeZ0Bm4I-/2026"`)
	want(t, "LIST %", c.ok(`LIST "" &UeZ0Bm4I-/%`), `* LIST (\HasNoChildren) "/" "&UeZ0Bm4I-/2026"`)
	want(t, "LIST inbox", c.ok(`LIST "" inbox`), `* LIST (\HasNoChildren) "/" INBOX`)
	want(t, "LIST delimiter", c.ok(`LIST "" ""`), `* LIST (\Noselect) "/" ""`)
	want(t, "LSUB", c.ok(`LSUB "" *`), `* LSUB (\Sent \HasNoChildren \Subscribed) "/" "Sent"`)
	want(t, "LIST (SPECIAL-USE)", c.ok(`LIST (SPECIAL-USE) "" Dr*`), `* LIST (\Drafts \HasNoChildren) "/" "Drafts"`)
	c.ok("UNSUBSCRIBE Sent")
	want(t, "LSUB after UNSUBSCRIBE", c.ok(`LSUB "" *`))
	if got := s.Mailboxes(user); !slices.Contains(got, "処理済/2026") {
		t.Errorf("Mailboxes = %q", got)
	}
}

func TestListReturnsStatus(t *testing.T) {
	s := start(t, nil)
	deliver(t, s, "Sent", 2)
	list, err := client(t, s, nil).List("", "Sent", &imap.ListOptions{
		ReturnStatus: &imap.StatusOptions{NumMessages: true, UIDNext: true},
	}).Collect()
	if err != nil || len(list) != 1 || *list[0].Status.NumMessages != 2 || list[0].Status.UIDNext != 3 {
		t.Errorf("LIST RETURN (STATUS) = %+v, %v", list, err)
	}
}

func TestMailboxesAreMadeRenamedAndRemoved(t *testing.T) {
	s := start(t, nil)
	c := raw(t, s, "")
	c.ok("CREATE a/b/")
	c.refused("CREATE a/b", "ALREADYEXISTS")
	c.refused("CREATE inbox", "ALREADYEXISTS")
	c.refused("CREATE x//y", "CANNOT")
	c.refused("CREATE "+strings.Repeat("x", 300), "CANNOT")
	c.refused("DELETE a", "HASCHILDREN")
	c.refused("DELETE INBOX", "CANNOT")
	c.refused("DELETE nothing", "NONEXISTENT")
	c.refused("RENAME nothing b", "NONEXISTENT")
	c.refused("RENAME a Sent", "ALREADYEXISTS")
	c.refused("SELECT nothing", "NONEXISTENT")
	c.refused("STATUS nothing (MESSAGES)", "NONEXISTENT")

	deliver(t, s, "a/b", 2)
	c.ok("RENAME a q/r")
	if got := s.Messages(user, "q/r/b"); len(got) != 2 {
		t.Errorf("after RENAME of the parent q/r/b has %d messages, want 2", len(got))
	}
	if raw, err := s.Read(user, "q/r/b", 2); err != nil || !bytes.Equal(raw, letter(2)) {
		t.Errorf("body after RENAME: %q, %v", raw, err)
	}
	c.ok("DELETE q/r/b")
	if got, err := s.Read(user, "q/r/b", 2); !errors.Is(err, ErrNoMailbox) {
		t.Errorf("Read after DELETE = %q, %v", got, err)
	}
}

func TestRenamedInboxStaysAndIsEmpty(t *testing.T) {
	s := start(t, nil)
	deliver(t, s, "INBOX", 3)
	raw(t, s, "").ok("RENAME INBOX old")
	if in, old := len(s.Messages(user, "INBOX")), len(s.Messages(user, "old")); in != 0 || old != 3 {
		t.Errorf("INBOX has %d, old has %d messages; want 0 and 3", in, old)
	}
}

func TestMailboxMadeAgainHasANewUIDValidity(t *testing.T) {
	s := start(t, func(o *Options) { o.Now = func() time.Time { return testDate } })
	c := client(t, s, nil)
	seen := make(map[uint32]bool)
	for range 3 {
		if err := c.Create("x", nil).Wait(); err != nil {
			t.Fatal(err)
		}
		data := selectBox(t, c, "x")
		if seen[data.UIDValidity] {
			t.Errorf("UIDVALIDITY %d was used before", data.UIDValidity)
		}
		seen[data.UIDValidity] = true
		if err := c.Unselect().Wait(); err != nil {
			t.Fatal(err)
		}
		if err := c.Delete("x").Wait(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSelectAndStatusCount(t *testing.T) {
	s := start(t, nil)
	deliver(t, s, "INBOX", 3)
	if err := s.SetFlags(user, "INBOX", 1, `\Seen`, "$Filed"); err != nil {
		t.Fatal(err)
	}
	c := raw(t, s, "")
	lines := strings.Join(c.ok("SELECT INBOX"), "\n")
	for _, part := range []string{"* 3 EXISTS", "[UNSEEN 2]", "[UIDNEXT 4]", `FLAGS (\Seen \Answered \Flagged \Deleted \Draft $Filed)`, `\*)]`} {
		if !strings.Contains(lines, part) {
			t.Errorf("SELECT lacks %q:\n%s", part, lines)
		}
	}
	size := 3 * len(letter(1))
	want(t, "STATUS", c.ok("STATUS INBOX (MESSAGES UIDNEXT UNSEEN DELETED SIZE APPENDLIMIT RECENT)"),
		fmt.Sprintf("* STATUS INBOX (MESSAGES 3 UIDNEXT 4 UNSEEN 2 DELETED 0 SIZE %d APPENDLIMIT 52428800 RECENT 0)", size))
}

const nested = "From: =?ISO-2022-JP?B?GyRCOzNFRBsoQg==?= <yamada@agency.example>\r\n" +
	"To: madoguchi@office.example\r\nSubject: =?UTF-8?B?44OG44K544OI?=\r\n folded\r\n" +
	"Message-ID: <n1@agency.example>\r\nX-Trace: one\r\nX-Trace: two\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/mixed; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello\r\n" +
	"--b\r\nContent-Type: application/octet-stream; name=x.bin\r\nContent-Transfer-Encoding: base64\r\n\r\nAAECAw==\r\n--b--\r\n"

func TestFetchGivesTheBytesAsTheyCame(t *testing.T) {
	s := start(t, nil)
	if _, err := s.Deliver(user, "INBOX", []byte(nested), testDate); err != nil {
		t.Fatal(err)
	}
	c := client(t, s, nil)
	selectBox(t, c, "INBOX")
	end := strings.Index(nested, "\r\n\r\n") + 4
	header := imap.PartSpecifierHeader
	cases := []struct {
		rule    string
		section imap.FetchItemBodySection
		want    string
	}{
		{"whole", imap.FetchItemBodySection{}, nested},
		{"partial", imap.FetchItemBodySection{Partial: &imap.SectionPartial{Offset: 6, Size: 10}}, nested[6:16]},
		{"partial over the end", imap.FetchItemBodySection{Partial: &imap.SectionPartial{Offset: int64(len(nested)) - 3, Size: 99}}, nested[len(nested)-3:]},
		{"partial behind the end", imap.FetchItemBodySection{Partial: &imap.SectionPartial{Offset: 9999, Size: 9}}, ""},
		{"header", imap.FetchItemBodySection{Specifier: header}, nested[:end]},
		{"text", imap.FetchItemBodySection{Specifier: imap.PartSpecifierText}, nested[end:]},
		{"fields", imap.FetchItemBodySection{Specifier: header, HeaderFields: []string{"message-id", "X-Trace"}},
			"Message-ID: <n1@agency.example>\r\nX-Trace: one\r\nX-Trace: two\r\n\r\n"},
		{"folded field", imap.FetchItemBodySection{Specifier: header, HeaderFields: []string{"Subject"}},
			"Subject: =?UTF-8?B?44OG44K544OI?=\r\n folded\r\n\r\n"},
		{"no such field", imap.FetchItemBodySection{Specifier: header, HeaderFields: []string{"X-None"}}, "\r\n"},
		{"other fields", imap.FetchItemBodySection{Specifier: header, HeaderFieldsNot: []string{"From", "To", "Subject", "X-Trace", "MIME-Version", "Content-Type"}},
			"Message-ID: <n1@agency.example>\r\n\r\n"},
		{"part", imap.FetchItemBodySection{Part: []int{1}}, "Hello"},
		{"part of a part", imap.FetchItemBodySection{Part: []int{2}, Partial: &imap.SectionPartial{Offset: 2, Size: 3}}, "ECA"},
		{"no such part", imap.FetchItemBodySection{Part: []int{7}}, ""},
	}
	for _, tc := range cases {
		t.Run(tc.rule, func(t *testing.T) {
			section := tc.section
			section.Peek = true
			got, err := c.Fetch(imap.UIDSetNum(1), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{&section}}).Collect()
			if err != nil || len(got) != 1 {
				t.Fatalf("%d messages, %v", len(got), err)
			}
			if text := string(got[0].FindBodySection(&section)); text != tc.want {
				t.Errorf("got %q, want %q", text, tc.want)
			}
		})
	}
}

func TestFetchDescribesTheMessage(t *testing.T) {
	s := start(t, nil)
	if _, err := s.Deliver(user, "INBOX", []byte(nested), testDate); err != nil {
		t.Fatal(err)
	}
	c := client(t, s, nil)
	selectBox(t, c, "INBOX")
	got, err := c.Fetch(imap.SeqSetNum(1), &imap.FetchOptions{
		UID: true, Flags: true, InternalDate: true, RFC822Size: true, Envelope: true,
		BodyStructure: &imap.FetchItemBodyStructure{Extended: true},
	}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	m := got[0]
	if m.UID != 1 || len(m.Flags) != 0 || !m.InternalDate.Equal(testDate) || m.RFC822Size != int64(len(nested)) {
		t.Errorf("uid %d, flags %v, date %v, size %d", m.UID, m.Flags, m.InternalDate, m.RFC822Size)
	}
	if _, zone := m.InternalDate.Zone(); zone != 9*3600 {
		t.Errorf("INTERNALDATE came back in zone %d", zone)
	}
	e := m.Envelope
	if e.Subject != "テスト folded" || len(e.From) != 1 || e.From[0].Name != "山田" || e.From[0].Addr() != "yamada@agency.example" || e.MessageID != "n1@agency.example" {
		t.Errorf("envelope %+v", e)
	}
	multi, ok := m.BodyStructure.(*imap.BodyStructureMultiPart)
	if !ok || len(multi.Children) != 2 || multi.Children[1].MediaType() != "application/octet-stream" {
		t.Errorf("structure %+v", m.BodyStructure)
	}
}

func TestBrokenMailIsFetchedAsItIs(t *testing.T) {
	broken := map[string]string{
		"empty":                   "",
		"no empty line":           "Subject: x\r\n",
		"no header":               "\r\nbody only\r\n",
		"line that is no field":   "garbage line\r\nSubject: x\r\n\r\nbody\r\n",
		"LF only":                 "Subject: x\nTo: y@z\n\nbody\n",
		"multipart without parts": "Content-Type: multipart/mixed; boundary=q\r\n\r\nnothing\r\n",
		"type that is none":       "Content-Type: ;;;\r\n\r\nx\r\n",
		"raw bytes in header":     "Subject: \x83\x65\x83\x58\r\nFrom: \xff <a@b>\r\n\r\nx\r\n",
		"boundary missing":        "Content-Type: multipart/mixed\r\n\r\n--\r\n\r\nx\r\n",
	}
	s := start(t, nil)
	c := client(t, s, nil)
	selectBox(t, c, "INBOX")
	for rule, text := range broken {
		t.Run(rule, func(t *testing.T) {
			uid, err := s.Deliver(user, "INBOX", []byte(text), testDate)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Noop().Wait(); err != nil {
				t.Fatal(err)
			}
			all := &imap.FetchItemBodySection{Peek: true}
			head := &imap.FetchItemBodySection{Peek: true, Specifier: imap.PartSpecifierHeader}
			tail := &imap.FetchItemBodySection{Peek: true, Specifier: imap.PartSpecifierText}
			got, err := c.Fetch(imap.UIDSetNum(imap.UID(uid)), &imap.FetchOptions{
				Envelope: true, BodyStructure: &imap.FetchItemBodyStructure{Extended: true},
				BodySection: []*imap.FetchItemBodySection{all, head, tail},
			}).Collect()
			if err != nil || len(got) != 1 {
				t.Fatalf("%d messages, %v", len(got), err)
			}
			if whole := string(got[0].FindBodySection(all)); whole != text {
				t.Errorf("BODY[] = %q, want %q", whole, text)
			}
			if joined := string(got[0].FindBodySection(head)) + string(got[0].FindBodySection(tail)); joined != text {
				t.Errorf("header and text together are %q, want %q", joined, text)
			}
		})
	}
}

func TestFetchWithoutPeekSetsSeenAndSaysSo(t *testing.T) {
	s := start(t, nil)
	deliver(t, s, "INBOX", 2)
	c, other := raw(t, s, "INBOX"), raw(t, s, "INBOX")
	lines := c.ok("UID FETCH 2 BODY[TEXT]")
	want(t, "fetch", lines, `* 2 FETCH (UID 2 FLAGS (\Seen) BODY[TEXT] {9}`, "Body 2.", ")")
	want(t, "the other session", other.ok("NOOP"), `* 2 FETCH (UID 2 FLAGS (\Seen))`)
	want(t, "peek", c.ok("FETCH 1 (FLAGS BODY.PEEK[TEXT])"), `* 1 FETCH (FLAGS () BODY[TEXT] {9}`, "Body 1.", ")")
	want(t, "fetch again", c.ok("UID FETCH 2 BODY[TEXT]"), `* 2 FETCH (UID 2 BODY[TEXT] {9}`, "Body 2.", ")")
}

func TestStoreChangesFlags(t *testing.T) {
	s := start(t, nil)
	deliver(t, s, "INBOX", 3)
	c, other := raw(t, s, "INBOX"), raw(t, s, "INBOX")
	want(t, "add", c.ok(`STORE 1:2 +FLAGS (\seen $Filed \Recent)`),
		`* 1 FETCH (UID 1 FLAGS (\Seen $Filed))`, `* 2 FETCH (UID 2 FLAGS (\Seen $Filed))`)
	want(t, "remove", c.ok(`UID STORE 2 -FLAGS ($FILED)`), `* 2 FETCH (UID 2 FLAGS (\Seen))`)
	want(t, "set, silent", c.ok(`UID STORE 3,9 FLAGS.SILENT (\Flagged)`))
	want(t, "the other session", other.ok("NOOP"),
		`* 1 FETCH (UID 1 FLAGS (\Seen $Filed))`, `* 2 FETCH (UID 2 FLAGS (\Seen $Filed))`,
		`* 2 FETCH (UID 2 FLAGS (\Seen))`, `* 3 FETCH (UID 3 FLAGS (\Flagged))`)
	want(t, "keyword search", c.ok("UID SEARCH KEYWORD $filed"), "* SEARCH 1")
}

func TestExamineChangesNothing(t *testing.T) {
	s := start(t, nil)
	deliver(t, s, "INBOX", 1)
	if err := s.SetFlags(user, "INBOX", 1, `\Deleted`); err != nil {
		t.Fatal(err)
	}
	c := raw(t, s, "")
	c.ok("EXAMINE INBOX")
	c.refused(`STORE 1 +FLAGS (\Seen)`, "READ-ONLY")
	c.refused("MOVE 1 Sent", "READ-ONLY")
	c.refused("UID EXPUNGE 1", "READ-ONLY")
	c.ok("FETCH 1 BODY[]")
	c.ok("COPY 1 Sent")
	c.ok("CLOSE")
	if list := s.Messages(user, "INBOX"); len(list) != 1 || slices.Contains(list[0].Flags, `\Seen`) {
		t.Errorf("EXAMINE changed the mailbox: %+v", list)
	}
}

func TestSearchCriteria(t *testing.T) {
	s := start(t, nil)
	for i := 1; i <= 5; i++ {
		if _, err := s.Deliver(user, "INBOX", letter(i), testDate.AddDate(0, 0, i)); err != nil { // 17th to 21st
			t.Fatal(err)
		}
	}
	if _, err := s.Deliver(user, "INBOX", []byte(nested), testDate.AddDate(0, 1, 0)); err != nil {
		t.Fatal(err)
	}
	if err := s.SetFlags(user, "INBOX", 2, `\Seen`, "$Filed"); err != nil {
		t.Fatal(err)
	}
	c := raw(t, s, "INBOX")
	cases := []struct{ criteria, want string }{
		{"ALL", "1 2 3 4 5 6"},
		{"UID 2:3,5", "2 3 5"},
		{"UID 5:*", "5 6"},
		{"UID 100:*", "6"},
		{"UID *", "6"},
		{"2:3", "2 3"},
		{"NOT 2:3", "1 4 5 6"},
		{"SEEN", "2"},
		{"UNSEEN UID 1:3", "1 3"},
		{"KEYWORD $Filed", "2"},
		{"UNKEYWORD $Filed 1:3", "1 3"},
		{"SINCE 19-Nov-2026", "3 4 5 6"},
		{"BEFORE 19-Nov-2026", "1 2"},
		{"ON 19-Nov-2026", "3"},
		{"SENTSINCE 17-Nov-2026", ""},
		{"SENTON 16-Nov-2026", "1 2 3 4 5"},
		{"HEADER Message-ID <m3@agency.example>", "3"},
		{"HEADER message-id M3@AGENCY", "3"},
		{"HEADER Message-ID <m99@agency.example>", ""},
		{`HEADER Message-ID ""`, "1 2 3 4 5 6"},
		{`HEADER X-Trace ""`, "6"},
		{"HEADER X-Trace two", "6"},
		{`SUBJECT "entry 4"`, "4"},
		{"FROM yamada", "6"},
		{"LARGER 300", "6"},
		{"SMALLER 300", "1 2 3 4 5"},
		{"OR UID 1 HEADER X-Trace one", "1 6"},
		{"NOT HEADER X-Trace one", "1 2 3 4 5"},
		{"OR SEEN (UID 4 SUBJECT entry)", "2 4"},
		{`BODY "body 2"`, "2"},
		{"TEXT hello", "6"},
		{"TEXT entry", "1 2 3 4 5"},
		{"UID 3 SEEN", ""},
	}
	for _, tc := range cases {
		line := strings.TrimSuffix("* SEARCH "+tc.want, " ")
		want(t, tc.criteria, c.ok("UID SEARCH "+tc.criteria), line)
	}
	japanese := client(t, s, nil)
	selectBox(t, japanese, "INBOX")
	for key, value := range map[string]string{"Subject": "テスト", "From": "山田"} {
		data, err := japanese.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: key, Value: value}}}, nil).Wait()
		if err != nil || !slices.Equal(data.AllUIDs(), []imap.UID{6}) {
			t.Errorf("%s %s: %v, %v", key, value, data, err)
		}
	}
}

func TestExtendedSearchCountsAndSaves(t *testing.T) {
	s := start(t, nil)
	deliver(t, s, "INBOX", 5)
	c := raw(t, s, "INBOX")
	want(t, "ESEARCH", c.ok("UID SEARCH RETURN (MIN MAX COUNT ALL) UID 2:4"), `* ESEARCH (TAG "t3") UID ALL 2:4 MIN 2 MAX 4 COUNT 3`)
	c.ok("UID SEARCH RETURN (SAVE) UID 2,4")
	want(t, "$", c.ok("UID FETCH $ UID"), "* 2 FETCH (UID 2)", "* 4 FETCH (UID 4)")
}

func TestMoveNumbersMessagesRight(t *testing.T) {
	s := start(t, nil)
	deliver(t, s, "INBOX", 6)
	deliver(t, s, "Sent", 2)
	c, other := raw(t, s, "INBOX"), raw(t, s, "INBOX")
	lines := c.ok("UID MOVE 2,4:5,77 Sent")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "* OK [COPYUID ") || !strings.Contains(lines[0], " 2,4:5 3:5]") {
		t.Fatalf("MOVE answered %q", lines)
	}
	want(t, "expunges", lines[1:], "* 5 EXPUNGE", "* 4 EXPUNGE", "* 2 EXPUNGE")
	want(t, "what is left", c.ok("FETCH 1:* UID"), "* 1 FETCH (UID 1)", "* 2 FETCH (UID 3)", "* 3 FETCH (UID 6)")

	// The other session still has the old numbers and gets the same news.
	want(t, "old numbers", other.ok("FETCH 1:6 UID"), "* 1 FETCH (UID 1)", "* 3 FETCH (UID 3)", "* 6 FETCH (UID 6)")
	want(t, "news", other.ok("NOOP"), "* 5 EXPUNGE", "* 4 EXPUNGE", "* 2 EXPUNGE")
	want(t, "new numbers", other.ok("FETCH 1:* UID"), "* 1 FETCH (UID 1)", "* 2 FETCH (UID 3)", "* 3 FETCH (UID 6)")

	for uid, n := range map[uint32]int{3: 2, 4: 4, 5: 5} {
		if body, err := s.Read(user, "Sent", uid); err != nil || !bytes.Equal(body, letter(n)) {
			t.Errorf("Sent UID %d is not letter %d: %v", uid, n, err)
		}
	}
	want(t, "nothing to move", c.ok("UID MOVE 99 Sent"))
	c.refused("MOVE 1 nowhere", "TRYCREATE")
	c.refused("MOVE 1 INBOX", "CANNOT")
}

func TestMoveByGoImapsClient(t *testing.T) {
	s := start(t, nil)
	deliver(t, s, "INBOX", 3)
	c := client(t, s, nil)
	data := selectBox(t, c, "INBOX")
	if data.NumMessages != 3 {
		t.Fatalf("EXISTS %d", data.NumMessages)
	}
	moved, err := c.Move(imap.UIDSetNum(1, 3), "Junk").Wait()
	if err != nil || moved.SourceUIDs.String() != "1,3" || moved.DestUIDs.String() != "1:2" {
		t.Errorf("moved %+v, %v", moved, err)
	}
	if n := c.Mailbox().NumMessages; n != 1 {
		t.Errorf("the client counts %d messages, want 1", n)
	}
}

func TestCopyKeepsFlagsAndDates(t *testing.T) {
	s := start(t, nil)
	deliver(t, s, "INBOX", 2)
	if err := s.SetFlags(user, "INBOX", 2, `\Flagged`); err != nil {
		t.Fatal(err)
	}
	c := client(t, s, nil)
	selectBox(t, c, "INBOX")
	data, err := c.Copy(imap.UIDSetNum(1, 2), "Drafts").Wait()
	if err != nil || data.SourceUIDs.String() != "1:2" || data.DestUIDs.String() != "1:2" || data.UIDValidity == 0 {
		t.Fatalf("COPY: %+v, %v", data, err)
	}
	list := s.Messages(user, "Drafts")
	if len(list) != 2 || !slices.Equal(list[1].Flags, []string{`\Flagged`}) || !list[1].Date.Equal(testDate) || list[1].MessageID != "<m2@agency.example>" {
		t.Errorf("Drafts: %+v", list)
	}
	// A copy is a message of its own.
	if err := s.Remove(user, "INBOX", 2); err != nil {
		t.Fatal(err)
	}
	if body, err := s.Read(user, "Drafts", 2); err != nil || !bytes.Equal(body, letter(2)) {
		t.Errorf("copy after its source was removed: %q, %v", body, err)
	}
	raw := raw(t, s, "Drafts")
	raw.refused("COPY 1 nowhere", "TRYCREATE")
	want(t, "copy into the same mailbox", raw.ok("COPY 1 Drafts")[:1], "* 3 EXISTS")
}

func TestUIDExpungeTakesOnlyThoseNamed(t *testing.T) {
	s := start(t, nil)
	deliver(t, s, "INBOX", 5)
	c := raw(t, s, "INBOX")
	c.ok(`STORE 1,2,4,5 +FLAGS.SILENT (\Deleted)`)
	path := s.Messages(user, "INBOX")[1].Path
	want(t, "UID EXPUNGE", c.ok("UID EXPUNGE 2:4"), "* 4 EXPUNGE", "* 2 EXPUNGE")
	want(t, "UID EXPUNGE of none", c.ok("UID EXPUNGE 77"))
	if got := uids(s.Messages(user, "INBOX")); !slices.Equal(got, []uint32{1, 3, 5}) {
		t.Errorf("left: %v", got)
	}
	if _, err := s.Read(user, "INBOX", 2); !errors.Is(err, ErrNoMessage) {
		t.Errorf("expunged message: %v (%s)", err, path)
	}
	want(t, "EXPUNGE", c.ok("EXPUNGE"), "* 3 EXPUNGE", "* 1 EXPUNGE")
	c.ok(`STORE 1 +FLAGS.SILENT (\Deleted)`)
	want(t, "CLOSE", c.ok("CLOSE"))
	if list := s.Messages(user, "INBOX"); len(list) != 0 {
		t.Errorf("CLOSE left %v", uids(list))
	}
}

func TestAppendTellsTheUID(t *testing.T) {
	s := start(t, nil)
	c := client(t, s, nil)
	for i := 1; i <= 2; i++ {
		cmd := c.Append("Sent", int64(len(letter(i))), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen, "$Robot"}, Time: testDate})
		if _, err := cmd.Write(letter(i)); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Close(); err != nil {
			t.Fatal(err)
		}
		data, err := cmd.Wait()
		if err != nil || data.UID != imap.UID(i) || data.UIDValidity == 0 {
			t.Fatalf("APPEND %d: %+v, %v", i, data, err)
		}
	}
	m := s.Messages(user, "Sent")[1]
	if m.MessageID != "<m2@agency.example>" || !slices.Equal(m.Flags, []string{`\Seen`, "$Robot"}) || !m.Date.Equal(testDate) || m.Size != int64(len(letter(2))) {
		t.Errorf("stored %+v", m)
	}
	cmd := c.Append("nowhere", 3, nil)
	_, _ = io.WriteString(cmd, "a:b")
	_ = cmd.Close()
	var refused *imap.Error
	if _, err := cmd.Wait(); !errors.As(err, &refused) || refused.Code != imap.ResponseCodeTryCreate {
		t.Errorf("APPEND to a missing mailbox: %v", err)
	}
}

func TestNamespace(t *testing.T) {
	want(t, "NAMESPACE", raw(t, start(t, nil), "").ok("NAMESPACE"), `* NAMESPACE (("" "/")) NIL NIL`)
}
