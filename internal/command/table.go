package command

import (
	"slices"
	"strings"

	"uketsuke/internal/casework"
)

// Row is one line of the table of commands, process.md "Commands".
type Row struct {
	Name    casework.CommandName
	Aliases []string
	English string
	Args    string // as shown to people, "" none
	Roles   []casework.Role
	Effect  string // Japanese, one line of the help
	TagOnly bool   // the Japanese name, too, counts only beside a case tag
	NoCase  bool   // names no case
}

const (
	intake    = casework.RoleIntake
	clerk     = casework.RoleClerk
	concierge = casework.RoleConcierge
	company   = casework.RoleCompany
	provider  = casework.RoleProvider
)

func roles(r ...casework.Role) []casework.Role { return r }

// Table is the one closed table of commands, all of them from the first day, in the order of the help.
var Table = []Row{
	{Name: casework.CmdTake, English: "take", Roles: roles(concierge), Effect: "案件をお引き受けになるとき"},
	{Name: casework.CmdAssign, English: "assign", Args: "コンシェルジュ", Roles: roles(clerk, concierge), Effect: "担当コンシェルジュを変更されるとき"},
	{Name: casework.CmdReach, English: "reach", Args: "直接｜紹介元経由", Roles: roles(concierge), Effect: "企業への連絡方法を決められたとき"},
	{Name: casework.CmdReachOK, Roles: roles(concierge), Effect: "企業の連絡先をご確認になったとき"},
	{Name: casework.CmdInquire, English: "inquire", Args: "機関コード…", Roles: roles(concierge), Effect: "支援の可否を支援機関に匿名で照会されるとき"},
	{Name: casework.CmdAvailable, Aliases: []string{"受入可能", "対応可"}, English: "available", Roles: roles(provider, concierge), Effect: "受け入れが可能なとき"},
	{Name: casework.CmdUnavailable, Aliases: []string{"対応不可"}, English: "unavailable", Roles: roles(provider, concierge), Effect: "受け入れが難しいとき"},
	{Name: casework.CmdPassOver, Aliases: []string{"見送"}, English: "passover", Args: "機関コード", Roles: roles(concierge), Effect: "候補の支援機関への依頼を見送られるとき"},
	{Name: casework.CmdAskConsent, English: "askconsent", Args: "機関コード", Roles: roles(concierge), Effect: "企業と紹介元に了承をお願いされるとき"},
	{Name: casework.CmdConsent, Aliases: []string{"了承します", "了承いたします", "承諾", "諒承", "同意します"}, English: "consent", Roles: roles(company, intake, concierge), Effect: "ご了承いただけるとき"},
	{Name: casework.CmdDecline, Aliases: []string{"了承しない", "承諾しない", "不了承"}, English: "decline", Roles: roles(company, intake, concierge), Effect: "ご辞退になるとき"},
	{Name: casework.CmdRefer, English: "refer", Args: "機関コード [郵送｜手渡し]", Roles: roles(concierge), Effect: "エントリーシートを回付されるとき"},
	{Name: casework.CmdHost, English: "host", Args: "[機関コード]", Roles: roles(provider, concierge), Effect: "受入担当をお知らせになるとき"},
	{Name: casework.CmdPassword, English: "password", Roles: roles(provider), TagOnly: true, Effect: "回付資料のパスワードをお求めのとき"},
	{Name: casework.CmdJetro, English: "jetro", Args: "サービス名", Roles: roles(concierge), Effect: "ジェトロの支援をご提案になるとき"},
	{Name: casework.CmdForm, English: "form", Args: "企業｜紹介元", Roles: roles(concierge), Effect: "追加情報フォームをお送りになるとき"},
	{Name: casework.CmdTell, English: "tell", Args: "企業｜紹介元｜機関コード", Roles: roles(concierge), Effect: "本文をお伝えになるとき"},
	{Name: casework.CmdMeet, English: "meet", Args: "[初回｜機関コード] 日付 時刻 場所", Roles: roles(concierge), Effect: "面談をご案内・変更になるとき"},
	{Name: casework.CmdMeetCancel, Roles: roles(concierge), Effect: "面談を中止されるとき"},
	{Name: casework.CmdFeedback, English: "feedback", Args: "[機関コード]", Roles: roles(provider, concierge, intake), Effect: "支援の状況をご報告になるとき"},
	{Name: casework.CmdWish, English: "wish", Roles: roles(intake, company), Effect: "ご要望・ご意見をお寄せになるとき"},
	{Name: casework.CmdStatus, English: "status", Roles: roles(intake, clerk, concierge, company, provider), Effect: "案件の状況をお知りになりたいとき"},
	{Name: casework.CmdCertificate, English: "certificate", Roles: roles(clerk, concierge, intake), Effect: "会員証の再送をご希望のとき"},
	{Name: casework.CmdVerify, English: "verify", Args: "会員番号", Roles: roles(provider, intake, clerk, concierge), NoCase: true, Effect: "会員番号の有効性をお確かめになるとき"},
	{Name: casework.CmdAmend, English: "amend", Roles: roles(intake, concierge, clerk), Effect: "訂正したエントリーシートをお送りになるとき（シートを添付）"},
	{Name: casework.CmdFinish, English: "finish", Args: "機関コード", Roles: roles(concierge, clerk), Effect: "支援を終了されるとき"},
	{Name: casework.CmdClose, English: "close", Roles: roles(concierge, clerk), Effect: "案件を終了されるとき"},
	{Name: casework.CmdWithdraw, English: "withdraw", Roles: roles(intake, company, concierge), Effect: "支援のご依頼を取り下げられるとき"},
	{Name: casework.CmdPause, English: "pause", Args: "年月日", Roles: roles(concierge, clerk), Effect: "案件を休止されるとき"},
	{Name: casework.CmdResume, English: "resume", Roles: roles(concierge, clerk), Effect: "休止した案件を再開されるとき"},
	{Name: casework.CmdQuiet, English: "quiet", Args: "日数", Roles: roles(concierge), Effect: "この案件のご連絡をしばらく控えるとき"},
	{Name: casework.CmdRecall, English: "recall", Args: "機関コード", Roles: roles(concierge, clerk), Effect: "資料の廃棄をお願いされるとき"},
	{Name: casework.CmdTransfer, English: "transfer", Args: "事務所コード", Roles: roles(clerk), Effect: "案件を他の事務所へ移管されるとき"},
	{Name: casework.CmdVoid, English: "void", Roles: roles(clerk), Effect: "登録を無効とされるとき（本文に理由）"},
	{Name: casework.CmdMerge, English: "merge", Args: "登録番号", Roles: roles(clerk), Effect: "案件を統合されるとき"},
	{Name: casework.CmdSplit, English: "split", Roles: roles(clerk), Effect: "統合を元に戻されるとき"},
	{Name: casework.CmdFreeze, English: "freeze", Args: "機関コード｜アドレス", Roles: roles(clerk), NoCase: true, Effect: "送信者を一時的に凍結されるとき"},
	{Name: casework.CmdThaw, English: "thaw", Args: "機関コード｜アドレス", Roles: roles(clerk), NoCase: true, Effect: "凍結を解除されるとき"},
	{Name: casework.CmdAbsent, English: "absent", Args: "開始日-終了日 代理", Roles: roles(concierge), NoCase: true, Effect: "ご不在中の代理を決められるとき"},
	{Name: casework.CmdContacts, English: "contacts", Args: "[機関コード]", Roles: roles(intake, provider, concierge, clerk), NoCase: true, Effect: "ご担当者の変更をお知らせになるとき（本文に「追加：氏名 <アドレス>」「削除：アドレス」「窓口：氏名 <アドレス>」）"},
	{Name: casework.CmdNote, English: "note", Roles: roles(concierge, clerk), Effect: "事務局内のメモを残されるとき"},
	{Name: casework.CmdUndo, English: "undo", Roles: roles(concierge, clerk), Effect: "直前の指示を取り消されるとき"},
	{Name: casework.CmdDryRun, English: "dryrun", Args: "コマンド", Roles: roles(intake, clerk, concierge, company, provider), Effect: "実行せずに結果だけをご覧になるとき"},
	{Name: casework.CmdBatch, English: "batch", Roles: roles(concierge, clerk), NoCase: true, Effect: "複数のご指示を本文にまとめて書かれるとき"},
	{Name: casework.CmdApprove, English: "approve", Args: "機関コード", Roles: roles(clerk), Effect: "保留の受付を承認されるとき"},
	{Name: casework.CmdReject, English: "reject", Args: "[通知]", Roles: roles(clerk), Effect: "保留の受付をお断りになるとき"},
	{Name: casework.CmdRegister, English: "register", Args: "FAX｜郵送｜窓口", Roles: roles(clerk), NoCase: true, Effect: "紙で届いたシートを登録されるとき（シートを添付）"},
	{Name: casework.CmdStopAll, English: "stopall", Roles: roles(clerk), NoCase: true, Effect: "すべての送信を止められるとき"},
	{Name: casework.CmdStartAll, English: "startall", Roles: roles(clerk), NoCase: true, Effect: "送信を再開されるとき"},
	{Name: casework.CmdList, English: "list", Roles: roles(concierge, clerk), NoCase: true, Effect: "進行中の案件の一覧をご覧になるとき"},
	{Name: casework.CmdHelp, English: "help", Roles: roles(intake, clerk, concierge, company, provider), NoCase: true, Effect: "ご利用いただけるご指示の一覧をご覧になるとき"},
	{Name: casework.CmdConfirm, Args: "確認の語", NoCase: true, Effect: "確認のお願いにお答えになるとき"},
}

// Lookup returns the row of a command.
func Lookup(name casework.CommandName) (Row, bool) {
	i := slices.IndexFunc(Table, func(r Row) bool { return r.Name == name })
	if i < 0 {
		return Row{}, false
	}
	return Table[i], true
}

// askBacks are words that people write and that may mean several commands: asked back, never obeyed.
var askBacks = map[string][]casework.CommandName{
	"受入": {casework.CmdAvailable, casework.CmdUnavailable, casework.CmdHost},
	"取消": {casework.CmdUndo, casework.CmdMeetCancel},
	"取下": {casework.CmdWithdraw},
	"完了": {casework.CmdFinish, casework.CmdClose},
	"了解": {casework.CmdConsent, casework.CmdDecline},
	"承知": {casework.CmdConsent, casework.CmdDecline},
	"ok": {casework.CmdConsent, casework.CmdDecline},
}

// politeEnds make a command word a sentence: suggested with a click, never obeyed.
var politeEnds = []string{"します", "いたします", "致します", "しました", "いたしました", "お願いします", "をお願いします",
	"お願いいたします", "をお願いいたします", "希望", "です"}

// Usage is the line that people copy: name and arguments.
func (r Row) Usage() string { return strings.TrimSpace(string(r.Name) + " " + r.Args) }

// Subject composes the subject line of a one-click link: command, arguments, then the case tag.
func Subject(name casework.CommandName, args []string, tag string) string {
	s := strings.Join(append([]string{string(name)}, args...), " ")
	if tag != "" {
		s += " " + tag
	}
	return s
}
