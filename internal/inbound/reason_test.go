package inbound

import "testing"

func TestReasonByWords(t *testing.T) {
	for reason, said := range map[BounceReason][]string{
		BounceUnknownUser: {"550 5.1.1 <a@b.example>... User unknown", "550 no such user here", "Unknown user: a@b.example", "sorry, no mailbox here by that name (#5.1.1)", "550 Unrouteable address",
			"550 Requested action not taken: mailbox unavailable", "The email account that you tried to reach does not exist.", "User not listed in public Name & Address Book", "550 Invalid recipient: <a@b.example>",
			"This user doesn't have a b.example account (a@b.example)", "5.4.1 Recipient address rejected: Access denied. [TYAPR01.prod.outlook.com]", "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found", "The recipient name is not recognized", "550 Recipient address rejected: User unknown in local recipient table",
			"554 delivery error: dd This user doesn't have a yahoo.example account", "550 address rejected: undeliverable address: unknown user", "550 unknown local part", "550 No such recipient", "511 sorry, no mailbox here by that name",
			"550 The recipient cannot be found", "Error: No valid recipients for this MM", "vpopmail: This user has no account", "550 5.1.1 Recipient not found", "The address couldn't be found",
			"553 5.3.0 <a@b.example>... No such user here", "550 a@b.example is not a valid mailbox", "550 Mailbox not found", "550 Addressee unknown", "550 mailbox does not exist", "ユーザーが存在しません", "宛先のアドレスが見つかりません", "宛先不明のため配信できません",
			"メールアドレスが存在しないか、誤っています", "該当するユーザはおりません", "送信先のメールアドレスに誤りがあります"},
		BounceUnknownHost: {"Sorry, I couldn't find any host named b.example. (#5.1.2)", "Host or domain name not found. Name service error for name=b.example type=MX: Host not found", "550 Host unknown", "Unknown host: b.example",
			"all relevant MX records point to non-existent hosts", "Sorry, I couldn't find a mail exchanger or IP address. (#5.4.4)", "Domain b.example does not accept mail (nullMX)", "DNS Error: Domain name not found",
			"No route found to domain b.example from server MX", "ドメインが存在しません", "ドメインが見つかりません"},
		BounceMoved: {"551 user has moved; please try <c@d.example>", "a@b.example is no longer at this company; the user is no longer with us", "メールアドレスが変更されました"},
		BounceMailboxFull: {"552 5.2.2 mailbox full", "user is over quota", "The message could not be delivered because the recipient's mailbox is full.", "As their mailbox is full.", "User mailbox exceeds allowed size: a@b.example",
			"The user(s) account is temporarily over quota.", "The e-mail message could not be delivered because the user's mailfolder is full.", "452 4.2.2 Over quota", "452 4.3.1 Insufficient system storage", "mailbox is exceeding quota",
			"The email account that you tried to reach is over quota", "Not enough disk space", "Disk quota exceeded", "number of messages in recipient's mailbox exceeded the local limit", "The recipient's inbox is out of storage space",
			"メールボックスの容量が超過しています", "受信者のメールボックスが一杯です", "保存容量を超えているため"},
		BounceTooLarge: {"552 message size exceeds fixed maximum message size", "Message too large", "552 5.3.4 Message size exceeds fixed limit", "message size 30000000 exceeds size limit 10485760 of server", "the message is too big", "メールサイズが制限を超えています"},
		BounceDisabled: {"550 5.2.1 The email account that you tried to reach is disabled.", "The user(s) account is disabled.", "550 Mailbox is frozen.", "550 account suspended", "554 mailbox inactive", "アカウントは利用停止中です"},
		BounceFiltered: {"Refused due to recipient preferences", "Each of the following recipients was rejected by a remote mail server.", "受信拒否設定により", "指定受信の設定により配信できません", "550 rejected by the recipient"},
		BounceSpam:     {"550 5.7.1 Message content rejected, UBE, id=1", "554 Message identified as SPAM", "550 virus detected", "554 5.7.1 The message contains a unsolicited bulk mail", "迷惑メールと判定されました"},
		BounceBlocked: {"554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", "550 5.7.606 Access denied, banned sending IP [192.0.2.1]", "550 Ip frequency limited", "421 4.7.0 Too many connections from your host",
			"550 5.7.1 Your IP address has a poor reputation", "450 4.2.0 greylisted, try again later", "554 your IP is listed on the DNSBL", "421 4.7.28 unusual rate of mail; rate limited"},
		BouncePolicy: {"554 5.7.1 <a@b.example>: Relay access denied", "550-5.7.26 Unauthenticated email from b.example is not accepted due to domain's DMARC policy", "550 5.1.0 <c@d.example> sender rejected", "554 5.7.9 Message not accepted for policy reasons.",
			"550 Please turn on SMTP Authentication in your mail client", "550 5.7.23 SPF validation failed", "550 5.7.1 Access denied", "sorry, that domain isn't in my list of allowed rcpthosts; relaying denied (#5.7.1)", "553 sender domain not allowed"},
		BounceExpired: {"421 (smtp)... Deferred: Connection timed out during user open with b.example", "Sorry, I've been on the queue too long. (#4.4.7)", "retry timeout exceeded", "delivery time expired", "Delivery failed: could not be delivered for 5 days", "配信期限が過ぎました", "接続がタイムアウトしました"},
		BounceNetwork: {"connect to b.example[192.0.2.1]:25: Connection refused", "Sorry, I wasn't able to establish an SMTP connection. Network unreachable", "Maximum hop count exceeded. Message probably in a routing loop.", "554 5.4.6 Too many hops",
			"Must issue a STARTTLS command first", "lost connection with b.example: connection reset", "サーバーに接続できませんでした", "Too many \"Received\" headers - suspected mail loop"},
		BounceSystem: {"451 Temporary local problem - please try later", "554 5.3.0 Local error in processing", "Command died with status 75", "451 4.3.0 Internal server error", "サーバーエラーが発生しました", "システムエラー"},
	} {
		for _, words := range said {
			if got := saysReason(words); got != reason {
				t.Errorf("%q is %q, want %q", words, got, reason)
			}
		}
	}
}
