package scenario

import (
	"fmt"
	"strings"
	"testing"

	"uketsuke/internal/casework"
	"uketsuke/internal/demo/form"
	"uketsuke/internal/demo/post"
)

// has returns the attachment whose name contains a text.
func (l Letter) has(name string) ([]byte, bool) {
	for _, a := range l.Attachments {
		if strings.Contains(a.Name, name) {
			return a.Data, true
		}
	}
	return nil, false
}

func (w *World) expectFile(l Letter, name string) {
	w.t.Helper()
	if b, ok := l.has(name); !ok || len(b) == 0 {
		w.t.Errorf("%q has no attachment %q", l.Subject, name)
	}
}

func TestTakingACaseMovesItToConsulting(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	_, brief := registered(t, w)
	w.follow(mori, brief, "引受", "")
	w.expectText(w.ExpectLetter(mori, "お手続きのご報告（引受"), "お引き受けいただきました", "初回のご連絡方法")
	if c := w.cases()[0]; c.Stage != casework.StageConsulting {
		t.Errorf("stage %s", c.Stage)
	}
	w.follow(mori, brief, "引受", "もう一度")
	w.expectText(w.ExpectLetter(mori, "お手続きのご報告"), "すでにお引き受けいただいております")
	w.follow(takahashi, brief, "引受", "") // another concierge has no part in it
	w.ExpectLetter(takahashi, "お手続きについてのお尋ね")
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"INBOX": 0, "受付済": 4})
}

func TestACaseIsHandedOverWithPassAndCode(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	_, brief := registered(t, w)
	tag := brief.Subject[:strings.IndexByte(brief.Subject, ']')+1]

	w.command(mori, "担当変更 TAKAHASHI [登録 2026-KOB-00001-4]", "") // a pass without the code
	ask := w.ExpectLetter(mori, "ご本人確認のお願い")
	w.ExpectNoLetter()
	w.command(mori, "担当変更 DAREKA "+tag, "")
	w.expectText(w.ExpectLetter(mori, "お手続きについてのお尋ね"), "「DAREKA」というコンシェルジュは名簿に見つかりませんでした", "TAKAHASHI")

	w.command(mori, "担当変更 高橋 "+tag, "")
	handed := w.ExpectLetter(takahashi, "担当案件のお知らせ（担当の引き継ぎ）")
	w.expectFile(handed, "エントリーシート.xlsx")
	w.expectText(w.ExpectLetter(tanaka, "事務局からのお知らせ"), "担当コンシェルジュが 高橋 恵 に変わりました")
	w.expectText(w.ExpectLetter(mori, "お手続きのご報告（担当変更"), "高橋 恵 様に変更いたしました（1件）")
	w.ExpectNoLetter()
	if c := w.cases()[0]; c.Concierge != "TAKAHASHI" {
		t.Errorf("concierge %s", c.Concierge)
	}
	w.follow(mori, ask, "確認", "") // decided anew when it comes: the case is no longer theirs
	w.ExpectLetter(mori, "お手続きについてのお尋ね")
	w.ExpectNoLetter()
	w.follow(takahashi, handed, "引受", "")
	w.ExpectLetter(takahashi, "お手続きのご報告（引受")
	w.ExpectNoLetter()
}

func TestAllCasesAreHandedOverAtOnceWhenConfirmed(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	for i := range 4 {
		w.Incoming(sheetMail(t, tanaka, company(fmt.Sprintf("株式会社灘%d", i), int64(140001000300+i))))
	}
	w.Settle()
	before := len(w.Letters())
	w.command(clerk, "担当変更 全件 MORI TAKAHASHI", "")
	confirm := w.newest(clerk, "ご本人確認のお願い")
	if n := len(w.Letters()); n != before+1 {
		t.Fatalf("%d letters, want the confirmation only", n-before)
	}
	w.follow(clerk, confirm, "確認", "")
	for _, c := range w.cases() {
		if c.Concierge != "TAKAHASHI" {
			t.Errorf("%s is still %s's", c.Registration, c.Concierge)
		}
	}
	w.expectText(w.newest(clerk, "お手続きのご報告"), "高橋 恵 様に変更いたしました（")
}

func TestACorrectedSheetIsANewVersion(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	toAgency, _ := registered(t, w)
	amend := sheetMail(t, tanaka, func(e *form.Entry) { e.Desired = "展示会への出展" })
	amend.Subject = w.linkOf(toAgency, "訂正")
	w.Incoming(amend)
	w.Settle()
	w.expectText(w.ExpectLetter(tanaka, "お手続きのご報告（訂正"), "第2版として登録いたしました")
	w.expectFile(w.ExpectLetter(mori, "第2版の登録"), "エントリーシート.xlsx")
	w.ExpectNoLetter()

	w.command(tanaka, amend.Subject, "シートを忘れました")
	w.expectText(w.ExpectLetter(tanaka, "お手続きについてのお尋ね（訂正"), "訂正後のエントリーシートを1件添付してください", "シートを忘れました")
	other := sheetMail(t, tanaka, company("株式会社姫路精機", 140001000201))
	other.Subject = amend.Subject
	w.Incoming(other)
	w.Settle()
	w.expectText(w.ExpectLetter(tanaka, "お手続きについてのお尋ね（訂正"), "別の企業のもの")
	w.ExpectNoLetter()
	if c := w.cases(); len(c) != 1 || c[0].Version != 2 {
		t.Errorf("cases: %+v", c)
	}
}

func TestAVoidNumberStaysWithItsReasonAndVerifiesAsVoid(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	toAgency, _ := registered(t, w)
	tag := "[登録 2026-KOB-00001-4]"
	w.command(clerk, "無効 "+tag, "")
	w.expectText(w.ExpectLetter(clerk, "お手続きについてのお尋ね（無効"), "理由を本文に")
	w.command(tanaka, "無効 "+toAgency.Subject, "やめます")
	w.expectText(w.ExpectLetter(tanaka, "お手続きについてのお尋ね（無効"), "事務局の方からのご指示として")
	w.command(tanaka, "会員確認 M-00001-3", "")
	w.expectText(w.ExpectLetter(tanaka, "会員番号のお問い合わせ"), "有効です")
	w.ExpectNoLetter()

	w.command(clerk, "無効 "+tag, "誤って二重に登録したため。")
	w.expectText(w.ExpectLetter(clerk, "お手続きのご報告（無効"), "欠番とせず")
	w.ExpectLetter(tanaka, "コンソーシアム登録の取扱いに関するお知らせ")
	w.ExpectLetter(mori, "コンソーシアム登録の取扱いに関するお知らせ")
	w.ExpectNoLetter()
	w.command(tanaka, "会員確認 M-00001-3", "再び")
	w.expectText(w.ExpectLetter(tanaka, "会員番号のお問い合わせ"), "無効です")
	w.Incoming(sheetMail(t, tanaka, company("株式会社姫路精機", 140001000201)))
	w.Settle()
	w.ExpectLetter(tanaka, "2026-KOB-00002-") // the void number is not given again
	kept := false
	for _, e := range w.timeline("2026-KOB-00001-4") {
		kept = kept || strings.Contains(string(e.Data), "誤って二重に登録したため")
	}
	if !kept {
		t.Error("the reason was not kept")
	}
}

func TestTheCertificateIsSentAgain(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	toAgency, brief := registered(t, w)
	for _, who := range []struct {
		addr string
		l    Letter
	}{{tanaka, toAgency}, {mori, brief}} {
		w.follow(who.addr, who.l, "会員証", "")
		again := w.ExpectLetter(who.addr, "コンソーシアム会員証をお送りいたします")
		w.expectText(again, "M-00001-3")
		w.expectFile(again, "会員証_M-00001-3.pdf")
	}
	w.ExpectNoLetter()
	w.command(hyogo, "会員証 [登録 2026-KOB-00001-4]", "") // an agency learns of no case that is not its own
	refused := w.ExpectLetter(hyogo, "お手続きについてのお尋ね")
	if strings.Contains(refused.Text, "灘酒造") || strings.Contains(refused.Text, "みなと") {
		t.Errorf("another agency learns of the case:\n%s", refused.Text)
	}
	w.ExpectNoLetter()
}

// unknownMember is a well-formed number that was never given.
func unknownMember(t testing.TB) string {
	t.Helper()
	for d := range 10 {
		n := fmt.Sprintf("M-00002-%d", d)
		if kind, ok := casework.ParseNumber(n); ok && kind == casework.NumberMember {
			return n
		}
	}
	t.Fatal("no check digit fits")
	return ""
}

func TestAMemberNumberIsAnsweredAndNothingElse(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	registered(t, w)
	for _, tc := range []struct{ number, subject, answer string }{
		{"M-00001-3", "会員番号のお問い合わせ", "有効です"},
		{"Ｍ－００００１－３", "会員番号のお問い合わせ", "有効です"},
		{unknownMember(t), "会員番号のお問い合わせ", "有効な会員番号として確認できませんでした"},
		{"M-00001-4", "お手続きについてのお尋ね", "末尾の数字までお確かめください"},
		{"", "お手続きについてのお尋ね", "会員証に記載の会員番号"},
	} {
		w.command(hyogo, strings.TrimSpace("会員確認 "+tc.number), "")
		l := w.ExpectLetter(hyogo, tc.subject)
		w.expectText(l, tc.answer)
		for _, secret := range []string{"灘酒造", "みなと銀行", "森", "2026-KOB"} {
			if strings.Contains(l.Subject+l.Text, secret) {
				t.Errorf("%q tells %q:\n%s", tc.number, secret, l.Text)
			}
		}
		w.ExpectNoLetter()
	}
}

func TestStatusListNoteAndHelpAnswerTheRoleThatAsks(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	toAgency, brief := registered(t, w)
	w.follow(mori, brief, "メモ", "社長は元商社マン。内々に。")
	w.expectText(w.ExpectLetter(mori, "お手続きのご報告（メモ"), "メモを記録いたしました")

	w.follow(tanaka, toAgency, "状況", "")
	outside := w.ExpectLetter(tanaka, "案件の経過のお知らせ")
	w.expectText(outside, "株式会社灘酒造", "引受待ち")
	if strings.Contains(outside.Text, "元商社マン") {
		t.Errorf("the agency reads the office's note:\n%s", outside.Text)
	}
	w.follow(mori, brief, "状況", "")
	w.expectText(w.ExpectLetter(mori, "案件の経過のお知らせ"), "元商社マン")

	w.command(clerk, "一覧", "")
	w.expectText(w.ExpectLetter(clerk, "進行中の案件の一覧（1件）"), "2026-KOB-00001-4", "株式会社灘酒造", "担当コンシェルジュの引受")
	w.command(takahashi, "一覧", "")
	w.ExpectLetter(takahashi, "ご担当の案件の一覧（0件）")
	w.command(tanaka, "一覧", "")
	w.expectText(w.ExpectLetter(tanaka, "お手続きについてのお尋ね（一覧"), "事務局")

	for addr, want := range map[string]string{clerk: "全送信停止", takahashi: "一覧", tanaka: "会員確認"} {
		w.command(addr, "ヘルプ", "")
		help := w.ExpectLetter(addr, "メールでのお手続きのご案内")
		if _, err := help.Link(want); err != nil {
			t.Errorf("%s: %v", addr, err)
		}
	}
	w.ExpectNoLetter()
}

func TestACaseRestsUntilADayAndIsResumed(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	_, brief := registered(t, w)
	tag := brief.Subject
	w.command(mori, "休止 "+tag, "")
	w.expectText(w.ExpectLetter(mori, "お手続きについてのお尋ね（休止"), "いつまで休止されるか")
	w.command(mori, "休止 2026年11月15日 "+tag, "")
	w.expectText(w.ExpectLetter(mori, "お手続きについてのお尋ね（休止"), "明日以降の年月日")
	w.command(mori, "休止 12月25日 "+tag, "")
	paused := w.ExpectLetter(mori, "お手続きのご報告（休止")
	w.expectText(paused, "2026年12月25日")
	if c := w.cases()[0]; c.Stage != casework.StagePaused {
		t.Errorf("stage %s", c.Stage)
	}
	w.follow(mori, paused, "再開", "")
	w.expectText(w.ExpectLetter(mori, "お手続きのご報告（再開"), "案件を再開いたしました")
	if c := w.cases()[0]; c.Stage != casework.StageRegistered {
		t.Errorf("stage %s", c.Stage)
	}
	w.command(mori, "再開 "+tag, "もう一度")
	w.ExpectLetter(mori, "お手続きについてのお尋ね（再開")
	w.ExpectNoLetter()
}

func TestAPaperSheetOfAnUnknownAgencyWaitsForTheClerk(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	fax := sheetMail(t, clerk, func(e *form.Entry) { e.Agency = "有馬温泉観光協会" })
	fax.Subject = "登録 FAX"
	w.Incoming(fax)
	w.Settle()
	held := w.ExpectLetter(clerk, "ご判断のお願い")
	w.expectText(w.ExpectLetter(clerk, "お手続きのご報告（登録 FAX"), "エントリーシート（1件）を受け付けました")
	w.ExpectNoLetter()

	tag := held.Subject[strings.IndexByte(held.Subject, '['):]
	w.command(clerk, "承認 ARIMA "+tag, "")
	refused := w.ExpectLetter(clerk, "お手続きについてのお尋ね（承認")
	w.expectText(refused, "「ARIMA」という支援機関は名簿に見つかりませんでした", "HYOGO-CCI")
	w.command(clerk, "承認 MINATO "+tag, "")
	w.ExpectLetter(window, "コンソーシアム登録のお知らせ")
	w.ExpectLetter(mori, "担当案件のお知らせ")
	w.expectText(w.ExpectLetter(clerk, "お手続きのご報告（承認"), "登録番号 2026-KOB-00001-4")
	w.ExpectNoLetter()
}

func TestAHeldEntryIsRejectedQuietlyOrWithAWord(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	w.Incoming(sheetMail(t, stranger, company("株式会社播磨フーズ", 140001000205)))
	w.Settle()
	w.follow(clerk, w.ExpectLetter(clerk, "ご判断のお願い"), "受付不可", "対象外のため")
	w.ExpectLetter(clerk, "お手続きのご報告（受付不可")
	w.ExpectNoLetter()
	w.expectNotTo(stranger)

	w.Incoming(sheetMail(t, stranger, company("株式会社姫路精機", 140001000201)))
	w.Settle()
	w.follow(clerk, w.ExpectLetter(clerk, "ご判断のお願い"), "受付不可 通知", "対象外のため")
	told := w.ExpectLetter(stranger, "エントリーシートの受付結果のお知らせ")
	w.ExpectLetter(clerk, "お手続きのご報告（受付不可")
	w.ExpectNoLetter()
	for _, hint := range []string{"E26-", "対象外のため", "みなと", "[受付", "会員"} {
		if strings.Contains(told.Subject+told.Text, hint) {
			t.Errorf("a stranger reads %q:\n%s", hint, told.Text)
		}
	}
}

func TestWordsWithSeveralMeaningsAreAskedBack(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	toAgency, brief := registered(t, w)
	w.command(tanaka, "了解 "+toAgency.Subject, "")
	w.expectText(w.ExpectLetter(tanaka, "お手続きについてのお尋ね"), "「了承」「辞退」")
	w.command(mori, "引受します "+brief.Subject, "")
	ask := w.ExpectLetter(mori, "お手続きについてのお尋ね")
	w.expectText(ask, "「引受」のご指示でしょうか")
	w.follow(mori, ask, "引受", "")
	w.ExpectLetter(mori, "お手続きのご報告（引受")
	w.ExpectNoLetter()
}

func TestWhatIsNoCommandGoesToTheConciergeAndMovesNothing(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	toAgency, _ := registered(t, w)
	for _, m := range []post.Mail{plain(tanaka, "了承できません "+toAgency.Subject, "困ります。"), plain(tanaka, "至急 引受 "+toAgency.Subject, "お願いします。"),
		reply(tanaka, toAgency, "引受\n\nとのことでしたが。")} {
		w.Incoming(m)
		w.Settle()
		w.ExpectLetter(mori, "お取り次ぎ")
	}
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"INBOX": 0, "受付済": 4})
	if c := w.cases()[0]; c.Stage != casework.StageRegistered {
		t.Errorf("stage %s", c.Stage)
	}
}
