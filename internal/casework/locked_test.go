package casework

import (
	"slices"
	"testing"
)

func closedMail(from Address, files ...LockedFile) Input {
	in := mail(MailLocked, from)
	in.Subject, in.Locked = "エントリーシートの送付", files
	return in
}

var (
	closedBook = LockedFile{Name: "ES.xlsx", What: "locked", Reason: "パスワードで保護されています。", Waits: true}
	rightsBook = LockedFile{Name: "権利.xlsx", What: "locked", Reason: "権利管理で保護されています。"}
)

func TestWhoseLockedFileWaits(t *testing.T) {
	unproved := func(change func(*Input)) Input { in := closedMail(tanaka, closedBook); change(&in); return in }
	for rule, tc := range map[string]struct {
		in     Input
		result Result
		folder Folder
		sent   string
		waits  bool
	}{
		"of a rostered person":           {closedMail(tanaka, closedBook), ResultWaiting, FolderStay, "", true},
		"of a rostered domain":           {closedMail(colleague, closedBook), ResultWaiting, FolderStay, "", true},
		"of a concierge":                 {closedMail(suzuki, closedBook), ResultWaiting, FolderStay, "", true},
		"of a stranger":                  {closedMail(okamoto, closedBook), ResultAside, FolderAside, "aside>saeki", false},
		"without evidence":               {unproved(func(in *Input) { in.Evidence.State = EvidenceNone }), ResultAside, FolderAside, "aside>saeki", false},
		"with failed evidence":           {unproved(func(in *Input) { in.Evidence.State = EvidenceFail }), ResultAside, FolderAside, "aside>saeki", false},
		"without authority":              {unproved(func(in *Input) { in.Authority = "two From mailboxes" }), ResultAside, FolderAside, "aside>saeki", false},
		"where no evidence is asked":     {unproved(func(in *Input) { in.Evidence.State = EvidenceUnconfigured }), ResultWaiting, FolderStay, "", true},
		"that no password opens":         {closedMail(tanaka, rightsBook), ResultAside, FolderAside, "aside>saeki", false},
		"with one that none opens":       {closedMail(tanaka, closedBook, rightsBook), ResultWaiting, FolderAside, "aside>saeki", true},
		"whose password never came":      {unproved(func(in *Input) { in.Late, in.Opened = true, true }), ResultAside, FolderAside, "aside>saeki", false},
		"with a command is told as ever": {withLocked(command(tanaka, "", "ヘルプ"), []LockedFile{closedBook}), ResultDone, FolderAside, "help>tanaka aside>saeki", false},
	} {
		t.Run(rule, func(t *testing.T) {
			out := newWorld(t).do(tc.in)
			if out.Result != tc.result || out.Folder != tc.folder || letters(out) != tc.sent || (out.Wait != nil) != tc.waits {
				t.Errorf("%s in %q, letters %q, waits for %+v", out.Result, out.Folder, letters(out), out.Wait)
			}
			if tc.waits && (!slices.Equal(out.Wait.Files, []string{"ES.xlsx"}) || out.Wait.Evidence.State != tc.in.Evidence.State) {
				t.Errorf("waits for %+v", out.Wait)
			}
			if told := letterFiles(out); slices.Contains(told, closedBook.Name) && tc.waits {
				t.Errorf("the clerk is told of a file that waits: %q", told)
			}
		})
	}
}

// letterFiles are the files that the clerk is told of.
func letterFiles(out Outcome) (names []string) {
	for _, l := range out.Letters {
		if a, ok := l.Content.(AsideLetter); ok {
			for _, f := range a.Files {
				names = append(names, f.Name)
			}
		}
	}
	return names
}

func TestALockedFileBesideASheetWaitsAndTheSheetIsDone(t *testing.T) {
	w := newWorld(t)
	in := entryMail(tanaka, company("灘酒造"))
	in.Locked = []LockedFile{closedBook}
	out := w.do(in)
	want(t, out, ResultRegistered, registered, "registered>tanaka brief>suzuki")
	if out.Folder != FolderStay || out.Wait == nil || !slices.Equal(out.Wait.Sheets, []string{in.Sheets[0].File.Blob}) || out.Wait.Agency != "MINATO" {
		t.Errorf("filed in %q, waits for %+v", out.Folder, out.Wait)
	}
	// what opened is no entry sheet: nothing is answered twice
	again := entryMail(tanaka)
	again.Opened = true
	want(t, w.do(again), ResultKept, "", "")
}

func TestAReplyThatOnlyBringsAPasswordIsKeptWithoutItsWords(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	in := w.replyTo(c.Registration, mail(MailReply, tanaka))
	in.Text, in.Password = "パスワード：Kobe2026!", true
	out := w.do(in)
	want(t, out, ResultWaiting, "message-kept", "")
	if kept := out.Events[0].Payload.(*MessageKept); kept.Text != "" || kept.What != "password" {
		t.Errorf("kept: %+v", kept)
	}
	if out.Folder != FolderStay || !out.Heard {
		t.Errorf("filed in %q, heard %v", out.Folder, out.Heard)
	}
	in.MessageID, in.Password = "", false
	want(t, w.do(in), ResultPassed, "message-kept message-passed", "passed-on>suzuki")
}

func TestWhoseWordsAreTriedOnLockedFiles(t *testing.T) {
	for rule, tc := range map[string]struct {
		in    Input
		heard bool
	}{
		"a known sender's":    {mail(MailOther, tanaka), true},
		"a program's of hers": {mail(MailAutomatic, tanaka), true},
		"an entry's":          {entryMail(tanaka, company("灘酒造")), true},
		"a stranger's":        {mail(MailOther, okamoto), false},
		"a forger's":          {failed(mail(MailOther, tanaka)), false},
		"a bounce's":          {mail(MailBounce, tanaka), false},
		"a broken mail's":     {mail(MailBroken, tanaka), false},
	} {
		if out := newWorld(t).do(tc.in); out.Heard != tc.heard {
			t.Errorf("%s: %v", rule, out.Heard)
		}
	}
}

func TestWhatCameProtectedIsReturnedProtectedAndReadByTheConcierge(t *testing.T) {
	w := newWorld(t)
	protected := func(s *SheetIn) { s.File.Protected = true }
	out := w.do(entryMail(tanaka, company("灘酒造", lacking("company.phone"), protected)))
	if a := out.Letters[0].Attach[0]; !letterOf[ReturnedLetter](t, out).Protected || a.Kind != AttachMarked || !a.Protect.AsItCame {
		t.Errorf("marked copy: %+v", a)
	}
	out = w.do(entryMail(tanaka, company("明石水産", protected)))
	if a := out.Letters[1].Attach[0]; !letterOf[BriefLetter](t, out).Protected || a.Kind != AttachSheet || a.Protect != (Protection{}) {
		t.Errorf("brief: %+v", a)
	}
}
