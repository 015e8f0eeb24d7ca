package casework

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestWhateverComesInTheRulesHold lets random mails of random people on random evidence come to a small office whose
// roster changes meanwhile. After every mail the world checks (check): Decide answers without an error, the state is the
// fold of the events, events survive being stored, numbers have no gap and right check digits, letters reach only
// rostered people of the right party and show them only what they may see, strangers hear nothing, and failed evidence
// moves nothing.
func TestWhateverComesInTheRulesHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		p := &people{w: w}
		for range rapid.IntRange(1, 25).Draw(t, "mails") {
			switch rapid.IntRange(0, 19).Draw(t, "what") {
			case 0:
				p.changeRoster(t)
			case 1:
				w.advance(time.Duration(rapid.IntRange(1, 100).Draw(t, "hours")) * time.Hour)
			default:
				before := w.stopped
				out := w.do(p.mail(t))
				if out.Stop == nil && w.stopped != before {
					t.Errorf("the stop button moved by itself")
				}
			}
		}
		p.uniqueNumbers(t)
	})
}

// people are who writes to the office.
type people struct{ w *world }

var senders = []Address{kuramoto, inoue, secretary, tanaka, colleague, minatoDesk, yamaguchi, kakogawa, saeki, otsuka, yamamoto, suzuki, okamoto,
	{Addr: "TANAKA@minato-bank.example"}, {Addr: "someone@minato.example"}, {}}

func (p *people) mail(t *rapid.T) Input {
	kind := rapid.SampledFrom([]MailKind{MailEntry, MailEntry, MailEntry, MailCommand, MailCommand, MailCommand, MailCommand, MailCommand, MailReply, MailOther,
		MailAutomatic, MailBounce, MailCalendar, MailOwn, MailLocked, MailBroken, MailFailure, MailTransfer, MailTransfer, "unheard-of"}).Draw(t, "kind")
	in := Input{Kind: kind, From: rapid.SampledFrom(senders).Draw(t, "from"), Text: rapid.SampledFrom([]string{"", "よろしくお願いします。"}).Draw(t, "text")}
	in.Evidence.State = rapid.SampledFrom([]EvidenceState{EvidencePass, EvidencePass, EvidencePass, EvidenceWeak, EvidenceNone, EvidenceFail, EvidenceUnconfigured, "unheard-of"}).Draw(t, "evidence")
	if rapid.IntRange(0, 9).Draw(t, "authority") == 0 {
		in.Authority = "two From mailboxes"
	}
	p.thread(t, &in)
	if kind == MailEntry || rapid.IntRange(0, 3).Draw(t, "sheets") == 0 {
		for range rapid.IntRange(0, 3).Draw(t, "n") {
			in.Sheets = append(in.Sheets, drawSheet(t))
		}
	}
	if rapid.IntRange(0, 9).Draw(t, "locked") == 0 {
		in.Locked = []LockedFile{{Name: "x.zip", What: rapid.SampledFrom([]string{"archive", "locked"}).Draw(t, "file"), Waits: rapid.Bool().Draw(t, "waits")}}
		in.Opened, in.Late = rapid.Bool().Draw(t, "opened"), rapid.Bool().Draw(t, "late")
	}
	in.Password = (kind == MailReply || kind == MailOther) && rapid.IntRange(0, 3).Draw(t, "password") == 0
	if kind == MailCommand {
		in.Call = p.call(t)
	}
	if kind == MailTransfer {
		in.From, in.Transfer = rapid.SampledFrom([]Address{osaka, osaka, tanaka}).Draw(t, "office"), p.transfer(t)
	}
	if kind == MailFailure { // no mail: the outbox reports it
		in.From, in.Evidence = Address{}, Evidence{}
	}
	if kind == MailFailure && rapid.Bool().Draw(t, "failure") {
		in.Failure = &DeliveryFailure{Kind: LetterRegistered, Case: int64(rapid.IntRange(0, 5).Draw(t, "case")), To: []string{tanaka.Addr}, Braked: rapid.Bool().Draw(t, "braked")}
	}
	return in
}

// transfer is what another office's robot says: a case of its own, one of ours, or its answer.
func (p *people) transfer(t *rapid.T) *TransferIn {
	switch rapid.IntRange(0, 3).Draw(t, "transfer") {
	case 0:
		return &TransferIn{Problem: "開けません。"}
	case 1:
		return &TransferIn{Taken: "E26-00031"}
	}
	numbers := []string{"2026-OSA-00007-2", "2026-OSA-00008-7", withDamm("2026-KOB-00001"), withDamm("2026-KOB-00099")}
	b := foreign(func(b *Bundle) {
		b.Registration = rapid.SampledFrom(numbers).Draw(t, "registration")
		b.AgencyName = rapid.SampledFrom([]string{"みなと銀行", "和泉商工会"}).Draw(t, "agency")
	})
	return &TransferIn{Bundle: &b}
}

func (p *people) thread(t *rapid.T, in *Input) {
	numbers := []string{"", "", "2026-KOB-99999-0"}
	refs := []string{"", "unknown@sender.example"}
	for _, id := range p.w.ids() {
		c := p.w.cases[id]
		numbers, refs = append(numbers, c.Receipt, c.Number()), append(refs, c.MessageID)
		for _, s := range c.Supports {
			numbers = append(numbers, s.ID)
		}
	}
	for _, l := range p.w.box[max(0, len(p.w.box)-4):] {
		refs = append(refs, l.messageID())
	}
	in.Tag.Number = rapid.SampledFrom(numbers).Draw(t, "tag")
	if in.Tag.Number != "" {
		in.Tag.Code = rapid.SampledFrom([]string{goodCode, goodCode, oldCode, "wrong2", ""}).Draw(t, "code")
	}
	if ref := rapid.SampledFrom(refs).Draw(t, "ref"); ref != "" {
		in.References = []string{ref}
	}
}

func (p *people) call(t *rapid.T) *Call {
	switch rapid.IntRange(0, 9).Draw(t, "call") {
	case 0:
		return nil
	case 1:
		return &Call{AskBack: []string{rapid.SampledFrom([]string{"引受", "直前取消"}).Draw(t, "ask back")}}
	case 2, 3:
		words := []string{"abcdefgh23", "しました"}
		for id := range p.w.mails + 1 {
			if w := fmt.Sprintf("word%dxyz", id); p.w.pending[w].Word != "" {
				words = append(words, w, w, w)
			}
		}
		return &Call{Name: CmdConfirm, Args: []string{rapid.SampledFrom(words).Draw(t, "word")}}
	}
	names := append(allCommands(), CmdApprove, CmdApprove, CmdReject, CmdAssign, CmdAmend, CmdAmend, CmdVoid, CmdTake, CmdRegister, CmdRegister, CmdPause, "何か")
	call := &Call{Name: rapid.SampledFrom(names).Draw(t, "name")}
	for range rapid.IntRange(0, 3).Draw(t, "args") {
		call.Args = append(call.Args, rapid.SampledFrom([]string{"MINATO", "HYOGO-CCI", "KAKOGAWA", "どこか", "みなと銀", "YAMAMOTO", "SUZUKI", "全件", "通知", "FAX", "郵送",
			"12/28", "2026-12-28", "HYOGO-CCI", "HOSHO", "企業", "紹介元", "電話", "直接", "初回", "14:00", "再送", "ジェトロ", "J1", "OSA", "OSA", "01", "7", "M-00001-3", "m-00002-1", "M-00001-4", ""}).Draw(t, "arg"))
	}
	return call
}

func drawSheet(t *rapid.T) SheetIn {
	change := []func(*SheetIn){introducedBy(rapid.SampledFrom([]string{"みなと銀行", "加古川商工会", "どこかの銀行", ""}).Draw(t, "introducer"))}
	if rapid.Bool().Draw(t, "number") {
		change = append(change, corporate("7000012050002"))
	}
	switch rapid.IntRange(0, 5).Draw(t, "fault") {
	case 0:
		change = append(change, lacking("company.phone"))
	case 1:
		change = append(change, lacking("company.name", "received"))
	case 2:
		change = append(change, unreadable("request.items.1", "confirmations.consent"))
	}
	if rapid.Bool().Draw(t, "issues") {
		change = append(change, issues("別の課題"))
	}
	return company(rapid.SampledFrom([]string{"灘酒造", "株式会社灘酒造", "六甲家具"}).Draw(t, "company"), change...)
}

// changeRoster lets somebody come or go.
func (p *people) changeRoster(t *rapid.T) {
	r := p.w.roster
	code := rapid.SampledFrom([]string{"MINATO", "HYOGO-CCI", "YAMAMOTO", "SUZUKI", saeki.Addr, tanaka.Addr}).Draw(t, "row")
	r.ended[code] = !r.ended[code]
	r.full = rapid.Bool().Draw(t, "full")
}

// uniqueNumbers: no number names two cases, and a case keeps its own.
func (p *people) uniqueNumbers(t *rapid.T) {
	seen := map[string]int64{}
	for _, e := range p.w.log {
		for _, n := range givenNumbers(e.Payload) {
			if other, ok := seen[n]; ok && other != e.Case { // one that comes back from another office is registered again
				t.Errorf("number %s was given to cases %d and %d", n, other, e.Case)
			}
			seen[n] = e.Case
		}
	}
}

func givenNumbers(p Payload) []string {
	switch p := p.(type) {
	case *SheetReceived:
		return []string{p.Receipt}
	case *CaseRegistered:
		return []string{p.Registration}
	case *CaseTakenOver:
		if p.Receipt != "" {
			return []string{p.Receipt}
		}
	}
	return nil
}

// TestDecideIsPure: the same mail with the same cases and facts gets the same answer, however often it is asked, and
// what was lent stays as it was.
func TestDecideIsPure(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	in := entryMail(tanaka, company("灘酒造", issues("別件")), company("六甲家具"), company("六甲家具", issues("別件")))
	facts, cases := w.facts(in), w.loaded()
	lent := cases[c.ID]
	lent.History = append(make([]HistoryLine, 0, 20), lent.History...)
	cases[c.ID] = lent
	first, err1 := Decide(cases, in, facts)
	second, err2 := Decide(cases, in, facts)
	if err1 != nil || err2 != nil || !reflect.DeepEqual(first, second) {
		t.Errorf("asked twice, %v and %v:\n%+v\n%+v", err1, err2, first, second)
	}
	if fresh := w.facts(in); !reflect.DeepEqual([]any{facts.Members, facts.OpenSame, facts.SameSheet, facts.Loads}, []any{fresh.Members, fresh.OpenSame, fresh.SameSheet, fresh.Loads}) {
		t.Errorf("the facts are now %+v", facts)
	}
	note := w.replyTo(c.Registration, mail(MailReply, tanaka))
	one := newDecider(cases, note, w.facts(note))
	two := newDecider(cases, note, w.facts(note))
	two.in.Kind, two.in.Call = MailCommand, &Call{Name: CmdCertificate}
	_, _ = one.run()
	_, _ = two.run()
	if got := one.cases[c.ID].History[len(lent.History)].Kind; got != "message-kept" {
		t.Errorf("two decisions share a history: the first one's line is %s", got)
	}
}

// TestTheCoreCannotAnswerToAReplyTo: Reply-To gives no authority and is no destination, so an Input has no place for it.
func TestTheCoreCannotAnswerToAReplyTo(t *testing.T) {
	for f := range fields(reflect.TypeFor[Input]()) {
		if strings.Contains(strings.ToLower(f), "reply") {
			t.Errorf("Input has a field %s", f)
		}
	}
}

func fields(t reflect.Type) func(func(string) bool) {
	return func(yield func(string) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i).Name) {
				return
			}
		}
	}
}

// TestEveryPayloadIsListed: each payload of this package is decodable under its own kind, in the version that it writes,
// and is refused in a newer one.
func TestEveryPayloadIsListed(t *testing.T) {
	for kind, fresh := range payloads {
		p := fresh()
		if p.Kind() != kind {
			t.Errorf("%s is listed as %s", p.Kind(), kind)
		}
		data, err := EncodePayload(p)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := DecodePayload(kind, p.Version(), data); err != nil || !reflect.DeepEqual(p, again) {
			t.Errorf("%s: %v", kind, err)
		}
		if _, err := DecodePayload(kind, p.Version()+1, data); err == nil {
			t.Errorf("%s: a newer version is read as if it were known", kind)
		}
		if p.line() == "" {
			t.Errorf("%s has no line in the timeline", kind)
		}
	}
	if _, err := DecodePayload("unheard-of", 1, []byte("{}")); err == nil {
		t.Error("an unknown kind is read")
	}
	if _, err := DecodePayload("case-taken", 1, []byte("{")); err == nil {
		t.Error("a broken payload is read")
	}
}

// TestAnErasedPayloadIsSkipped: the fold goes on without what was erased.
func TestAnErasedPayloadIsSkipped(t *testing.T) {
	w := newWorld(t)
	c := w.registered(tanaka, company("灘酒造"))
	erased := append([]Event(nil), w.log...)
	erased[0].Payload = nil
	got := Fold(erased)
	if got.Registration != c.Registration || got.Entry.Company.Name != "" || got.Events != c.Events {
		t.Errorf("after erasure: %+v", got)
	}
}

// TestWhateverIsDoneToASupportTheRulesHold plays supports at random: whatever concierge, parties, agencies and clerk do in
// whatever order, and whenever letters leave, Decide answers without a fault, and the world's checks hold.
func TestWhateverIsDoneToASupportTheRulesHold(t *testing.T) {
	lines := []string{"打診 HYOGO-CCI", "打診 HOSHO KAKOGAWA", "打診 SANYO", "受入可", "受入可 HYOGO-CCI 電話", "受入可 HOSHO 電話", "受入不可", "受入不可 HOSHO メール", "見送り", "見送り HYOGO-CCI",
		"了承依頼", "了承依頼 HYOGO-CCI", "了承依頼 HOSHO", "了承", "了承 HOSHO", "了承 企業 電話 HYOGO-CCI", "了承 紹介元 電話 HYOGO-CCI", "辞退", "辞退 企業 面談 HYOGO-CCI", "承認 HYOGO-CCI",
		"回付", "回付 HYOGO-CCI", "回付 HOSHO", "回付 HYOGO-CCI 再送", "回付 KAKOGAWA 郵送", "受入担当", "受入担当 HOSHO", "パスワード", "ジェトロ支援 相談", "追加情報 企業", "連絡 企業", "連絡 紹介元", "連絡 HYOGO-CCI",
		"面談 初回 12/3 14:00", "面談 HYOGO-CCI 12/4 15:00 灘酒造本社", "面談中止", "進捗", "進捗 HYOGO-CCI", "要望", "状況", "訂正", "支援終了", "支援終了 HYOGO-CCI", "案件終了", "案件終了", "支援取下", "休止 12/28", "再開",
		"廃棄依頼", "廃棄依頼 HYOGO-CCI 済", "無効", "直前取消", "直前取消", "連絡方法 直接", "連絡方法 紹介元経由", "連絡先確認", "担当変更 YAMAMOTO", "担当変更 SUZUKI", "会員確認 M-00001-3", "引受", "移管 OSA"}
	who := []Address{suzuki, suzuki, suzuki, suzuki, suzuki, yamamoto, kuramoto, tanaka, minatoDesk, yamaguchi, inoue, oda, secretary, saeki, kakogawa, nishi}
	states := append(slices.Clone(SupportStates), SupportNone)
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		c, _ := w.hyogo(rapid.SampledFrom(states).Draw(t, "from"))
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			c = w.again(c)
			numbers := []string{c.Registration}
			for _, s := range c.Supports {
				numbers = append(numbers, s.ID, s.ID)
			}
			in := command(rapid.SampledFrom(who).Draw(t, "who"), rapid.SampledFrom(numbers).Draw(t, "number"), rapid.SampledFrom(lines).Draw(t, "line"))
			in.Text = rapid.SampledFrom([]string{"", "担当者：山口\n支援内容：相談", "灘酒造の件。kuramoto@nada-brewery.example"}).Draw(t, "text")
			if rapid.IntRange(0, 9).Draw(t, "sheet") == 0 {
				in.Sheets = []SheetIn{company("灘酒造", issues(rapid.SampledFrom([]string{"別の課題", "さらに別の課題"}).Draw(t, "issues")))}
			}
			switch rapid.IntRange(0, 9).Draw(t, "kind") {
			case 0:
				w.advance(hold)
			case 1:
				in.Kind, in.Call = MailReply, nil
			case 2:
				in.Kind, in.Call = MailCalendar, nil
			case 3:
				in = batch(in.From, c.Registration+" "+in.CallText, c.Registration+" "+rapid.SampledFrom(lines).Draw(t, "second"))
			case 4:
				w.roster.ended["HYOGO-CCI"] = !w.roster.ended["HYOGO-CCI"]
			}
			if n := len(w.box); n > 0 && rapid.Bool().Draw(t, "reply") {
				in.References = []string{w.box[rapid.IntRange(max(0, n-8), n-1).Draw(t, "letter")].messageID()}
			}
			w.do(in)
		}
	})
}
