package inbound

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mailWith makes a plain mail with further header lines and a body.
func mailWith(lines, body string) []byte {
	return []byte(lines + "From: Tanaka <tanaka@bank.example>\r\nTo: office@jetro.example\r\nDate: Mon, 16 Nov 2026 10:15:00 +0900\r\n" +
		"Message-ID: <a@bank.example>\r\n" + "\r\n" + body)
}

func TestKind(t *testing.T) {
	for _, c := range []struct {
		rule, lines, body string
		want              Kind
	}{
		{"a person's mail", "Subject: エントリーシートの件\r\n", "x", KindPlain},
		{"Auto-Submitted", "Subject: x\r\nAuto-Submitted: auto-replied; owner-email=\"a@b\"\r\n", "x", KindAutomatic},
		{"Auto-Submitted: no", "Subject: x\r\nAuto-Submitted: No (really)\r\n", "x", KindPlain},
		{"Auto-Submitted quoted in the body", "Subject: x\r\n", "> Auto-Submitted: auto-replied\r\nPrecedence: bulk\r\n", KindPlain},
		{"Precedence", "Subject: x\r\nPrecedence: Bulk\r\n", "x", KindAutomatic},
		{"Precedence: first-class", "Subject: x\r\nPrecedence: first-class\r\n", "x", KindPlain},
		{"X-Autoreply", "Subject: x\r\nX-Autoreply: yes\r\n", "x", KindAutomatic},
		{"X-Autorespond", "Subject: x\r\nX-Autorespond: x\r\n", "x", KindAutomatic},
		{"X-Auto-Response-Suppress alone is no sign", "Subject: x\r\nX-Auto-Response-Suppress: All\r\n", "x", KindPlain},
		{"a mailing list", "Subject: x\r\nList-Id: <l.example>\r\n", "x", KindAutomatic},
		{"a newsletter", "Subject: x\r\nList-Unsubscribe: <mailto:x@l.example>\r\n", "x", KindAutomatic},
		{"不在通知", "Subject: 【不在通知】Re: [登録 2026-KOB-00001-4 abcdef]\r\n", "x", KindAutomatic},
		{"自動返信 after reply prefixes", "Subject: RE: Re[2]: 自動返信: 照会\r\n", "x", KindAutomatic},
		{"自動応答 in brackets at the end", "Subject: お問い合わせありがとうございます（自動応答）\r\n", "x", KindAutomatic},
		{"自動返信メール", "Subject: 【自動返信メール】受付完了\r\n", "x", KindAutomatic},
		{"Automatic reply", "Subject: Automatic reply: x\r\n", "x", KindAutomatic},
		{"Out of Office", "Subject: Out of Office Re: x\r\n", "x", KindAutomatic},
		{"Auto:", "Subject: Auto: x\r\n", "x", KindAutomatic},
		{"Réponse automatique", "Subject: Réponse automatique : x\r\n", "x", KindAutomatic},
		{"a question about automatic replies", "Subject: 自動返信が届きません\r\n", "x", KindPlain},
		{"a concierge's absence is a command", "Subject: 不在 2026-11-20 2026-11-25\r\n", "x", KindPlain},
		{"a request for leave", "Subject: On leave requests\r\n", "x", KindPlain},
		{"Notes names who is out", "Subject: Taro Tanaka is out of the office (returning 11/20/2026)\r\n", "x", KindAutomatic},
		{"a text that calls itself automatic", "Subject: お問い合わせありがとうございます\r\n", "このメールは自動返信にてお送りしております。", KindAutomatic},
		{"a text that calls itself automated", "Subject: We got your mail\r\n", "This is an automated response. Do not reply.", KindAutomatic},
		{"a person who asks whether a mail is automatic", "Subject: x\r\n", "先ほどのメールは自動送信でしょうか。このメールは自動返信されますか？", KindPlain},
		{"a machine that sends a sheet", "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n",
			"--b\r\n\r\n本メールは自動送信されています。\r\n--b\r\nContent-Type: application/vnd.ms-excel; name=a.xls\r\n\r\nx\r\n--b--", KindPlain},
		{"自動返信 quoted below a person's words", "Subject: Re: x\r\n", "承知しました。\r\n\r\n> このメールは自動返信です。\r\n", KindPlain},
		{"an absence told by subject", "Subject: 不在のお知らせ Re: 照会\r\n", "x", KindAutomatic},
		{"a null sender with an automatic reply", "Return-Path: <>\r\nAuto-Submitted: auto-replied\r\nSubject: x\r\n", "x", KindAutomatic},
		{"a null sender", "Return-Path: <>\r\nSubject: x\r\n", "x", KindBounce},
		{"an ordinary sender with a bounce's subject", "Return-Path: <tanaka@bank.example>\r\nSubject: FW: Undelivered Mail Returned to Sender\r\n", "x", KindPlain},
		{"a calendar reply", "Subject: x\r\nContent-Type: text/calendar; method=REPLY\r\n", "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n", KindCalendar},
		{"a counter-proposal told by the property", "Subject: x\r\nContent-Type: text/calendar\r\n", "BEGIN:VCALENDAR\r\nMETHOD:COUNTER\r\n", KindCalendar},
		{"an invitation is no reply", "Subject: x\r\nContent-Type: text/calendar; method=REQUEST\r\n", "x", KindPlain},
		{"a read receipt", "Subject: 開封済み: x\r\nReturn-Path: <>\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n", "--b\r\n\r\nread\r\n--b--", KindAutomatic},
	} {
		m, err := Parse(mailWith(c.lines, c.body), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if m.Kind != c.want || (m.Why == "") != (c.want == KindPlain) {
			t.Errorf("%s: kind %q (%s), want %q", c.rule, m.Kind, m.Why, c.want)
		}
	}
}

func TestOwnMailComesFirst(t *testing.T) {
	var asked [2]string
	own := func(id, loop string) bool { asked = [2]string{id, loop}; return loop == "key" }
	raw := mailWith("Subject: x\r\nAuto-Submitted: auto-replied\r\nX-Uketsuke-Loop: key\r\n", "x")
	m, err := Parse(raw, Options{Own: own})
	if err != nil || m.Kind != KindOwn {
		t.Errorf("kind %q, %v", m.Kind, err)
	}
	if want := [2]string{"a@bank.example", "key"}; asked != want {
		t.Errorf("asked %q, want %q", asked, want)
	}
	if m, _ := Parse(raw, Options{}); m.Kind != KindAutomatic {
		t.Errorf("without a check: kind %q", m.Kind)
	}
}

func TestBounce(t *testing.T) {
	report := func(status string) string {
		return "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: office@jetro.example\r\nSubject: Undelivered Mail Returned to Sender\r\n" +
			"Date: Mon, 16 Nov 2026 10:15:00 +0900\r\nMessage-ID: <b@mx.example>\r\nAuto-Submitted: auto-replied\r\n" +
			"Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n" +
			"--b\r\n\r\nIt could not be delivered.\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n" +
			"Reporting-MTA: dns; mx.example\r\n\r\n" + status + "\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n" +
			"From: office@jetro.example\r\nMessage-ID: <letter-1@jetro.example>\r\nSubject: x\r\n\r\n--b--\r\n"
	}
	plain := func(from, subject, body string) string {
		return "Return-Path: <>\r\nFrom: " + from + "\r\nTo: office@jetro.example\r\nSubject: " + subject + "\r\nDate: Mon, 16 Nov 2026 10:15:00 +0900\r\nMessage-ID: <b@mx.example>\r\n\r\n" + body
	}
	const original = "letter-1@jetro.example"
	for _, c := range []struct {
		rule, raw string
		want      Bounce
	}{
		{"failed and permanent is hard", report("Final-Recipient: rfc822; a@bank.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"),
			Bounce{"failed", "5.1.1", BounceUnknownUser, true, []string{"a@bank.example"}, original}},
		{"failed and temporary is not hard", report("Final-Recipient: rfc822; a@bank.example\r\nAction: failed\r\nStatus: 4.4.1\r\n"),
			Bounce{"failed", "4.4.1", BounceNetwork, false, []string{"a@bank.example"}, original}},
		{"delayed is not failed", report("Final-Recipient: rfc822; a@bank.example\r\nAction: delayed\r\nStatus: 4.0.0 (later)\r\n"),
			Bounce{"delayed", "4.0.0", BounceReasonUntold, false, []string{"a@bank.example"}, original}},
		{"a gateway's spelling", report("Final-Recipient: rfc822; a@bank.example\r\nAction: Failure (bad destination)\r\nStatus: 5.1.1\r\n"),
			Bounce{"failed", "5.1.1", BounceUnknownUser, true, []string{"a@bank.example"}, original}},
		{"the original recipient counts", report("Original-Recipient: rfc822;a@bank.example\r\nFinal-Recipient: rfc822; box7@inner.example\r\nAction: failed\r\nStatus: 5.2.2\r\n"),
			Bounce{"failed", "5.2.2", BounceMailboxFull, false, []string{"a@bank.example"}, original}},
		{"of several the gravest", report("Final-Recipient: rfc822; a@bank.example\r\nAction: relayed\r\nStatus: 2.0.0\r\n\r\nFinal-Recipient: rfc822; b@bank.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"),
			Bounce{"failed", "5.1.1", BounceUnknownUser, true, []string{"b@bank.example"}, original}},
		{"a report in prose", plain("MAILER-DAEMON@mx.example", "failure notice", "<a@bank.example>:\r\n550 5.1.1 no such user\r\n\r\n--- Below this line is a copy of the message.\r\n\r\nMessage-ID: <letter-1@jetro.example>\r\n"),
			Bounce{"failed", "5.1.1", BounceUnknownUser, true, []string{"a@bank.example"}, original}},
		{"a report in prose of a delay", plain("postmaster@mx.example", "Delayed mail", "a@bank.example: still trying\r\n"),
			Bounce{"delayed", "4.0.0", BounceReasonUntold, false, []string{"a@bank.example"}, ""}},
		{"a Japanese carrier", plain("no-reply@mx.example", "メールエラー通知", "次の宛先に送信できませんでした。\r\na@keitai.example\r\n"),
			Bounce{"failed", "5.0.0", BounceReasonUntold, false, []string{"a@keitai.example"}, ""}},
		{"X-Failed-Recipients", "X-Failed-Recipients: a@bank.example, b@bank.example\r\n" + plain("x@mx.example", "x", "551 5.7.1 no"),
			Bounce{"failed", "5.7.1", BouncePolicy, false, []string{"a@bank.example", "b@bank.example"}, ""}},
		{"an abuse report", "From: x@mx.example\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <letter-1@jetro.example>\r\n\r\nx\r\n--b--",
			Bounce{"feedback", "", BounceReasonUntold, false, nil, original}},
	} {
		m, err := Parse([]byte(c.raw), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if m.Kind != KindBounce || m.Bounce == nil {
			t.Errorf("%s: kind %q (%s)", c.rule, m.Kind, m.Why)
			continue
		}
		if d := cmp.Diff(c.want, *m.Bounce); d != "" {
			t.Errorf("%s: %s", c.rule, d)
		}
	}
}

func TestForwardedBounceIsAPersonsMail(t *testing.T) {
	raw := mailWith("Subject: Fwd: Undelivered Mail\r\nContent-Type: multipart/mixed; boundary=o\r\n",
		"--o\r\n\r\nこれは何ですか。\r\n--o\r\nContent-Type: message/rfc822\r\n\r\nReturn-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\n"+
			"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n--o--\r\n")
	m, err := Parse(raw, Options{})
	if err != nil || m.Kind != KindPlain || m.Text != "これは何ですか。" {
		t.Errorf("kind %q (%s), text %q, %v", m.Kind, m.Why, m.Text, err)
	}
}

func TestParseHeaderTellsTheKind(t *testing.T) {
	m, err := ParseHeader([]byte("From: MAILER-DAEMON@mx.example\r\nSubject: failure notice\r\n\r\n"+string(make([]byte, 100))), Options{})
	if err != nil || m.Kind != KindBounce || !m.HeaderOnly || m.Text != "" {
		t.Errorf("%+v, %v", m, err)
	}
}
