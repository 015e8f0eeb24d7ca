package inbound

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// freeFormReport makes a delivery report of plain text.
func freeFormReport(from, subject, body string) string {
	return "Return-Path: <>\nFrom: " + from + "\nTo: office@jetro.example\nSubject: " + subject +
		"\nDate: Mon, 16 Nov 2026 10:15:00 +0900\nMessage-ID: <b@mx.example>\n\n" + body
}

const returnedMail = "Received: from jetro.example by mx.example; Mon, 16 Nov 2026 10:14:00 +0900\nMessage-ID: <letter-1@jetro.example>\n" +
	"From: office@jetro.example\nTo: a@bank.example\nSubject: x\n\nbody 550 5.7.1 c@other.example\n"

func TestBounceInEachMailSystemsOwnForm(t *testing.T) {
	const original = "letter-1@jetro.example"
	to := []string{"a@bank.example"}
	for _, c := range []struct {
		form, raw string
		want      Bounce
	}{
		{"qmail, refused at RCPT", freeFormReport("MAILER-DAEMON@mx.example", "failure notice",
			"Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n"+
				"This is a permanent error; I've given up. Sorry it didn't work out.\n\n<a@bank.example>:\n192.0.2.5 does not like recipient.\nRemote host said: 550 sorry, no mailbox here by that name (#5.1.1)\n"+
				"Giving up on 192.0.2.5.\n\n--- Below this line is a copy of the message.\n\n"+returnedMail),
			Bounce{"failed", "5.1.1", BounceUnknownUser, true, to, original}},
		{"qmail, no such host", freeFormReport("MAILER-DAEMON@mx.example", "failure notice",
			"<a@bank.example>:\nSorry, I couldn't find any host named bank.example. (#5.1.2)\n\n--- Below this line is a copy of the message.\n\n"+returnedMail),
			Bounce{"failed", "5.1.2", BounceUnknownHost, true, to, original}},
		{"qmail, refused at RCPT without a code", freeFormReport("MAILER-DAEMON@mx.example", "failure notice",
			"<a@bank.example>:\n192.0.2.5 does not like recipient.\nRemote host said: 550 unknown user\nGiving up on 192.0.2.5.\n\n--- Below this line is a copy of the message.\n\n"+returnedMail),
			Bounce{"failed", "5.0.0", BounceUnknownUser, true, to, original}},
		{"qmail, refused after the content", freeFormReport("MAILER-DAEMON@mx.example", "failure notice",
			"<a@bank.example>:\n192.0.2.5 failed after I sent the message.\nRemote host said: 550 unknown user\n\n--- Below this line is a copy of the message.\n\n"+returnedMail),
			Bounce{"failed", "5.0.0", BounceUnknownUser, false, to, original}},
		{"qmail, too long in the queue", freeFormReport("MAILER-DAEMON@mx.example", "failure notice",
			"<a@bank.example>:\nConnected to 192.0.2.5 but greeting failed.\nI'm not going to try again; this message has been in the queue too long. (#4.4.7)\n\n--- Below this line is a copy of the message.\n\n"+returnedMail),
			Bounce{"failed", "4.4.7", BounceExpired, false, to, original}},
		{"Gmail, its older form", freeFormReport("Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Failure)",
			"Delivery to the following recipient failed permanently:\n\n     a@bank.example\n\nTechnical details of permanent failure:\nGoogle tried to deliver your message, but it was rejected by the recipient domain. "+
				"The error that the other server returned was: 550 No such user here (state 14).\n\n----- Original message -----\n\n"+returnedMail),
			Bounce{"failed", "5.0.0", BounceUnknownUser, true, to, original}},
		{"Notes", freeFormReport("postmaster@bank.example", "Undeliverable message",
			"------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\na@bank.example\n\n\n------- Returned Message --------\n\n"+returnedMail),
			Bounce{"failed", "5.0.0", BounceUnknownUser, true, to, original}},
		{"Exim, a full mailbox", "X-Failed-Recipients: a@bank.example\n" + freeFormReport("Mail Delivery System <Mailer-Daemon@mx.example>", "Mail delivery failed: returning message to sender",
			"This message was created automatically by mail delivery software.\n\n  a@bank.example\n    SMTP error from remote mail server after RCPT TO:<a@bank.example>:\n"+
				"    host mx.bank.example [192.0.2.1]: 552 5.2.2 mailbox is over quota\n\n------ This is a copy of the message, including all the headers. ------\n\n"+returnedMail),
			Bounce{"failed", "5.2.2", BounceMailboxFull, false, to, original}},
		{"Exim, a warning", freeFormReport("Mail Delivery System <Mailer-Daemon@mx.example>", "Warning: message 1a2b3c delayed 24 hours",
			"A message that you sent has not yet been delivered to one or more of its recipients.\nThe address to which the message has not yet been delivered is:\n\n  a@bank.example\n    Delay reason: connection timed out\n\n"+
				"No action is required on your part. Delivery attempts will continue for some time.\n"),
			Bounce{"delayed", "4.0.0", BounceExpired, false, to, ""}},
		{"sendmail, refused after DATA", freeFormReport("Mail Delivery Subsystem <MAILER-DAEMON@mx.example>", "Returned mail: see transcript for details",
			"   ----- The following addresses had permanent fatal errors -----\n<a@bank.example>\n    (reason: 550 Unknown user a@bank.example)\n\n   ----- Transcript of session follows -----\n"+
				"... while talking to mx.bank.example.:\n>>> DATA\n<<< 550 Unknown user a@bank.example\n\n   ----- Original message follows -----\n\n"+returnedMail),
			Bounce{"failed", "5.0.0", BounceUnknownUser, false, to, original}},
		{"Exchange, old", freeFormReport("System Administrator <postmaster@bank.example>", "Undeliverable: x",
			"Your message\n\n  To:      a@bank.example\n  Subject: x\n  Sent:    Mon, 16 Nov 2026 10:00:00 +0900\n\ndid not reach the following recipient(s):\n\na@bank.example on Mon, 16 Nov 2026 10:00:01 +0900\n"+
				"    The recipient name is not recognized\n\tThe MTS-ID of the original message is: c=jp;a= ;p=bank\n    MSEXCH:IMS:BANK:MX:N 0 (000C05A6) Unknown Recipient\n"),
			Bounce{"failed", "5.0.0", BounceUnknownUser, true, to, ""}},
		{"Exchange in Japanese", freeFormReport("Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@bank.example>", "配信不能: x",
			"次の受信者またはグループへの配信に失敗しました:\n\na@bank.example\n入力した電子メール アドレスが見つかりませんでした。\n\n管理者用の診断情報:\n\nRemote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found'\n\n元のメッセージのヘッダー:\n\n"+returnedMail),
			Bounce{"failed", "5.1.10", BounceUnknownUser, true, to, original}},
		{"Exchange Online, nobody of that name", freeFormReport("postmaster@bank.example", "Undeliverable: x",
			"Delivery has failed to these recipients or groups:\n\na@bank.example\n\nRemote server returned '550 5.4.1 Recipient address rejected: Access denied. [TYAPR01.prod.outlook.com]'\n"),
			Bounce{"failed", "5.4.1", BounceUnknownUser, true, to, ""}},
		{"Exchange, delayed", freeFormReport("postmaster@bank.example", "Delivery delayed: x",
			"Delivery is delayed to these recipients or groups:\n\na@bank.example\n\nThis message hasn't been delivered yet. Delivery will continue to be attempted.\n"),
			Bounce{"delayed", "4.0.0", BounceReasonUntold, false, to, ""}},
		{"Domino", freeFormReport("Postmaster@bank.example", "DELIVERY FAILURE: User a (a@bank.example) not listed in Domino Directory",
			"Your message\n\n  Subject: x\n\nwas not delivered to:\n\n  a@bank.example\n\nbecause:\n\n  User a (a@bank.example) not listed in Domino Directory\n"),
			Bounce{"failed", "5.0.0", BounceUnknownUser, true, to, ""}},
		{"au", freeFormReport("Postmaster@ezweb.ne.jp", "Mail System Error - Returned Mail",
			"The user(s) account is temporarily over quota.\n\n<a@bank.example>\n\n---------------------------------------------------\n\n"+returnedMail),
			Bounce{"failed", "5.0.0", BounceMailboxFull, false, to, original}},
		{"a carrier's filter", freeFormReport("Postmaster@ezweb.ne.jp", "Mail System Error - Returned Mail",
			"<a@bank.example>\n\nEach of the following recipients was rejected by a remote mail server.\n\n---------------------------------------------------\n\n"+returnedMail),
			Bounce{"failed", "5.0.0", BounceFiltered, false, to, original}},
		{"SoftBank", freeFormReport("MAILER-DAEMON@softbank.ne.jp", "Mail System Error - Returned Mail",
			"This is the mail system.\n\n<a@bank.example>: host mx.softbank.example said: 550 Invalid recipient: <a@bank.example> (in reply to RCPT TO command)\n"),
			Bounce{"failed", "5.0.0", BounceUnknownUser, true, to, ""}},
		{"a provider in Japanese, unknown user", freeFormReport("postmaster@provider.example", "メールを送信できませんでした",
			"以下の宛先にメールをお届けできませんでした。\n\n宛先： a@bank.example\n理由： 宛先のメールアドレスが存在しません。\n\n----- 元のメッセージ -----\n"+returnedMail),
			Bounce{"failed", "5.0.0", BounceUnknownUser, true, to, original}},
		{"a provider in Japanese, a full mailbox", freeFormReport("no-reply@provider.example", "メールエラー通知",
			"送信先のメールボックスが一杯のため、配信できませんでした。\n<a@bank.example>\n"),
			Bounce{"failed", "5.0.0", BounceMailboxFull, false, to, ""}},
		{"a provider in Japanese, delayed", freeFormReport("postmaster@provider.example", "配信遅延のお知らせ",
			"次の宛先へのメールはまだ配信されておりません。引き続き再送を行います。\na@bank.example\n"),
			Bounce{"delayed", "4.0.0", BounceReasonUntold, false, to, ""}},
		{"refused for its sender, with a code about the address", freeFormReport("MAILER-DAEMON@mx.example", "Undelivered Mail Returned to Sender",
			"<a@bank.example>: host mx.bank.example[192.0.2.1] said: 550 5.1.0 <office@jetro.example> sender rejected (in reply to MAIL FROM command)\n"),
			Bounce{"failed", "5.1.0", BouncePolicy, false, to, ""}},
		{"too large, in prose", freeFormReport("MAILER-DAEMON@mx.example", "Delivery failure",
			"a@bank.example: message size 30000000 exceeds size limit 10485760 of server mx.bank.example\n"),
			Bounce{"failed", "5.0.0", BounceTooLarge, false, to, ""}},
		{"a program without a subject's sign", strings.Replace(freeFormReport("post_master@keitai.example", "Re: x", "Error: Invalid user address\n\n550 - Requested action not taken: no such user here\n\nRCPT TO: a@bank.example\n"), "Return-Path: <>\n", "", 1),
			Bounce{"failed", "5.0.0", BounceUnknownUser, false, to, ""}},
		{"given up after days", freeFormReport("MAILER-DAEMON@mx.example", "Returned mail: Cannot send message for 5 days",
			"   ----- Transcript of session follows -----\n421 bank.example (smtp)... Deferred: Connection timed out during user open with bank.example\n\n   ----- Unsent message follows -----\n"+returnedMail),
			Bounce{"failed", "4.0.0", BounceExpired, false, to, original}},
	} {
		m := parse(t, c.raw)
		if m.Kind != KindBounce {
			t.Errorf("%s: kind %q (%s)", c.form, m.Kind, m.Why)
			continue
		}
		if d := cmp.Diff(c.want, *m.Bounce); d != "" {
			t.Errorf("%s: %s", c.form, d)
		}
	}
}

func TestAReportInAReportIsTheInnerOne(t *testing.T) {
	inner := "From: MAILER-DAEMON@inner.example\nTo: office@jetro.example\nSubject: Returned mail\nMessage-ID: <inner@mx.example>\nContent-Type: multipart/report; report-type=delivery-status; boundary=i\n\n" +
		"--i\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@bank.example\nAction: failed\nStatus: 5.1.1\n\n--i\nContent-Type: message/rfc822\n\n" + returnedMail + "\n--i--\n"
	m := parse(t, "From: MAILER-DAEMON@gateway.example\nTo: office@jetro.example\nSubject: Returned mail\nContent-Type: multipart/mixed; boundary=o\n\n--o\n\nThe following addresses had errors.\n--o\nContent-Type: message/rfc822\n\n"+inner+"\n--o--\n")
	want := Bounce{"failed", "5.1.1", BounceUnknownUser, true, []string{"a@bank.example"}, "letter-1@jetro.example"}
	if m.Bounce == nil {
		t.Fatalf("kind %q", m.Kind)
	}
	if d := cmp.Diff(want, *m.Bounce); d != "" {
		t.Error(d)
	}
}

func TestPeoplesMailIsNoBounce(t *testing.T) {
	for _, c := range []struct{ what, from, subject, body string }{
		{"a person who asks about an error", "tanaka@bank.example", "メールが届きませんでした", "次のエラーです。\n550 5.1.1 User unknown\n"},
		{"an administrator who answers", "postmaster@bank.example", "Re: 配信エラーの件", "設定を直しました。\n"},
		{"an administrator who writes", "postmaster@bank.example", "メールサーバー移転のお知らせ", "12月にサーバーを移転します。\n"},
		{"a person who passes a report on", "tanaka@bank.example", "Fwd: Undelivered Mail Returned to Sender", "これは何ですか。\n"},
	} {
		raw := "Return-Path: <" + c.from + ">\n" + strings.TrimPrefix(freeFormReport(c.from, c.subject, c.body), "Return-Path: <>\n")
		if m := parse(t, raw); m.Kind == KindBounce {
			t.Errorf("%s: %s", c.what, m.Why)
		}
	}
}

func TestNumbersOfAnotherKindAreNoStatus(t *testing.T) {
	for text, want := range map[string]string{
		"host 5.9.1.2 said no": "", "version 4.0.13.1": "", "v2.5.10 ok": "", "#5.1.1": "5.1.1", "(5.7.26)": "5.7.26", "550-5.7.1 no": "5.7.1", "Status 5.2.2.": "5.2.2",
	} {
		if got := enhancedCode(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzBounce(f *testing.F) {
	f.Add("failure notice", "<a@bank.example>:\n550 5.1.1 no such user\n\n--- Below this line is a copy of the message.\n\n"+returnedMail)
	f.Add("DELIVERY FAILURE", "was not delivered to:\n  a@bank.example\nbecause:\n  User a not listed\n")
	f.Add("配信不能", "宛先： a@bank.example\n理由： 存在しません。\n")
	f.Fuzz(func(t *testing.T, subject, body string) {
		m, err := Parse([]byte(freeFormReport("MAILER-DAEMON@mx.example", subject, body)), Options{})
		if err != nil || m.Bounce == nil {
			return
		}
		b := m.Bounce
		if (b.Action == "failed" || b.Action == "delayed") && enhancedCode(b.Status) != b.Status || b.Hard && (b.Action != "failed" || b.Status[0] != '5' || !b.Reason.ofAddress()) {
			t.Errorf("%+v", *b)
		}
	})
}

// A report's text is bounded before its many phrases are looked for: the cost does not grow with it.
func BenchmarkBounceOfLongProse(b *testing.B) {
	raw := []byte(freeFormReport("MAILER-DAEMON@mx.example", "failure notice", strings.Repeat("user a mailbox b domain c host d sender e the 宛先 のアドレス が message f account g\n", 2000)))
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if m, err := Parse(raw, Options{}); err != nil || m.Bounce == nil {
			b.Fatal(err)
		}
	}
}
