package scenario

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"uketsuke/internal/casework"
	"uketsuke/internal/config"
	"uketsuke/internal/demo"
	"uketsuke/internal/demo/post"
	"uketsuke/internal/ooxmlcrypt"
	"uketsuke/internal/store"
)

// The people of a case besides those of its entry.
const (
	nada    = "suzuki@nada-sake.example" // of the company, as its sheet says
	shinkin = "entry@agency0.example"    // window of another agency
	hold    = 11 * time.Minute           // longer than letters to a provider or a company wait
)

// caseTag is the case tag of a letter's subject, with its reader's code.
func caseTag(l Letter) string {
	return l.Subject[strings.IndexByte(l.Subject, '[') : strings.IndexByte(l.Subject, ']')+1]
}

// later lets the held letters leave.
func (w *World) later() {
	w.t.Helper()
	w.Advance(hold)
	w.Settle()
}

// consulting is a case that its concierge has taken; it returns the concierge's and the intake agency's tags.
func consulting(t testing.TB, w *World) (forMori, forTanaka string) {
	t.Helper()
	toAgency, brief := registered(t, w)
	w.follow(mori, brief, "引受", "")
	w.ExpectLetter(mori, "お手続きのご報告（引受")
	return caseTag(brief), caseTag(toAgency)
}

// direct opens the way to the company and confirms its address.
func (w *World) direct(tag string) {
	w.t.Helper()
	w.command(mori, "連絡方法 直接 "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（連絡方法")
	w.command(mori, "連絡先確認 "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（連絡先確認")
}

// password is what stands in a letter as the password of a sheet.
func (w *World) password(l Letter) string {
	w.t.Helper()
	m := regexp.MustCompile(`[2-9a-z]{4}(?:-[2-9a-z]{4}){3}`).FindString(l.Text)
	if m == "" {
		w.t.Fatalf("no password in %q:\n%s", l.Subject, l.Text)
	}
	return m
}

// A whole case: two inquiries, one 受入不可, one 受入可, both consents (one by phone), 回付, password, host, a meeting
// that is moved once, two reports and the end (process.md 3b, 4 and 5).
func TestACaseFromConsultationToItsEnd(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	tag, forTanaka := consulting(t, w)
	w.direct(tag)
	w.inquiries(tag)
	w.consents(tag)
	w.Advance(24 * time.Hour) // the brakes let thirty letters a day go for one case
	referral := w.referred(tag)
	w.hosted(referral)
	w.Advance(24 * time.Hour)
	w.meets(tag)
	w.Advance(24 * time.Hour)
	w.reports(referral)
	w.Advance(24 * time.Hour)
	w.ends(tag)
	w.command(tanaka, "状況 "+forTanaka, "")
	w.expectWithout(w.ExpectLetter(tanaka, "案件の経過"), "信用金庫", "本年度の枠") // candidates and their reasons stay with the concierge
}

// inquiries asks two candidates; one says no, the other yes.
func (w *World) inquiries(tag string) {
	w.t.Helper()
	w.command(mori, "打診 HYOGO-CCI 第0信用金庫 "+tag, "ベトナムで日本酒の輸入元を探しております。ご検討をお願いいたします。")
	w.expectText(w.ExpectLetter(mori, "お手続きのご報告（打診"), "Q26-00001", "Q26-00002")
	w.ExpectNoLetter() // both wait before they leave
	w.later()
	inquiry, other := w.ExpectLetter(hyogo, "[照会 Q26-00001"), w.ExpectLetter(shinkin, "[照会 Q26-00002")
	w.expectText(inquiry, "市場情報", "現地パートナー探し", "ベトナム", "ご検討をお願いいたします")
	for _, l := range []Letter{inquiry, other} {
		w.expectWithout(l, "灘", "みなと", "田中", "2026-KOB", "M-00001", "神戸市灘区", "078-111-2222", "nada-sake")
		if len(l.Attachments) > 0 {
			w.t.Errorf("an inquiry has %d attachments", len(l.Attachments))
		}
	}
	w.follow(shinkin, other, "受入不可", "本年度の枠が埋まっております。")
	w.ExpectLetter(shinkin, "お手続きのご報告（受入不可")
	w.expectText(w.ExpectLetter(mori, "ご照会への回答のお知らせ"), "第0信用金庫", "本年度の枠が埋まっております")
	w.Incoming(reply(hyogo, inquiry, "受入可\n\n12月から承れます。")) // the exact word as the first line of the reply
	w.Settle()
	w.ExpectLetter(hyogo, "お手続きのご報告（受入可")
	w.expectText(w.ExpectLetter(mori, "ご照会への回答のお知らせ"), "兵庫商工会議所", "12月から承れます")
	w.ExpectNoLetter()
}

// consents asks company and intake agency; the first answers by mail, the other by phone.
func (w *World) consents(tag string) {
	w.t.Helper()
	w.command(mori, "回付 HYOGO-CCI "+tag, "")
	w.expectText(w.ExpectLetter(mori, "お手続きについてのお尋ね"), "ご了承が得られていないため", "紹介元：未依頼、企業：未依頼")
	w.command(mori, "了承依頼 HYOGO-CCI "+tag, "ベトナムに拠点があり、食品の実績が豊富です。")
	w.ExpectLetter(mori, "お手続きのご報告（了承依頼")
	w.later()
	toCompany := w.ExpectLetter(nada, "ご紹介に関するお願い")
	w.ExpectLetter(tanaka, "ご紹介に関するお願い")
	w.expectText(toCompany, "兵庫商工会議所", "みなと銀行", "食品の実績が豊富です", "辞退")
	w.expectWithout(toCompany, "信用金庫")
	w.ExpectNoLetter()

	w.follow(nada, toCompany, "了承", "")
	w.ExpectLetter(nada, "お手続きのご報告（了承")
	w.expectText(w.ExpectLetter(mori, "ご了承"), "企業", "紹介元：未回答")
	w.command(mori, "了承 紹介元 電話 "+tag, "")
	w.expectText(w.ExpectLetter(mori, "お手続きのご報告（了承"), "了承済")
	w.expectText(w.ExpectLetter(tanaka, "ご回答の記録"), "電話")
	w.ExpectNoLetter()
}

// referred sends the protected sheet and opens it with the password that the concierge got apart from it.
func (w *World) referred(tag string) Letter {
	w.t.Helper()
	w.command(mori, "回付 HYOGO-CCI "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（回付")
	w.ExpectNoLetter()
	w.later()
	referral := w.ExpectLetter(hyogo, "エントリーシート送付のご案内")
	password := w.password(w.ExpectLetter(mori, "パスワード"))
	if strings.Contains(referral.Subject, "灘") || strings.Contains(referral.Attachments[0].Name, "灘") {
		w.t.Errorf("the company stands in subject or file name: %q %q", referral.Subject, referral.Attachments[0].Name)
	}
	w.expectText(referral, "M-00001-3", "部署：", "担当者：", "初回連絡方法：")
	w.expectWithout(referral, password)
	opened, err := ooxmlcrypt.Decrypt(referral.Attachments[0].Data, password)
	if err != nil {
		w.t.Fatalf("the protected sheet: %v", err)
	}
	if sent := book(w.t, nil); !bytes.Equal(opened, sent) {
		w.t.Errorf("the protected sheet is not what came: %d bytes, %d", len(opened), len(sent))
	}
	if _, err := ooxmlcrypt.Decrypt(referral.Attachments[0].Data, password+"x"); err == nil {
		w.t.Error("the sheet opens with a wrong password")
	}
	for _, to := range []string{nada, tanaka} {
		w.expectText(w.ExpectLetter(to, "支援機関"), "兵庫商工会議所")
	}
	w.ExpectNoLetter()
	w.expectNoByte(password)
	return referral
}

// hosted lets the agency name who takes the company in: by plain reply, which the concierge gets, and by command.
func (w *World) hosted(referral Letter) {
	w.t.Helper()
	lines := "部署：国際課\n担当者：山口 誠\n初回連絡方法：来週お電話いたします"
	w.Incoming(reply(hyogo, referral, "受入担当をお知らせいたします。\n"+lines))
	w.Settle()
	w.expectText(w.ExpectLetter(mori, "お取り次ぎ"), "国際課")
	w.follow(hyogo, referral, "受入担当", lines)
	w.ExpectLetter(hyogo, "お手続きのご報告（受入担当")
	w.later()
	w.expectText(w.ExpectLetter(nada, "ご担当者"), "国際課", "山口 誠", "来週お電話")
	w.expectText(w.ExpectLetter(tanaka, "ご担当者"), "山口 誠")
	w.expectText(w.ExpectLetter(mori, "ご担当者"), "山口 誠")
	w.ExpectNoLetter()
}

// meets invites to a meeting and moves it.
func (w *World) meets(tag string) {
	w.t.Helper()
	w.command(mori, "面談 HYOGO-CCI 12/3 14時 兵庫商工会議所 3階 "+tag, "")
	w.expectText(w.ExpectLetter(mori, "お手続きのご報告（面談"), "2026年12月3日（木）14:00")
	w.later()
	first := w.invitations(nada, hyogo, tanaka, mori)
	w.command(mori, "面談 HYOGO-CCI 12/4 15:30 兵庫商工会議所 3階 "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（面談")
	w.later()
	moved := w.invitations(nada, hyogo, tanaka, mori)
	if first.uid != moved.uid || first.sequence != "0" || moved.sequence != "1" {
		w.t.Errorf("invitations %+v, then %+v", first, moved)
	}
	w.ExpectNoLetter()
}

// reports gives two reports: with its lines filled in, and in plain prose.
func (w *World) reports(referral Letter) {
	w.t.Helper()
	for i, words := range []string{"支援日：12/4\n支援内容：輸入元2社をご紹介しました。\n進捗状況：商談中です。\n次回予定：12/18\n手段：面談", "輸入元1社と契約の見込みです。"} {
		w.follow(hyogo, referral, "進捗", words)
		w.ExpectLetter(hyogo, "お手続きのご報告（進捗")
		for _, to := range []string{mori, tanaka} {
			w.expectText(w.ExpectLetter(to, "支援"), []string{"輸入元2社", "契約の見込み"}[i])
		}
	}
	w.ExpectNoLetter()
}

// ends closes the case while a support is open: refused once, done when repeated; everybody is told, and the meeting
// that lies ahead is called off.
func (w *World) ends(tag string) {
	w.t.Helper()
	w.command(mori, "案件終了 "+tag, "")
	w.expectText(w.ExpectLetter(mori, "お手続きについてのお尋ね"), "進行中の支援が1件", "兵庫商工会議所")
	w.command(mori, "案件終了 "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（案件終了")
	w.later()
	if called := w.invitations(nada, hyogo, tanaka, mori); called.method != "CANCEL" || called.sequence != "2" {
		w.t.Errorf("the meeting is called off by %+v", called)
	}
	for _, to := range []string{nada, tanaka, hyogo} {
		w.ExpectLetter(to, "終了")
	}
	w.ExpectNoLetter()
	if c := w.cases()[0]; c.Stage != casework.StageClosed {
		w.t.Errorf("stage %s", c.Stage)
	}
}

// expectWithout fails when a letter says any of the words, in any of its parts.
func (w *World) expectWithout(l Letter, words ...string) {
	w.t.Helper()
	all := l.Subject + l.Text + l.Quoted + l.Signature
	for _, a := range l.Attachments {
		all += a.Name
	}
	for _, word := range words {
		if strings.Contains(all, word) {
			w.t.Errorf("%q to %v says %q:\n%s", l.Subject, l.To, word, l.Text)
		}
	}
}

// expectNoByte fails when a secret stands anywhere on the disk: database, its log, files beside it.
func (w *World) expectNoByte(secret string) {
	w.t.Helper()
	for name, b := range w.dataFiles() {
		if bytes.Contains(b, []byte(secret)) {
			w.t.Errorf("%s holds a password that was sent", name)
		}
	}
}

// invitation is what a calendar file says.
type invitation struct{ uid, sequence, method string }

// invitations takes the meeting's letter of each, and holds their calendar files to one meeting.
func (w *World) invitations(to ...string) (one invitation) {
	w.t.Helper()
	for i, addr := range to {
		l := w.ExpectLetter(addr, "面談")
		ics, ok := l.has("invite.ics")
		if !ok {
			w.t.Fatalf("%q to %s has no calendar file", l.Subject, addr)
		}
		get := func(field string) string {
			m := regexp.MustCompile(`(?m)^` + field + `:(.*?)\r?$`).FindSubmatch(ics)
			if m == nil {
				w.t.Fatalf("no %s in the calendar file for %s", field, addr)
			}
			return string(m[1])
		}
		inv := invitation{get("UID"), get("SEQUENCE"), get("METHOD")}
		if i > 0 && inv != one {
			w.t.Errorf("%s is invited to %+v, others to %+v", addr, inv, one)
		}
		one = inv
	}
	return one
}

// JETRO's own support: proposed to company and intake agency through the agency, the form out and back, feedback, the
// end (process.md 3a).
func TestJetrosOwnSupportWithTheForm(t *testing.T) {
	t.Parallel()
	form := t.TempDir() + "/追加情報フォーム.xlsx"
	writeBook(t, form)
	w := New(t, Options{Change: func(c *config.Config) { c.InfoForm = form }})
	tag, _ := consulting(t, w)
	w.command(mori, "ジェトロ支援 海外販路開拓専門家 "+tag, "お申し込みは当事務所の窓口で承ります。")
	w.ExpectLetter(mori, "お手続きのご報告（ジェトロ支援")
	w.later()
	w.expectText(w.ExpectLetter(tanaka, "ご提案"), "海外販路開拓専門家", "窓口で承ります")
	w.expectText(w.ExpectLetter(tanaka, "ご提案"), "海外販路開拓専門家") // the company's, to be handed on
	w.expectNotTo(nada)
	w.command(mori, "追加情報 企業 "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（追加情報")
	w.later()
	form1 := w.ExpectLetter(tanaka, "追加情報フォーム")
	sheet, ok := form1.has("追加情報フォーム.xlsx")
	if !ok {
		t.Fatal("the form is not attached")
	}
	w.Incoming(withFile(reply(tanaka, form1, "記入しましたのでお送りします。"), "追加情報フォーム（記入済）.xlsx", sheet))
	w.Settle()
	back := w.ExpectLetter(mori, "お取り次ぎ")
	w.expectFile(back, "追加情報フォーム（記入済）.xlsx")
	w.ExpectNoLetter()

	w.command(mori, "進捗 "+tag, "支援日：11/20\n支援内容：専門家との面談を行いました。")
	w.ExpectLetter(mori, "お手続きのご報告（進捗")
	w.expectText(w.ExpectLetter(tanaka, "支援"), "専門家との面談を行いました")
	w.command(mori, "案件終了 "+tag, "")
	w.ExpectLetter(mori, "お手続きについてのお尋ね")
	w.command(mori, "案件終了 "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（案件終了")
	w.later()
	w.ExpectLetter(tanaka, "終了")
	w.ExpectLetter(tanaka, "終了")
	w.ExpectNoLetter()
}

// The concierge's plain reply to a passed-on mail goes back to the party whose mail it was; one that answers nobody's
// mail is told so (process.md 2).
func TestPlainRepliesGoBackAndForth(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	tag, _ := consulting(t, w)
	toAgency := w.newest(tanaka, "登録のお知らせ")
	w.Incoming(withFile(reply(tanaka, toAgency, "面談の候補日をお送りします。"), "候補日.pdf", []byte("%PDF-1.4 candidate days")))
	w.Settle()
	passed := w.ExpectLetter(mori, "お取り次ぎ")
	w.expectText(passed, "面談の候補日をお送りします", "tanaka@minato-bank.example")
	w.expectFile(passed, "候補日.pdf")
	w.Incoming(reply(mori, passed, "ありがとうございます。12日でお願いします。"))
	w.Settle()
	w.expectText(w.ExpectLetter(tanaka, "お取り次ぎ"), "12日でお願いします")
	w.ExpectNoLetter()
	w.command(mori, "Re: "+tag+" ご連絡", "だれに届くのでしょう。")
	w.expectText(w.ExpectLetter(mori, "お取り次ぎできなかった"), "どちらの方へのご返信か")
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"INBOX": 0})
}

// A command is taken back as long as its letters wait (直前取消); afterwards it is not.
func TestTheLastCommandIsTakenBackWhileItsLettersWait(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	tag, _ := consulting(t, w)
	w.command(mori, "打診 HYOGO-CCI "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（打診")
	w.command(mori, "直前取消 "+tag, "")
	w.expectText(w.ExpectLetter(mori, "お手続きのご報告（直前取消"), "打診 HYOGO-CCI", "1通を取りやめました")
	w.later()
	w.ExpectNoLetter()
	w.expectNotTo(hyogo)
	w.command(mori, "打診 HYOGO-CCI "+tag, "")
	w.expectText(w.ExpectLetter(mori, "お手続きのご報告（打診"), "Q26-00002") // the first number is not given twice
	w.later()
	w.ExpectLetter(hyogo, "[照会 Q26-00002")
	w.command(mori, "直前取消 "+tag, "")
	w.expectText(w.ExpectLetter(mori, "お手続きについてのお尋ね"), "すでに送信されております")
	w.ExpectNoLetter()
}

// A consent that is withdrawn while the sheet waits keeps it from leaving, and the concierge is told (trust.md S3).
func TestAConsentWithdrawnInTheHoldKeepsTheSheet(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	tag, forTanaka := consulting(t, w)
	w.command(mori, "受入可 HYOGO-CCI 電話 "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（受入可")
	w.command(mori, "了承依頼 HYOGO-CCI "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（了承依頼")
	w.command(mori, "了承 企業 電話 "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（了承")
	w.later()
	w.ExpectLetter(tanaka, "ご紹介に関するお願い")
	w.ExpectLetter(tanaka, "ご回答の記録")
	w.expectText(w.ExpectLetter(mori, "お届けできなかった"), "すでに不要") // the company had answered before its letter left
	w.command(tanaka, "了承 HYOGO-CCI "+forTanaka, "")
	w.ExpectLetter(tanaka, "お手続きのご報告（了承")
	w.ExpectLetter(mori, "ご了承")
	w.command(mori, "回付 HYOGO-CCI "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（回付")
	w.command(tanaka, "辞退 HYOGO-CCI "+forTanaka, "やはり見合わせます。")
	w.ExpectLetter(tanaka, "お手続きのご報告（辞退")
	w.ExpectLetter(mori, "ご了承")
	w.later()
	w.expectNotTo(hyogo)
	w.expectText(w.ExpectLetter(mori, "お届けできなかった"), "エントリーシート送付のご案内")
	if n := len(w.queued("waiting", "held", "queued")); n != 0 {
		t.Errorf("%d letters still wait", n)
	}
}

// dataFiles are the files of the data folder.
func (w *World) dataFiles() map[string][]byte {
	w.t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		out[filepath.Base(path)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// withFile adds an attachment to a mail.
func withFile(m post.Mail, name string, b []byte) post.Mail {
	m.Files = append(m.Files, post.File{Name: name, Bytes: b})
	return m
}

// writeBook writes a small workbook that is no entry sheet.
func writeBook(t testing.TB, path string) {
	t.Helper()
	writeCells(t, path, map[string]string{"A1": "追加情報フォーム", "A3": "希望する時期", "A4": "社内の体制"})
}

// writeCells writes a workbook of one sheet.
func writeCells(t testing.TB, path string, cells map[string]string) {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for cell, v := range cells {
		if err := f.SetCellStr("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
}

// Lines are filled in where people find them: in the quoted letter, or in a workbook (process.md 3b, 5 and 4).
func TestLinesAreReadWhereverTheyAreFilledIn(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	tag, _ := consulting(t, w)
	for _, line := range []string{"受入可 HYOGO-CCI 電話 ", "了承依頼 HYOGO-CCI ", "了承 企業 電話 ", "了承 紹介元 電話 "} {
		w.command(mori, line+tag, "")
		w.ExpectLetter(mori, "お手続きのご報告")
	}
	w.command(clerk, "承認 HYOGO-CCI "+caseTag(w.ExpectLetter(clerk, "ご承認のお願い")), "")
	w.command(mori, "回付 HYOGO-CCI "+tag, "")
	w.later()
	referral := w.ExpectLetter(hyogo, "エントリーシート送付のご案内")
	link := w.linkOf(referral, "受入担当")
	w.Incoming(post.Mail{From: hyogo, Subject: link, InReplyTo: referral.MessageID,
		Text: "ご連絡いたします。\n\n2026年11月16日(月) 10:20 ジェトロ神戸 <" + demo.OfficeAddr + ">:\n> 部署：国際課\n> 担当者：山口 誠\n> 初回連絡方法：お電話\n"})
	w.Settle()
	w.later()
	w.expectText(w.newest(mori, "ご担当者"), "国際課", "山口 誠")
	file := t.TempDir() + "/報告.xlsx"
	writeCells(t, file, map[string]string{"A1": "支援日", "B1": "2026/11/20", "A2": "支援内容", "B2": "輸入元をご紹介しました。", "A3": "進捗状況", "B3": "商談中"})
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	w.Incoming(withFile(plain(hyogo, w.linkOf(referral, "進捗"), ""), "報告.xlsx", b))
	w.Settle()
	w.expectText(w.newest(tanaka, "支援状況"), "輸入元をご紹介しました", "商談中")
}

// The password that waits for the referral is taken back with it.
func TestUndoTakesAReferralBackWithItsPassword(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	tag, _ := consulting(t, w)
	w.direct(tag)
	w.inquiries(tag)
	w.consents(tag)
	w.Advance(24 * time.Hour)
	w.command(mori, "回付 HYOGO-CCI "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（回付")
	w.command(mori, "直前取消 "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（直前取消")
	w.later()
	w.ExpectNoLetter()
	if n := len(w.queued(store.StateWithdrawn)); n != 4 {
		t.Errorf("%d letters are withdrawn, want 4", n)
	}
}
