package inbound

import (
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// composed are mails as Japanese offices send them, made here.
func composed(t testing.TB) map[string]string {
	workbook := base64.StdEncoding.EncodeToString([]byte("workbook"))
	const date, to = "Date: Mon, 16 Nov 2026 10:15:00 +0900\r\n", "To: office@jetro.example\r\n"
	greeting := "ジェトロ神戸　御中\r\n\r\nお世話になっております。\r\nエントリーシートを送ります。\r\n\r\n-- \r\n湊銀行 三宮支店\r\n山田 花子\r\n"
	outlook := "From: " + bWord("ISO-2022-JP", jis(t, "山田 花子")) + " <yamada@bank.example>\r\n" + to + "Subject: " +
		bWord("ISO-2022-JP", jis(t, "エントリーシートの")) + "\r\n " + bWord("ISO-2022-JP", jis(t, "送付（２社）")) + "\r\n" + date +
		"Message-ID: <outlook-1@bank.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_1\"\r\n\r\n" +
		"--=_1\r\nContent-Type: text/plain; charset=\"iso-2022-jp\"\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" + jis(t, greeting) +
		"--=_1\r\nContent-Type: application/vnd.ms-excel;\r\n\tname=\"" + bWord("iso-2022-jp", jis(t, "灘酒造.xls")) + "\"\r\nContent-Disposition: attachment;\r\n\tfilename=\"" +
		bWord("iso-2022-jp", jis(t, "灘酒造.xls")) + "\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + workbook + "\r\n--=_1--\r\n"
	return map[string]string{
		"outlook": outlook,
		"forwarded": "From: sato@bank.example\r\n" + to + "Subject: FW: " + bWord("utf-8", "送付") + "\r\n" + date + "Message-ID: <fw-1@bank.example>\r\nContent-Type: multipart/mixed; boundary=f\r\n\r\n" +
			"--f\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n転送します。\r\n--f\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n" + outlook + "\r\n--f--\r\n",
		"old-mac": strings.ReplaceAll("From: "+sjis(t, "山田")+" <yamada@bank.example>\r\n"+to+"Subject: "+sjis(t, "表示の件")+"\r\n"+date+"Message-ID: <mac-1@bank.example>\r\n\r\n"+
			sjis(t, "承知しました。\r\n\r\n＞ ご確認ください。\r\n"), "\r\n", "\r"),
		"phone": "From: yamada@bank.example\r\n" + to + "Subject: Re: [" + bWord("utf-8", "照会 ") + "Q26-00031 k3f9q2]\r\n" + date + "Message-ID: <phone-1@bank.example>\r\nIn-Reply-To: <letter@jetro.example>\r\n" +
			"References: <first@jetro.example>\r\n <letter@jetro.example>\r\nContent-Type: multipart/alternative; boundary=p\r\n\r\n--p\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" +
			"<html><head><style>p{}</style></head><body><div>受け入れ<b>可能</b>です。</div><div><br></div><div>iPhoneから送信</div><div class=gmail_quote><div>2026年11月16日(月) 10:00 受付 &lt;office@jetro.example&gt;:<br></div><blockquote>受入可 または 受入不可</blockquote></div></body></html>\r\n--p--\r\n",
		"bounce": "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\n" + to + "Subject: Undelivered Mail Returned to Sender\r\n" + date + "Message-ID: <b-1@mx.example>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=r\r\n\r\n" +
			"--r\r\n\r\nThis is the mail system.\r\n\r\n<yamada@bank.example>: unknown user\r\n--r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; yamada@bank.example\r\n" +
			"Action: failed\r\nStatus: 5.1.1\r\n\r\n--r\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <letter@jetro.example>\r\nSubject: x\r\n\r\nbody\r\n--r--\r\n",
	}
}

// render shows a message for the golden files.
func render(m *Message) string {
	var b strings.Builder
	fmt.Fprintf(&b, "id %s\nreply to %q %q\nfrom %+v\nto %+v\nsubject %s\ndate %s\nkind %q (%s)\nauthority %q\nguess %q\nproblems %q\n",
		m.MessageID, m.InReplyTo, m.References, m.From, m.To, m.Subject, m.Date.Format("2006-01-02T15:04:05-07:00"), m.Kind, m.Why, m.Authority, m.TextGuess, m.Problems)
	if m.Bounce != nil {
		fmt.Fprintf(&b, "bounce %+v\n", *m.Bounce)
	}
	for _, a := range m.Attachments {
		fmt.Fprintf(&b, "attachment %s (%s) %s %q\n", a.Path, a.ContentType, a.Guess, a.Data)
	}
	fmt.Fprintf(&b, "--- text\n%s\n--- quoted\n%s\n--- signature\n%s\n", m.Text, m.Quoted, m.Signature)
	return b.String()
}

func TestGolden(t *testing.T) {
	for name, raw := range composed(t) {
		got := render(parse(t, raw))
		file := filepath.Join("testdata", "golden", name+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s:\n--- got\n%s\n--- want\n%s", name, got, want)
		}
	}
}

// bigMail has one attachment of n bytes.
func bigMail(n int) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(i * 7)
	}
	var b strings.Builder
	b.WriteString("From: a@b.example\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nエントリーシートです。\r\n" +
		"--b\r\nContent-Type: application/octet-stream; name=a.xlsx\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	for s := base64.StdEncoding.EncodeToString(data); s != ""; {
		k := min(76, len(s))
		b.WriteString(s[:k] + "\r\n")
		s = s[k:]
	}
	b.WriteString("--b--\r\n")
	return []byte(b.String())
}

func TestBigAttachmentIsCopiedOnce(t *testing.T) {
	raw := bigMail(8 << 20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Parse(raw, Options{}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	allocated := after.TotalAlloc - before.TotalAlloc
	if allocated > 10<<20 {
		t.Errorf("%d MiB allocated for an attachment of 8 MiB", allocated>>20)
	}
}

func BenchmarkParse34KB(b *testing.B) {
	raw := bigMail(24 << 10)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(raw, Options{Authserv: "mx.example"})
	}
}

func BenchmarkParseJapanese(b *testing.B) {
	raw := []byte(composed(b)["outlook"])
	b.ReportAllocs()
	for b.Loop() {
		Parse(raw, Options{})
	}
}

func BenchmarkParse8MB(b *testing.B) {
	raw := bigMail(8 << 20)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(raw, Options{})
	}
}
