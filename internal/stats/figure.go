package stats

// Group is a part of the figures.
type Group string

// The groups, in the order in which they are written.
const (
	Entries  Group = "エントリー"
	Supports Group = "支援"
	Outcomes Group = "結果"
)

// Figure is one thing that is counted.
type Figure int

// The figures, in the order in which they are written. Carried and Open are stocks: how many cases are open at an instant.
const (
	Carried Figure = iota
	Received
	Registered
	NewMembers
	Returned
	Held
	Duplicates
	Inquired
	Available
	Unavailable
	PassedOver
	ConsentAsked
	Consented
	Declined
	Referred
	Hosted
	Reported
	Finished
	JETRO
	Closed
	Withdrawn
	Transferred
	Merged
	Rejected
	Void
	Reopened
	Open
	numFigures
)

// About is how a figure is written and what it counts.
type About struct {
	Key   string // in JSON
	Group Group
	Name  string
	Note  string // what it counts, in Japanese
}

// abouts describes every Figure.
var abouts = [numFigures]About{
	Carried:      {"carried", Entries, "期首進行中", "期間の初めに進行中であった案件（前期からの繰越し）"},
	Received:     {"received", Entries, "受付", "受付番号を付与したエントリーシート（メール・FAX・郵送・窓口）"},
	Registered:   {"registered", Entries, "登録", "登録番号を付与した案件"},
	NewMembers:   {"newMembers", Entries, "うち新規会員", "登録のうち、会員番号を新たに付与した企業"},
	Returned:     {"returned", Entries, "差戻し", "確認のためにシートをお戻しした回数（延べ。登録後の訂正に係るものを除く）"},
	Held:         {"held", Entries, "保留", "事務局の判断をお待ちした回数（延べ）"},
	Duplicates:   {"duplicates", Entries, "重複受領", "同じシートをあらためて受領した回数（受付には含まない）"},
	Inquired:     {"inquired", Supports, "打診", "支援機関に支援の可否を照会した件数（候補の機関ごとに1件）"},
	Available:    {"available", Supports, "受入可", "打診に対する「受入可」の回答"},
	Unavailable:  {"unavailable", Supports, "受入不可", "打診に対する「受入不可」の回答"},
	PassedOver:   {"passedOver", Supports, "見送り", "支援機関に見送りをお伝えした件数"},
	ConsentAsked: {"consentAsked", Supports, "了承依頼", "企業と紹介元に紹介の了承をお願いした件数（シートの版ごと）"},
	Consented:    {"consented", Supports, "双方了承", "企業と紹介元の双方の了承が得られた件数"},
	Declined:     {"declined", Supports, "辞退", "企業または紹介元が紹介を辞退された件数"},
	Referred:     {"referred", Supports, "回付", "支援機関にシートを回付した件数（再送および送信前に取りやめたものを除く）"},
	Hosted:       {"hosted", Supports, "受入担当決定", "支援機関の受入担当が決まった件数"},
	Reported:     {"reported", Supports, "進捗報告", "支援の状況のご報告をいただいた回数（延べ。ジェトロの支援を含む）"},
	Finished:     {"finished", Supports, "支援終了", "回付後の支援およびジェトロの支援が終了した件数"},
	JETRO:        {"jetro", Supports, "ジェトロ支援", "ジェトロの支援をご提案した件数"},
	Closed:       {"closed", Outcomes, "案件終了", "終了した案件"},
	Withdrawn:    {"withdrawn", Outcomes, "取下げ", "支援の依頼が取り下げられた案件"},
	Transferred:  {"transferred", Outcomes, "移管", "他の事務所に移管した案件"},
	Merged:       {"merged", Outcomes, "統合", "他の案件に統合した案件"},
	Rejected:     {"rejected", Outcomes, "受付不可", "受付不可とした案件"},
	Void:         {"void", Outcomes, "無効", "登録または受付を無効とした案件"},
	Reopened:     {"reopened", Outcomes, "終了の取消", "終了などの扱いを取り消し、または改めた件数（統合の取消など）"},
	Open:         {"open", Outcomes, "期末進行中", "期間の末日に進行中の案件（登録前および休止中のものを含む）"},
}

// All are the figures in order.
func All() []Figure {
	out := make([]Figure, numFigures)
	for i := range out {
		out[i] = Figure(i)
	}
	return out
}

// About describes the figure.
func (f Figure) About() About { return abouts[f] }

// Stock tells whether the figure is a state at an instant, not a count of what happened: months do not add up.
func (f Figure) Stock() bool { return f == Carried || f == Open }

// Ends tells whether the figure counts cases that came to an end.
func (f Figure) Ends() bool { return f >= Closed && f <= Void }

// Wait is one of the waiting times.
type Wait int

// The waiting times, in business days, each in the month in which it ended.
const (
	ToRegister Wait = iota
	ToTake
	ToAnswer
	ToConsent
	ToHost
	ToReport
	ToClose
	numWaits
)

var waitAbouts = [numWaits]About{
	ToRegister: {"registered", "", "受付→登録", "受付から登録まで"},
	ToTake:     {"taken", "", "登録→引受", "登録から、コンシェルジュが初めて引き受けるまで"},
	ToAnswer:   {"answered", "", "打診→回答", "打診から最初の回答まで（電話などで打診したものを除く）"},
	ToConsent:  {"consented", "", "了承依頼→双方了承", "了承依頼から、企業と紹介元の双方の了承が得られるまで"},
	ToHost:     {"hosted", "", "回付→受入担当決定", "最初の回付から、支援機関の受入担当が決まるまで"},
	ToReport:   {"reported", "", "受入担当決定→初回報告", "受入担当の決定から、最初の進捗報告まで"},
	ToClose:    {"closed", "", "登録→案件終了", "登録から案件終了まで"},
}

// Waits are the waiting times in order.
func Waits() []Wait {
	out := make([]Wait, numWaits)
	for i := range out {
		out[i] = Wait(i)
	}
	return out
}

// About describes the waiting time.
func (w Wait) About() About { return waitAbouts[w] }
