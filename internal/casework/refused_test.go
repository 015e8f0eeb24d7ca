package casework

import "testing"

// 受入不可 and 辞退 are about the agency, whichever question they answer.

func TestADeclineOfAnOlderQuestionStopsWhatTheSameAgencyIsAskedForNow(t *testing.T) {
	w := newWorld(t)
	c, first := w.supported("HYOGO-CCI", yamaguchi, SupportAsked)
	asked := w.newest(LetterConsent, first)
	w.say(yamaguchi, c.Registration, "受入不可", "担当者が不在のため。")
	w.say(suzuki, c.Registration, "打診 HYOGO-CCI")
	w.say(suzuki, c.Registration, "受入可 HYOGO-CCI 電話")
	w.say(suzuki, c.Registration, "了承依頼 HYOGO-CCI")
	w.say(tanaka, c.Registration, "了承 HYOGO-CCI")
	c = w.again(c)
	now := c.SupportOf("HYOGO-CCI")
	if now.ID == first || !now.Intake.Given(1) {
		t.Fatalf("the agency was not inquired of again: %+v", now)
	}
	in := answering(asked, command(tanaka, "", "辞退"))
	in.Tag = Tag{Number: c.Registration, Code: goodCode}
	w.do(in)
	c = w.again(c)
	if s := c.Support(now.ID); s.Intake.Answer != ConsentDeclined {
		t.Errorf("the consent stands: %+v", s.Intake)
	}
}

// Whoever says no may answer an inquiry that is over, or one that is taken back: the agency means the company.
func TestAnUnavailableIsAboutTheAgencyWhicheverInquiryItAnswers(t *testing.T) {
	again := func(t *testing.T) (*world, Case, string) {
		w := newWorld(t)
		c, first := w.hyogo(SupportHosted)
		w.say(suzuki, c.Registration, "支援終了 HYOGO-CCI")
		w.advance(hold)
		w.say(suzuki, c.Registration, "打診 HYOGO-CCI")
		return w, w.again(c), first
	}
	t.Run("an inquiry that is taken back", func(t *testing.T) {
		w, c, first := again(t)
		w.say(yamaguchi, c.SupportOf("HYOGO-CCI").ID, "受入不可")
		w.say(suzuki, c.Registration, "直前取消")
		c = w.again(c)
		if s := c.SupportOf("HYOGO-CCI"); s.ID != first || visibleVersion(c, s) != 0 {
			t.Errorf("%s still sees version %d", s.ID, visibleVersion(c, s))
		}
		if l := letterOf[StatusLetter](t, w.say(yamaguchi, first, "状況")); l.View.Entry != nil {
			t.Error("the agency is told of the sheet")
		}
	})
	t.Run("an inquiry that is taken back with what was commanded before", func(t *testing.T) {
		w, c, first := again(t)
		w.say(suzuki, c.Registration, "直前取消")
		w.say(suzuki, c.Registration, "打診 HOSHO")
		w.say(suzuki, c.Registration, "打診 HYOGO-CCI")
		c = w.again(c)
		w.say(yamaguchi, c.SupportOf("HYOGO-CCI").ID, "受入不可")
		for range 2 {
			want(t, w.say(suzuki, c.Registration, "直前取消"), ResultDone, "command-undone", "answer>suzuki")
		}
		c = w.again(c)
		if s := c.SupportOf("HYOGO-CCI"); s.ID != first || visibleVersion(c, s) != 0 {
			t.Errorf("%s sees version %d", s.ID, visibleVersion(c, s))
		}
	})
	t.Run("an inquiry that is over", func(t *testing.T) {
		w, c, first := again(t)
		w.say(suzuki, c.Registration, "受入可 HYOGO-CCI 電話")
		w.say(yamaguchi, first, "受入不可")
		c = w.again(c)
		if s := c.SupportOf("HYOGO-CCI"); s.ID == first || s.Answer != AnswerUnavailable {
			t.Errorf("what the agency is asked now is %s", s.State(1))
		}
		refused(t, w.say(suzuki, c.Registration, "了承依頼 HYOGO-CCI"), "現在の状態：受入不可")
	})
	t.Run("an inquiry that is over, while a party has declined the newer one", func(t *testing.T) {
		w := newWorld(t)
		c, first := w.hyogo(SupportUnavailable)
		w.say(suzuki, c.Registration, "打診 HYOGO-CCI")
		for _, line := range []string{"受入可 HYOGO-CCI 電話", "了承依頼 HYOGO-CCI", "辞退 企業 電話 HYOGO-CCI"} {
			w.say(suzuki, c.Registration, line)
		}
		w.say(yamaguchi, first, "受入不可")
		w.say(tanaka, c.Registration, "了承 HYOGO-CCI")
		w.say(suzuki, c.Registration, "了承 企業 電話 HYOGO-CCI")
		refused(t, w.say(suzuki, c.Registration, "回付 HYOGO-CCI 郵送"), "現在の状態：受入不可")
	})
}

func TestAReferralThatWaitsDoesNotLeaveAfterAnUnavailable(t *testing.T) {
	for name, tc := range map[string]struct {
		who    Address
		line   string
		events string
	}{
		"by the agency":                {yamaguchi, "受入不可", "inquiry-answered referral-stopped"},
		"by phone to the concierge":    {suzuki, "受入不可 HYOGO-CCI 電話", "inquiry-answered referral-stopped"},
		"held up longer than the hold": {suzuki, "受入不可 HYOGO-CCI 電話", "inquiry-answered"},
	} {
		w := newWorld(t)
		c, q := w.hyogo(SupportCleared)
		w.say(suzuki, c.Registration, "回付 HYOGO-CCI")
		if name == "held up longer than the hold" {
			w.roster.frozen = map[string]bool{"HYOGO-CCI": true}
			w.advance(hold)
		}
		number := c.Registration
		if tc.who == yamaguchi {
			number = q
		}
		if out := w.say(tc.who, number, tc.line); kinds(out) != tc.events {
			t.Errorf("%s: %s", name, kinds(out))
		}
		w.roster.frozen = nil
		w.advance(hold)
		if p := w.newest(LetterReferral, q); p.state != "withdrawn" {
			t.Errorf("%s: the sheet is %s", name, p.state)
		}
	}
}

// A decline counts where the question that it answers is taken back afterwards.
func TestADeclineOfAQuestionThatIsTakenBackCountsForTheAgency(t *testing.T) {
	w := newWorld(t)
	c, first := w.hyogo(SupportHosted)
	w.say(suzuki, c.Registration, "支援終了 HYOGO-CCI")
	w.advance(hold)
	w.say(suzuki, c.Registration, "打診 HYOGO-CCI")
	w.say(suzuki, c.Registration, "受入可 HYOGO-CCI 電話")
	w.say(suzuki, c.Registration, "了承依頼 HYOGO-CCI")
	w.say(tanaka, c.Registration, "辞退 HYOGO-CCI")
	w.say(suzuki, c.Registration, "直前取消")
	w.say(suzuki, c.Registration, "直前取消")
	c = w.again(c)
	if s := c.SupportOf("HYOGO-CCI"); s.ID != first || s.Intake.Answer != ConsentDeclined {
		t.Errorf("of %s the consent is %+v", s.ID, s.Intake)
	}
}
