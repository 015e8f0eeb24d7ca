package scenario

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"uketsuke/internal/casework"
	"uketsuke/internal/demo"
	"uketsuke/internal/demo/form"
	"uketsuke/internal/ooxmlcrypt"
)

// Two offices: Kobe hands a case over, Osaka takes it over. Each has its own robot, store and mail server; what one sends to the
// other's mailbox is carried over by hand, with what the other's boundary server writes above it.

const (
	kobesMailbox = "uketsuke@kobe.example"
	osaka        = "uketsuke@osaka.example"
	agreed       = "Umeda-Sannomiya-2026"
)

// other is the section of another office, its password in a file.
func other(t testing.TB, dir, code, name, mailbox, password string) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "other"), []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("\n[[other_office]]\ncode = %q\nname = %q\nmailbox = %q\npassword_file = \"other\"\n", code, name, mailbox)
}

func kobeAndOsaka(t testing.TB, passwordThere string) (*World, *World) {
	t.Helper()
	kobe := New(t, Options{Mailbox: kobesMailbox, Text: func(text, dir string) string { return text + other(t, dir, "OSA", "ジェトロ大阪", osaka, agreed) }})
	there := New(t, Options{Seed: 100, Mailbox: osaka, Text: func(text, dir string) string {
		text = strings.NewReplacer(`code = "KOB"`, `code = "OSA"`, "ジェトロ神戸", "ジェトロ大阪").Replace(text)
		return text + other(t, dir, "KOB", "ジェトロ神戸", kobesMailbox, passwordThere)
	}})
	return kobe, there
}

// carried brings a letter of one office to the other one's inbox.
func (w *World) carried(l Letter, from string) {
	w.t.Helper()
	w.IncomingRaw([]byte(strings.Join(demo.Evidence(from), "\r\n") + "\r\n" + string(l.Raw)))
	w.Settle()
}

// transferred lets the clerk hand a registered case over and returns the bundle's letter. The letters have left.
func (w *World) transferred(number string) Letter {
	w.t.Helper()
	w.command(clerk, "移管 OSA "+w.clerksTag(number), "本社を大阪に移されたため。")
	w.expectText(w.ExpectLetter(clerk, "お手続きのご報告（移管"), "ジェトロ大阪に移管いたします", "案件の移管のお願い")
	w.ExpectNoLetter() // all wait before they leave
	w.later()
	w.expectText(w.ExpectLetter(tanaka, "担当事務所の変更のお知らせ"), "ジェトロ大阪", osaka)
	w.ExpectLetter(mori, "担当事務所の変更のお知らせ")
	return w.ExpectLetter(osaka, "案件の移管のお願い")
}

// clerksTag is the case tag with the clerk's code.
func (w *World) clerksTag(number string) string {
	w.t.Helper()
	w.command(clerk, "状況 [登録 "+number+"]", "")
	return caseTag(w.ExpectLetter(clerk, "案件の経過"))
}

const kobesNumber = "2026-KOB-00001-4"

func TestACaseGoesToAnotherOfficeWhichTakesItOverAndAnswers(t *testing.T) {
	t.Parallel()
	kobe, there := kobeAndOsaka(t, agreed)
	tag, forTanaka := consulting(t, kobe)
	amended := sheetMail(t, tanaka, func(e *form.Entry) { e.Desired = "展示会への出展" })
	amended.Subject = "訂正 " + forTanaka
	kobe.Incoming(amended)
	kobe.Settle()
	kobe.ExpectLetter(tanaka, "お手続きのご報告（訂正")
	kobe.ExpectLetter(mori, "第2版")
	letter := kobe.transferred(kobesNumber)
	kobe.ExpectNoLetter()
	kobe.expectWithout(letter, "灘", "みなと", "田中", "M-00001", "nada-sake")
	for _, name := range []string{"移管_" + kobesNumber, "第1版", "第2版"} { // a person opens each with the agreed password
		data, _ := letter.has(name)
		plain, err := ooxmlcrypt.Decrypt(data, agreed)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if name == "第1版" && !bytes.Equal(plain, book(t, nil)) {
			t.Error("the sheet is not the one that came")
		}
	}

	there.carried(letter, kobesMailbox)
	toAgency, brief := there.ExpectLetter(tanaka, "担当事務所の変更と登録のお知らせ"), there.ExpectLetter(mori, "他の事務所からの移管")
	there.expectText(toAgency, "ジェトロ神戸より", kobesNumber, "M-00001-3")
	there.expectFile(toAgency, "会員証")
	there.expectFile(brief, "エントリーシート.xlsx")
	there.expectText(brief, "展示会への出展", "了承依頼")
	answer := there.ExpectLetter(kobesMailbox, "お送りいただいた案件の受付のお知らせ")
	there.ExpectNoLetter()
	c := there.cases()
	if len(c) != 1 || c[0].Registration != kobesNumber || c[0].Receipt != "E26-00001" || c[0].Stage != casework.StageRegistered || c[0].Version != 2 {
		t.Fatalf("cases there: %+v", c)
	}
	there.command(mori, "引受 "+caseTag(brief), "") // it goes on there, under its number
	there.ExpectLetter(mori, "お手続きのご報告（引受")
	there.command(mori, "打診 HYOGO-CCI "+caseTag(brief), "")
	there.ExpectLetter(mori, "お手続きのご報告（打診")
	there.Incoming(sheetMail(t, tanaka, company("株式会社姫路精機", 140001000201)))
	there.Settle()
	there.ExpectLetter(tanaka, "[登録 2026-OSA-00001-") // the series there is its own

	kobe.carried(answer, osaka)
	kobe.ExpectNoLetter() // robots do not go on talking
	kobe.expectTimeline(kobesNumber, "先方の受付番号 E26-00001")
	kobe.command(mori, "打診 HYOGO-CCI "+tag, "")
	kobe.expectText(kobe.ExpectLetter(mori, "お手続きについてのお尋ね"), "ジェトロ大阪", "移管いたしました")

	kobe.Incoming(reply(tanaka, kobe.newest(tanaka, "担当事務所の変更のお知らせ"), "追加の資料をお送りします。"))
	kobe.Settle()
	kobe.expectText(kobe.ExpectLetter(clerk, "ご確認いただきたいメールのお知らせ"), kobesNumber, "ジェトロ大阪")
	kobe.ExpectNoLetter()

	letters := there.Copies()
	there.carried(letter, kobesMailbox) // the very same mail
	if there.Copies() != letters || len(there.cases()) != 2 {
		t.Errorf("%d letters more, %d cases", there.Copies()-letters, len(there.cases()))
	}
	for _, w := range []*World{kobe, there} {
		w.State() // the audit of both databases
	}
}

func (w *World) expectTimeline(number, text string) {
	w.t.Helper()
	for _, e := range w.timeline(number) {
		if strings.Contains(e.Text, text) {
			return
		}
	}
	w.t.Errorf("the timeline of %s has no %q", number, text)
}

func TestATransferIsTakenBackBeforeItsLettersLeave(t *testing.T) {
	t.Parallel()
	kobe, _ := kobeAndOsaka(t, agreed)
	registered(t, kobe)
	tag := kobe.clerksTag(kobesNumber)
	kobe.command(clerk, "移管 ジェトロ大阪 "+tag, "")
	kobe.ExpectLetter(clerk, "お手続きのご報告（移管")
	kobe.command(clerk, "直前取消 "+tag, "")
	kobe.expectText(kobe.ExpectLetter(clerk, "お手続きのご報告（直前取消"), "取り消し")
	kobe.later()
	kobe.ExpectNoLetter()
	if c := kobe.cases(); c[0].Stage != casework.StageRegistered {
		t.Errorf("the case is %s", c[0].Stage)
	}
}

func TestATransferThatIsNotAcknowledgedIsSentAgainAndAnsweredAgain(t *testing.T) {
	t.Parallel()
	kobe, there := kobeAndOsaka(t, agreed)
	registered(t, kobe)
	there.carried(kobe.transferred(kobesNumber), kobesMailbox)
	there.ExpectLetter(tanaka, "担当事務所の変更と登録のお知らせ")
	there.ExpectLetter(mori, "他の事務所からの移管")
	there.ExpectLetter(kobesMailbox, "受付のお知らせ") // which is lost on its way
	kobe.command(clerk, "移管 OSA "+kobe.clerksTag(kobesNumber), "")
	kobe.ExpectLetter(clerk, "お手続きのご報告（移管")
	kobe.later()
	there.carried(kobe.ExpectLetter(osaka, "案件の移管のお願い"), kobesMailbox)
	answer := there.ExpectLetter(kobesMailbox, "受付のお知らせ")
	there.ExpectNoLetter()
	there.expectText(answer, "E26-00001")
	if n := len(there.cases()); n != 1 {
		t.Errorf("%d cases there", n)
	}
	kobe.carried(answer, osaka)
	kobe.expectTimeline(kobesNumber, "先方の受付番号 E26-00001")
}

// Whatever speaks against a bundle: the clerk is told, the mail lies in the folder for people, and no case is made.
func TestABundleThatIsInDoubtGoesToTheClerk(t *testing.T) {
	t.Parallel()
	for rule, tc := range map[string]struct {
		password string // of the office there
		head     string // what the boundary server writes
		told     string
	}{
		"the wrong password": {"another word", "", "取り決めたパスワード"},
		"no evidence":        {agreed, "Received: from unknown by mx.uketsuke.example; Mon, 16 Nov 2026 10:00:00 +0900", "確かめられませんでした"},
		"failed evidence":    {agreed, strings.ReplaceAll(strings.Join(demo.Evidence(kobesMailbox), "\r\n"), "=pass", "=fail"), "確かめられませんでした"},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			kobe, there := kobeAndOsaka(t, tc.password)
			registered(t, kobe)
			letter := kobe.transferred(kobesNumber)
			if tc.head == "" {
				there.carried(letter, kobesMailbox)
			} else {
				there.IncomingRaw([]byte(tc.head + "\r\n" + string(letter.Raw)))
				there.Settle()
			}
			there.expectText(there.ExpectLetter(clerk, "ご確認いただきたいメールのお知らせ"), "ジェトロ神戸", tc.told)
			there.ExpectNoLetter()
			there.expectFolders(map[string]int{"INBOX": 0, "確認待ち": 1})
			if n := len(there.cases()); n != 0 {
				t.Errorf("%d cases there", n)
			}
		})
	}
}

func TestAStrangersBundleIsNobodysCase(t *testing.T) {
	t.Parallel()
	kobe, there := kobeAndOsaka(t, agreed)
	registered(t, kobe)
	letter := kobe.transferred(kobesNumber)
	forged := bytes.ReplaceAll(letter.Raw, []byte("<"+kobesMailbox+">"), []byte("<"+stranger+">"))
	there.IncomingRaw([]byte(strings.Join(demo.Evidence(stranger), "\r\n") + "\r\n" + string(forged)))
	there.Settle()
	there.ExpectNoLetter()
	there.expectFolders(map[string]int{"INBOX": 0, "自動応答": 1})
	if n := len(there.cases()); n != 0 {
		t.Errorf("%d cases there", n)
	}
}
