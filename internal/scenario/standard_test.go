package scenario

import (
	"strings"
	"testing"

	"uketsuke/internal/demo"
	"uketsuke/internal/demo/form"
	"uketsuke/internal/demo/post"
)

const (
	tanaka    = "tanaka@minato-bank.example"
	window    = "window@minato-bank.example"
	hyogo     = "kaigai@hyogo-cci.example"
	clerk     = "saeki@jetro.example"
	mori      = "mori@jetro.example"
	takahashi = "takahashi@jetro.example"
	stranger  = "okamoto@harima-consult.example"
)

func book(t testing.TB, change func(*form.Entry)) []byte {
	t.Helper()
	e := form.Sample()
	if change != nil {
		change(&e)
	}
	b, err := form.Make(e)
	if err != nil {
		t.Fatalf("make a sheet: %v", err)
	}
	return b
}

func company(name string, n int64) func(*form.Entry) {
	return func(e *form.Entry) {
		e.Company, e.CorporateNumber, e.Address = name, form.CorporateNumber(n), "兵庫県神戸市中央区1-"+name
	}
}

func sheetMail(t testing.TB, from string, change func(*form.Entry)) post.Mail {
	t.Helper()
	return post.Mail{From: from, FromName: "担当", Subject: "エントリーシートの送付", Text: "お送りいたします。",
		Files: []post.File{{Name: "エントリーシート.xlsx", Bytes: book(t, change)}}}
}

func plain(from, subject, text string) post.Mail {
	return post.Mail{From: from, Subject: subject, Text: text}
}

// newest finds the newest letter to somebody, not consumed.
func (w *World) newest(to, subject string) Letter {
	w.t.Helper()
	all := w.Letters()
	for i := len(all) - 1; i >= 0; i-- {
		if strings.Contains(all[i].Subject, subject) && len(all[i].To) > 0 && all[i].To[0].Addr == to {
			return all[i]
		}
	}
	w.t.Fatalf("no letter to %s with %q", to, subject)
	return Letter{}
}

func (w *World) click(from, subject, command, text string) post.Mail {
	w.t.Helper()
	link, err := w.newest(from, subject).Link(command)
	if err != nil {
		w.t.Fatal(err)
	}
	return plain(from, link, text)
}

// standard is the standard scenario: mails of all kinds, in batches and alone, with the answers that people give.
func standard(t testing.TB, w *World) {
	himeji := company("株式会社姫路精機", 140001000201)
	noTPP := func(e *form.Entry) { himeji(e); e.Confirm[2] = false }
	// a morning's batch
	w.Incoming(sheetMail(t, tanaka, nil))
	two := sheetMail(t, tanaka, company("明石水産株式会社", 140001000202))
	two.Files = append(two.Files, post.File{Name: "B.xlsx", Bytes: book(t, company("有限会社淡路香房", 140001000203))})
	w.Incoming(two)
	w.Incoming(sheetMail(t, tanaka, noTPP))
	w.Incoming(sheetMail(t, hyogo, func(e *form.Entry) { company("", 140001000204)(e); e.Agency, e.Person = "兵庫商工会議所", "" }))
	w.Incoming(sheetMail(t, stranger, company("株式会社播磨フーズ", 140001000205)))
	w.Incoming(plain(tanaka, "コンソーシアムについての質問", "様式はどこで入手できますか。"))
	w.Incoming(plain(tanaka, "【不在通知】Re: 登録のお知らせ", "ただいま不在にしております。"))
	w.Settle()
	// alone
	returned := w.newest(tanaka, "ご確認のお願い")
	fixed := sheetMail(t, tanaka, himeji)
	fixed.Subject, fixed.InReplyTo = "Re: "+returned.Subject, returned.MessageID
	w.Incoming(fixed)
	w.Settle()
	w.Incoming(w.click(clerk, "ご判断のお願い", "承認", ""))
	w.Settle()
	w.Incoming(sheetMail(t, tanaka, nil)) // the very same workbook
	w.Settle()
	// another batch
	w.Incoming(sheetMail(t, hyogo, func(e *form.Entry) { e.Agency, e.Items = "兵庫商工会議所", []int{6} })) // the same company
	w.Incoming(w.click(takahashi, "担当案件", "引受", ""))
	fax := sheetMail(t, clerk, func(e *form.Entry) {
		company("株式会社但馬家具", 140001000206)(e)
		e.Agency = "兵庫商工会議所"
	})
	fax.Subject = "登録 FAX"
	w.Incoming(fax)
	forged := sheetMail(t, tanaka, company("株式会社偽装商事", 140001000207))
	forged.Head = []string{"Authentication-Results: mx.uketsuke.example; dmarc=fail header.from=minato-bank.example", "Received: from x by mx.uketsuke.example; Mon, 16 Nov 2026 10:00:00 +0900"}
	w.Incoming(forged)
	w.Settle()
	registered := w.newest(tanaka, "2026-KOB-00004-6")
	amended := sheetMail(t, tanaka, func(e *form.Entry) { himeji(e); e.Desired = "展示会への出展" })
	amended.Subject, amended.InReplyTo = "Re: "+registered.Subject, registered.MessageID
	w.Incoming(amended)
	w.Incoming(w.click(tanaka, "コンソーシアム登録のお知らせ", "状況", ""))
	w.Incoming(plain(clerk, "一覧", ""))
	own := plain(demo.OfficeAddr, registered.Subject, "loop")
	own.MessageID = registered.MessageID
	w.Incoming(own)
	w.Incoming(w.click(clerk, "ご判断のお願い", "受付不可", ""))
	w.Incoming(plain(tanaka, "Re: "+registered.Subject, "ありがとうございます。よろしくお願いいたします。"))
	w.Settle()
}

func TestTheStandardScenarioEndsAsPeopleExpect(t *testing.T) {
	w := New(t, Options{})
	standard(t, w)
	state := w.State()
	for rule, want := range map[string]string{
		"the first sheet is registered":               "case E26-00001 2026-KOB-00001-4 M-00001-3 registered MINATO",
		"a corrected sheet continues its case":        "case E26-00004 2026-KOB-00004-6 M-00004-5 consulting MINATO TAKAHASHI v2",
		"an approved stranger's sheet is registered":  "case E26-00006 2026-KOB-00005-1",
		"the same company keeps its member number":    "case E26-00007 2026-KOB-00006-7 M-00001-3",
		"paper entries are registered":                "case E26-00008 2026-KOB-00007-2",
		"a rejected entry has no registration number": "case E26-00009   rejected",
		"a question stays for the people":             "folder INBOX <mail-006@minato-bank.example>",
		"a plain reply goes to the concierge":         "folder 受付済 <mail-020@minato-bank.example>",
		"machines' mail is filed apart":               "folder 自動応答 <mail-007@minato-bank.example>",
		"approval is answered at the rostered window": "letter window@minato-bank.example [登録 2026-KOB-00005-1",
	} {
		if !strings.Contains(state, want) {
			t.Errorf("%s: the end state lacks %q", rule, want)
		}
	}
	for _, l := range w.Letters() {
		for _, to := range l.To {
			if to.Addr == stranger {
				t.Errorf("a stranger got %q", l.Subject)
			}
		}
	}
	if t.Failed() {
		t.Log(state)
	}
}
