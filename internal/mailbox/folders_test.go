package mailbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"pgregory.net/rapid"
)

func TestFoldersAreNamedAsInTheConfiguration(t *testing.T) {
	o := testOffice(t, capsFull)
	c := o.client(t)
	for range 2 { // a folder that exists is no error
		for _, name := range []string{"受付", "受付/済", "要確認 & 保留"} {
			if err := c.Create(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
	}
	folders, err := c.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range folders {
		names = append(names, f.Name)
		if !f.Exists {
			t.Errorf("%+v does not exist", f)
		}
	}
	if got := strings.Join(names, "|"); got != "INBOX|受付|受付/済|要確認 & 保留" {
		t.Errorf("got %s", got)
	}
	if _, err := o.user.Status("受付/済", &imap.StatusOptions{}); err != nil {
		t.Error(err)
	}
}

// A server as Courier and Cyrus are: "." between levels, everything under INBOX.
func TestPrefixAndDelimiterOfTheServerAreTranslated(t *testing.T) {
	cfg := stage(t, `
		S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready
		C: AUTHENTICATE PLAIN
		S: $ OK [CAPABILITY IMAP4rev1 NAMESPACE ACL SPECIAL-USE] in
		C: NAMESPACE
		S: * NAMESPACE (("INBOX." ".")) (("user." ".")) (("Public." "."))
		S: $ OK
		C: LIST "" "INBOX.&U9dO2A-.&bgg-"
		S: $ OK
		C: CREATE "INBOX.&U9dO2A-.&bgg-"
		S: $ OK
		C: SUBSCRIBE "INBOX.&U9dO2A-.&bgg-"
		S: $ NO not today
		C: LIST "" "*"
		S: * LIST (\HasChildren) "." INBOX
		S: * LIST (\Noselect) "." "INBOX.&U9dO2A-"
		S: * LIST () "." "INBOX.&U9dO2A-.&bgg-"
		S: * LIST (\Sent) "." "INBOX.Sent Items"
		S: * LIST () "." "Public.News"
		S: $ OK
		C: MYRIGHTS INBOX
		S: * MYRIGHTS INBOX lrswipkxtecda
		S: $ OK
		C: MYRIGHTS "INBOX.&U9dO2A-.&bgg-"
		S: * MYRIGHTS "INBOX.&U9dO2A-.&bgg-" lrswi
		S: $ OK
		C: MYRIGHTS "INBOX.Sent Items"
		S: * MYRIGHTS "INBOX.Sent Items" lr
		S: $ OK
		C: MYRIGHTS "Public.News"
		S: $ NO not yours
		C: LIST "" "*"
		S: * LIST (\Sent) "." "INBOX.Sent Items"
		S: $ OK
		rest`)
	c := openClient(t, cfg)
	if err := c.Create(t.Context(), "受付/済"); err != nil {
		t.Fatal(err)
	}
	folders, err := c.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []Folder{
		{"INBOX", "", true, "lrswipkxtecda"}, {"Public/News", "", true, ""}, {"Sent Items", `\Sent`, true, "lr"},
		{"受付", "", false, ""}, {"受付/済", "", true, "lrswi"},
	}
	if !slices.Equal(folders, want) {
		t.Errorf("got  %+v\nwant %+v", folders, want)
	}
	if name, ok, err := c.Special(t.Context(), "Sent"); name != "Sent Items" || !ok || err != nil {
		t.Errorf("sent folder: %q %v %v", name, ok, err)
	}
}

func TestSpecialUseIsAskedForWhereLISTMustBeTold(t *testing.T) {
	list := "\nS: * LIST (\\Drafts) \"/\" \"&Tgtm+DBN-\"\nS: * LIST (\\NonExistent \\Sent) \"/\" \"old\"\nS: $ OK"
	cfg := stage(t, `
		S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready
		C: AUTHENTICATE PLAIN
		S: $ OK [CAPABILITY IMAP4rev1 LIST-EXTENDED SPECIAL-USE] in
		C: LIST "" "*" RETURN (SPECIAL-USE)`+list+`
		C: LIST "" ""
		S: * LIST (\Noselect) "/" ""
		S: $ OK
		C: LIST "" "*" RETURN (SPECIAL-USE)`+list+`
		C: LOGOUT
		S: $ OK`)
	c := openClient(t, cfg)
	if name, ok, err := c.Special(t.Context(), `\Drafts`); name != "下書き" || !ok || err != nil {
		t.Errorf("drafts: %q %v %v", name, ok, err)
	}
	for range 2 { // asked once
		if name, ok, err := c.Special(t.Context(), `\sent`); name != "" || ok || err != nil {
			t.Errorf("a folder that does not exist was found: %q %v %v", name, ok, err)
		}
	}
}

func TestPropertyNamesComeBackAsTheyWent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := &naming{
			delim:   rapid.SampledFrom([]string{"/", ".", "\\"}).Draw(rt, "delimiter"),
			foreign: []string{"Public.", "user/"},
		}
		if rapid.Bool().Draw(rt, "prefixed") {
			n.prefix = "INBOX" + n.delim
		}
		level := rapid.StringMatching(`[A-Za-z0-9 受付済&_-]{1,8}`)
		name := strings.Join(rapid.SliceOfN(level, 1, 4).Draw(rt, "levels"), "/")
		if strings.HasPrefix(strings.ToUpper(name), "INBOX") {
			rt.Skip()
		}
		server := n.toServer(name)
		if got := n.fromServer(server); got != name {
			rt.Fatalf("%q became %q and %q", name, server, got)
		}
		if again := n.toServer(server); n.delim != "/" && !strings.Contains(server, "/") && again != server {
			rt.Fatalf("a server's own name %q became %q", server, again)
		}
	})
}

func TestForeignNamespacesGetNoPrefix(t *testing.T) {
	n := &naming{delim: ".", prefix: "INBOX.", foreign: []string{"Public.", "user."}}
	for name, want := range map[string]string{
		"Public/News": "Public.News", "user/entry": "user.entry", "inbox": "INBOX",
		"INBOX/Done": "INBOX.Done", "Done": "INBOX.Done",
	} {
		if got := n.toServer(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestAppendPutsCopiesWithFlagsAndDate(t *testing.T) {
	at := time.Date(2026, 11, 16, 10, 15, 7, 0, time.FixedZone("", 9*3600))
	for name, caps := range map[string]imap.CapSet{"full": capsFull, "bare": capsBare, "rev2": capsRev2} {
		t.Run(name, func(t *testing.T) {
			o := testOffice(t, caps)
			c := o.client(t)
			for _, raw := range []string{mailText("small", "x"), mailText("large", strings.Repeat("0123456789\r\n", 10_000))} {
				if err := c.Append(t.Context(), "送信済み", []byte(raw), []string{`\Seen`}, at); err != nil {
					t.Fatal(err)
				}
			}
			cfg := o.config()
			cfg.Inbox = "送信済み"
			heads, err := openClient(t, cfg).List(t.Context(), 1)
			if err != nil || len(heads) != 2 || !heads[1].InternalDate.Equal(at) || fmt.Sprint(heads[1].Flags) != `[\Seen]` {
				t.Errorf("got %+v, %v", heads, err)
			}
		})
	}
}

func TestAppendBatchKeepsOrder(t *testing.T) {
	o := testOffice(t, capsFull)
	c := o.client(t)
	var items []Item
	for i := range 40 {
		items = append(items, Item{Raw: []byte(mailText(fmt.Sprint(i), strings.Repeat("x", i*500)))})
	}
	for _, err := range c.AppendBatch(t.Context(), "Sent", items) {
		if err != nil {
			t.Fatal(err)
		}
	}
	ids := idsIn(t, o, "Sent")
	for i, id := range ids {
		if id != fmt.Sprint(i) {
			t.Fatalf("order %v", ids)
		}
	}
	if len(ids) != 40 {
		t.Errorf("%d mails", len(ids))
	}
	if errs := c.AppendBatch(t.Context(), "Sent", nil); len(errs) != 0 {
		t.Error(errs)
	}
}

// loginForAppend is a login without any selection.
const loginForAppend = `
	S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready
	C: AUTHENTICATE PLAIN
	S: $ OK [CAPABILITY IMAP4rev1 LITERAL- APPENDLIMIT=20000] in
	C: LIST "" ""
	S: * LIST (\Noselect) "/" ""
	S: $ OK
	C: LIST "" "Sent"
	S: * LIST () "/" Sent
	S: $ OK
`

func TestAppendThatIsRefused(t *testing.T) {
	small, large := Item{Raw: []byte("s\r\n")}, Item{Raw: []byte(strings.Repeat("l", 5000))}
	for name, c := range map[string]struct {
		script []string
		items  []Item
		want   string // r refused, t temporary, - done
	}{
		"after the literal: the others go on": {
			[]string{loginForAppend + "C: APPEND\nS: $ OK\nC: APPEND\nS: $ NO [OVERQUOTA] full\nC: APPEND\nS: $ OK\nrest"},
			[]Item{small, small, small}, "-r-",
		},
		"before the literal: the connection is of no more use": {
			[]string{loginForAppend + "C: APPEND\nS: $ OK\nL: APPEND\nS: $ NO [OVERQUOTA] full\nrest"},
			[]Item{small, large, small}, "-rt",
		},
		"an earlier answer that comes after the refusal still counts": {
			[]string{loginForAppend + "C: APPEND\nL: APPEND\nS: $ NO [OVERQUOTA] full\nR: T4 OK\\r\\n\nrest"},
			[]Item{small, large}, "-r",
		},
		"too big by the server's own word: not even tried": {
			[]string{loginForAppend + "C: APPEND\nS: $ OK\nrest"},
			[]Item{{Raw: make([]byte, 20_001)}, small}, "r-",
		},
		"the connection breaks": {
			[]string{loginForAppend + "C: APPEND\nS: $ OK\nC: APPEND\ncut"},
			[]Item{small, small, small}, "-tt",
		},
		"folder removed meanwhile: made again": {
			[]string{loginForAppend + `
				C: APPEND
				S: $ NO [TRYCREATE] missing
				C: LIST "" "Sent"
				S: $ OK
				C: CREATE "Sent"
				S: $ OK
				C: SUBSCRIBE "Sent"
				S: $ OK
				C: APPEND
				S: $ OK
				rest`},
			[]Item{small}, "-",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := fates(openClient(t, stage(t, c.script...)).AppendBatch(t.Context(), "Sent", c.items))
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestSeveralMailsAreAppendedWithOneCommandWhereTheServerCan(t *testing.T) {
	at := time.Date(2026, 11, 6, 10, 15, 7, 0, time.FixedZone("", 9*3600))
	seen := func(body string) Item { return Item{Raw: []byte(body), Flags: []string{`\Seen`}, At: at} }
	login := strings.Replace(loginForAppend, "LITERAL-", "LITERAL+ MULTIAPPEND UIDPLUS", 1)
	const together = `C: APPEND "Sent" (\Seen) " 6-Nov-2026 10:15:07 +0900" {3+} (\Seen) " 6-Nov-2026 10:15:07 +0900" {5000+}` + "\n"
	small, large := seen("s\r\n"), seen(strings.Repeat("l", 5000))
	for name, c := range map[string]struct {
		script string
		items  []Item
		want   string // r refused, t temporary, - done
	}{
		"all are there":                    {together + "S: * 7 EXISTS\nS: $ OK [APPENDUID 7 4:5] done\nC: LOGOUT\nS: $ OK", []Item{small, large}, "--"},
		"the answer comes in pieces":       {together + `R: * 7 EXI` + "\n" + `R: STS\r\nM` + "\n" + `R: 1 OK do` + "\n" + `R: ne\r\n* OK\r\n` + "\nrest", []Item{small, large}, "--"},
		"one is refused: each alone":       {together + "S: $ NO [OVERQUOTA] full\nC: APPEND\nS: $ OK\nC: APPEND\nS: $ NO [OVERQUOTA] full\nrest", []Item{small, large}, "-r"},
		"the server cannot after all":      {together + "S: $ BAD what\nC: APPEND\nS: $ OK\nC: APPEND\nS: $ OK\nrest", []Item{small, large}, "--"},
		"for now":                          {together + "S: $ NO [INUSE] busy\nrest", []Item{small, large}, "tt"},
		"the connection breaks":            {together + "cut", []Item{small, large}, "tt"},
		"the server says nothing":          {together + "hang", []Item{small, large}, "tt"},
		"too big by the server's own word": {together + "S: $ OK\nrest", []Item{small, {Raw: make([]byte, 20_001)}, large}, "-r-"},
		"one mail alone":                   {`C: APPEND "Sent" (\Seen)` + "\nS: $ OK\nrest", []Item{small}, "-"},
		"the folder is gone: made again": {together + `
			S: $ NO [TRYCREATE] missing
			C: LIST "" "Sent"
			S: $ OK
			C: CREATE "Sent"
			S: $ OK
			C: SUBSCRIBE "Sent"
			S: $ OK
			` + together + "S: $ OK\nrest", []Item{small, large}, "--"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := fates(openClient(t, stage(t, login+c.script)).AppendBatch(t.Context(), "Sent", c.items)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// fates shows what became of each item: r refused, t temporary, - done.
func fates(errs []error) string {
	got := ""
	for _, err := range errs {
		switch {
		case err == nil:
			got += "-"
		case errors.As(err, new(*RefusedError)):
			got += "r"
		case errors.As(err, new(*TemporaryError)):
			got += "t"
		default:
			got += fmt.Sprint(err)
		}
	}
	return got
}

func TestFolderNamesAreWrittenInModifiedUTF7(t *testing.T) {
	for name, want := range map[string]string{
		"Sent": `"Sent"`, "送信済み": `"&kAFP4W4IMH8-"`, "R&D 済": `"R&-D &bgg-"`, `a"b\c`: `"a\"b\\c"`, "台北/日本語": `"&U,BTFw-/&ZeVnLIqe-"`, "𠮷": `"&2ELftw-"`,
	} {
		if got := (&session{}).quoted(name); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
	if got := (&session{caps: capsRev2}).quoted("済"); got != `"済"` {
		t.Errorf("under IMAP4rev2: %s", got)
	}
}

func TestAppendTellsAllItemsWhenThereIsNoConnection(t *testing.T) {
	errs := openClient(t, stage(t, "cut")).AppendBatch(t.Context(), "Sent", make([]Item, 3))
	for _, err := range errs {
		if !errors.As(err, new(*TemporaryError)) {
			t.Errorf("got %v", err)
		}
	}
}

func TestMessageIDsAreFoundWholeAndInTheirFolderOnly(t *testing.T) {
	for name, caps := range map[string]imap.CapSet{"full": capsFull, "bare": capsBare} {
		t.Run(name, func(t *testing.T) {
			o := testOffice(t, caps)
			o.user.Create("Sent", nil)
			var ids []string
			for i := range 100 {
				id := fmt.Sprintf("u.%d@uketsuke.example", i)
				ids = append(ids, id)
				if i%3 == 0 {
					o.put(t, "Sent", mailText(id, "x"))
				}
			}
			o.put(t, "Sent", mailText("longer.u.1@uketsuke.example.jp", "x"))
			o.put(t, "INBOX", mailText("u.2@uketsuke.example", "x"))
			c := o.client(t)
			have, _, err := c.HaveMessageIDs(t.Context(), "Sent", ids, Mark{})
			if err != nil {
				t.Fatal(err)
			}
			for i, id := range ids {
				if have[id] != (i%3 == 0) {
					t.Errorf("%s: %v", id, have[id])
				}
			}
			for id, want := range map[string]bool{"<u.3@uketsuke.example>": true, "u.1@uketsuke.example": false, "3@uketsuke.example": false} {
				if got, err := c.HasMessageID(t.Context(), "Sent", id); got != want || err != nil {
					t.Errorf("%s: %v, %v", id, got, err)
				}
			}
			if got, err := c.HasMessageID(t.Context(), "INBOX", "u.2@uketsuke.example"); !got || err != nil {
				t.Errorf("in the inbox: %v, %v", got, err)
			}
			if got, err := c.HasMessageID(t.Context(), "nowhere", "a@b"); got || err != nil {
				t.Errorf("in a missing folder: %v, %v", got, err)
			}
			// and the inbox is still what the other methods work on
			if heads, err := c.List(t.Context(), 1); err != nil || len(heads) != 1 {
				t.Errorf("inbox afterwards: %v, %v", heads, err)
			}
		})
	}
}

func TestOnlyWhatCameAfterTheMarkIsSearched(t *testing.T) {
	const search = `UID SEARCH `
	examine := func(validity, next int) string {
		return fmt.Sprintf("C: EXAMINE \"Sent\"\nS: * OK [UIDVALIDITY %d] v\nS: * OK [UIDNEXT %d] n\nS: $ OK\n", validity, next)
	}
	for name, c := range map[string]struct {
		script string
		after  Mark
		want   Mark
	}{
		"no mark":                     {examine(7, 40) + `C: UID SEARCH HEADER`, Mark{}, Mark{7, 40}},
		"some came":                   {examine(7, 40) + `C: UID SEARCH UID 30:* HEADER`, Mark{7, 30}, Mark{7, 40}},
		"none came":                   {examine(7, 40), Mark{7, 40}, Mark{7, 40}},
		"another folder of the name":  {examine(8, 40) + `C: UID SEARCH HEADER`, Mark{7, 40}, Mark{8, 40}},
		"a server that does not tell": {"C: EXAMINE \"Sent\"\nS: $ OK\nC: UID SEARCH HEADER", Mark{}, Mark{}},
		"and a mark of before":        {"C: EXAMINE \"Sent\"\nS: $ OK\nC: UID SEARCH HEADER", Mark{7, 30}, Mark{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if strings.Contains(c.script, search) {
				c.script += "\nS: * SEARCH\nS: $ OK\n"
			}
			have, now, err := openClient(t, stage(t, loginForAppend+c.script+"rest")).HaveMessageIDs(t.Context(), "Sent", []string{"<1@x>"}, c.after)
			if err != nil || len(have) > 0 || now != c.want {
				t.Errorf("got %v, %v, %v, want %v", have, now, err, c.want)
			}
		})
	}
}

func TestServerThatSearchesLooselyIsNotBelieved(t *testing.T) {
	script := loginForAppend + `
		C: EXAMINE "Sent"
		S: $ OK
		C: UID SEARCH HEADER "Message-ID" "<1@x>"
		S: * SEARCH 4
		S: $ OK
		C: NOOP
		S: $ OK
		C: UID FETCH 4
		R: * 1 FETCH (UID 4 BODY[HEADER.FIELDS (\"Message-ID\")] {22}\r\nMessage-ID: <11@x>\r\n\r\n)\r\n
		S: $ OK
		rest`
	if got, err := openClient(t, stage(t, script)).HasMessageID(t.Context(), "Sent", "<1@x>"); got || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestMessageIDWithALineBreakIsRefused(t *testing.T) {
	for _, id := range []string{"a\r\nb", "", "<>"} {
		if _, err := testOffice(t, capsBare).client(t).HasMessageID(t.Context(), "INBOX", id); !errors.As(err, new(*RefusedError)) {
			t.Errorf("%q: got %v", id, err)
		}
	}
}

func TestCapsAreThoseAfterLogin(t *testing.T) {
	caps, err := testOffice(t, capsFull).client(t).Caps(t.Context())
	if err != nil || !slices.Contains(caps, "MOVE") || !slices.IsSorted(caps) {
		t.Errorf("got %v, %v", caps, err)
	}
}
