package casework

// CommandName is a command's Japanese name, process.md "Commands". Package command holds their aliases and usage.
type CommandName string

// All commands, in the order of the table.
const (
	CmdTake        CommandName = "引受"
	CmdAssign      CommandName = "担当変更"
	CmdReach       CommandName = "連絡方法"
	CmdReachOK     CommandName = "連絡先確認"
	CmdInquire     CommandName = "打診"
	CmdAvailable   CommandName = "受入可"
	CmdUnavailable CommandName = "受入不可"
	CmdPassOver    CommandName = "見送り"
	CmdAskConsent  CommandName = "了承依頼"
	CmdConsent     CommandName = "了承"
	CmdDecline     CommandName = "辞退"
	CmdRefer       CommandName = "回付"
	CmdHost        CommandName = "受入担当"
	CmdPassword    CommandName = "パスワード"
	CmdJetro       CommandName = "ジェトロ支援"
	CmdForm        CommandName = "追加情報"
	CmdTell        CommandName = "連絡"
	CmdMeet        CommandName = "面談"
	CmdMeetCancel  CommandName = "面談中止"
	CmdFeedback    CommandName = "進捗"
	CmdWish        CommandName = "要望"
	CmdStatus      CommandName = "状況"
	CmdCertificate CommandName = "会員証"
	CmdVerify      CommandName = "会員確認"
	CmdAmend       CommandName = "訂正"
	CmdFinish      CommandName = "支援終了"
	CmdClose       CommandName = "案件終了"
	CmdWithdraw    CommandName = "支援取下"
	CmdPause       CommandName = "休止"
	CmdResume      CommandName = "再開"
	CmdQuiet       CommandName = "催促停止"
	CmdRecall      CommandName = "廃棄依頼"
	CmdTransfer    CommandName = "移管"
	CmdVoid        CommandName = "無効"
	CmdMerge       CommandName = "統合"
	CmdSplit       CommandName = "分離"
	CmdFreeze      CommandName = "凍結"
	CmdThaw        CommandName = "解除"
	CmdAbsent      CommandName = "不在"
	CmdContacts    CommandName = "連絡先変更"
	CmdNote        CommandName = "メモ"
	CmdUndo        CommandName = "直前取消"
	CmdDryRun      CommandName = "テスト"
	CmdBatch       CommandName = "まとめて"
	CmdApprove     CommandName = "承認"
	CmdReject      CommandName = "受付不可"
	CmdRegister    CommandName = "登録"
	CmdStopAll     CommandName = "全送信停止"
	CmdStartAll    CommandName = "全送信再開"
	CmdList        CommandName = "一覧"
	CmdHelp        CommandName = "ヘルプ"
	CmdConfirm     CommandName = "確認" // answers a confirmation mail; stands in no help
)

// Call is a command as a subject line gave it.
type Call struct {
	Name    CommandName `json:"name"`
	Args    []string    `json:"args"`
	Inner   *Call       `json:"inner,omitempty"`   // the command behind テスト
	AskBack []string    `json:"askBack,omitempty"` // an ambiguous word (取消, 完了, 了解…): the names it may mean; Name is ""
}

// Tag is a bracketed case tag of a subject: [登録 2026-KOB-00042-5 k3f9q2].
type Tag struct {
	Number string `json:"number"`
	Code   string `json:"code,omitempty"`
}

// CodeState is what the keyed code of a tag is worth for this sender and case.
type CodeState string

// States of a code, trust.md "Codes".
const (
	CodeNone    CodeState = "none"
	CodeValid   CodeState = "valid"
	CodeExpired CodeState = "expired"
	CodeWrong   CodeState = "wrong"
)

// EvidenceState is what the mail proves about its From address.
type EvidenceState string

// States of evidence, trust.md "Evidence".
const (
	EvidencePass         EvidenceState = "pass"
	EvidenceWeak         EvidenceState = "weak" // SPF alone
	EvidenceNone         EvidenceState = "none" // configured, but this mail has none
	EvidenceFail         EvidenceState = "fail" // DMARC fail
	EvidenceUnconfigured EvidenceState = "unconfigured"
)

// Evidence is a state with its reason in words, kept in each event.
type Evidence struct {
	State EvidenceState `json:"state"`
	Text  string        `json:"text,omitempty"`
}

// Japanese tells the office's people what the mail proves, with the technical reason behind.
func (e Evidence) Japanese() string {
	text := map[EvidenceState]string{EvidencePass: "送信元を確認できました", EvidenceWeak: "送信元を一部のみ確認できました",
		EvidenceNone: "送信元を確認できる記録がありません", EvidenceFail: "送信元の確認に失敗しました。なりすましのおそれがあります",
		EvidenceUnconfigured: "送信元の確認を行わない設定です"}[e.State]
	if text == "" {
		text = "送信元を確認できませんでした"
	}
	if e.Text != "" && e.State != EvidenceUnconfigured {
		text += "（" + e.Text + "）"
	}
	return text
}
