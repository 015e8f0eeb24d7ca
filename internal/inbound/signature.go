package inbound

import (
	"regexp"
	"strings"
)

// Bounds within which the end of a text is looked at for a signature.
const (
	signatureLines = 15 // lines of text that a signature without "-- " has at most
	deviceLines    = 4  // lines under "iPhoneから送信"
)

// signatureStart gives the index of the first line of the signature in lines,
// len(lines) when there is none. Signs, surest first: the line "-- " (RFC 3676,
// 4.3), a phone's "iPhoneから送信", and a ruled block with telephone, address or
// the like at the end, as Japanese offices write it.
func signatureStart(lines []string) int {
	for i, line := range lines {
		if line == "-- " || strings.TrimRight(line, " \t") == "--" && textLines(lines[i:], signatureLines+1) <= signatureLines {
			return i
		}
	}
	end := len(lines)
	if i := deviceStart(lines); i >= 0 {
		end = i
	}
	if i := ruledStart(lines[:end]); i >= 0 {
		return i
	}
	return end
}

// textLines counts the lines that are not blank, up to most.
func textLines(lines []string, most int) int {
	n := 0
	for _, l := range lines {
		if strings.TrimSpace(l) != "" {
			if n++; n >= most {
				break
			}
		}
	}
	return n
}

// deviceSign is what phones and mail apps put under a mail.
var deviceSign = regexp.MustCompile(`(?i)^(?:` +
	`(?:[\p{Han}\p{Katakana}ー]{1,12}の)?` +
	`(?:iphone|ipad|ios|android|xperia|galaxy|pixel|aquos|windows|mac|outlook|gmail|yahoo!?メール|スマートフォン|スマホ|携帯|タブレット)` +
	`[^\n。]{0,20}から送信(?:しました|されました|しています)?。?` +
	`|sent from (?:my|mail for|yahoo|outlook|samsung|proton)\b.{0,60}` +
	`|(?:get|download) outlook for (?:ios|android).{0,80}` +
	`|(?:ios|android)\s?版?\s?(?:の|用)?\s?outlook\s?を(?:取得|入手).{0,80}` +
	`|outlook for (?:ios|android)\s?を(?:取得|入手|ダウンロード).{0,80}` +
	`|windows\s?版の\s?(?:メール|outlook)から送信.{0,20})$`)

// deviceStart finds a device's line near the end; -1 for none.
func deviceStart(lines []string) int {
	below := 0
	for i := len(lines) - 1; i >= 0 && below <= deviceLines; i-- {
		line := strings.TrimSpace(lines[i])
		if line == "" {
			continue
		}
		if len(line) <= 150 && deviceSign.MatchString(line) {
			return i
		}
		below++
	}
	return -1
}

var (
	contactSign = regexp.MustCompile(`(?i)\b(?:tel|fax|e-?mail|mail|url|mobile)\b|ｔｅｌ|ｆａｘ|電話|メール|携帯|〒|https?://|www\.|@`)
	contactWord = regexp.MustCompile(`(?i)^(?:tel|fax|e-?mail|mail|url|hp|web|mobile|phone|https?|ｔｅｌ|ｆａｘ` +
		`|〒|住所|所在地|電話|直通|代表|携帯|内線|メール|ホームページ|営業時間)`)
)

// ruledStart finds a block at the end that begins with a ruled line and shows
// how to reach somebody. Lines with labels of another sort ("担当者：") are what
// somebody fills in, not a signature. -1 for none.
func ruledStart(lines []string) int {
	start, seen := -1, 0
	for i := len(lines) - 1; i >= 0 && seen <= signatureLines; i-- {
		line := strings.TrimSpace(lines[i])
		if line == "" {
			continue
		}
		seen++
		if l := label(line); l != "" && !contactWord.MatchString(l) {
			break
		}
		if isRule(line) {
			start = i
		}
	}
	if start < 0 || textLines(lines[:start], 1) == 0 {
		return -1
	}
	for _, line := range lines[start:] {
		if len(line) <= 300 && contactSign.MatchString(line) {
			return start
		}
	}
	return -1
}

// isRule reports whether a line is a rule drawn with characters.
func isRule(line string) bool {
	const strokes = "-－―─━ー—–_＿=＝*＊~～〜+＋#＃.・…‥:;|/\\ 　" +
		"☆★◆◇■□●○◎▼▽▲△♪♭┏┓┗┛┠┨╋┼┌┐└┘├┤│┃"
	n := 0
	for _, r := range line {
		if !strings.ContainsRune(strokes, r) {
			return false
		}
		n++
	}
	return n >= 5
}
