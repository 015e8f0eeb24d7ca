package inbound

import (
	"regexp"
	"strings"
)

// BounceReason says why a mail could not be delivered, as far as the report tells.
type BounceReason string

// The reasons. The first three are about the address: it will not take mail tomorrow either.
const (
	BounceUnknownUser  BounceReason = "unknown-user" // nobody has that address
	BounceUnknownHost  BounceReason = "unknown-host" // the domain does not exist or takes no mail
	BounceMoved        BounceReason = "moved"        // the person is elsewhere now
	BounceMailboxFull  BounceReason = "mailbox-full"
	BounceDisabled     BounceReason = "mailbox-disabled" // suspended, frozen, out of use
	BounceFiltered     BounceReason = "filtered"         // by the recipient's own settings
	BounceTooLarge     BounceReason = "too-large"
	BounceSpam         BounceReason = "spam"    // the content was taken for spam or a virus
	BounceBlocked      BounceReason = "blocked" // our server is on a list, or sent too much
	BouncePolicy       BounceReason = "policy"  // refused by rule: sender, authentication, relaying
	BounceExpired      BounceReason = "expired" // tried too long
	BounceNetwork      BounceReason = "network" // no connection, a loop
	BounceSystem       BounceReason = "system"  // a fault of the receiving system
	BounceReasonUntold BounceReason = ""
)

// ofAddress reports whether the reason lies in the address itself.
func (r BounceReason) ofAddress() bool {
	return r == BounceUnknownUser || r == BounceUnknownHost || r == BounceMoved
}

// reasonPhrases are what servers say, by reason; the first that matches counts. All lower-case.
var reasonPhrases = []struct {
	reason BounceReason
	words  *regexp.Regexp
}{
	{BounceMailboxFull, anyOf(
		`(?:mailbox|mail ?folder|inbox|mail ?dir|mail ?drop|account|user|recipient|`+
			`message store)[^.\n]{0,60}(?:\bfull\b|over ?quota|exceed|too full)`,
		`quota (?:is )?exceed|exceed\w*[^.\n]{0,40}(?:quota|storage|mailbox)|over (?:the |its )?(?:\w+ )?quota`,
		`(?:out of|not enough|insufficient) (?:disk|storage|system storage|space)|mailbox size limit|too many messages in`,
		`number of messages in recipient`,
		`(?:メールボックス|受信箱|受信トレイ|受信ボックス|ボックス|容量|保存)[^。\n]{0,25}(?:一杯|いっぱい|満杯|超え|`+
			`超過|不足|オーバー)`)},
	{BounceTooLarge, anyOf(
		`(?:message|mail|size|file|attachment)[^.\n]{0,40}(?:too (?:large|big)|exceeds?|over the (?:limit|maximum))`,
		`too (?:large|big)|exceed\w*[^.\n]{0,30}(?:maximum|size)|size limit`,
		`サイズ[^。\n]{0,20}(?:超え|超過|大き|オーバー|制限)`)},
	{BounceMoved, anyOf(
		`\b(?:user|address|account|recipient|mailbox)\b[^.\n]{0,40}\bha(?:s|ve) (?:moved|changed)|\bmoved to\b`,
		`no longer (?:at|with|works|employed|uses|on server|available at)|(?:アドレス|宛先)[^。\n]{0,15}(?:変更|移転)`)},
	{BounceBlocked, anyOf(
		`black ?list|block ?list|\brbl\b|dnsbl|spamhaus|spamcop|barracudacentral|reputation|banned`,
		`blocked (?:by|using|for|ip)`,
		`(?:ip|host|address|connection|client|sender)[^.\n]{0,40} (?:is |was )?block(?:ed|ing)|frequency|rate.?limit`,
		`too many (?:connections|messages|mails|e-?mails|recipients|errors|sessions)|throttl|try again later due to`,
		`greylist|ブラックリスト|ブロックリスト|接続制限|大量(?:の)?送信`)},
	{BounceFiltered, anyOf(
		`recipient['’]?s? preferences|rejected by (?:the |a )?(?:recipient|remote mail server|domain|user)`,
		`(?:mail|recipient|user)[- ]filter|domain filter|not accept (?:mail|messages?) from (?:you|this sender)|受信拒否`,
		`受信設定|指定受信|ドメイン指定|受信(?:が|を)(?:許可|制限|拒否)|フィルタ`)},
	{BouncePolicy, anyOf(
		`dmarc|\bdkim\b|\bspf\b|sender policy|unauthenticated|authenticat|\brelay|not permitted to`,
		`(?:sender|mail from|from address|originator)[^.\n]{0,80}(?:reject|denied|refused|not allowed|invalid|unknown)`,
		`send mail as`)},
	{BounceUnknownHost, anyOf(
		`domain name (?:was )?not found|host not found|dns error|non-?existent (?:host|domain)`,
		`find (?:a |any )?(?:mail exchanger|host)|no route found to domain`,
		`ドメイン(?:名)?[^。\n]{0,15}(?:存在し|見つか|不明)`)},
	{BounceUnknownUser, anyOf(
		`(?:user|recipient|mailbox|account|address|name|alias|login|id)\)?["'<>]?[^.;\n]{0,50} (?:is |are |was |`+
			`were )?(?:unknown|invalid|unrecognized|unroutable|undeliverable)\b`,
		`(?:unknown|invalid|no such|nonexistent|non-existent|unrouteable|unroutable|bad|incorrect|not a valid|`+
			`illegal) (?:or (?:\w+ ){1,2})?(?:\w+ )?(?:user|recipient|mailbox|account|address|local.?part|name|person|`+
			`alias|id|destination)`,
		`(?:user|recipient|mailbox|account|address|name)[^.;\n]{0,80}(?:does ?n['’]?o?t exist|doesn't have|`+
			`not (?:been )?found|not exist|is(?: no|n['’])t (?:known|recogni[sz]ed|listed|a valid|valid|active)|`+
			`could ?n['’o]t be found|is not a|cannot be found)`,
		`(?:do|does|did)(?: not|n['’]t) have (?:an? |any )?(?:[\w.-]+ )?(?:account|user|mailbox)|not listed in`,
		`no mailbox (?:here|by|with|for)|mailbox (?:name )?not (?:allowed|available)|mailbox unavailable`,
		`no valid recipient|recipnotfound|recipient not found|user ?unknown|recipient address rejected: access denied`,
		`nobody (?:here|by)|address(?:ee)? unknown|no account|no one (?:here|by)`,
		`(?:宛先|あて先|受信者|ユーザー?|アカウント|メールアドレス|アドレス|メールボックス|`+
			`送信先)[^。\n]{0,30}(?:存在(?:しま|いたしま|しな|せ)|見つか(?:りま|ら)|みつか(?:りま|ら)|登録されて(?:い|お)`+
			`|不明|ありません|誤り|間違い|使われておりません|使われていません)`,
		`該当(?:する)?(?:ユーザー?|アドレス|アカウント)`)},
	{BounceUnknownHost, anyOf(
		`(?:host|domain|mail exchange|mx|exchanger|server name)[^.;\n]{0,60}(?:unknown|not (?:be )?found|`+
			`does ?n['’]?o?t exist|not exist|lookup (?:failed|did not)|no (?:a|mx)|null)`,
		`unknown (?:host|domain)|no such (?:domain|host)|nxdomain|name or service not known|unrout\w+ (?:mail )?domain`,
		`find any (?:host|mail)|null mx|does(?: not|n['’]t) accept (?:any )?(?:e-?)?mail|no mx`,
		`(?:ドメイン|ホスト|サーバー?名)[^。\n]{0,25}(?:存在し|見つか|不明|ありません)`)},
	{BounceDisabled, anyOf(
		`(?:account|mailbox|user|recipient|address)[^.\n]{0,60}(?:disabled|suspended|inactive|frozen|deactivated|`+
			`locked|closed|on hold|expired|out of use|unavailable|not active)`,
		`(?:disabled|inactive|suspended|frozen) (?:account|mailbox|user|recipient)|利用(?:が)?停止|使用停止|休止|凍結`,
		`解約`)},
	{BounceSpam, anyOf(
		`spam|unsolicited|\bube\b|\bbulk\b|\bjunk\b|virus|malware|phish|content (?:was |has been )?(?:reject|refus|block)`,
		`迷惑メール|スパム|ウイルス|ウィルス`)},
	{BounceBlocked, anyOf(
		`\bblock(?:ed|ing)?\b|\blisted\b|ブロック`)},
	{BouncePolicy, anyOf(
		`policy|not allowed|access denied|\bdenied|prohibit|restrict|security|administrativ|not authorized`,
		`refused to accept|許可されて|拒否|ポリシー|制限`)},
	{BounceNetwork, anyOf(
		`connection (?:refused|reset|lost|dropped|failed|closed)|no route|unreachable|could not connect|network|hop count`,
		`too many hops|\bhops\b|\bloop|starttls|\btls\b|certificate|接続(?:でき|に失敗|エラー)`,
		`(?:メール|配送|転送)(?:の)?ループ`)},
	{BounceExpired, anyOf(
		`tim(?:ed|e)[ -]?out|expired|retry time|too long|(?:for|past|in) \d+ (?:days?|hours?)|期限|タイムアウト|時間内`,
		`期間内`)},
	{BounceFiltered, anyOf(
		`\bfilter|each of the following recipients was rejected`)},
	{BounceSystem, anyOf(
		`(?:system|local|configuration|internal|mailer|service|server)[^.\n]{0,30}(?:error|fail|unavailable|problem)`,
		`command (?:failed|died|output)|temporar|システムエラー|サーバー?(?:エラー|障害)`)},
}

// maxReason bounds the words in which a reason is looked for: what a server says is short, and stands first.
const maxReason = 4 << 10

// saysReason is the reason by a server's words.
func saysReason(words string) BounceReason {
	words = strings.ToLower(words[:min(len(words), maxReason)])
	for _, p := range reasonPhrases {
		if p.words.MatchString(words) {
			return p.reason
		}
	}
	return BounceReasonUntold
}

// codedReasons are the enhanced status codes (RFC 3463, RFC 7372, RFC 7505) that say a reason by themselves, without
// their class. Those of no detail (1.0, 5.0, 7.1) say too little, and servers give them for anything.
var codedReasons = map[string]BounceReason{
	"1.1": BounceUnknownUser, "1.2": BounceUnknownHost, "1.3": BounceUnknownUser, "1.6": BounceMoved, "1.10": BounceUnknownUser,
	"1.7": BouncePolicy, "1.8": BouncePolicy, "1.9": BouncePolicy,
	"2.1": BounceDisabled, "2.2": BounceMailboxFull, "2.3": BounceTooLarge, "3.4": BounceTooLarge, "3.1": BounceMailboxFull,
	"4.2": BounceNetwork, "4.4": BounceUnknownHost, "4.6": BounceNetwork, "4.7": BounceExpired,
	"7.8": BouncePolicy, "7.9": BouncePolicy, "7.20": BouncePolicy, "7.21": BouncePolicy, "7.22": BouncePolicy, "7.23": BouncePolicy,
	"7.24": BouncePolicy, "7.25": BouncePolicy, "7.26": BouncePolicy, "7.27": BouncePolicy,
}

// judge tells status, reason, and whether the address itself is at fault: diagnostic is what the refusing server said,
// where a field holds it; else the report's text has to do.
func (b *Bounce) judge(diagnostic string, text freeForm) {
	words := diagnostic
	if strings.TrimSpace(words) == "" {
		words = text.report
	}
	reply, code := serverReply(words)
	if general(b.Status) && code != "" {
		b.Status = code
	}
	b.Reason = reasonOf(b.Status, afterReply(words, reply))
	if b.Reason == BounceReasonUntold && diagnostic != "" {
		b.Reason = saysReason(text.report)
	}
	if b.Status == "" {
		b.Status = b.class(reply) + ".0.0"
	}
	b.Hard = b.Action == "failed" && b.Status[0] == '5' && b.Reason.ofAddress() && certain(b.Status, reply, text.report)
}

// general reports whether a status says nothing but its class.
func general(status string) bool { return status == "" || strings.HasSuffix(status, ".0.0") }

// class is the status class (RFC 3463, 3.1) where the report gives no status.
func (b *Bounce) class(reply string) string {
	switch {
	case reply != "":
		return reply[:1]
	case b.Action == "delayed", b.Reason == BounceExpired:
		return "4"
	}
	return "5"
}

// reasonOf weighs code and words. Words that tell of the mailbox or the sender go before a code that says "no such
// address", which gateways give for anything; and a mailbox that has a status of its own (x.2.x) exists, whatever the
// words: Japanese carriers answer "unknown user" where the recipient's filter refused.
func reasonOf(status, words string) BounceReason {
	detail := ""
	if status != "" {
		detail = status[2:]
	}
	coded, said := codedReasons[detail], saysReason(words)
	switch {
	case coded == BounceUnknownUser && said != BounceReasonUntold && said != BounceSystem && said != BounceExpired:
		return said
	case coded != BounceReasonUntold:
		return coded
	case strings.HasPrefix(detail, "2.") && said.ofAddress():
		return BounceFiltered
	case said != BounceReasonUntold:
		return said
	case strings.HasPrefix(detail, "7."):
		return BouncePolicy
	case strings.HasPrefix(detail, "4."):
		return BounceNetwork
	case strings.HasPrefix(detail, "3."):
		return BounceSystem
	}
	return BounceReasonUntold
}

// certain reports whether it is sure that the address is at fault: a status about the address, the answer to RCPT, or
// the word of the system that knows its own users (which quotes no server's reply). "550 unknown user" after DATA, or
// passed on without saying what it answered, may be a filter.
func certain(status, reply, words string) bool {
	return strings.HasPrefix(status, "5.1.") || reply == "" || answersRecipient(words, reply)
}

var (
	replyCode = anyOf(
		`(?:^|[^\d.:-])([45][0-5]\d)(?:[ -]['"]?#?(?:([245]\.\d{1,3}\.\d{1,3})(?:[^.\d]|$))?)`)
	statusCode = anyOf(
		`(?:^|[^\d.A-Za-z])([245]\.\d{1,3}\.\d{1,3})(?:[^.\d]|\.?$|\.\s)`)
	// refused are the ways to say what a reply answers: "in reply to RCPT TO", ">>> DATA", "[RCPT_TO]", Google's
	// "(state 14)", qmail's "does not like recipient". The first group is RCPT, the second all else.
	refused = anyOf(
		`(?i)(?:\b(?:in )?reply to|\bafter|\bresponse to|>>>|<<<|smtp:|\[|progress was)\s*(?:end of )?(?:(rcpt)|(data`+
			`|mail|ehlo|helo))`,
		`\b(does not like recipient|recipient address rejected|state 14\))`,
		`\b(failed after i sent|failed on data|does not like sender|sender was rejected|state 1[5-8]\))`)
)

// enhancedCode is the first enhanced status code in s that is no part of an IP address or version.
func enhancedCode(s string) string {
	if m := statusCode.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	return ""
}

// serverReply finds a server's three-digit reply, and the enhanced code: that of the reply, else any.
func serverReply(words string) (reply, code string) {
	for _, m := range replyCode.FindAllStringSubmatch(words, 20) {
		if m[2] != "" && m[2][0] == m[1][0] {
			return m[1], m[2]
		}
		if reply == "" {
			reply = m[1]
		}
	}
	return reply, enhancedCode(words)
}

// afterReply is what was said from the reply on, to the end of its paragraph: around it stand names of servers and
// advice.
func afterReply(words, reply string) string {
	if reply == "" {
		return words
	}
	if i := strings.Index(words, reply); i >= 0 {
		words, _, _ = strings.Cut(words[i:], "\n\n")
	}
	return words
}

// answersRecipient reports whether the reply answers RCPT, by what is said of it before, else after.
func answersRecipient(words, reply string) bool {
	at, told, recipient := strings.LastIndex(words, reply), false, false
	for _, m := range refused.FindAllStringSubmatchIndex(words, 100) {
		if told && m[0] > at {
			break
		}
		told, recipient = true, m[2] >= 0 || m[6] >= 0
	}
	return recipient
}
