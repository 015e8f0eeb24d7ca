package casework

import (
	"fmt"
	"slices"
	"strings"
)

// take is 引受.
func (d *decider) take(c *Case) {
	if c.Taken {
		d.answer(c, RoleConcierge, "この案件は、すでにお引き受けいただいております。", "")
		return
	}
	d.emit(c, RoleConcierge, &CaseTaken{Concierge: c.Concierge})
	d.acknowledge(c, RoleConcierge, "案件をお引き受けいただきました。ありがとうございます。",
		"紹介元のご担当者と、今後の進め方と企業への初回のご連絡方法についてご相談ください。")
}

// assign is 担当変更: one case, or with 全件 all open ones of a concierge.
func (d *decider) assign(call *Call, role Role, c *Case) {
	args, from, all := call.Args, d.who.Concierge, wantsAll(call.Args)
	if all {
		args = args[1:]
		if role == RoleClerk && len(args) == 2 {
			from, args = args[0], args[1:] // a code that has left the roster still stands in its cases
			if k, ok := d.f.Roster.FindConcierge(from, d.now); ok {
				from = k.Code
			}
		}
	}
	codes := d.f.Roster.ConciergeCodes(d.now)
	switch {
	case all && from == "":
		d.refuseWith(nil, "どなたのご担当の案件かが分かりませんでした。「担当変更 全件 今の担当 新しい担当」のように、お二人のコードまたはお名前をお書きください。", nil, codes)
		return
	case len(args) == 0:
		d.refuseWith(c, "「担当変更」のあとに、新しい担当コンシェルジュのコードまたはお名前をお書きください。", nil, codes)
		return
	}
	to, ok := d.f.Roster.FindConcierge(strings.Join(args, " "), d.now)
	if !ok {
		d.refuseWith(c, "「"+strings.Join(args, " ")+"」というコンシェルジュは名簿に見つかりませんでした。", nil, codes)
		return
	}
	targets := []*Case{c}
	if all {
		if targets = d.openCasesOf(from); len(targets) == 0 {
			d.answer(nil, role, "変更の必要な案件はございませんでした（"+d.conciergeName(from)+" 様のご担当で進行中の案件はございません）。", "")
			return
		}
	}
	var lines []string
	for _, t := range targets {
		if t.Concierge != to.Code {
			lines = append(lines, d.handOver(t, role, to))
		}
	}
	if len(lines) == 0 {
		d.answer(c, role, "変更の必要な案件はございませんでした（すでに "+to.Name+" 様のご担当です）。", "")
		return
	}
	about := onlyOne(targets)
	if role == RoleConcierge { // whose case it was: it is none of theirs any more
		about = nil
	}
	d.answer(about, role, fmt.Sprintf("担当コンシェルジュを %s 様に変更いたしました（%d件）。", to.Name, len(lines)), "新しい担当者の引受をお待ちしております。", lines...)
}

func onlyOne(cs []*Case) *Case {
	if len(cs) == 1 {
		return cs[0]
	}
	return nil
}

func (d *decider) openCasesOf(concierge string) []*Case {
	var out []*Case
	for _, c := range d.cases {
		if c.Registered() && c.Stage.Open() && c.Concierge == concierge && concierge != "" {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b *Case) int { return int(a.ID - b.ID) })
	return out
}

// handOver changes the concierge of one case; the new one gets the brief with the sheet, the agency the new name.
func (d *decider) handOver(c *Case, role Role, to Concierge) string {
	from, before := d.conciergeName(c.Concierge), c.Concierge
	d.emit(c, role, &ConciergeChanged{From: c.Concierge, To: to.Code, Why: "担当変更のご指示による"})
	d.toConcierge(c, to, BriefLetter{Change: "assigned", From: from, Why: c.ConciergeWhy, Warnings: c.Problems, OtherOpen: c.OtherOpen, Wish: c.Entry.Addressee.Agency, Protected: c.Sheet.Protected},
		[]Attachment{sheetOf(c.Sheet)}, true)
	if a, ok := d.f.Roster.Agency(c.Agency, d.now); ok {
		d.toAgency(c, c.Agency, d.agencyAddress(c, a), AnswerLetter{Done: "担当コンシェルジュが " + to.Name + " に変わりましたので、お知らせいたします。",
			Next: "会員証に記載の担当コンシェルジュのお名前は以前のままですが、会員番号は引き続き有効です。"}, nil, false)
	}
	d.tellNewConcierge(c, to)
	if k, ok := d.f.Roster.Concierge(before, d.now); ok && !SameAddr(Address{Addr: k.Mail}, d.in.From) {
		d.toConcierge(nil, k, AnswerLetter{Done: "案件 " + c.Number() + " のご担当が " + to.Name + " 様に変わりましたので、お知らせいたします。これまでのご担当、誠にありがとうございました。"}, nil, false)
	}
	return c.Number() + "：" + from + " → " + to.Name
}

// tellNewConcierge tells those who were given the name of the concierge before: the company that is written to directly, and
// the agencies that support.
func (d *decider) tellNewConcierge(c *Case, to Concierge) {
	changed := AnswerLetter{Done: "担当コンシェルジュが " + to.Name + " に変わりましたので、お知らせいたします。", Next: "ご連絡は、引き続きこのメールアドレス宛にお送りください。"}
	if c.companyAddress().Addr != "" {
		d.toCompany(c, changed, nil)
	}
	d.tellProviders(c, c, func(SupportView) Content { return changed })
}

// amend is 訂正: a new version of a registered case, or the corrected sheet of a returned one.
func (d *decider) amend(role Role, c *Case) {
	if len(d.in.Sheets) != 1 {
		d.refuse(c, fmt.Sprintf("訂正には、訂正後のエントリーシートを1件添付してください（お送りいただいたメールで読み取れたシートは%d件でした）。", len(d.in.Sheets)))
		return
	}
	s := d.in.Sheets[0]
	switch {
	case c.Sheet.Blob == s.File.Blob:
		d.refuse(c, "添付のエントリーシートは、すでにお預かりしているものと同じ内容でした。訂正後のシートを添付してください。")
		return
	case otherCompany(c.Entry.Company, s.Entry.Company):
		d.refuse(c, "添付のエントリーシートは、この案件とは別の企業のものと見受けられます。別の企業のエントリーは、案件の番号を付けずに新しいメールでお送りください。")
		return
	case c.Agency == "":
		d.refuse(c, "この案件は紹介元の確認中のため、訂正を承ることができません。先に「承認」をお願いいたします。")
		return
	}
	r := ResultReturned
	if c.Registered() {
		r = d.newVersion(c, s, role)
	} else {
		r = d.amendBefore(c, s, role)
	}
	d.out.Results = []Result{r}
	d.end(r, FolderDone, "")
}

// otherCompany tells whether a sheet is another company's beyond doubt: both its numbers and its names differ.
func otherCompany(a, b Company) bool {
	return a.CorporateNumber != "" && b.CorporateNumber != "" && a.CorporateNumber != b.CorporateNumber && FoldName(a.Name) != FoldName(b.Name)
}

// amendBefore is 訂正 before registration: the corrected sheet is judged anew and answered to its agency; the office's
// own people hear what became of it.
func (d *decider) amendBefore(c *Case, s SheetIn, role Role) Result {
	by, to := c.Submitter, c.Submitter
	if a, ok := d.f.Roster.Agency(c.Agency, d.now); ok {
		to = d.agencyAddress(c, a)
	}
	if role == RoleIntake {
		by, to = d.in.From, d.in.From
	}
	d.emit(c, role, &SheetReplaced{Sheet: s.File, Entry: s.Entry, Problems: s.Problems, Submitter: by, MessageID: d.in.MessageID})
	r := d.judge(c, c.Agency, to)
	if role != RoleIntake {
		d.answer(c, role, "訂正されたエントリーシートを受け付けました（"+c.Number()+"：現在の段階は「"+c.Stage.Japanese()+"」です）。", "")
	}
	return r
}

// verify is 会員確認: valid or not, and nothing else; twenty a day.
func (d *decider) verify(call *Call, role Role) {
	const daily = 20
	if d.f.Verifies >= daily {
		d.refuse(nil, fmt.Sprintf("会員確認は、お一人につき1日%d件までとさせていただいております。お急ぎの場合は、事務局までお電話でお問い合わせください。", daily))
		return
	}
	if len(call.Args) == 0 {
		d.refuseWith(nil, "「会員確認」のあとに、会員証に記載の会員番号（例：M-00042-7）をお書きください。", suggestion(CmdVerify, "会員番号"), nil)
		return
	}
	asked := strings.ToUpper(call.Args[0])
	if kind, ok := ParseNumber(asked); kind != NumberMember || !ok {
		d.refuse(nil, "「"+asked+"」は会員番号として読み取れませんでした。会員証に記載の番号（例：M-00042-7）を、末尾の数字までお確かめください。")
		return
	}
	v := d.f.Verified
	letter := MembershipLetter{Asked: asked, Valid: v.Found && !v.Void, Void: v.Found && v.Void}
	c := d.referredCase(asked)
	if c == nil || !letter.Valid {
		d.toSender(nil, role, letter)
		return
	}
	letter.Company = Disclose(*c, Party{Role: RoleProvider, Code: d.who.Agency}).Company
	d.toSender(c, RoleProvider, letter)
}

// referredCase is the case of a member for which the asking agency has a referral, nil when it has none: only such an
// agency hears the company's name.
func (d *decider) referredCase(member string) *Case {
	for _, id := range d.f.Verified.Cases {
		c := d.cases[id]
		if c == nil || c.Member != member || d.who.Agency == "" || !c.Stage.Open() {
			continue
		}
		if s := c.SupportOf(d.who.Agency); s.Sent() && visibleVersion(*c, s) > 0 {
			return c
		}
	}
	return nil
}

// rows are the lines of 一覧 as people read them: names for codes, and what is next.
func (d *decider) rows() []ListRow {
	out := slices.Clone(d.f.Rows)
	for i := range out {
		r := &out[i]
		if a, ok := d.f.Roster.Agency(r.Agency, d.now); ok {
			r.Agency = a.Name
		}
		r.Concierge = d.conciergeName(r.Concierge)
		if r.Next == "" {
			r.Next = nextSteps[r.Stage]
		}
	}
	return out
}

// mostListed is how many cases a mail shows; nobody reads on.
const mostListed = 100

// InMail are the cases that the mail itself shows.
func (l ListLetter) InMail() []ListRow { return l.Rows[:min(len(l.Rows), mostListed)] }

// book is the workbook of all cases, where the mail does not show them all.
func (l ListLetter) book() []Attachment {
	if len(l.Rows) <= mostListed {
		return nil
	}
	return []Attachment{{Kind: AttachList, Name: "進行中の案件.xlsx"}}
}

// nextSteps say what is awaited in each open stage.
var nextSteps = map[Stage]string{
	StageReceived: "事務局での確認", StageReturned: "紹介元からの訂正シートの送付", StageHeld: "事務局のご判断（承認・受付不可）",
	StageRegistered: "担当コンシェルジュの引受", StageConsulting: "紹介元との進め方のご相談", StageSupported: "支援の実施とご報告",
	StagePaused: "休止期間の満了または再開",
}

// note is メモ: for the office and the case's concierges only.
func (d *decider) note(role Role, c *Case) {
	if strings.TrimSpace(d.in.Text) == "" {
		d.refuse(c, "メモの内容を本文にお書きのうえ、あらためてお送りください。")
		return
	}
	d.emit(c, role, &NoteAdded{Text: clip(d.withoutCodes(d.in.Text), 4000)})
	d.acknowledge(c, role, "メモを記録いたしました。事務局と担当コンシェルジュのみがご覧いただけます。", "")
}

// help shows the commands open to that role, now.
func (d *decider) help(role Role, c *Case) {
	if c != nil {
		if r, ok := firstRole(d.roles(c), anyPart); ok {
			role = r
		} else {
			c = nil
		}
	}
	d.toSender(c, role, HelpLetter{})
}

// pause is 休止 until a day.
func (d *decider) pause(call *Call, role Role, c *Case) {
	day, ok := ParseDay(strings.TrimSuffix(strings.Join(call.Args, ""), "まで"), d.now)
	today := Day(d.now)
	if !ok || day <= today {
		example := d.now.In(JST).AddDate(0, 1, 0).Format("2006年1月2日")
		d.refuseWith(c, "いつまで休止されるかが分かりませんでした。「休止 "+example+"」のように、明日以降の年月日をお書きください。", suggestion(CmdPause, "年月日"), nil)
		return
	}
	d.emit(c, role, &CasePaused{Until: day})
	d.answer(c, role, "案件を "+JapaneseDay(day)+" まで休止いたしました。その間、この案件についてのご連絡は控えさせていただきます。", "期日より前に再開される場合は「再開」をお送りください。")
}
