package inbound

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestHTMLToText(t *testing.T) {
	for _, c := range []struct{ rule, in, want string }{
		{"paragraphs stand apart", "<p>一</p><p>二</p>", "一\n\n二"},
		{"Outlook's paragraphs are lines", `<p class="MsoNormal">一</p><p class=MsoNormal>二</p>`, "一\n二"},
		{"blocks and breaks", "<div>一</div><div>二<br>三</div>", "一\n二\n三"},
		{"an empty line of Gmail", "<div>一</div><div><br></div><div>二</div>", "一\n\n二"},
		{"no scripts, styles, titles, comments", "<head><title>t</title><style>p{}</style></head><script>x</script><!-- c -->本文", "本文"},
		{"entities", "&lt;A&gt; &amp; B&nbsp;C &#21463;&#x4ed8;", "<A> & B C 受付"},
		{"white space collapses", "a  \r\n b", "a b"},
		{"a break between Japanese characters is none", "エントリー\r\n  シート", "エントリーシート"},
		{"preformatted text", "<pre>a\n  b</pre>", "a\n  b"},
		{"lists", "<ul><li>一<li>二</ul>", "・一\n・二"},
		{"table cells", "<table><tr><td>企業名</td><td>灘酒造</td></tr><tr><td>x</td></tr></table>", "企業名 灘酒造\nx"},
		{"quotations are marked", "はい<blockquote>質問<div>二</div></blockquote>以上", "はい\n> 質問\n> 二\n以上"},
		{"hidden text is left out", `<div style="display: none">x</div><span style='DISPLAY:NONE'>y</span>z`, "z"},
		{"hidden text that is all there is", `<div style="display:none">x</div>`, "x"},
		{"pictures speak by their alt", `<img alt="灘酒造" src=x>`, "灘酒造"},
		{"unclosed tags", "<div><p>一<b>二", "一二"},
	} {
		if got := strings.Trim(htmlToText(c.in), "\n"); got != c.want {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
	}
}

func TestHTMLCharset(t *testing.T) {
	for in, want := range map[string]string{
		`<meta charset="Shift_JIS">`: "shift_jis",
		`<meta http-equiv="Content-Type" content="text/html; charset=iso-2022-jp">`: "iso-2022-jp",
		`<p>charset</p>`: "",
	} {
		if got := htmlCharset([]byte(in)); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func TestUnflow(t *testing.T) {
	for _, c := range []struct {
		rule, in string
		delsp    bool
		want     string
	}{
		{"a line that ends in a space goes on", "one \ntwo\nthree", false, "one two\nthree"},
		{"with delsp the space goes", "エント \nリー", true, "エントリー"},
		{"space-stuffing", " >no quote\n From", false, ">no quote\nFrom"},
		{"quotes keep their depth", "> a \n> b\n>> c \nd", false, "> a b\n>> c \nd"},
		{"a signature's line does not flow", "text\n-- \nname", false, "text\n-- \nname"},
	} {
		if got := unflow(c.in, c.delsp); got != c.want {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
	}
}

func TestPartText(t *testing.T) {
	for _, c := range []struct{ rule, in, text, quoted, signature string }{
		{"nothing quoted", "こんにちは。\n\n以上\n", "こんにちは。\n\n以上", "", ""},
		{"quote marks", "> 質問\nはい。\n", "はい。", "> 質問", ""},
		{"full-width quote marks", "はい。\n＞質問\n＞二", "はい。", "＞質問\n＞二", ""},
		{"answers between quotes", "> 一\nはい\n> 二\nいいえ", "はい\nいいえ", "> 一\n> 二", ""},
		{"Gmail's line in Japanese", "承知しました。\n\n2026年11月16日(月) 10:00 受付 <a@b.example>:\n\n> 照会", "承知しました。", "2026年11月16日(月) 10:00 受付 <a@b.example>:\n> 照会", ""},
		{"Gmail's line wrapped", "承知しました。\n\n2026年11月16日(月) 10:00 受付ロボット <kobe-intake@\njetro.example>:\n> 照会", "承知しました。", "2026年11月16日(月) 10:00 受付ロボット <kobe-intake@\njetro.example>:\n> 照会", ""},
		{"a dated line without quote marks below", "はい。\n\n2026/11/16 10:00、受付 <a@b.example>のメール:\n照会します。", "はい。", "2026/11/16 10:00、受付 <a@b.example>のメール:\n照会します。", ""},
		{"Thunderbird's line", "はい。\n\nOn 2026/11/16 10:00, Robot wrote:\n> 照会", "はい。", "On 2026/11/16 10:00, Robot wrote:\n> 照会", ""},
		{"an English line over three lines", "Yes.\n\nOn Mon, Nov 16, 2026 at 10:00 AM\nRobot of the office\n<a@b.example> wrote:\n> ?", "Yes.", "On Mon, Nov 16, 2026 at 10:00 AM\nRobot of the office\n<a@b.example> wrote:\n> ?", ""},
		{"書きました", "はい。\n\n田中さんは書きました:\n> 照会", "はい。", "田中さんは書きました:\n> 照会", ""},
		{"書きました without quotes below is text", "田中さんは書きました:\n以上", "田中さんは書きました:\n以上", "", ""},
		{"Original Message", "はい。\n\n-----Original Message-----\nFrom: a\n照会", "はい。", "-----Original Message-----\nFrom: a\n照会", ""},
		{"元のメッセージ", "はい。\n----- 元のメッセージ -----\n照会", "はい。", "----- 元のメッセージ -----\n照会", ""},
		{"full-width dashes", "はい。\n－－－－－Original Message－－－－－\n照会", "はい。", "－－－－－Original Message－－－－－\n照会", ""},
		{"Outlook's header block", "はい。\n\n差出人: 受付 <a@b.example>\n送信日時: 2026年11月16日 10:00\n宛先: 田中\n件名: 照会\n\n照会します。", "はい。",
			"差出人: 受付 <a@b.example>\n送信日時: 2026年11月16日 10:00\n宛先: 田中\n件名: 照会\n\n照会します。", ""},
		{"Outlook's header block below a rule", "Yes.\n________________________________\nFrom: a\nSent: Monday\nTo: b\nSubject: c\n\n?", "Yes.", "________________________________\nFrom: a\nSent: Monday\nTo: b\nSubject: c\n\n?", ""},
		{"a bold header block", "Yes.\n*From:* a\n*Sent:* b\n*To:* c\n?", "Yes.", "*From:* a\n*Sent:* b\n*To:* c\n?", ""},
		{"a From line alone is text", "From: 神戸\nよろしく", "From: 神戸\nよろしく", "", ""},
		{"a time at the beginning of a line is text", "2026年11月20日 14:00 から面談です。\n場所：会議室", "2026年11月20日 14:00 から面談です。\n場所：会議室", "", ""},
		{"a forwarded mail without own words is text", "---------- Forwarded message ---------\nFrom: a\n\n照会", "---------- Forwarded message ---------\nFrom: a\n\n照会", "", ""},
		{"a reply without own words has no text", "-----Original Message-----\nFrom: a\n照会", "", "-----Original Message-----\nFrom: a\n照会", ""},
		{"a signature", "はい。\n\n-- \n田中\nTEL 078", "はい。", "", "-- \n田中\nTEL 078"},
		{"a signature above the quote", "はい。\n-- \n田中\n\n> 照会", "はい。", "> 照会", "-- \n田中"},
		{"two dashes far from the end are text", "はい。\n--\n" + strings.Repeat("行\n", 20), "はい。\n--\n" + strings.TrimSpace(strings.Repeat("行\n", 20)), "", ""},
		{"a telephone's line", "はい。\n\niPhoneから送信", "はい。", "", "iPhoneから送信"},
		{"a carrier's telephone's line above the quote", "はい。\n\nソフトバンクのiPhoneから送信\n\n2026/11/16 10:00、受付 <a@b.example>のメール:\n> 照会", "はい。", "2026/11/16 10:00、受付 <a@b.example>のメール:\n> 照会", "ソフトバンクのiPhoneから送信"},
		{"Outlook for iOS", "Yes.\n\nGet Outlook for iOS<https://aka.ms/o0ukef>", "Yes.", "", "Get Outlook for iOS<https://aka.ms/o0ukef>"},
		{"a sentence about a telephone is text", "iPhoneから送信できますか。", "iPhoneから送信できますか。", "", ""},
		{"a ruled block with a telephone number", "はい。\n\n━━━━━━━━\nみなと銀行 田中\nTEL：078-000-1111\n━━━━━━━━", "はい。", "", "━━━━━━━━\nみなと銀行 田中\nTEL：078-000-1111\n━━━━━━━━"},
		{"a ruled block that was filled in is text", "回答\n==========\n担当者：田中\nTEL：078\n==========", "回答\n==========\n担当者：田中\nTEL：078\n==========", "", ""},
		{"a ruled block without a way to reach anybody is text", "一\n-----------\n二", "一\n-----------\n二", "", ""},
		{"a mail is never only a signature", "-- \n田中", "-- \n田中", "", ""},
		{"trailing spaces are no text", "はい。  \u3000\n\u3000いいえ", "はい。\n\u3000いいえ", "", ""},
	} {
		text, quoted, signature := partText(c.in, false)
		if text != c.text || quoted != c.quoted || signature != c.signature {
			t.Errorf("%s:\n text %q, want %q\n quoted %q, want %q\n signature %q, want %q", c.rule, text, c.text, quoted, c.quoted, signature, c.signature)
		}
	}
}

func TestPartTextTakesForwardedBySubject(t *testing.T) {
	text, quoted, _ := partText("差出人: a\n送信日時: b\n件名: c\n\n照会", true)
	if quoted != "" || !strings.HasSuffix(text, "照会") {
		t.Errorf("text %q, quoted %q", text, quoted)
	}
}

func TestPartTextLosesNoWord(t *testing.T) {
	line := rapid.SampledFrom([]string{"はい。", "> 引用", "＞引用", "-- ", "--", "iPhoneから送信", "-----Original Message-----", "差出人: a", "送信日時: b", "件名: c",
		"2026年11月16日(月) 10:00 受付 <a@b.example>:", "On Mon, Nov 16, 2026", "Robot wrote:", "==========", "TEL 078", "", "転送されたメッセージ:", "担当者：x"})
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(line, 0, 25).Draw(t, "lines")
		forwarded := rapid.Bool().Draw(t, "forwarded")
		text, quoted, signature := partText(strings.Join(lines, "\n"), forwarded)
		got := strings.Fields(text + "\n" + quoted + "\n" + signature)
		want := strings.Fields(strings.Join(lines, "\n"))
		if len(got) != len(want) {
			t.Fatalf("%d words of %d:\n%q\n%q\n%q", len(got), len(want), text, quoted, signature)
		}
		if len(want) > 0 && text == "" && quoted == "" {
			t.Fatalf("neither text nor quoted of %q", lines)
		}
	})
}

func FuzzPartText(f *testing.F) {
	f.Add("a\n> b\n-- \nc", false)
	f.Add("On x 1\n\n\n>", true)
	f.Add("____________\nFrom: a\nTo: b\nDate: c", false)
	f.Fuzz(func(t *testing.T, s string, forwarded bool) {
		text, quoted, _ := partText(normalText(s), forwarded)
		if strings.TrimSpace(normalText(s)) != "" && text == "" && quoted == "" {
			t.Errorf("nothing left of %q", s)
		}
		htmlToText(s)
		unflow(s, forwarded)
	})
}
