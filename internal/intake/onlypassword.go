package intake

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"uketsuke/internal/casework"
)

// bringsPassword tells of a person's mail without files whose words are a password and what one writes around it.
func bringsPassword(u *Understood) bool {
	if k := u.Input.Kind; k != casework.MailOther && k != casework.MailReply || len(u.Input.Files) > 0 {
		return false
	}
	for _, f := range u.Files {
		if !f.Inline {
			return false
		}
	}
	return onlyPassword(u.Message.Text)
}

const (
	longestNote = 2000 // bytes of a mail that only brings a password
	longestName = 30   // characters of a line with its writer's name
)

var (
	// asks are signs of a question or a wish: such a mail is for a person, whatever else it says.
	asks = regexp.MustCompile(`[?？]|でしょうか|ますか|ですか|教え|(?:ご連絡|お知らせ|お電話|ご返信|ご返答|ご回答|再送|お送り|ご変更|ご対応|お願い)(?:を)?(?:ください|下さい|いただけ|頂け|願え)|(?i:please (?:call|let|reply|send|answer|tell))`)
	// inCase are sentences about what to do should the file not open, which every such mail has.
	inCase = regexp.MustCompile(`(?:開|解凍|復号|不明|不具合|届).*(?:場合|ましたら|際)`)
	// closing ends a mail: short lines behind it are the writer's name.
	closing = regexp.MustCompile(`よろしく|宜しく|以上|失礼|敬具|(?i:^(?:best|kind|regards|thank|sincerely))`)
	// polite are clauses that say nothing: whom it goes to, greetings, who writes, thanks.
	polite = regexp.MustCompile(`(?i)(?:様|さま|御中|殿|各位|先生)[:：]?$|^(?:いつも|大変|平素|引き続き|何卒|どうぞ|以上)*(?:より|は)?(?:大変)?(?:お世話|お疲れ|格別|よろしく|宜しく|失礼|取り急ぎ|取急ぎ|ありがとう|有難う|ご査収|ご確認)[^0-9]*$|` +
		`^(?:恐れ入り|お手数|申し訳)[^0-9をは]{0,12}$|^お手数をお(?:掛|か)け[^0-9]{0,8}$|^[^0-9はをにが]{1,30}(?:です|でございます|と申します)$|^(?:初めまして|はじめまして|拝啓|敬具|以上)$|^(?:dear|hello|hi|best|kind|regards|thank|sincerely)\b`)
	// notes are lines of a program, and rules.
	notes = regexp.MustCompile(`自動(?:的に)?(?:送信|配信|生成)|送信専用|返信(?:でき|なさら|は不要)|^[-=_*~─━＝－―☆★◆■\s]+$`)
	// aboutFile are lines about the password itself, or the file and mail that it belongs to.
	aboutFile = regexp.MustCompile(`(?i)パスワード|ﾊﾟｽﾜｰﾄﾞ|パスコード|パスフレーズ|暗証番号|解凍|復号|開封|\bpass ?(?:word|code|phrase)?\b|\bpwd?\b|(?:先ほど|先程|先に|前便|先般|別便|別メール|さきほど).*(?:ファイル|メール|添付|書類|シート|資料|件)|(?:添付|圧縮|zip)ファイル|^(?:ファイル名?|件名|送信日時|宛先|対象)\s*[:：]`)
)

// onlyPassword tells whether a mail's new text brings a password and says nothing else that anybody has to read. Any line
// that it does not know counts as something else: a mail too many is left for the people, none is passed over.
func onlyPassword(text string) bool {
	if len(text) > longestNote {
		return false
	}
	passwords := PasswordsIn(text)
	if len(passwords) == 0 || !passwordLabel.MatchString(foldWidth(text)) {
		return false
	}
	brings, closed := false, false
	for line := range strings.Lines(text) {
		line = strings.Trim(foldWidth(strings.TrimSpace(line)), " \u3000")
		alone := strings.Trim(line, " 「」『』\"'“”【】[]()（）<>・:-")
		switch {
		case alone == passwords[0]:
			brings = true
		case line == "", inCase.MatchString(line), notes.MatchString(line):
		case asks.MatchString(line):
			return false
		case isAboutFile(line, passwords[0]):
			brings = brings || strings.Contains(line, passwords[0])
		case isPolite(line):
			closed = closed || closing.MatchString(line)
		case !closed || utf8.RuneCountInString(line) > longestName || strings.ContainsAny(line, "。、"):
			return false
		}
	}
	return brings
}

// isAboutFile tells whether every sentence of a line is about the password or its file, and one is.
func isAboutFile(line, password string) bool {
	about := false
	for sentence := range strings.SplitSeq(line, "。") {
		switch {
		case aboutFile.MatchString(sentence), strings.Contains(sentence, password):
			about = true
		case !isPolite(sentence):
			return false
		}
	}
	return about
}

// isPolite tells whether every clause of a line says nothing.
func isPolite(line string) bool {
	for _, clause := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune("。、．，,.!！", r) }) {
		if clause = strings.TrimSpace(clause); clause != "" && !polite.MatchString(clause) {
			return false
		}
	}
	return true
}
