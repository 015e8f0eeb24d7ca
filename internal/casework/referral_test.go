package casework

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// The sheet on its way, its password, who takes the company in, and the way back.

func TestTheSheetLeavesAsItsAgencyWantsIt(t *testing.T) {
	for agency, tc := range map[string]struct {
		window Address
		sent   string
		check  func(w *world, out Outcome, q string)
	}{
		"HYOGO-CCI": {yamaguchi, "referral>kaigai password>suzuki referred>kuramoto referred>tanaka answer>suzuki", func(w *world, out Outcome, _ string) {
			if p := letterOf[PasswordLetter](t, out); !p.ByPhone || p.Phone != "078-000-3333" || p.Password != out.Letters[0].Attach[0].Protect.Password || len(w.kept) != 0 {
				t.Errorf("by phone: %+v", p)
			}
		}},
		"HOSHO": {inoue, "referral>inoue referred>kuramoto referred>tanaka answer>suzuki", func(w *world, out Outcome, q string) {
			if w.kept[q] == "" || w.kept[q] != out.Letters[0].Attach[0].Protect.Password {
				t.Errorf("on request by mail: kept %q", w.kept)
			}
		}},
		"SANYO": {nishi, "referral>nishi referred>kuramoto referred>tanaka answer>suzuki", func(w *world, out Outcome, q string) {
			a := out.Letters[0].Attach[0]
			if a.Kind != AttachFilled || a.Protect.Agreed != "SANYO" || a.Protect.Password != "" || a.Form != "SANYO" || !slices.Contains(a.Values, Value{Key: "company.name", Text: "灘酒造"}) ||
				!slices.Contains(a.Values, Value{Key: "request.items", Text: "07", Set: true, Name: ItemNames[7]}) || a.Name != "紹介シート_"+q+".xlsx" {
				t.Errorf("its own form with the agreed password: %+v", a)
			}
		}},
	} {
		t.Run(agency, func(t *testing.T) {
			w := newWorld(t)
			c, q := w.supported(agency, tc.window, SupportCleared)
			out := w.say(suzuki, c.Registration, "回付 "+agency)
			want(t, out, ResultDone, "command-began referred", tc.sent)
			tc.check(w, out, q)
		})
	}
	for agency, tc := range map[string]struct {
		window Address
		words  string
	}{"KAKOGAWA": {kakogawa, "メールをご利用でない"}, "HOKEN": {hokenDesk, "保護された添付ファイルをメールで受け取れません"}} {
		t.Run(agency, func(t *testing.T) {
			w := newWorld(t)
			c, q := w.supported(agency, tc.window, SupportCleared)
			if l := refused(t, w.say(suzuki, c.Registration, "回付 "+agency), tc.words, "「回付 "+agency+" 郵送」"); l.Suggest == nil || l.Suggest.Args[1] != "郵送" {
				t.Errorf("%+v", l.Suggest)
			}
			want(t, w.say(suzuki, c.Registration, "回付 "+agency+" 郵送"), ResultDone, "command-began referred", "referred>kuramoto referred>tanaka answer>suzuki")
			if c = w.again(c); c.Support(q).Referral.Way != WayPost || c.Stage != StageSupported {
				t.Errorf("%+v", c.Support(q).Referral)
			}
		})
	}
}

func TestAnAgencyWithoutMailIsWrittenToThroughTheClerk(t *testing.T) {
	w := newWorld(t)
	c := w.consulting()
	out := w.say(suzuki, c.Registration, "打診 KAKOGAWA")
	want(t, out, ResultDone, "command-began inquired", "inquiry>saeki answer>suzuki")
	l := out.Letters[0]
	if v := l.Content.(InquiryLetter); !l.Fax || !v.Fax || v.Company != "" || v.Entry != nil || l.Number != "Q26-00001" || l.Hold != hold || l.Departure().Reader != (Party{RoleProvider, "KAKOGAWA"}) {
		t.Errorf("%+v", l)
	}
	if found := Scan(l.Secrets, []string{"kuramoto@nada-brewery.example"}); len(found) == 0 {
		t.Error("what the clerk prints for an agency is not scanned")
	}
	l.Content = StatusLetter{View{Party: Party{RoleProvider, "KAKOGAWA"}, Company: "灘酒造"}}
	if err := MayLeave(w.again(c), l.Departure(), w.roster, w.now); err == nil {
		t.Error("the guard lets the clerk print the company's name for an agency that may not know it")
	}
}

func TestTheConciergeSeesWhatIsInTheWorkbookBesides(t *testing.T) {
	w := newWorld(t)
	c, _ := w.hyogo(SupportCleared)
	in := command(suzuki, c.Registration, "回付 HYOGO-CCI")
	facts := w.facts(in)
	facts.Leaving.Findings = []string{"非表示のシート「試算」"}
	out, err := Decide(w.loaded(), in, facts)
	if a := answerTo(t, out); err != nil || !slices.Contains(a.Lines, "ご確認ください：非表示のシート「試算」") || !strings.Contains(strings.Join(a.Lines, ""), "直前取消") {
		t.Errorf("%v: %+v", err, a.Lines)
	}
	facts.Leaving = Leaving{Problem: "古い形式のファイルのため、保護することができません。"}
	out, _ = Decide(w.loaded(), in, facts)
	refused(t, out, "古い形式のファイルのため、保護することができません。郵送または手渡し")
}

func TestThePasswordComesOnlyAfterTheSheet(t *testing.T) {
	w := newWorld(t)
	c, q := w.supported("HOSHO", inoue, SupportCleared)
	refused(t, w.say(inoue, q, "パスワード"), "見当たりませんでした")
	w.say(suzuki, c.Registration, "回付 HOSHO")
	first := w.kept[q]
	out := w.say(inoue, q, "パスワード")
	want(t, out, ResultDone, "", "answer>inoue")
	w.advance(hold)
	out = w.say(oda, q, "パスワード")
	want(t, out, ResultDone, "password-given", "password>inoue answer>oda")
	if p := out.Letters[0].Content.(PasswordLetter); p.Password != first || p.ByPhone || w.kept[q] != "" {
		t.Errorf("%+v, kept %q", p, w.kept[q])
	}
	t.Run("a second time with a new sheet and a new password", func(t *testing.T) {
		out := w.say(inoue, q, "パスワード")
		want(t, out, ResultDone, "referred password-given", "referral>inoue password>inoue answer>inoue")
		l := out.Letters[1]
		if p := l.Content.(PasswordLetter); p.Password == first || p.Password != out.Letters[0].Attach[0].Protect.Password || l.After != LetterReferral || w.kept[q] != "" {
			t.Errorf("%+v after %q", p, l.After)
		}
		w.advance(hold)
		if w.newest(LetterPassword, q).state != "gone" {
			t.Error("it does not leave")
		}
	})
	t.Run("of the sheet that it holds, while a newer one is agreed to", func(t *testing.T) {
		w := newWorld(t)
		c, q := w.supported("HOSHO", inoue, SupportReferred)
		w.do(withSheet(command(tanaka, c.Registration, "訂正"), company("灘酒造", issues("別件"))))
		w.say(suzuki, c.Registration, "了承依頼 HOSHO")
		w.say(tanaka, c.Registration, "了承")
		w.say(kuramoto, c.Registration, "了承")
		want(t, w.say(inoue, q, "パスワード"), ResultDone, "password-given", "password>inoue answer>inoue")
	})
	t.Run("not of a sheet that was replaced", func(t *testing.T) {
		w.do(withSheet(command(tanaka, c.Registration, "訂正"), company("灘酒造", issues("別件"))))
		refused(t, w.say(inoue, q, "パスワード"), "エントリーシートが訂正されております")
	})
	t.Run("not without evidence", func(t *testing.T) {
		in := command(inoue, q, "パスワード")
		in.Evidence = Evidence{State: EvidenceNone}
		if out := w.do(in); out.Result != ResultConfirm {
			t.Errorf("%s", out.Result)
		}
	})
	t.Run("by phone where the entry says nothing else", func(t *testing.T) {
		w := newWorld(t)
		_, q := w.hyogo(SupportReferred)
		want(t, w.say(yamaguchi, q, "パスワード"), ResultDone, "", "answer>suzuki answer>kaigai")
		w = newWorld(t)
		_, q = w.supported("SANYO", nishi, SupportReferred)
		want(t, w.say(nishi, q, "パスワード"), ResultDone, "", "answer>nishi")
	})
}

func TestASheetIsSentAgainOnlyWhenAskedTo(t *testing.T) {
	w := newWorld(t)
	c, _ := w.hyogo(SupportReferred)
	refused(t, w.say(suzuki, c.Registration, "回付 HYOGO-CCI"), "すでにエントリーシート（第1版）を回付しております（11/16）", "「回付 HYOGO-CCI 再送」")
	want(t, w.say(suzuki, c.Registration, "回付 HYOGO-CCI 再送"), ResultDone, "command-began referred", "referral>kaigai password>suzuki answer>suzuki")
}

func TestWhoTakesTheCompanyIn(t *testing.T) {
	w := newWorld(t)
	c, q := w.hyogo(SupportCleared)
	refused(t, w.say(yamaguchi, q, "受入担当", "担当者：山口"), "まだエントリーシートをお送りしておりません")
	w.say(suzuki, c.Registration, "回付 HYOGO-CCI")
	w.advance(hold)
	refused(t, w.say(yamaguchi, q, "受入担当"), "「部署：」「担当者：」「初回連絡方法：」")
	want(t, w.say(suzuki, c.Registration, "受入担当 HYOGO-CCI", "部署：海外課", "担当者：山口 誠"), ResultDone, "command-began host-named", "host>kuramoto host>tanaka answer>suzuki")
	want(t, w.say(yamaguchi, q, "受入担当", "部署：海外課", "担当者：山口 誠"), ResultDone, "", "answer>kaigai")
	want(t, w.say(yamaguchi, q, "受入担当", "部署：海外課", "担当者：西村"), ResultDone, "command-began host-named", "host>kuramoto host>tanaka host>suzuki answer>kaigai")
}

func TestMeetings(t *testing.T) {
	w := newWorld(t)
	c := w.consulting()
	n := c.Registration
	want(t, w.say(suzuki, n, "面談 初回 来週火曜 14:00 当事務所"), ResultDone, "command-began meeting-set", "meeting>tanaka meeting>tanaka meeting>suzuki answer>suzuki")
	m, _ := w.cases[c.ID], 0
	if got, ok := m.Meeting(firstMeeting); !ok || !got.Start.Equal(time.Date(2026, 11, 24, 14, 0, 0, 0, JST)) || got.End.Sub(got.Start) != time.Hour {
		t.Errorf("%+v", got)
	}
	want(t, w.say(suzuki, n, "面談 初回 11/24 14:00 当事務所"), ResultDone, "", "answer>suzuki")
	want(t, w.say(suzuki, n, "面談中止"), ResultDone, "command-began meeting-cancelled", "meeting>tanaka meeting>tanaka meeting>suzuki answer>suzuki")
	refused(t, w.say(suzuki, n, "面談中止"), "ご案内しているものはございません")
	refused(t, w.say(suzuki, n, "面談 初回 しばらく先"), "面談")
	refused(t, w.say(suzuki, n, "面談 HYOGO-CCI 12/3 14:00"), "まだエントリーシートを回付しておりません")
	if l := refused(t, w.say(suzuki, n, "面談 兵庫商 12/3 14:00"), "HYOGO-CCI のことでしょうか"); l.Suggest == nil || strings.Join(l.Suggest.Args, " ") != "HYOGO-CCI 12/3 14:00" {
		t.Errorf("%+v", l.Suggest)
	}
}

// TestAnAnswerToAnInvitationIsPassedOnAndNeverObeyed: calendar programs answer by themselves.
func TestAnAnswerToAnInvitationIsPassedOnAndNeverObeyed(t *testing.T) {
	w := newWorld(t)
	c, q := w.hyogo(SupportReferred)
	w.say(suzuki, c.Registration, "面談 HYOGO-CCI 12/3 14:00")
	w.advance(hold)
	c = w.again(c)
	before, _ := c.Meeting(q)
	in := answering(w.newestTo(LetterMeeting, yamaguchi), mail(MailCalendar, yamaguchi))
	in.Subject, in.Files = "辞退: 面談", []FileIn{{Name: "invite.ics"}}
	out := w.do(in)
	want(t, out, ResultPassed, "message-kept message-passed", "passed-on>suzuki")
	c = w.again(c)
	if after, _ := c.Meeting(q); after != before || len(out.Letters[0].Attach) != 0 || out.Folder != FolderMachine {
		t.Errorf("%+v, filed in %q", after, out.Folder)
	}
	want(t, w.do(answering(w.newestTo(LetterMeeting, suzuki), mail(MailCalendar, suzuki))), ResultSilent, "message-kept", "")
	want(t, w.do(answering(w.newestTo(LetterMeeting, yamaguchi), failed(mail(MailCalendar, yamaguchi)))), ResultSilent, "message-kept", "")
	want(t, w.do(answering(w.newestTo(LetterMeeting, yamaguchi), mail(MailAutomatic, yamaguchi))), ResultSilent, "message-kept", "")
}

func TestFeedbackGoesWhereTheGuideSays(t *testing.T) {
	w := newWorld(t)
	c, q := w.hyogo(SupportCleared)
	n := c.Registration
	refused(t, w.say(yamaguchi, q, "進捗", "支援内容：相談"), "まだ始まっておりません")
	refused(t, w.say(tanaka, n, "進捗", "支援内容：相談"), "進行中の支援が見当たりませんでした")
	w.say(suzuki, n, "回付 HYOGO-CCI")
	w.advance(hold)
	refused(t, w.say(yamaguchi, q, "進捗"), "「支援日：」")
	want(t, w.say(tanaka, n, "進捗", "順調とのことです。"), ResultDone, "feedback-given", "feedback>suzuki answer>tanaka")
	out := w.say(suzuki, n, "進捗 HYOGO-CCI 電話", "支援日：11/18", "支援内容：相談", "次回予定：12月中旬")
	if f := letterOf[FeedbackLetter](t, out).Feedback; f.Next != "" || !strings.Contains(f.Progress, "次回予定：12月中旬") {
		t.Errorf("what is no day is not dropped: %+v", f)
	}
	out = w.say(suzuki, n, "進捗 HYOGO-CCI 電話", "支援日：11/18", "支援内容：制度の相談", "次回予定：12/15")
	want(t, out, ResultDone, "feedback-given", "feedback>tanaka answer>suzuki")
	if !strings.Contains(answerTo(t, out).Next, "2026年12月15日") {
		t.Errorf("%+v", answerTo(t, out).Next)
	}
	w.say(suzuki, n, "案件終了")
	w.say(suzuki, n, "案件終了")
	want(t, w.say(yamaguchi, q, "進捗", "最終のご報告です。"), ResultDone, "feedback-given", "feedback>tanaka feedback>suzuki answer>kaigai")
	if got := w.again(c).Stage; got != StageClosed {
		t.Errorf("a late report opens the case again: %s", got)
	}
}

func TestMembershipNamesTheCompanyOnlyToWhoHasAReferral(t *testing.T) {
	w := newWorld(t)
	c, q := w.hyogo(SupportCleared)
	if l := letterOf[MembershipLetter](t, w.say(yamaguchi, "", "会員確認 "+c.Member)); !l.Valid || l.Company != "" || l.Number != "" {
		t.Errorf("before 回付: %+v", l)
	}
	w.say(suzuki, c.Registration, "回付 HYOGO-CCI")
	out := w.say(yamaguchi, "", "会員確認 "+c.Member)
	if l := letterOf[MembershipLetter](t, out); !l.Valid || l.Company != "灘酒造" || l.Number != q || l.Registration != "" || out.Letters[0].Number != q {
		t.Errorf("with a referral: %+v", l)
	}
	if l := letterOf[MembershipLetter](t, w.say(inoue, "", "会員確認 "+c.Member)); !l.Valid || l.Company != "" {
		t.Errorf("another agency: %+v", l)
	}
	w.say(tanaka, c.Registration, "辞退")
	if l := letterOf[MembershipLetter](t, w.say(yamaguchi, "", "会員確認 "+c.Member)); !l.Valid || l.Company != "" {
		t.Errorf("after a consent was withdrawn: %+v", l)
	}
}

func TestALetterThatBouncesIsTold(t *testing.T) {
	w := newWorld(t)
	c, q := w.hyogo(SupportReferred)
	bounce := func(p *posted, hard bool) Outcome {
		return w.do(Input{Kind: MailBounce, References: []string{p.messageID()}, Bounce: &Bounce{Letter: p.ID, Hard: hard, Status: "5.1.1", Recipients: []string{yamaguchi.Addr}}})
	}
	p := w.newest(LetterReferral, q)
	want(t, bounce(p, false), ResultSilent, "message-kept", "")
	out := bounce(p, true)
	want(t, out, ResultDone, "message-kept letter-lost", "undelivered>suzuki")
	if l := letterOf[UndeliveredLetter](t, out); l.Letter != "エントリーシート送付のご案内" || l.To[0] != yamaguchi.Addr || !strings.Contains(l.Reason, "5.1.1") || out.Folder != FolderMachine {
		t.Errorf("%+v", l)
	}
	if got := w.again(c); got.Supports[0].State(1) != SupportReferred {
		t.Errorf("the support is %s", got.Supports[0].State(1))
	}
	to := w.newestTo(LetterUndelivered, suzuki)
	out = w.do(Input{Kind: MailBounce, Bounce: &Bounce{Letter: to.ID, Hard: true, Recipients: []string{suzuki.Addr}}})
	want(t, out, ResultDone, "letter-lost", "")
}

func TestAnAgencyThatLeftTheRosterHearsNothingAndEndsNothing(t *testing.T) {
	w := newWorld(t)
	c, _ := w.hyogo(SupportReferred)
	n := c.Registration
	w.roster.ended["HYOGO-CCI"] = true
	refused(t, w.say(suzuki, n, "連絡 HYOGO-CCI", "お元気ですか"), "登録期間が終了")
	refused(t, w.say(suzuki, n, "廃棄依頼 HYOGO-CCI"), "登録期間が終了")
	refused(t, w.say(suzuki, n, "回付 HYOGO-CCI 再送"), "登録期間が終了")
	want(t, w.say(suzuki, n, "支援終了 HYOGO-CCI"), ResultDone, "command-began support-ended", "closing>kuramoto closing>tanaka answer>suzuki")
	t.Run("between 回付 and its leaving", func(t *testing.T) {
		w := newWorld(t)
		c, q := w.hyogo(SupportCleared)
		w.say(suzuki, c.Registration, "回付 HYOGO-CCI")
		w.roster.ended["HYOGO-CCI"] = true
		w.advance(hold)
		if w.newest(LetterReferral, q).state != "withdrawn" || w.newest(LetterPassword, q).state != "withdrawn" {
			t.Error("the sheet leaves for an agency that is in no roster")
		}
	})
}

func TestAHostNamedAfterAConsentWasWithdrawnIsTheConciergesAlone(t *testing.T) {
	w := newWorld(t)
	c, q := w.hyogo(SupportReferred)
	w.say(tanaka, c.Registration, "辞退")
	want(t, w.say(yamaguchi, q, "受入担当", "担当者：山口"), ResultDone, "host-named", "answer>suzuki answer>kaigai")
	w = newWorld(t)
	c, q = w.hyogo(SupportReferred)
	w.say(yamaguchi, q, "受入担当", "担当者：山口")
	w.say(tanaka, c.Registration, "辞退")
	w.advance(hold)
	if p := w.newestTo(LetterHost, kuramoto); p.state != "withdrawn" {
		t.Errorf("the company's letter is %s", p.state)
	}
}

func TestAProviderThatSendsTheSheetBackEntersNothing(t *testing.T) {
	w := newWorld(t)
	c, q := w.hyogo(SupportReferred)
	in := w.replyTo(q, entryMail(yamaguchi, company("灘酒造", issues("追記"))))
	in.Files = []FileIn{{Name: "エントリーシート.xlsx", Blob: "x", Size: 1}}
	want(t, w.do(in), ResultPassed, "message-kept message-passed", "passed-on>suzuki")
	if len(w.cases) != 1 || w.again(c).Version != 1 {
		t.Errorf("%d cases", len(w.cases))
	}
	want(t, w.do(w.replyTo(q, entryMail(yamaguchi, company("六甲家具")))), ResultRegistered, registered, "registered>kaigai brief>yamamoto")
}
