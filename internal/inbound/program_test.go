package inbound

import "testing"

// replies are answers as mail programs write them, each with the words "承知しました。" or "Understood." of its own.
var replies = []struct{ program, text string }{
	{"Outlook, Japanese", "承知しました。\n\nFrom: 受付 <office@jetro.example>\nSent: Monday, November 16, 2026 10:00 AM\nTo: 田中 <tanaka@bank.example>\nSubject: 照会\n\n照会します。"},
	{"Outlook, labels in Japanese", "承知しました。\n\n差出人: 受付 <office@jetro.example>\n送信日時: 2026年11月16日月曜日 10:00\n宛先: 田中 <tanaka@bank.example>\nCC: 佐藤\n件名: 照会\n\n照会します。"},
	{"Outlook on the web", "承知しました。\n\n________________________________\n差出人: 受付 <office@jetro.example>\n送信日時: 2026年11月16日 10:00\n宛先: 田中\n件名: 照会\n\n照会します。"},
	{"Outlook 2003", "承知しました。\n\n  -----Original Message-----\n  From: 受付 [mailto:office@jetro.example]\n  Sent: Monday\n  照会します。"},
	{"Outlook, a date without weekday", "承知しました。\n\nFrom: 受付\nDate: 2026/11/16\nTo: 田中\n照会します。"},
	{"Outlook for iOS, Japanese", "承知しました。\n\niOS 版 Outlook を取得<https://aka.ms/o0ukef>\n________________________________\n差出人: 受付\n送信日時: 月曜日\n宛先: 田中\n件名: 照会\n"},
	{"Outlook for Android", "Understood.\n\nGet Outlook for Android<https://aka.ms/AAb9ysg>\n________________________________\nFrom: Desk\nSent: Monday\nTo: Tanaka\nSubject: 照会\n"},
	{"Outlook for Mac", "承知しました。\n\n受付 <office@jetro.example> のメール (2026/11/16 10:00):\n\n照会します。"},
	{"Gmail, Japanese", "承知しました。\n\n2026年11月16日(月) 10:00 受付 <office@jetro.example>:\n\n> 照会します。"},
	{"Gmail, without address", "承知しました。\n\n2026年11月16日月曜日 受付:\n> 照会します。"},
	{"Gmail, English", "Understood.\n\nOn Mon, Nov 16, 2026 at 10:00 AM Desk <office@jetro.example> wrote:\n\n> 照会します。"},
	{"Gmail, a time in words", "承知しました。\n\n2026年11月16日(月) 午前10:00 受付 <office@jetro.example>:\n> 照会します。"},
	{"Gmail, forwarded below an answer", "承知しました。\n\n---------- Forwarded message ---------\nFrom: 受付\n照会します。"},
	{"Apple Mail, Japanese", "承知しました。\n\n> 2026/11/16 10:00、受付 <office@jetro.example>のメール:\n> \n> 照会します。"},
	{"Apple Mail, Japanese, no marks", "承知しました。\n\n2026/11/16 10:00、受付 <office@jetro.example>のメール:\n\n照会します。"},
	{"Apple Mail, English", "Understood.\n\nOn Nov 16, 2026, at 10:00, Desk <office@jetro.example> wrote:\n\n> 照会します。"},
	{"Apple Mail, forwarded", "承知しました。\n\nBegin forwarded message:\n\nFrom: 受付\n照会します。"},
	{"iPhone", "承知しました。\n\niPhoneから送信\n\n2026/11/16 10:00、受付 <office@jetro.example>のメール:\n\n\ufeff照会します。"},
	{"iPhone, English", "Understood.\n\nSent from my iPhone\n\nOn Nov 16, 2026, at 10:00, Desk <office@jetro.example> wrote:\n\n\ufeff照会"},
	{"Thunderbird, Japanese", "承知しました。\n\nOn 2026/11/16 10:00, 受付 wrote:\n> 照会します。"},
	{"Thunderbird, さんは書きました", "承知しました。\n\n受付 さんは 2026/11/16 10:00 に書きました:\n> 照会します。"},
	{"Thunderbird, forwarded", "承知しました。\n\n-------- Forwarded Message --------\nSubject: \t照会\nDate: \tMon\n"},
	{"Thunderbird, forwarded in Japanese", "承知しました。\n\n-------- 転送されたメッセージ --------\n件名: \t照会\n日付: \tMon\n"},
	{"Thunderbird, the older separator", "承知しました。\n\n(2026/11/16 10:00), 受付 wrote:\n> 照会します。"},
	{"Becky!", "承知しました。\n\nOn Mon, 16 Nov 2026 10:00:00 +0900\n受付 <office@jetro.example> wrote:\n\n> 照会します。\n\n-- \n署名\n"},
	{"Becky!, Japanese", "承知しました。\n\n受付 <office@jetro.example> さんは書きました:\n\n> 照会します。"},
	{"Becky!, Message-ID in front", "承知しました。\n\nIn message \"照会\" on Mon, 16 Nov 2026 10:00:00 +0900\n受付 <office@jetro.example> wrote:\n> 照会します。"},
	{"Shuriken", "承知しました。\n\n2026年11月16日 10:00、受付 <office@jetro.example> さんは書きました：\n> 照会します。"},
	{"Shuriken, a rule of words", "承知しました。\n\n---------- 元のメール ----------\n差出人：受付\n照会します。"},
	{"Shuriken, At", "承知しました。\n\nAt 10:00 26/11/16 +0900, 受付 wrote:\n> 照会します。"},
	{"Notes, English", "Understood.\n\nDesk <office@jetro.example> wrote on 11/16/2026 10:00:00 AM:\n\n> 照会します。"},
	{"Notes, labels", "承知しました。\n\nFrom:\t受付 <office@jetro.example>\nTo:\t田中/MINATO@MINATO\nDate:\t2026/11/16 10:00\nSubject:\t照会\n\n照会します。"},
	{"Notes, Japanese labels", "承知しました。\n\n差出人:     受付 <office@jetro.example>\n宛先:       田中\n日付:       2026/11/16 10:00\n件名:       照会\n"},
	{"Notes, older", "承知しました。\n\n受付 <office@jetro.example>\n2026/11/16 10:00\n\n        宛先:  田中/MINATO@MINATO\n        cc:\n        件名:  照会\n\n照会します。"},
	{"Notes, older English", "Understood.\n\nDesk <office@jetro.example>\n11/16/2026 10:00 AM\n\n        To:  Tanaka/MINATO@MINATO\n        cc:\n        Subject:  照会\n\n"},
	{"Garoon", "承知しました。\n\n----- 受信メール -----\n差出人：受付\n日時：2026/11/16\n照会します。"},
	{"Garoon, さん", "承知しました。\n\n受付 <office@jetro.example> さん:\n> 照会します。"},
	{"desknet's", "承知しました。\n\n------ 返信元メール ------\n照会します。"},
	{"desknet's, full-width marks", "承知しました。\n\n受付さんからのメール：\n＞照会します。"},
	{"Cybozu Office", "承知しました。\n\n--- 以下、元のメッセージ ---\n照会します。"},
	{"ActiveMail", "承知しました。\n\n----- 引用ここから -----\n照会します。"},
	{"Windows Mail", "承知しました。\n\nWindows 版のメールから送信\n\n差出人: 受付\n送信日時: 2026年11月16日\n宛先: 田中\n件名: 照会\n"},
	{"Yahoo!メール", "承知しました。\n\n----- Original Message -----\n照会します。"},
	{"Windows Live メール", "承知しました。\n\nFrom: 受付\nSent: Monday, November 16, 2026 10:00 AM\nTo: 田中\nSubject: 照会\n"},
	{"a docomo phone", "承知しました。\n\n-------- 元のメッセージ --------\nFrom: 受付\n照会"},
	{"Xperia", "承知しました。\n\nXperia™ スマートフォンから送信\n\n---- 受付さんは書きました ----\n照会します。"},
	{"Galaxy", "承知しました。\n\nGalaxyから送信\n\n-------- 元のメッセージ --------\n差出人: 受付\n照会"},
	{"Samsung, English", "Understood.\n\nSent from my Galaxy\n\n-------- Original message --------\nFrom: Desk\n照会"},
	{"Yahoo! on Android", "承知しました。\n\nAndroidのYahoo!メールから送信\n\n2026年11月16日(月) 10:00 受付 <office@jetro.example>:\n> 照会"},
	{"a plain phone's marks", "承知しました。\n\n>照会します。\n>よろしく"},
	{"an answer below the quote", "> 照会します。\n\n承知しました。"},
	{"an answer below an attribution and quote", "2026年11月16日(月) 10:00 受付 <office@jetro.example>:\n> 照会します。\n\n承知しました。"},
}

func TestRepliesOfEachProgram(t *testing.T) {
	for _, r := range replies {
		text, quoted, signature := partText(r.text, false)
		if text != "承知しました。" && text != "Understood." {
			t.Errorf("%s: text %q\n quoted %q\n signature %q", r.program, text, quoted, signature)
		}
	}
}

// htmlReplies are answers that come as HTML only.
var htmlReplies = []struct{ program, html string }{
	{"Outlook", "<div class=WordSection1><p class=MsoNormal>承知しました。<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0mm 0mm 0mm'>" +
		"<p class=MsoNormal><b><span lang=EN-US>From:</span></b> 受付 &lt;office@jetro.example&gt; <br><b>Sent:</b> Monday<br><b>To:</b> 田中<br><b>Subject:</b> 照会<o:p></o:p></p></div></div><p class=MsoNormal>照会します。</p></div>"},
	{"Outlook on the web", "<div>承知しました。</div><div id=\"appendonsend\"></div><hr style=\"display:inline-block;width:98%\" tabindex=\"-1\"><div id=\"divRplyFwdMsg\" dir=\"ltr\"><font face=\"Calibri\"><b>差出人:</b> 受付 &lt;office@jetro.example&gt;<br>" +
		"<b>送信日時:</b> 2026年11月16日 10:00<br><b>宛先:</b> 田中<br><b>件名:</b> 照会</font><div>&nbsp;</div></div><div>照会します。</div>"},
	{"Gmail", "<div dir=\"ltr\">承知しました。</div><br><div class=\"gmail_quote\"><div dir=\"ltr\" class=\"gmail_attr\">2026年11月16日(月) 10:00 受付 &lt;<a href=\"mailto:office@jetro.example\">office@jetro.example</a>&gt;:<br></div>" +
		"<blockquote class=\"gmail_quote\" style=\"margin:0px\">照会します。</blockquote></div>"},
	{"Apple Mail", "<html><body>承知しました。<div><br></div><div id=\"AppleMailSignature\">iPhoneから送信</div><div><br>2026/11/16 10:00、受付 &lt;<a href=\"mailto:office@jetro.example\">office@jetro.example</a>&gt;のメール:<br><br></div>" +
		"<blockquote type=\"cite\"><div>照会します。</div></blockquote></body></html>"},
	{"Thunderbird", "<p>承知しました。</p><div class=\"moz-cite-prefix\">2026/11/16 10:00, 受付 wrote:<br></div><blockquote type=\"cite\" cite=\"mid:x\"><p>照会します。</p></blockquote>"},
	{"Outlook for iOS", "<div dir=\"ltr\">承知しました。</div><div id=\"ms-outlook-mobile-signature\"><div><br></div>iOS 版 <a href=\"https://aka.ms/o0ukef\">Outlook</a> を取得</div><hr><div id=\"divRplyFwdMsg\"><b>差出人:</b> 受付<br><b>送信日時:</b> 月曜日<br><b>宛先:</b> 田中<br><b>件名:</b> 照会</div>照会します。"},
	{"Yahoo!", "<div>承知しました。</div><div class=\"yahoo_quoted\"><div>----- Original Message -----</div><div>照会します。</div></div>"},
	{"Notes", "<font size=2>承知しました。</font><br><br><tt><font size=2>受付 &lt;office@jetro.example&gt; wrote on 2026/11/16 10:00:00:<br><br>&gt; 照会します。</font></tt>"},
}

func TestRepliesInHTML(t *testing.T) {
	for _, r := range htmlReplies {
		if text, quoted, signature := partText(htmlToText(r.html), false); text != "承知しました。" {
			t.Errorf("%s: text %q\n quoted %q\n signature %q", r.program, text, quoted, signature)
		}
	}
}
