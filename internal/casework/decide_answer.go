package casework

import (
	"slices"
	"strings"
)

// How commands are answered: what was done, or why not and what would make it possible.

// stageHint says what makes a command possible that the stage of its case does not allow.
func stageHint(s Stage, ru rule, role Role) string {
	office := inside(Party{Role: role})
	switch {
	case s.Open() && s != StageHeld && slices.Equal(ru.stages, rules[CmdReject].stages):
		return "保留中のエントリーについてのご指示でございます。登録を取り消される場合は「無効」をお送りください。"
	case slices.Equal(ru.stages, rules[CmdResume].stages):
		return "休止中の案件についてのご指示でございます。"
	case slices.Equal(ru.stages, rules[CmdSplit].stages):
		return "統合された案件についてのご指示でございます。"
	case s == StageRegistered && slices.Contains(ru.stages, StageConsulting):
		return "担当コンシェルジュが「引受」をお送りになった後に、承ります。"
	case s == StagePaused && slices.Contains(ru.stages, StageConsulting):
		return "案件が再開されましたら、承ります（担当コンシェルジュまたは事務局から「再開」をお送りください）。"
	case s == StageMerged && office && slices.Contains(ru.stages, StageConsulting):
		return "統合先の案件でお送りくださるか、先に事務局から「分離」をお送りください。"
	case slices.Contains(early, s) && !slices.Contains(ru.stages, StageHeld) && slices.Contains(ru.stages, StageConsulting):
		return "登録が済みましたら、承ります。"
	case slices.Contains(ended, s):
		return map[bool]string{true: "この段階では「状況」「メモ」「進捗」「廃棄依頼」を承ります。", false: "ご用件がおありでしたら、このメールへのご返信でお知らせください。"}[office]
	case !s.Open() && !office:
		return "ご用件がおありでしたら、このメールへのご返信でお知らせください。"
	}
	return ""
}

// otherWay says what to do instead of a command that is not taken.
func (d *decider) otherWay() string {
	if d.anyRole() == RoleIntake {
		return "お手数ですが、事務局までお電話でご連絡ください。"
	}
	return "お手数ですが、従来どおりの方法でお進めください。"
}

// askBack asks which of several commands is meant.
func askBack(names []string) string {
	quoted := "「" + strings.Join(names, "」「") + "」"
	if len(names) == 1 {
		return quoted + "のご指示でしょうか。該当する場合は、件名の先頭にその語のみをお書きのうえ、あらためてお送りください。"
	}
	return quoted + "のいずれをご希望でしょうか。件名の先頭にその語をお書きのうえ、あらためてお送りください。"
}

// anyPart are the roles in which somebody may be answered about a case.
var anyPart = []Role{RoleClerk, RoleConcierge, RoleIntake, RoleCompany, RoleProvider}

// roleNames says who may give a command: in a case, its own people.
func roleNames(rs []Role, inCase bool) string {
	names := map[Role]string{RoleClerk: "事務局", RoleConcierge: "コンシェルジュ", RoleIntake: "支援機関（ご担当者または窓口）", RoleProvider: "支援機関（ご担当者または窓口）"}
	if inCase {
		names[RoleConcierge], names[RoleIntake] = "この案件の担当コンシェルジュ", "この案件の紹介元支援機関（ご担当者または窓口）"
		names[RoleCompany], names[RoleProvider] = "この案件の企業", "この案件で照会をお送りした支援機関（ご担当者または窓口）"
	}
	var out []string
	for _, r := range rs {
		if n := names[r]; n != "" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return strings.Join(out, "・")
}

// refuse answers in words; the sender's own words are kept in the answer, and on the case where a command of this
// program was meant.
func (d *decider) refuse(c *Case, problem string) { d.refuseWith(c, problem, nil, nil) }

// refuseWith refuses with the nearest command as a suggestion to click and the valid codes to choose from.
func (d *decider) refuseWith(c *Case, problem string, suggest *Offer, codes []string) {
	role := d.anyRole()
	if c != nil {
		if r, ok := firstRole(d.roles(c), anyPart); ok {
			role = r
		} else {
			c = nil
		}
	}
	if role == RoleIntake && !d.who.Person && (c == nil || !SameAddr(c.Submitter, d.in.From)) {
		d.end(ResultOther, FolderStay, "a command from an address of a rostered domain that has no part in the case: left for the people")
		return
	}
	if len(codes) > 30 {
		codes = codes[:30]
	}
	if suggest == nil && d.in.Call != nil {
		suggest = suggestOf(d.in.Call)
	}
	if suggest != nil && slices.Contains(d.f.Off, suggest.Command) {
		suggest = nil
	}
	if c != nil && d.in.Call != nil && listed(d.in.Call.Name) {
		d.emit(c, role, &MessageKept{What: "refused", Subject: d.in.Subject, Text: clip(d.in.Text, 4000)})
	}
	d.toSender(c, role, RefusalLetter{Command: d.commandFor(c, role), Problem: problem, Codes: codes, Suggest: suggest, Words: d.words(c, role)})
	d.end(ResultRefused, FolderDone, "refused: "+problem)
}

// suggestOf is the command that a sentence or an ambiguous word most nearly means.
func suggestOf(call *Call) *Offer {
	i := slices.IndexFunc(call.AskBack, func(n string) bool { return listed(CommandName(n)) })
	if i < 0 {
		return nil
	}
	return suggestion(CommandName(call.AskBack[i]), call.Args...)
}

// suggestion is a command to click, with its arguments as they should have been.
func suggestion(name CommandName, args ...string) *Offer {
	text := strings.TrimSpace(string(name) + " " + strings.Join(args, " "))
	return &Offer{Command: name, Args: args, Label: "「" + text + "」として送る", NoCase: rules[name].noCase}
}

func (d *decider) commandText() string {
	if d.in.CallText != "" {
		return d.in.CallText
	}
	if d.in.Call == nil {
		return ""
	}
	return strings.TrimSpace(string(d.in.Call.Name) + " " + strings.Join(d.in.Call.Args, " "))
}

// sayable is a text that an agency's own mail said and a letter repeats, "" where it holds a value of the sheet: what that
// agency may see now it may not see any more when the letter leaves. A command that names no case may stand in a case's
// thread all the same.
func (d *decider) sayable(c *Case, role Role, text string) string {
	if c == nil {
		c = d.cases[d.f.Thread]
	}
	agency := role == RoleProvider || role == RoleIntake && (c == nil || d.who.Agency != c.Agency)
	if c == nil || !agency || len(Scan(d.secretsFor(c, Party{Code: d.who.Agency}), []string{text})) == 0 {
		return text
	}
	return ""
}

// words are a sender's own, as a refusal repeats them. An agency's mail that names no case may speak of any.
func (d *decider) words(c *Case, role Role) string {
	if c == nil && d.cases[d.f.Thread] == nil && (role == RoleProvider || role == RoleIntake) {
		return ""
	}
	return d.sayable(c, role, clip(d.withoutCodes(d.in.Text), 1000))
}

// commandFor is the command as an answer repeats it.
func (d *decider) commandFor(c *Case, role Role) string {
	text := d.commandText()
	if said := d.sayable(c, role, text); said != "" || text == "" || d.in.Call == nil {
		return said
	}
	return string(d.in.Call.Name)
}

// answer says what a command did and which letters go to whom.
func (d *decider) answer(c *Case, role Role, done, next string, lines ...string) {
	d.delay()
	d.toSender(c, role, AnswerLetter{Command: d.commandFor(c, role), Done: done, Lines: lines, Sent: d.sentFor(c, role, d.sentNotes()), Next: next})
}

// sentFor leaves the notes out for an agency that may not see the sheet: who else hears of it is not its to know.
func (d *decider) sentFor(c *Case, role Role, sent []SentNote) []SentNote {
	if role == RoleProvider && c != nil && visibleVersion(*c, d.ownSupport(c)) != c.Version {
		return nil
	}
	return sent
}

// sentNotes say which letters go to whom and when.
func (d *decider) sentNotes() []SentNote {
	var sent []SentNote
	for _, l := range d.out.Letters {
		if l.answer {
			continue
		}
		var to []string
		for _, a := range append(slices.Clone(l.To), l.Cc...) {
			to = append(to, a.text())
		}
		when := "このメールと同時に"
		if l.Hold > 0 {
			when = d.now.Add(l.Hold).In(JST).Format("15:04") + " 以降に"
		}
		if waitsForThaw(l.Departure(), d.f.Roster, d.now) {
			when = "凍結の解除後に"
		}
		name := LetterName(l.Kind())
		if a, ok := l.Content.(AnswerLetter); ok && a.Command == "" {
			name = "お知らせ"
		}
		sent = append(sent, SentNote{Letter: name, To: strings.Join(to, "、"), When: when})
	}
	return sent
}
