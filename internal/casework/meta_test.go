package casework

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Commands about commands: 直前取消, テスト, まとめて.

// undoable are the commands whose letters wait, with what stands before them.
var undoable = []struct {
	at   SupportState
	who  Address
	line string
	text string
}{
	{SupportNone, suzuki, "打診 HYOGO-CCI", ""}, {SupportNone, suzuki, "ジェトロ支援 相談", ""}, {SupportNone, suzuki, "追加情報 企業", ""},
	{SupportNone, suzuki, "連絡 企業", "こんにちは"}, {SupportNone, suzuki, "面談 初回 12/3 14時", ""}, {SupportInquired, suzuki, "見送り", ""},
	{SupportAvailable, suzuki, "了承依頼", ""}, {SupportAsked, suzuki, "了承 企業 電話", ""}, {SupportAsked, suzuki, "辞退 企業 電話", ""}, {SupportCleared, suzuki, "回付", ""},
	{SupportReferred, yamaguchi, "受入担当", "担当者：山口"}, {SupportReferred, suzuki, "受入担当", "担当者：山口"}, {SupportReferred, suzuki, "廃棄依頼", ""},
	{SupportHosted, suzuki, "支援終了", ""}, {SupportHosted, tanaka, "支援取下", ""}, {SupportCleared, saeki, "無効", "重複"},
}

func TestEveryCommandWhoseLettersWaitCanBeTakenBack(t *testing.T) {
	for _, tc := range undoable {
		t.Run(tc.line, func(t *testing.T) {
			w := newWorld(t)
			c, q := w.hyogo(tc.at)
			number := c.Registration
			if tc.who == yamaguchi {
				number = q
			}
			out := w.say(tc.who, number, tc.line, tc.text)
			if out.Result != ResultDone {
				t.Fatalf("%s: %s", out.Result, out.Why)
			}
			waiting := 0
			for _, l := range out.Letters {
				if l.Hold > 0 {
					waiting++
				}
			}
			refusal := w.say(map[Address]Address{suzuki: tanaka, tanaka: suzuki, yamaguchi: suzuki, saeki: suzuki}[tc.who], c.Registration, "直前取消")
			refused(t, refusal, "取り消")
			out = w.say(tc.who, number, "直前取消")
			if out.Result != ResultDone || kinds(out) != "command-undone" || len(out.Withdraw) != waiting || waiting == 0 {
				t.Errorf("%d letters waited; %s %s, withdrawn %v: %s", waiting, out.Result, kinds(out), out.Withdraw, out.Why)
			}
			after := w.again(c)
			if diff := cmp.Diff(c, after, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(Case{}, "History", "Events", "UpdatedAt", "Last")); diff != "" {
				t.Errorf("the case is not as it was (-before +after):\n%s", diff)
			}
			if len(w.kept) != 0 {
				t.Errorf("a password is kept: %v", w.kept)
			}
			w.advance(time.Hour)
			for _, p := range w.box {
				if slices.Contains(out.Withdraw, p.ID) && p.state != "withdrawn" {
					t.Errorf("letter %s is %s", p.Kind(), p.state)
				}
			}
		})
	}
}

func TestWhatOthersDidSinceStandsWhenACommandIsTakenBack(t *testing.T) {
	w := newWorld(t)
	c, q := w.hyogo(SupportInquired)
	n := c.Registration
	w.say(suzuki, n, "打診 HOSHO")
	w.say(yamaguchi, q, "受入可")
	w.do(withSheet(command(tanaka, n, "訂正"), company("灘酒造", issues("販路と物流"))))
	w.say(suzuki, n, "直前取消")
	if c = w.again(c); c.Support(q).Answer != AnswerAvailable || c.Version != 2 || c.SupportOf("HOSHO").ID != "" {
		t.Errorf("after 直前取消: %+v", c.Supports)
	}
}

func TestCommandsAreTakenBackOneAfterTheOther(t *testing.T) {
	w := newWorld(t)
	c, _ := w.hyogo(SupportNone)
	n := c.Registration
	w.say(suzuki, n, "打診 HYOGO-CCI")
	w.say(suzuki, n, "打診 HOSHO")
	w.say(suzuki, n, "連絡 紹介元", "こちらはすぐに届きます。")
	for i := range 2 {
		want(t, w.say(suzuki, n, "直前取消"), ResultDone, "command-undone", "answer>suzuki")
		if got := len(w.cases[c.ID].Supports); got != 1-i {
			t.Errorf("%d supports", got)
		}
	}
	refused(t, w.say(suzuki, n, "直前取消"), "見当たりませんでした")
}

func TestWhatHasLeftIsNotTakenBack(t *testing.T) {
	w := newWorld(t)
	c, _ := w.hyogo(SupportCleared)
	w.say(suzuki, c.Registration, "回付 HYOGO-CCI")
	w.advance(hold)
	refused(t, w.say(suzuki, c.Registration, "直前取消"), "すでに送信されております")
}

func TestATestLeavesNoTrace(t *testing.T) {
	w := newWorld(t)
	c, q := w.hyogo(SupportHosted)
	lines := []string{"一覧", "会員確認 M-00001-3", "全送信停止", "担当変更 全件 SUZUKI YAMAMOTO"}
	for _, name := range allCommands() {
		lines = append(lines, string(name)+" HYOGO-CCI")
	}
	for _, g := range goldenLines {
		lines = append(lines, g.line)
	}
	for who, number := range map[Address]string{suzuki: c.Registration, saeki: c.Registration, tanaka: c.Registration, kuramoto: c.Registration, yamaguchi: q} {
		for _, line := range lines {
			in := command(who, number, "テスト "+line)
			in.Text = "支援内容：相談"
			out := w.do(in)
			if len(out.Withdraw)+len(out.Keep)+len(out.Forget) > 0 || out.Stop != nil || out.Ask != nil || out.Numbers != w.numbers ||
				kinds(out) != "" && kinds(out) != "message-kept" || len(out.Letters) != 1 || !out.Letters[0].answer {
				t.Errorf("%s, テスト %s: %s | %s | %s", who.Addr, line, out.Result, kinds(out), letters(out))
			}
		}
	}
	out := w.say(suzuki, c.Registration, "テスト 支援終了")
	if a := answerTo(t, out); !strings.Contains(a.Done, "まだ何も行っておりません") || len(a.Sent) != 3 || !strings.Contains(a.Lines[0], "支援を終了といたしました") {
		t.Errorf("%+v", a)
	}
	refused(t, w.say(suzuki, c.Registration, "テスト"), "お試しになるご指示")
}

// batch makes まとめて of lines; each may begin with a case's number.
func batch(from Address, lines ...string) Input {
	in := command(from, "", "まとめて")
	for _, l := range lines {
		number, line, _ := strings.Cut(l, " ")
		li := LineIn{Text: line, Tag: Tag{Number: number, Code: goodCode}}
		if line != "" {
			li.Call = callOf(line)
		}
		in.Lines = append(in.Lines, li)
	}
	return in
}

func TestManyCommandsInOneMail(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	n := c.Registration
	out := w.do(batch(suzuki, n+" 引受", n+" 打診 HYOGO-CCI", n+" 打診 どこか", n, n+" 打診 HOSHO", n+" 状況", n+" 一覧"))
	want(t, out, ResultDone, "case-taken command-began inquired command-began inquired", "inquiry>kaigai inquiry>inoue status>suzuki transcript>suzuki")
	l := letterOf[TranscriptLetter](t, out)
	var done []bool
	for _, line := range l.Lines {
		done = append(done, line.Done)
	}
	if !slices.Equal(done, []bool{true, true, false, false, true, true, false}) || l.Errors != 3 || l.Stopped || len(l.Sent) != 2 {
		t.Errorf("%v, %d errors, sent %v: %+v", done, l.Errors, l.Sent, l.Lines)
	}
	if first, second := out.Letters[0], out.Letters[1]; first.Command == 0 || second.Command == 0 || first.Command == second.Command {
		t.Errorf("the letters belong to commands %d and %d", first.Command, second.Command)
	}
	for i, left := range []int{1, 0} {
		want(t, w.say(suzuki, n, "直前取消"), ResultDone, "command-undone", "answer>suzuki")
		if got := len(w.cases[c.ID].Supports); got != left {
			t.Errorf("undone %d times: %d supports", i+1, got)
		}
	}
	if !w.cases[c.ID].Taken {
		t.Error("引受 was undone, too")
	}
}

func TestManyCommandsStopAtTheFifthError(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	n := c.Registration
	out := w.do(batch(suzuki, n+" 再開", n+" 再開", n+" 再開", n+" 再開", n+" 再開", n+" 引受"))
	want(t, out, ResultDone, "", "transcript>suzuki")
	if l := letterOf[TranscriptLetter](t, out); !l.Stopped || l.Errors != 5 || len(l.Lines) != 5 || w.cases[c.ID].Taken {
		t.Errorf("%+v", l)
	}
	refused(t, w.do(batch(suzuki)), "本文にご指示が見当たりませんでした")
}
