package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/demo/form"
	"uketsuke/internal/demo/post"
	"uketsuke/internal/inbound"
	"uketsuke/internal/robot"
)

// people of the sample mailbox.
var (
	tanaka    = casework.Address{Name: "田中 一郎", Addr: "tanaka@minato-bank.example"}
	yamaguchi = casework.Address{Name: "山口 誠", Addr: "kaigai@hyogo-cci.example"}
	saeki     = casework.Address{Name: "佐伯 直子", Addr: "saeki@jetro.example"}
	stranger  = casework.Address{Name: "岡本 進", Addr: "okamoto@harima-consult.example"}
)

// scene is one mail of the sample mailbox, made when its turn comes.
type scene struct {
	title string
	mail  func(s *stage) (post.Mail, error)
}

// samples plays the sample mailbox: each mail when the one before is done and its letters are out.
func (s *stage) samples(ctx context.Context) error {
	s.run(ctx)
	begin := time.Now()
	for i, sc := range scenes() {
		m, err := sc.mail(s)
		if err != nil {
			return fmt.Errorf("make the mail %q: %w", sc.title, err)
		}
		if m.MessageID == "" {
			m.MessageID = fmt.Sprintf("demo-%02d@%s", i+1, m.From[strings.IndexByte(m.From, '@')+1:])
		}
		m.To, m.Date, m.JIS = OfficeAddr, s.Now(), i%2 == 0
		if m.Head == nil {
			m.Head = Evidence(m.From)
		}
		if _, err := s.server.Deliver(OfficeUser, "INBOX", m.Bytes(), s.Now()); err != nil {
			return fmt.Errorf("deliver the mail %q: %w", sc.title, err)
		}
		f, err := s.awaitFate(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", sc.title, err)
		}
		s.show(i+1, sc.title, f)
		if err := s.awaitLetters(ctx, len(f.Handled.Letters)); err != nil {
			return fmt.Errorf("%s: %w", sc.title, err)
		}
	}
	s.sum.Seconds = time.Since(begin).Seconds()
	s.sum.MailsPerSecond = float64(s.sum.Mails) / s.sum.Seconds
	return nil
}

func (s *stage) awaitFate(ctx context.Context) (robot.Fate, error) {
	select {
	case f := <-s.told:
		return f, nil
	case err := <-s.ended:
		s.ended <- err
		return robot.Fate{}, fmt.Errorf("the robot stopped: %w", err)
	case <-time.After(20 * time.Second):
		return robot.Fate{}, errors.New("the mail was not dealt with within 20 seconds")
	case <-ctx.Done():
		return robot.Fate{}, ctx.Err()
	}
}

func (s *stage) show(n int, title string, f robot.Fate) {
	o := f.Handled.Outcome
	fmt.Fprintf(s.Out, "%2d. %s\n    %-10s %-10s %s\n", n, title, f.Kind, resultText(f.Handled), o.Number)
	for _, l := range f.Handled.Letters {
		fmt.Fprintf(s.Out, "    → %s  %s\n", l.Subject, strings.Join(l.To, ", "))
	}
}

func resultText(h casework.Handled) string {
	if h.Seen {
		return string(casework.ResultSeen)
	}
	if len(h.Outcome.Results) > 1 {
		var out []string
		for _, r := range h.Outcome.Results {
			out = append(out, string(r))
		}
		return strings.Join(out, "+")
	}
	return string(h.Outcome.Result)
}

func letterFrom(p casework.Address, subject, text string, files ...post.File) post.Mail {
	return post.Mail{FromName: p.Name, From: p.Addr, Subject: subject, Text: text, Files: files}
}

func sheet(name string, change func(*form.Entry)) (post.File, error) {
	e := form.Sample()
	e.Received = LastWeek(time.Now())
	if change != nil {
		change(&e)
	}
	b, err := form.Make(e)
	return post.File{Name: name, Bytes: b}, err
}

// LastWeek is a day of receipt that is never in the future, in Japan's time.
func LastWeek(now time.Time) string {
	return now.In(casework.JST).AddDate(0, 0, -7).Format("2006年1月2日")
}

// sheetMail is a mail with the sample sheet, changed.
func sheetMail(p casework.Address, name string, change func(*form.Entry)) func(*stage) (post.Mail, error) {
	return func(*stage) (post.Mail, error) {
		f, err := sheet(name, change)
		return letterFrom(p, "新輸出大国コンソーシアム エントリーシートの送付", "いつもお世話になっております。\nエントリーシートをお送りいたします。ご確認のほどよろしくお願いいたします。", f), err
	}
}

func company(name string, n int64, change ...func(*form.Entry)) func(*form.Entry) {
	return func(e *form.Entry) {
		e.Company, e.CorporateNumber = name, form.CorporateNumber(n)
		e.Kana = "カブシキガイシャ"
		for _, c := range change {
			c(e)
		}
	}
}

func byHyogo(e *form.Entry) {
	e.Agency, e.Branch, e.Person, e.Email = "兵庫商工会議所", "産業部", yamaguchi.Name, yamaguchi.Addr
}

func plain(p casework.Address, subject, text string) func(*stage) (post.Mail, error) {
	return func(*stage) (post.Mail, error) { return letterFrom(p, subject, text), nil }
}

// scenes are the sample mailbox, in the order of a day.
func scenes() []scene {
	himeji := company("株式会社髙﨑精機", 140001000101, func(e *form.Entry) { e.Address, e.Confirm[2] = "兵庫県姫路市本町1-1", false })
	okamotoSheet := company("株式会社播磨フーズ", 140001000105, func(e *form.Entry) {
		e.Agency, e.Person, e.Email, e.Address = "みなと銀行", stranger.Name, stranger.Addr, "兵庫県加古川市加古川町1-2"
	})
	return []scene{
		{"みなと銀行 sends a complete sheet", sheetMail(tanaka, "エントリーシート（株式会社灘酒造）.xlsx", nil)},
		{"two sheets in one mail", twoSheets},
		{"a sheet without one of the four confirmations", sheetMail(tanaka, "ES_髙﨑精機.xlsx", himeji)},
		{"a sheet without company name and person", sheetMail(yamaguchi, "エントリーシート.xlsx", company("", 140001000104, byHyogo, func(e *form.Entry) { e.Person = "" }))},
		{"the corrected sheet comes as a reply", correction(himeji)},
		{"a stranger sends a sheet", sheetMail(stranger, "エントリーシート_播磨フーズ.xlsx", okamotoSheet)},
		{"the clerk clicks 承認 in the letter", click("承認", saeki, "")},
		{"the very same sheet comes again", sheetMail(tanaka, "エントリーシート（株式会社灘酒造）.xlsx", nil)},
		{"another agency sends the same company", sheetMail(yamaguchi, "灘酒造_ES.xlsx", func(e *form.Entry) { byHyogo(e); e.Items = []int{6} })},
		{"a question without a sheet", plain(tanaka, "コンソーシアムについての質問", "エントリーシートの様式はどこで入手できますか。")},
		{"an out-of-office note", plain(tanaka, "【不在通知】Re: 登録のお知らせ", "ただいま不在にしております。")},
		{"a concierge clicks 引受 in the brief", concierge("引受")},
		{"a concierge asks the very agency that brought the case", askedItself},
		{"the clerk types a sheet that came by FAX", fax},
		{"the clerk asks for the list", plain(saeki, "一覧", "")},
		{"somebody pretends to be みなと銀行", forged},
		{"one of our own letters comes back", ownLetter},
	}
}

func twoSheets(*stage) (post.Mail, error) {
	a, err := sheet("A_明石水産.xlsx", company("明石水産株式会社", 140001000102, func(e *form.Entry) { e.Address = "兵庫県明石市大明石町1-6" }))
	b, err2 := sheet("B_淡路香房.xlsx", company("有限会社淡路香房", 140001000103, func(e *form.Entry) { e.Address = "兵庫県淡路市志筑3-3" }))
	return letterFrom(tanaka, "エントリーシート送付（2件）", "2社分のエントリーシートをお送りします。", a, b), errors.Join(err, err2)
}

// correction answers the returned letter with the missing confirmation ticked.
func correction(change func(*form.Entry)) func(*stage) (post.Mail, error) {
	return func(s *stage) (post.Mail, error) {
		l, err := s.latest(func(m *inbound.Message, _ []byte) bool {
			return strings.Contains(m.Subject, "ご確認のお願い") && m.To[0].Addr == tanaka.Addr
		})
		if err != nil {
			return post.Mail{}, err
		}
		f, err := sheet("ES_髙﨑精機_訂正.xlsx", func(e *form.Entry) { change(e); e.Confirm[2] = true })
		m := letterFrom(tanaka, "Re: "+l.Subject, "ご指摘の箇所を修正いたしました。よろしくお願いいたします。", f)
		m.InReplyTo = l.MessageID
		return m, err
	}
}

// click sends what a one-click link of the newest letter to somebody says, whole.
func click(command string, p casework.Address, text string) func(*stage) (post.Mail, error) {
	return func(s *stage) (post.Mail, error) {
		_, subject, err := s.link(command, func(to casework.Address) bool { return to.Addr == p.Addr })
		return letterFrom(p, subject, text), err
	}
}

// concierge clicks a link of the newest brief, whoever of the concierges got it.
func concierge(command string) func(*stage) (post.Mail, error) {
	return func(s *stage) (post.Mail, error) {
		to, subject, err := s.link(command, func(to casework.Address) bool {
			return strings.HasSuffix(to.Addr, "@jetro.example") && to.Addr != saeki.Addr
		})
		return letterFrom(to, subject, ""), err
	}
}

// link finds a one-click link in the newest letter to somebody.
func (s *stage) link(command string, to func(casework.Address) bool) (casework.Address, string, error) {
	var reader casework.Address
	var subject string
	_, err := s.latest(func(m *inbound.Message, raw []byte) bool {
		links, err := post.Links(raw)
		if err != nil || !to(casework.Address(m.To[0])) {
			return false
		}
		for _, l := range links {
			if strings.HasPrefix(l.Subject, command) {
				reader, subject = casework.Address(m.To[0]), l.Subject
				return true
			}
		}
		return false
	})
	return reader, subject, err
}

func askedItself(s *stage) (post.Mail, error) {
	m, err := concierge("状況")(s)
	m.Subject = strings.Replace(m.Subject, "状況", "打診 HYOGO-CCI", 1)
	m.Text = "食品の対ベトナム輸出に強い担当の方がおられればお願いします。"
	return m, err
}

func fax(*stage) (post.Mail, error) {
	f, err := sheet("FAX入力_但馬家具.xlsx", company("株式会社但馬家具", 140001000106, byHyogo, func(e *form.Entry) { e.Address = "兵庫県豊岡市大手町2-4" }))
	return letterFrom(saeki, "登録 FAX", "本日FAXで届いたエントリーシートです。", f), err
}

// forged has a From that the boundary server did not believe.
func forged(s *stage) (post.Mail, error) {
	m, err := sheetMail(tanaka, "エントリーシート.xlsx", company("株式会社偽装商事", 140001000107))(s)
	m.Head = []string{"Authentication-Results: " + authserv + "; dmarc=fail header.from=minato-bank.example",
		"Received: from unknown by " + authserv + " with ESMTP; Mon, 16 Nov 2026 10:00:00 +0900"}
	return m, err
}

// ownLetter brings a letter of ours back, as a loop or a forwarding rule does.
func ownLetter(s *stage) (post.Mail, error) {
	l, err := s.latest(func(*inbound.Message, []byte) bool { return true })
	if err != nil {
		return post.Mail{}, err
	}
	m := letterFrom(casework.Address{Name: "ジェトロ神戸", Addr: OfficeAddr}, l.Subject, l.Text)
	m.MessageID = l.MessageID
	return m, nil
}

// latest is the newest letter to the outside that fits.
func (s *stage) latest(fits func(m *inbound.Message, raw []byte) bool) (*inbound.Message, error) {
	all := s.server.Messages(Outside, "INBOX")
	for i := len(all) - 1; i >= 0; i-- {
		raw, err := s.server.Read(Outside, "INBOX", all[i].UID)
		if err != nil {
			return nil, fmt.Errorf("read a letter back: %w", err)
		}
		m, err := inbound.Parse(raw, inbound.Options{Limits: inbound.DefaultLimits()})
		if err != nil {
			return nil, fmt.Errorf("understand a letter of ours: %w", err)
		}
		if len(m.To) > 0 && fits(m, raw) {
			return m, nil
		}
	}
	return nil, errors.New("no letter fits")
}
