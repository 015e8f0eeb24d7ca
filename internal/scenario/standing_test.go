package scenario

import (
	"testing"
	"time"

	"uketsuke/internal/casework"
)

func TestAFrozenSenderIsNotObeyedAndItsLettersWait(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	forMori, forTanaka := consulting(t, w)

	w.command(clerk, "凍結 "+tanaka, "")
	w.expectText(w.ExpectLetter(clerk, "お手続きのご報告（凍結"), "みなと銀行", "お送りするメール：「解除」までお預かりします", "「解除 "+tanaka+"」")
	inbox := w.folder("INBOX")
	w.command(tanaka, "支援取下 "+forTanaka, "取りやめます。")
	told := w.ExpectLetter(clerk, "事務局からのお知らせ")
	w.expectText(told, "凍結中の差出人", tanaka, "件名：支援取下")
	w.expectWithout(told, forTanaka)
	w.command(tanaka, "状況 "+forTanaka, "") // the clerk is told once a day
	w.Incoming(sheetMail(t, tanaka, company("株式会社姫路精機", 140001000201)))
	w.Settle()
	w.expectText(w.ExpectLetter(clerk, "ご判断のお願い"), "凍結されている差出人")
	w.ExpectNoLetter()
	if c := w.cases(); len(c) != 2 || c[0].Stage != casework.StageConsulting && c[1].Stage != casework.StageConsulting {
		t.Errorf("the frozen sender moved a case: %+v", c)
	}
	if n := w.folder("INBOX") - inbox; n != 2 {
		t.Errorf("%d mails are left for the people, want 2", n)
	}

	w.command(mori, "連絡 紹介元 "+forMori, "一度お電話をいただけますか。")
	w.expectText(w.ExpectLetter(mori, "お手続きのご報告（連絡"), "凍結の解除後に")
	w.Advance(3 * time.Hour)
	w.Settle()
	w.ExpectNoLetter()
	if q := w.queued("queued"); len(q) != 1 || q[0].Error != casework.HeldReason {
		t.Errorf("why the letter waits is not to be seen: %+v", q)
	}
	w.Restart()
	w.command(clerk, "解除 "+tanaka, "")
	w.ExpectLetter(clerk, "お手続きのご報告（解除")
	w.ExpectLetter(tanaka, "お取り次ぎ")
	w.ExpectNoLetter()
	w.command(tanaka, "状況 "+forTanaka, "")
	w.ExpectLetter(tanaka, "案件の経過")
	w.ExpectNoLetter()
}

func TestTheCodesOfAFrozenAddressCountForNothing(t *testing.T) {
	t.Parallel()
	w := New(t, Options{NoEvidence: true})
	toAgency, _ := registered(t, w)
	const window = "window@minato-bank.example"
	wish := "要望 " + caseTag(toAgency) // a person and the window are one party, with one code
	w.command(window, wish, "早めにお願いします。")
	w.ExpectLetter(mori, "お取り次ぎ")
	w.ExpectLetter(window, "お手続きのご報告（要望")
	w.command(clerk, "凍結 "+tanaka, "") // nothing proves who the clerk is: confirmed first
	w.follow(clerk, w.ExpectLetter(clerk, "ご本人確認のお願い"), "確認", "")
	w.ExpectLetter(clerk, "お手続きのご報告（凍結")
	w.command(window, wish, "早めにお願いします。")
	w.ExpectLetter(window, "ご本人確認のお願い")
	w.ExpectNoLetter()
}

func TestTheDeputyActsAndGetsTheLettersWhileTheConciergeIsAway(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	_, forTanaka := consulting(t, w)

	w.command(mori, "不在 11/17〜11/20 高橋 様", "")
	w.expectText(w.ExpectLetter(mori, "お手続きのご報告（不在"), "2026年11月17日（火）から2026年11月20日（金）まで", "高橋 恵 様")
	w.expectText(w.ExpectLetter(takahashi, "事務局からのお知らせ"), "代理をお願いされました")
	w.Advance(24 * time.Hour)
	w.Restart()

	w.command(tanaka, "要望 "+forTanaka, "早めにお願いします。")
	w.ExpectLetter(tanaka, "お手続きのご報告（要望")
	asked := w.ExpectLetter(takahashi, "お取り次ぎ")
	w.expectText(asked, "早めにお願いします。", "のご不在の間、代理の方へお送りしております")
	if len(asked.Cc) != 1 || asked.Cc[0].Addr != mori {
		t.Errorf("no copy to the absent one: %v", asked.Cc)
	}
	w.Incoming(reply(takahashi, asked, "承りました。"))
	w.Settle()
	w.expectText(w.ExpectLetter(tanaka, "お取り次ぎ"), "承りました。")
	w.command(takahashi, "打診 HYOGO-CCI "+caseTag(asked), "")
	w.ExpectLetter(takahashi, "お手続きのご報告（打診")
	w.later()
	w.ExpectLetter("kaigai@hyogo-cci.example", "支援可否のご照会")
	w.command(takahashi, "一覧", "")
	w.expectText(w.ExpectLetter(takahashi, "一覧"), "2026-KOB-00001-4")
	w.ExpectNoLetter()

	w.command(mori, "不在 取消", "")
	w.ExpectLetter(mori, "お手続きのご報告（不在")
	w.ExpectLetter(takahashi, "事務局からのお知らせ")
	w.command(takahashi, "見送り HYOGO-CCI "+caseTag(asked), "")
	w.expectText(w.ExpectLetter(takahashi, "お手続きについてのお尋ね"), "この案件の担当コンシェルジュ")
	w.ExpectNoLetter()
}

func TestAnAgencysPeopleComeAndGo(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	registered(t, w)
	const window, yamada = "window@minato-bank.example", "yamada@gmail.com"

	w.command(yamada, "会員確認 M-00001-3", "") // nobody yet
	w.ExpectNoLetter()
	w.command(window, "連絡先変更", "お世話になっております。\n\n追加：山田 花子 <"+yamada+">\n削除："+tanaka+"\n\nみなと銀行")
	ask := w.ExpectLetter(window, "ご本人確認のお願い")
	w.expectText(ask, "追加：山田 花子 <"+yamada+">", "削除："+tanaka)
	w.ExpectNoLetter()
	w.follow(window, ask, "確認", "")
	w.expectText(w.ExpectLetter(window, "お手続きのご報告（連絡先変更"), "みなと銀行のご連絡先を変更いたしました")
	w.expectText(w.ExpectLetter(clerk, "事務局からのお知らせ"), "削除："+tanaka)
	w.Restart()

	w.command(yamada, "会員確認 M-00001-3", "")
	w.ExpectLetter(yamada, "会員番号")
	inbox := w.folder("INBOX")
	w.command(tanaka, "会員確認 M-00001-3", "") // a stranger, whatever the domain
	w.command("tanaka@gmail.com", "会員確認 M-00001-3", "")
	w.ExpectNoLetter()
	if n := w.folder("INBOX") - inbox; n != 2 {
		t.Errorf("%d of 2 mails are left for the people", n)
	}
}

func TestAConciergesChangeOfContactsIsConfirmedByTheWindow(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	const window, next = "window@minato-bank.example", "kokusai@minato-bank.example"
	w.command(mori, "連絡先変更 みなと銀行", "窓口：国際部 <"+next+">")
	w.expectText(w.ExpectLetter(mori, "お手続きのご報告（連絡先変更"), "まだ変更しておりません")
	ask := w.ExpectLetter(window, "ご本人確認のお願い")
	w.expectText(ask, "コンシェルジュ", mori, "国際部 <"+next+">")
	w.follow(window, ask, "確認", "")
	w.ExpectLetter(mori, "お手続きのご報告（連絡先変更")
	w.ExpectLetter(window, "事務局からのお知らせ")
	w.ExpectLetter(clerk, "事務局からのお知らせ")
	w.Incoming(sheetMail(t, tanaka, nil))
	w.Settle()
	if l := w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ"); len(l.Cc) != 1 || l.Cc[0].Addr != next {
		t.Errorf("the copy for the window goes to %v", l.Cc)
	}
}
