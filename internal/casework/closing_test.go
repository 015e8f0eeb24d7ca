package casework

import (
	"slices"
	"strings"
	"testing"
)

// How cases end, rest, change hands or are put right while supports are open.

// busy is a case with a support that has begun, an inquiry that is open and a candidate that said no.
func (w *world) busy() (Case, string) {
	w.t.Helper()
	c, q := w.hyogo(SupportHosted)
	w.say(suzuki, c.Registration, "打診 HOSHO SANYO")
	w.advance(hold)
	c = w.again(c)
	w.say(nishi, c.SupportOf("SANYO").ID, "受入不可", "人手が足りません。")
	w.say(suzuki, c.Registration, "面談 HYOGO-CCI 12/3 14時")
	w.advance(hold)
	return w.again(c), q
}

const meetingCancelled = "meeting>kuramoto meeting>kaigai meeting>tanaka meeting>suzuki"

func TestTheEndIsToldToWhoTookPart(t *testing.T) {
	for line, tc := range map[string]struct {
		who          Address
		events, sent string
		stage        Stage
	}{
		"案件終了": {suzuki, "command-began meeting-cancelled support-ended support-passed case-closed",
			meetingCancelled + " passed-over>inoue closing>kuramoto closing>tanaka closing>kaigai answer>suzuki", StageClosed},
		"案件終了 by the clerk": {saeki, "command-began meeting-cancelled support-ended support-passed case-closed",
			meetingCancelled + " passed-over>inoue closing>kuramoto closing>tanaka closing>suzuki closing>kaigai answer>saeki", StageClosed},
		"支援取下": {kuramoto, "command-began meeting-cancelled support-ended support-passed case-withdrawn",
			meetingCancelled + " passed-over>inoue withdrawn>tanaka withdrawn>suzuki withdrawn>kaigai answer>kuramoto", StageWithdrawn},
		"支援取下 by the intake agency": {tanaka, "command-began meeting-cancelled support-ended support-passed case-withdrawn",
			meetingCancelled + " passed-over>inoue withdrawn>kuramoto withdrawn>suzuki withdrawn>kaigai answer>tanaka", StageWithdrawn},
		"無効": {saeki, "command-began meeting-cancelled support-ended support-passed case-voided",
			meetingCancelled + " passed-over>inoue voided>tanaka voided>suzuki closing>kuramoto closing>kaigai answer>saeki", StageVoid},
	} {
		t.Run(line, func(t *testing.T) {
			w := newWorld(t)
			c, _ := w.busy()
			name, _, _ := strings.Cut(line, " ")
			if name == "案件終了" {
				refused(t, w.say(tc.who, c.Registration, name, "理由：先方の都合"), "進行中の支援が2件", "兵庫商工会議所（HYOGO-CCI）：受入担当決定、兵庫県信用保証協会（HOSHO）：打診中")
			}
			out := w.say(tc.who, c.Registration, name, "理由：先方の都合")
			want(t, out, ResultDone, tc.events, tc.sent)
			if c = w.again(c); c.Stage != tc.stage || len(c.openSupports()) != 0 {
				t.Errorf("%s, open: %+v", c.Stage, c.openSupports())
			}
			for _, l := range out.Letters {
				if v := l.Content.(interface{ shown() View }).shown(); !inside(v.Party) {
					for _, h := range v.History {
						if strings.Contains(h.Text, "先方の都合") {
							t.Errorf("%s reads the reason", v.Party.Key())
						}
					}
				}
			}
			w.advance(hold)
			for _, p := range w.box {
				if p.state != "gone" {
					t.Errorf("letter %s to %s is %s", p.Kind(), p.To[0].Addr, p.state)
				}
			}
		})
	}
}

func TestAClosingThatIsRepeatedIsWarnedAnewWhenSomethingHappened(t *testing.T) {
	w := newWorld(t)
	c, q := w.hyogo(SupportInquired)
	refused(t, w.say(suzuki, c.Registration, "案件終了"), "もう一度")
	w.say(yamaguchi, q, "受入可")
	refused(t, w.say(suzuki, c.Registration, "案件終了"), "もう一度", "受入可")
	w.say(suzuki, c.Registration, "打診 HOSHO")
	refused(t, w.say(suzuki, c.Registration, "案件終了"), "もう一度", "進行中の支援が2件")
}

func TestACommandToACaseThatIsOverSaysSo(t *testing.T) {
	for _, line := range []string{"打診 HOSHO", "了承依頼 HYOGO-CCI", "回付 HYOGO-CCI", "面談 初回 12/3 14時", "支援終了 HYOGO-CCI", "案件終了", "連絡 企業"} {
		w := newWorld(t)
		c, _ := w.hyogo(SupportReferred)
		w.say(suzuki, c.Registration, "案件終了")
		w.say(suzuki, c.Registration, "案件終了")
		refused(t, w.say(suzuki, c.Registration, line, "本文"), "現在「終了」のため")
		want(t, w.say(tanaka, c.Registration, "辞退"), ResultRefused, "message-kept", "refusal>tanaka")
		want(t, w.do(w.replyTo(c.Registration, mail(MailReply, tanaka))), ResultPassed, "message-kept message-passed", "passed-on>suzuki")
		want(t, w.say(suzuki, c.Registration, "廃棄依頼 HYOGO-CCI"), ResultDone, "command-began recall-asked", "recall>kaigai answer>suzuki")
		want(t, w.say(suzuki, c.Registration, "廃棄依頼 HYOGO-CCI 済"), ResultDone, "recall-done", "answer>suzuki")
	}
}

func TestASupportThatEnds(t *testing.T) {
	w := newWorld(t)
	c, q := w.busy()
	n := c.Registration
	refused(t, w.say(suzuki, n, "支援終了 HOSHO"), "まだエントリーシートを回付しておりません", "「見送り」")
	out := w.say(suzuki, n, "支援終了")
	want(t, out, ResultDone, "command-began support-ended meeting-cancelled", meetingCancelled+" closing>kuramoto closing>tanaka closing>kaigai answer>suzuki")
	if !strings.Contains(answerTo(t, out).Next, "進行中の支援がほかに1件") {
		t.Errorf("%+v", answerTo(t, out))
	}
	want(t, w.say(suzuki, n, "支援終了 "+q), ResultDone, "", "answer>suzuki")
	refused(t, w.say(suzuki, n, "見送り HYOGO-CCI"), "「支援終了」")
}

// TestAPausedCaseRests: what is on its way stops, answers are taken, nothing new begins.
func TestAPausedCaseRests(t *testing.T) {
	w := newWorld(t)
	c, q := w.hyogo(SupportCleared)
	n := c.Registration
	w.say(suzuki, n, "回付 HYOGO-CCI")
	w.say(suzuki, n, "打診 HOSHO")
	w.say(suzuki, n, "休止 12/28")
	w.advance(hold)
	for _, kind := range []LetterKind{LetterReferral, LetterInquiry} {
		if p := w.newest(kind, ""); p.state != "withdrawn" {
			t.Errorf("letter %s is %s", kind, p.state)
		}
	}
	if c = w.again(c); c.Support(q).Sent() {
		t.Errorf("%+v", c.Support(q).Referral)
	}
	refused(t, w.say(suzuki, n, "回付 HYOGO-CCI"), "現在「休止」", "「再開」")
	want(t, w.say(yamaguchi, q, "受入不可"), ResultDone, "inquiry-answered", "inquiry-answer>suzuki answer>kaigai")
	want(t, w.say(kuramoto, n, "辞退"), ResultDone, "consent-answered", "consent-result>suzuki answer>kuramoto")
	w.say(suzuki, n, "再開")
	if c = w.again(c); c.Stage != StageSupported && c.Stage != StageConsulting {
		t.Errorf("the case is %s", c.Stage)
	}
}

func TestTheNewConciergeGetsAllAndThoseWhoHadTheOldNameAreTold(t *testing.T) {
	w := newWorld(t)
	c, q := w.busy()
	out := w.say(saeki, c.Registration, "担当変更 YAMAMOTO")
	want(t, out, ResultDone, "concierge-changed", "brief>yamamoto answer>tanaka answer>kuramoto answer>kaigai answer>suzuki answer>saeki")
	brief := out.Letters[0].Content.(BriefLetter)
	if len(brief.Supports) != 3 || brief.Supports[0].Host.Person != "山口" || brief.Supports[2].Reason != "人手が足りません。" || brief.Entry == nil || len(out.Letters[0].Attach) != 1 {
		t.Errorf("the new concierge gets %+v", brief.Supports)
	}
	if l := out.Letters[3]; l.Support != q || l.Number != q {
		t.Errorf("the agency is told about %s", l.Number)
	}
	w.advance(hold)
	want(t, w.do(answering(w.newestTo(LetterMeeting, yamaguchi), mail(MailReply, yamaguchi))), ResultPassed, "message-kept message-passed", "passed-on>yamamoto")
	refused(t, w.say(suzuki, c.Registration, "進捗 HYOGO-CCI", "相談"), "この案件の担当コンシェルジュ")
	want(t, w.say(yamamoto, c.Registration, "進捗 HYOGO-CCI", "相談"), ResultDone, "feedback-given", "feedback>tanaka answer>yamamoto")
}

func TestMergeAndSplit(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	into := w.registered(tanaka, company("灘酒造", issues("別件")))
	other := w.registered(tanaka, company("六甲家具"))
	n := c.Registration
	refused(t, w.say(saeki, n, "統合"), "「統合 登録番号」")
	refused(t, w.say(saeki, n, "統合 "+n), "同じ案件の番号")
	refused(t, w.say(saeki, n, "統合 "+other.Registration), "企業が異なる")
	w.say(suzuki, n, "引受")
	w.say(suzuki, n, "打診 HYOGO-CCI")
	refused(t, w.say(saeki, n, "統合 "+into.Registration), "進行中の支援が1件", "先に「見送り」または「支援終了」")
	w.say(suzuki, n, "見送り")
	out := w.say(saeki, n, "統合 "+into.Registration)
	if kinds(out) != "case-merged note-added" || w.again(c).Stage != StageMerged || w.again(c).MergedInto != into.Registration {
		t.Errorf("%s: %s", kinds(out), w.again(c).Stage)
	}
	refused(t, w.say(suzuki, n, "打診 HOSHO"), "現在「統合」", "「分離」")
	want(t, w.say(saeki, n, "分離"), ResultDone, "case-split", "answer>saeki")
	if w.again(c).Stage != StageConsulting {
		t.Errorf("the case is %s", w.again(c).Stage)
	}
}

func TestRemindersAreHeldForSomeDays(t *testing.T) {
	w := newWorld(t)
	c := w.consulting()
	for line, until := range map[string]string{"催促停止 14": "2026-11-30", "催促停止 7日": "2026-11-23"} {
		want(t, w.say(suzuki, c.Registration, line), ResultDone, "reminders-quiet", "answer>suzuki")
		if got := w.again(c).QuietUntil; got != until {
			t.Errorf("%s: until %s", line, got)
		}
	}
	for _, line := range []string{"催促停止", "催促停止 しばらく", "催促停止 0", "催促停止 400"} {
		refused(t, w.say(suzuki, c.Registration, line), "「催促停止 14」")
	}
}

// TestASheetThatComesWithACommandCountsBeforeIt: what is on its way for the old one does not leave.
func TestASheetThatComesWithACommandCountsBeforeIt(t *testing.T) {
	newer := company("灘酒造", issues("販路と物流"))
	w := newWorld(t)
	c, _ := w.hyogo(SupportCleared)
	refused(t, w.do(withSheet(command(suzuki, c.Registration, "回付 HYOGO-CCI"), newer)), "紹介元：第1版について了承済、第2版については未依頼")
	w = newWorld(t)
	c, _ = w.hyogo(SupportAvailable)
	out := w.do(withSheet(command(suzuki, c.Registration, "了承依頼 HYOGO-CCI"), newer))
	want(t, out, ResultDone, "version-added command-began consent-asked", "answer>tanaka answer>suzuki consent>kuramoto consent>tanaka answer>suzuki")
	w = newWorld(t)
	c, _ = w.hyogo(SupportActive)
	want(t, w.do(withSheet(command(tanaka, c.Registration, "辞退 HYOGO-CCI"), newer)), ResultDone, "version-added consent-answered", "answer>tanaka brief>suzuki answer>suzuki consent-result>suzuki answer>tanaka")
	t.Run("and so does a line of まとめて before another", func(t *testing.T) {
		w := newWorld(t)
		c, q := w.hyogo(SupportCleared)
		out := w.do(batch(suzuki, c.Registration+" 回付 HYOGO-CCI", c.Registration+" 辞退 企業 電話 HYOGO-CCI"))
		want(t, out, ResultDone, "command-began referred command-began consent-answered referral-stopped", "consent-recorded>kuramoto transcript>suzuki")
		if c = w.again(c); c.Support(q).Sent() {
			t.Errorf("%+v", c.Support(q).Referral)
		}
	})
}

// TestWhatIsOfferedCanBeDoneAtOnce: every link of a letter, taken up by its reader as it stands, is not refused for who
// they are or where the case is.
func TestWhatIsOfferedCanBeDoneAtOnce(t *testing.T) {
	for _, state := range append(slices.Clone(SupportStates), SupportNone) {
		w := newWorld(t)
		c, q := w.hyogo(state)
		for who, number := range map[Address]string{saeki: c.Registration, suzuki: c.Registration, tanaka: c.Registration, kuramoto: c.Registration, yamaguchi: q} {
			if number == "" {
				continue
			}
			for _, o := range letterOf[StatusLetter](t, w.say(who, number, "状況")).Offers {
				in := command(who, number, strings.TrimSpace(string(o.Command)+" "+strings.Join(o.Args, " ")))
				in.Text = "本文"
				if o.Command == CmdAmend {
					in.Sheets = []SheetIn{company("灘酒造", issues("変更"))}
				}
				if o.NoCase {
					in.Tag = Tag{}
				}
				d := newDecider(w.loaded(), in, w.facts(in))
				if _, _, refusal := d.may(in.Call); refusal != "" {
					t.Errorf("%s: %s is offered %s but refused: %s", state, who.Addr, in.CallText, refusal)
				}
				if placeholders := []string{"機関コード", "日付", "年月日", "コンシェルジュ", "会員番号", "事務所コード"}; slices.ContainsFunc(o.Args, func(a string) bool { return slices.Contains(placeholders, a) }) || o.Command == CmdClose || o.Command == CmdHost {
					continue
				}
				if out, err := d.run(); err != nil || out.Result == ResultRefused {
					t.Errorf("%s: %s is offered %s but: %v %s", state, who.Addr, in.CallText, err, out.Why)
				}
			}
		}
	}
}
