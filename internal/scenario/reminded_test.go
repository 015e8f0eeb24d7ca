package scenario

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"uketsuke/internal/config"
	"uketsuke/internal/demo"
)

// commands gives one command after another as the concierge and forgets what comes of it.
func (w *World) commands(tag string, lines ...string) {
	w.t.Helper()
	for _, line := range lines {
		w.command(mori, line+" "+tag, "")
		w.ExpectLetter(mori, "お手続きのご報告")
	}
	w.later()
}

// sentBy lets both parties agree by phone, the clerk approve it, and the sheet leave.
func (w *World) sentBy(tag string) (referral Letter) {
	w.t.Helper()
	w.commands(tag, "受入可 HYOGO-CCI 電話", "了承依頼 HYOGO-CCI", "了承 企業 電話", "了承 紹介元 電話")
	w.command(clerk, "承認 HYOGO-CCI "+caseTag(w.newest(clerk, "ご承認のお願い")), "")
	w.commands(tag, "回付 HYOGO-CCI")
	referral = w.ExpectLetter(hyogo, "エントリーシート送付のご案内")
	w.forget()
	return referral
}

// forget takes all letters that are there.
func (w *World) forget() {
	for _, m := range w.server.Messages(demo.Outside, "INBOX") {
		w.read[m.UID] = true
	}
}

// The answer to a reminder of one thing is the answer to the letter that asked first: the exact word as its first line,
// the filled-in form, the plain word that all is deleted.
func TestAPlainReplyToAReminderOfOneThingAnswersIt(t *testing.T) {
	t.Parallel()
	form := t.TempDir() + "/追加情報フォーム.xlsx"
	writeBook(t, form)
	for name, tc := range map[string]struct {
		ask    func(w *World, tag string)
		who    string
		day    string // of the reminder
		words  string
		file   bool
		answer string // to who has replied, or to the concierge
		to     string
	}{
		"consent": {func(w *World, tag string) {
			w.direct(tag)
			w.commands(tag, "受入可 HYOGO-CCI 電話", "了承依頼 HYOGO-CCI")
		},
			nada, "2026-11-19", "了承\n\nよろしくお願いいたします。", false, "お手続きのご報告（了承", nada},
		"no consent": {func(w *World, tag string) {
			w.direct(tag)
			w.commands(tag, "受入可 HYOGO-CCI 電話", "了承依頼 HYOGO-CCI")
		},
			tanaka, "2026-11-19", "辞退", false, "お手続きのご報告（辞退", tanaka},
		"the form": {func(w *World, tag string) { w.commands(tag, "追加情報 紹介元") }, tanaka, "2026-11-19", "記入いたしました。", true, "お取り次ぎ", mori},
		"host":     {func(w *World, tag string) { w.sentBy(tag) }, hyogo, "2026-11-24", "受入担当\n部署：国際課\n担当者：山口 誠\n初回連絡方法：お電話", false, "お手続きのご報告（受入担当", hyogo},
		"recall":   {func(w *World, tag string) { w.sentBy(tag); w.commands(tag, "廃棄依頼 HYOGO-CCI") }, hyogo, "2026-11-19", "お送りいただいた資料は、すべて廃棄いたしました。", false, "お取り次ぎ", mori},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := New(t, Options{Change: func(c *config.Config) { c.InfoForm = form }})
			tag, _ := consulting(t, w)
			tc.ask(w, tag)
			w.forget()
			w.morning(tc.day)
			reminder := w.ExpectLetter(tc.who, "お返事のお願い")
			w.forget()
			m := reply(tc.who, reminder, tc.words)
			if tc.file {
				b, _ := w.newest(tanaka, "追加情報フォーム").has("追加情報フォーム.xlsx")
				m = withFile(m, "追加情報フォーム（記入済）.xlsx", b)
			}
			w.Incoming(m)
			w.Settle()
			w.ExpectLetter(tc.to, tc.answer)
			w.later()
			w.forget()
			w.morning("2026-12-01")
			w.expectNone(tc.who, "お返事のお願い")
		})
	}
}

// A report is asked for by the day that the last one named, else after 30 days; when none comes, concierge and intake
// agency are told after ten days. 状況 tells the intake agency all reports (guide 3-3).
func TestReportsAreAskedForAndTold(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	tag, forTanaka := consulting(t, w)
	referral := w.sentBy(tag)
	w.follow(hyogo, referral, "受入担当", "部署：国際課\n担当者：山口 誠\n初回連絡方法：お電話")
	w.later()
	w.follow(hyogo, referral, "進捗", "支援日：11/16\n支援内容：輸入元2社をご紹介しました。\n進捗状況：商談中です。\n次回予定：12/1\n手段：面談")
	w.later()
	w.forget()
	w.morning("2026-11-30")
	w.ExpectNoLetter()
	w.morning("2026-12-01")
	ask := w.ExpectLetter(hyogo, "支援状況のご報告のお願い")
	w.expectText(ask, "支援企業名：株式会社灘酒造", "支援日：", "次回予定：", "前回のご報告")
	if len(ask.Cc) > 0 {
		t.Errorf("cc %v", ask.Cc)
	}
	w.morning("2026-12-10")
	w.ExpectNoLetter()
	w.morning("2026-12-11")
	w.expectText(w.ExpectLetter(mori, "お手続きのご確認"), "支援状況のご報告", "兵庫商工会議所")
	w.expectText(w.ExpectLetter(tanaka, "お返事のお願い"), "支援状況のご報告", "兵庫商工会議所", "まだ届いていないもの")
	w.ExpectNoLetter()
	w.Incoming(reply(hyogo, ask, "進捗\n支援内容：輸入元1社と契約の見込みです。"))
	w.Settle()
	w.later()
	w.ExpectLetter(hyogo, "お手続きのご報告（進捗")
	w.expectText(w.ExpectLetter(tanaka, "支援状況"), "契約の見込み")
	w.ExpectLetter(mori, "支援状況")
	w.command(tanaka, "状況 "+forTanaka, "")
	w.expectText(w.ExpectLetter(tanaka, "案件の経過"), "輸入元2社をご紹介しました", "契約の見込み")
	w.morning("2027-01-08")
	w.ExpectNoLetter()
	w.morning("2027-01-12") // 30 days end on Sunday 10 January, and Monday is a holiday
	w.ExpectLetter(hyogo, "支援状況のご報告のお願い")
	w.ExpectNoLetter()
}

// For JETRO's own support it is the concierge who reports.
func TestTheConciergeIsAskedForTheReportOfJetrosOwnSupport(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	tag, _ := consulting(t, w)
	w.commands(tag, "ジェトロ支援 専門家")
	w.forget()
	w.morning("2026-12-15")
	w.ExpectNoLetter()
	w.morning("2026-12-16")
	w.expectText(w.ExpectLetter(mori, "お手続きのご確認"), "支援状況のご報告", "支援内容：", "次回予定：", "進捗")
	w.ExpectNoLetter()
}

// Under a brake the reminder waits; what is answered meanwhile is taken back, told to nobody, and the rest is reminded of
// the next day.
func TestAReminderThatABrakeHoldsIsCheckedAgainBeforeItLeaves(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	_, inquiry := asked(t, w)
	w.Incoming(sheetMail(t, tanaka, company("株式会社姫路精機", 140001000201)))
	w.Settle()
	second := caseTag(w.ExpectLetter(takahashi, "担当案件のお知らせ"))
	w.command(takahashi, "引受 "+second, "")
	w.command(takahashi, "打診 HYOGO-CCI "+second, "")
	w.later()
	w.ExpectLetter(hyogo, "支援可否のご照会")
	w.forget()
	w.Advance(w.until("2026-11-19 08:50"))
	w.office.Robot.Outbox.Brakes.PerPersonHour = 1
	w.command(hyogo, "ヘルプ", "") // its answer is the one letter of the hour
	w.forget()
	w.Advance(w.until("2026-11-19 09:05"))
	w.Settle()
	w.later()
	w.expectNone(hyogo, "お返事のお願い")
	w.Incoming(reply(hyogo, inquiry, "受入不可"))
	w.Settle()
	w.Advance(6 * time.Hour)
	w.Settle()
	for _, to := range []string{hyogo, mori, clerk} {
		w.expectNone(to, "お返事のお願い")
		w.expectNone(to, "お届けできなかった")
	}
	w.office.Robot.Outbox.Brakes.PerPersonHour = 20
	w.forget()
	w.morning("2026-11-20")
	reminder := w.ExpectLetter(hyogo, "お返事のお願い")
	w.expectText(reminder, "Q26-00002")
	w.expectWithout(reminder, "Q26-00001")
}

// until is how long it is until a moment in Japan.
func (w *World) until(moment string) time.Duration {
	w.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", moment, Begin.Location())
	if err != nil || !at.After(w.Now()) {
		w.t.Fatalf("%s is not ahead: %v", moment, err)
	}
	return at.Sub(w.Now())
}

// The mail server is away for a week: each reader gets one reminder when it is back, not one for each step.
func TestRemindersDoNotPileUpWhileTheMailServerIsAway(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	asked(t, w)
	w.Server(func(step string) error {
		if strings.HasPrefix(step, "smtp.") {
			return fmt.Errorf("connection refused")
		}
		return nil
	})
	for _, moment := range []string{"2026-11-19 09:05", "2026-11-19 09:20", "2026-11-20 09:05", "2026-11-24 09:05", "2026-11-25 09:05", "2026-11-26 09:05", "2026-11-26 19:00"} {
		w.Advance(w.until(moment))
		_ = w.once() // it cannot send
	}
	w.Server(nil)
	w.Advance(w.until("2026-11-26 21:00"))
	w.Settle()
	w.expectNone(hyogo, "お返事のお願い") // not at night
	w.morning("2026-11-27")
	w.Advance(time.Hour)
	w.Settle()
	w.ExpectLetter(hyogo, "お返事のお願い")
	w.ExpectNoLetter()
}

// While the clock is wrong nobody is reminded, whether mails come or not (trust.md S12).
func TestNobodyIsRemindedWhileTheClockIsWrong(t *testing.T) {
	t.Parallel()
	for name, story := range map[string]struct{ wrong, right func(w *World) }{
		"it went back": {func(w *World) {
			w.Advance(w.until("2026-11-18 20:00"))
			w.Advance(w.until("2026-11-19 20:00"))
			w.Settle()
			w.Advance(-10 * time.Hour)
			w.Settle()
		}, func(w *World) { w.Advance(w.until("2026-11-20 09:05")) }},
		"it is behind the mail server's": {func(w *World) {
			w.Advance(w.until("2026-11-19 09:05"))
			w.deliverAt(plain(clerk, "ヘルプ", ""), w.Now().Add(30*time.Minute))
			w.Settle()
			w.ExpectLetter(clerk, "ご案内")
		}, func(w *World) { w.Incoming(plain(clerk, "ヘルプ", "")) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := New(t, Options{})
			asked(t, w)
			story.wrong(w)
			w.expectText(w.ExpectLetter(clerk, "お知らせ"), "時計")
			w.Advance(time.Hour)
			w.Settle()
			w.ExpectNoLetter()
			story.right(w)
			w.Settle()
			w.later()
			w.ExpectLetter(hyogo, "お返事のお願い")
		})
	}
}

// In draft mode the clock's letters lie in Drafts like every letter, and nobody is reminded of what lies there still.
func TestInDraftModeTheClocksLettersLieInDrafts(t *testing.T) {
	t.Parallel()
	w := New(t, Options{Mode: "draft"})
	w.Incoming(sheetMail(t, stranger, nil))
	w.Incoming(bringing(tanaka, "ES.xlsx", lockedWith(t, "Nada-2026", nil)))
	w.Settle()
	w.morning("2026-11-17")
	w.morning("2026-11-18")
	drafts := w.server.Messages(demo.OfficeUser, "Drafts")
	if n := len(drafts); n != 2 { // the clerk is asked about the held entry; tanaka for the password
		t.Fatalf("%d drafts", n)
	}
	raw, err := w.server.Read(demo.OfficeUser, "Drafts", drafts[1].UID)
	if err != nil || !strings.Contains(string(raw), tanaka) {
		t.Errorf("%v: the draft is not to the sender of the locked file", err)
	}
	w.ExpectNoLetter()
}

// A crash at any step of the mornings' reminders: each reader gets the letter, a second copy is the same bytes, and no step
// comes twice.
func TestACrashAmongTheRemindersRemindsNobodyTwice(t *testing.T) {
	t.Parallel()
	calm := New(t, Options{})
	before := dayBefore(t, calm)
	want := calm.mornings()
	names, after := calm.Steps()
	for _, step := range names {
		for _, nth := range points(after[step] - before[step]) {
			if nth == 0 {
				continue // none of these passings is of the mornings
			}
			t.Run(fmt.Sprintf("%s/%d-of-%d", step, nth, after[step]-before[step]), func(t *testing.T) {
				t.Parallel()
				w := New(t, Options{})
				dayBefore(t, w)
				w.CrashAt(step, nth)
				if diff := cmp.Diff(want, w.mornings()); diff != "" {
					t.Errorf("the end differs (-calm +crashed):\n%s", diff)
				}
				if w.boots != 2 {
					t.Errorf("%d processes: the crash was not reached", w.boots)
				}
			})
		}
	}
}

// dayBefore is what the mornings remind of: two inquiries, a held entry, a locked file.
func dayBefore(t testing.TB, w *World) map[string]int {
	tag, _ := consulting(t, w)
	w.commands(tag, "打診 HYOGO-CCI 第0信用金庫")
	w.Incoming(sheetMail(t, stranger, company("株式会社播磨フーズ", 140001000205)))
	w.Incoming(bringing(tanaka, "ES.xlsx", lockedWith(t, "Nada-2026", nil)))
	w.Settle()
	_, counts := w.Steps()
	return counts
}

// mornings are those on which they are due.
func (w *World) mornings() string {
	for _, day := range []string{"2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20"} {
		w.morning(day)
	}
	return w.State()
}

// A deputy gets one mail for the own cases and for those of whom it stands in for.
func TestADeputyGetsOneReminderForAll(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	registered(t, w)
	w.Incoming(sheetMail(t, tanaka, company("株式会社姫路精機", 140001000201)))
	w.Settle()
	w.ExpectLetter(takahashi, "2026-KOB-00002-3")
	w.command(mori, "不在 11/17-11/20 TAKAHASHI", "")
	w.forget()
	w.morning("2026-11-18")
	one := w.ExpectLetter(takahashi, "お手続きのご確認（2件）")
	w.expectText(one, "引受 [登録 2026-KOB-00001-4", "引受 [登録 2026-KOB-00002-3")
	if len(one.Cc) > 0 {
		t.Errorf("cc %v", one.Cc)
	}
	w.ExpectNoLetter()
	w.follow(takahashi, one, "引受 [登録 2026-KOB-00001-4", "")
	w.expectText(w.ExpectLetter(takahashi, "お手続きのご報告（引受"), "案件をお引き受けいただきました")
}

// Whoever is held (凍結) gets no reminder, also not all together afterwards.
func TestWhoIsHeldIsRemindedOnceAfterwards(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	asked(t, w)
	w.command(clerk, "凍結 HYOGO-CCI", "")
	w.forget()
	for _, day := range []string{"2026-11-19", "2026-11-24", "2026-11-27", "2026-12-02"} {
		w.morning(day)
		w.ExpectNoLetter()
	}
	w.command(clerk, "解除 HYOGO-CCI", "")
	w.ExpectLetter(clerk, "お手続きのご報告（解除")
	w.ExpectNoLetter()
	w.morning("2026-12-03")
	w.ExpectLetter(hyogo, "お返事のお願い")
	w.ExpectNoLetter()
}
