package casework

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// 連絡先変更 changes who speaks for an agency. Whoever asks for it, the mailbox of the window that the roster has (the old one) confirms
// by a one-time word; a clerk needs no other's word, only their own proof. Domain entries never change by mail.

// mostContacts bounds the changes of one mail.
const mostContacts = 20

// ConfirmedBy is whose mailbox confirms a command: its sender's, but for 連絡先変更 by a concierge the window of the agency.
func ConfirmedBy(in Input, r Roster, at time.Time) Address {
	who := r.Sender(in.From, at)
	if in.Call == nil || in.Call.Name != CmdContacts || who.Clerk || who.Concierge == "" {
		return in.From
	}
	m, _ := r.FindAgency(strings.Join(in.Call.Args, " "), at)
	a, _ := r.Agency(m.Code, at)
	return a.Window
}

// contacts is 連絡先変更.
func (d *decider) contacts(call *Call, role Role) {
	a, ok := d.contactsOf(call, role)
	if !ok {
		return
	}
	changes, lines, problem := d.contactChanges(a)
	if problem != "" {
		d.refuse(nil, problem)
		return
	}
	switch {
	case role == RoleClerk && (weigh(needPass, d.in.Evidence.State, d.code(), d.confirmed) != grantAct || d.stale()):
		d.confirmFirst(nil, role)
	case role == RoleClerk || d.confirmed && SameAddr(d.confirmedBy, a.Window):
		d.changeContacts(a, role, changes, lines)
	case a.Window.Addr == "" || a.FaxOnly:
		d.refuse(nil, a.Name+"は、メールでの確認をお願いできないため、事務局から「連絡先変更 "+a.Code+"」をお送りください。")
	default:
		d.askWindow(a, role, lines)
	}
}

// contactsOf is the agency whose people change: the window's own, or the one that the office names.
func (d *decider) contactsOf(call *Call, role Role) (Agency, bool) {
	named := strings.Join(call.Args, " ")
	code := d.who.Agency
	switch {
	case role == RoleClerk || role == RoleConcierge:
		if named == "" {
			d.refuseWith(nil, "「連絡先変更」のあとに、機関コードをお書きください（例：連絡先変更 機関コード）。", nil, d.f.Roster.AgencyCodes(d.now))
			return Agency{}, false
		}
		a, problem, suggest := d.agencyNamed(call.Name, named)
		if problem != "" {
			d.refuseWith(nil, problem, suggest, d.f.Roster.AgencyCodes(d.now))
		}
		return a, problem == ""
	case named != "":
		if m, ok := d.f.Roster.FindAgency(named, d.now); !ok || m.Code != code {
			d.refuse(nil, "ご自身の機関のご連絡先について承っております。「連絡先変更」とのみお書きください。")
			return Agency{}, false
		}
	}
	a, _ := d.f.Roster.Agency(code, d.now)
	if role != RoleClerk && role != RoleConcierge && !SameAddr(a.Window, d.in.From) {
		d.refuse(nil, "「連絡先変更」は、機関の窓口（"+a.Window.text()+"）からのご指示として承っております。窓口からお送りいただくか、事務局までお電話でお知らせください。")
		return Agency{}, false
	}
	return a, true
}

// askWindow asks the agency's window to confirm.
func (d *decider) askWindow(a Agency, role Role, lines []string) {
	if d.within || role != RoleConcierge {
		d.confirmFirst(nil, role)
		d.addToConfirmation(func(l *ConfirmLetter) { l.Lines = lines })
		return
	}
	if !d.openPending(a.Window) {
		return
	}
	d.toAgency(nil, a.Code, a.Window, ConfirmLetter{Command: string(CmdContacts), Sent: d.in.Date, Word: d.f.Word, Expires: d.out.Ask.Expires,
		By: "コンシェルジュ " + d.conciergeName(d.who.Concierge) + "（" + d.in.From.Addr + "）", Lines: lines}, nil, false)
	d.answer(nil, role, a.Name+"の窓口（"+a.Window.text()+"）に、変更の確認をお願いいたしました。まだ変更しておりません。",
		"窓口で確認いただけない場合は、事務局から「連絡先変更 "+a.Code+"」を同じ本文でお送りください。", lines...)
	d.end(ResultConfirm, FolderDone, "confirmation asked of the agency's window")
}

// addToConfirmation fills in the confirmation that was queued last.
func (d *decider) addToConfirmation(fill func(*ConfirmLetter)) {
	l := d.lastLetter()
	if l == nil {
		return
	}
	if content, ok := l.Content.(ConfirmLetter); ok {
		fill(&content)
		l.Content = content
	}
}

// changeContacts applies the changes; window and clerks are told by whom they were made.
func (d *decider) changeContacts(a Agency, role Role, changes []ContactChange, lines []string) {
	d.out.Contacts = changes
	told := AnswerLetter{Done: a.Name + "のご連絡先を、次のとおり変更いたしました（ご指示：" + d.in.From.text() + "）。", Lines: lines, Next: "お心当たりのない場合は、事務局までお電話でお知らせください。"}
	if !SameAddr(a.Window, d.in.From) && (a.Window.Addr != "" || a.FaxOnly) {
		d.toAgency(nil, a.Code, a.Window, told, nil, false)
	}
	if role != RoleClerk {
		told.Next = ""
		d.toClerks(nil, told)
	}
	next := "変更は、次に届くメールから有効となります。"
	if slices.ContainsFunc(changes, func(ch ContactChange) bool { return ch.What == ContactWindow }) {
		next += "これまでの窓口のアドレスは、ご担当者として引き続き登録しております。退任された場合は、新しい窓口から「削除：アドレス」の行でお知らせください。"
	}
	d.answer(nil, role, a.Name+"のご連絡先を変更いたしました。", next, lines...)
}

var (
	contactLine    = regexp.MustCompile(`^[\s　]*[・●■◆*＊-]?[\s　]*(追加|削除|窓口)[\s　]*[:：][\s　]*(.*)$`)
	contactAddress = regexp.MustCompile(`[^\s　<>＜＞()（）「」、，,;:：]+[@＠][^\s　<>＜＞()（）「」、，,;:：]+`)
)

// contactChanges reads the lines of the body (追加：氏名 <address>、削除：address、窓口：氏名 <address>), and how answers repeat them.
// problem says why they cannot be done, all or none.
func (d *decider) contactChanges(a Agency) (changes []ContactChange, lines []string, problem string) {
	p := &peopleOf{d: d, agency: a, window: a.Window, added: map[string]bool{}, removed: map[string]bool{}}
	for line := range strings.Lines(d.in.Text) {
		m := contactLine.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		if m == nil || strings.TrimSpace(norm.NFKC.String(m[2])) == "" {
			continue
		}
		addr := contactAddress.FindString(m[2])
		name := strings.Trim(strings.Replace(m[2], addr, "", 1), " \t　<>＜＞()（）「」、，,;:：\"")
		if !plainAddress(addr) {
			return nil, nil, "「" + clip(strings.TrimSpace(m[0]), 100) + "」の行から、メールアドレスを読み取ることができませんでした。「追加：山田 花子 <yamada@example.jp>」のようにお書きください。"
		}
		ch := ContactChange{Agency: a.Code, Name: clip(strings.Join(strings.Fields(name), " "), 100), Address: addr}
		text := ""
		switch m[1] {
		case "追加":
			ch.What, text, problem = ContactAdd, "追加："+Address{Name: ch.Name, Addr: addr}.text(), p.add(ch)
		case "削除":
			ch.What, text, problem = ContactRemove, "削除："+addr, p.remove(ch)
		default:
			ch.What, text, problem = ContactWindow, "窓口："+a.Window.text()+" → "+Address{Name: ch.Name, Addr: addr}.text(), p.replace(ch)
		}
		if problem != "" {
			return nil, nil, problem
		}
		changes, lines = append(changes, ch), append(lines, text)
	}
	switch {
	case len(changes) == 0:
		return nil, nil, "変更の内容が本文に見当たりませんでした。本文に、「追加：氏名 <アドレス>」「削除：アドレス」「窓口：氏名 <アドレス>」の行をお書きのうえ、あらためてお送りください。"
	case len(changes) > mostContacts:
		return nil, nil, fmt.Sprintf("一度に承ることのできる変更は%d件までとさせていただいております。お手数ですが、分けてお送りください。", mostContacts)
	}
	return changes, lines, ""
}

// peopleOf are the people of an agency while the lines of a mail change them.
type peopleOf struct {
	d              *decider
	agency         Agency
	window         Address
	added, removed map[string]bool
}

func (p *peopleOf) has(addr string) bool {
	key := lowerASCII(addr)
	who := p.d.f.Roster.Sender(Address{Addr: addr}, p.d.now)
	return (who.Agency == p.agency.Code && who.Person || p.added[key]) && !p.removed[key]
}

// foreign says why an address cannot be this agency's, "" when it can.
func (p *peopleOf) foreign(addr string) string {
	who := p.d.f.Roster.Sender(Address{Addr: addr}, p.d.now)
	if who.Clerk || who.Concierge != "" || who.Agency != "" && who.Agency != p.agency.Code {
		return "「" + addr + "」は、この機関のご連絡先として登録することができません。事務局までお問い合わせください。"
	}
	return ""
}

func (p *peopleOf) add(ch ContactChange) string {
	switch {
	case ch.Name == "":
		return "「" + ch.Address + "」の方のお名前をお書きください（例：追加：山田 花子 <" + ch.Address + ">）。"
	case p.has(ch.Address):
		return "「" + ch.Address + "」は、すでに登録されております。"
	}
	p.added[lowerASCII(ch.Address)], p.removed[lowerASCII(ch.Address)] = true, false
	return p.foreign(ch.Address)
}

func (p *peopleOf) remove(ch ContactChange) string {
	addr := Address{Addr: ch.Address}
	switch {
	case SameAddr(addr, p.window):
		return "「" + ch.Address + "」は機関の窓口ですので、削除することができません。先に「窓口：新しいアドレス」の行で窓口を変更してください。"
	case SameAddr(addr, p.d.in.From):
		return "ご本人の削除は、ほかの窓口または事務局からお送りください。"
	case !p.has(ch.Address):
		return "「" + ch.Address + "」は、ご担当者として登録されておりません。"
	}
	p.removed[lowerASCII(ch.Address)] = true
	return ""
}

func (p *peopleOf) replace(ch ContactChange) string {
	if SameAddr(Address{Addr: ch.Address}, p.window) {
		return "「" + ch.Address + "」は、すでに機関の窓口でございます。"
	}
	p.window = Address{Addr: ch.Address}
	return p.foreign(ch.Address)
}

// plainAddress tells whether a text is one addr-spec as an office writes it: ASCII, one @, a domain of two labels and more.
func plainAddress(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && len(s) <= 254 && strings.Contains(strings.Trim(domain, "."), ".") && !strings.Contains(domain, "..") &&
		!strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`<>()[]\,;:"`, r) }) && !strings.Contains(domain, "@")
}
