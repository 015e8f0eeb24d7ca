package casework

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// clockTime is a time of day in minutes from midnight.
type clockTime int

func (c clockTime) String() string { return fmt.Sprintf("%02d:%02d", c/60, c%60) }

// on is the instant of a time on a day, YYYY-MM-DD, in JST.
func (c clockTime) on(day string) time.Time {
	t, _ := time.ParseInLocation(time.DateOnly, day, JST)
	return t.Add(time.Duration(c) * time.Minute)
}

const halfDay = clockTime(12 * 60)

var (
	noonTime  = regexp.MustCompile(`^ *(?:お昼の?)?正午`)
	clockHead = `^ *お?(午前|午後|朝|昼|夕方|夕|夜|[AaPp]\.?[Mm]\.?)? ?の?`
	clockAt   = regexp.MustCompile(clockHead + `(\d{1,2}) ?(?:: ?(\d{2})|時 ?(?:(\d{1,2}) ?分|(半))?)(?: ?([AaPp]\.?[Mm])\b)?`)
	hourAlone = regexp.MustCompile(clockHead + `(\d{1,2}) ?([AaPp]\.?[Mm])\b`)
	fromUntil = regexp.MustCompile(`^ *(?:~|-|→|から|より)`)
	openEnd   = regexp.MustCompile(`^(?: *[~→-]|から|より)`) // a word counts only where it is joined: a place may begin with it
	lasting   = regexp.MustCompile(`^ *(?:~|から|より)? ?\(?(?:(\d{1,2}) ?時間(半)?|(\d{2,3}) ?分間?)(?:程度|ほど|くらい|ぐらい)?\)?`)
	whenEnd   = regexp.MustCompile(`^(?:まで|に|開始)?[ 、,]*(?:(?:場所|会場) ?: ?|於[ :]|@)?`)
)

// typedClock is a time of day as typed.
type typedClock struct {
	half       string // 午前, PM, 朝 …; "" where the number stands alone
	hour       string
	minute     int
	noon, said bool
}

// takeClock reads one time of day; said is false where none stands there.
func (r *whenReader) takeClock() typedClock {
	if r.take(noonTime) != nil {
		return typedClock{noon: true, said: true}
	}
	begin := r.at
	if m := r.take(clockAt); m != nil {
		if strings.HasPrefix(r.text.folded[r.at:], "間") {
			r.at = begin // 2時間: how long, not when
			return typedClock{}
		}
		minute, _ := strconv.Atoi(m[3] + m[4])
		if m[5] != "" {
			minute = 30
		}
		return typedClock{half: m[1] + m[6], hour: m[2], minute: minute, said: true}
	}
	if m := r.take(hourAlone); m != nil {
		return typedClock{half: m[3], hour: m[2], said: true}
	}
	return typedClock{}
}

// clock reads the time at which a meeting begins.
func (r *whenReader) clock(day string) (clockTime, error) {
	t := r.takeClock()
	if !t.said {
		return 0, &WhenError{Fault: WhenNoTime, Day: day}
	}
	c, ok := t.time()
	switch {
	case !ok || r.digitFollows():
		return 0, &WhenError{Fault: WhenNoSuchTime, Day: day, Typed: t.String()}
	case t.half == "" && len(t.hour) == 1 && c >= 60 && c < 7*60:
		return 0, &WhenError{Fault: WhenAmbiguous, Day: day, Typed: t.String(), Either: [2]string{c.String(), (c + halfDay).String()}}
	case t.isAM() && c >= halfDay:
		return 0, &WhenError{Fault: WhenAmbiguous, Day: day, Typed: t.String(), Either: [2]string{(c - halfDay).String(), c.String()}}
	}
	return c, nil
}

func (t typedClock) String() string {
	if t.noon {
		return "正午"
	}
	return fmt.Sprintf("%s%s時%02d分", t.half, t.hour, t.minute)
}

// letter is A or P of AM and PM.
func (t typedClock) letter() string { return strings.ToUpper(t.half[:min(1, len(t.half))]) }
func (t typedClock) isAM() bool     { return t.half == "午前" || t.half == "朝" || t.letter() == "A" }
func (t typedClock) isPM() bool {
	return t.half == "午後" || strings.HasPrefix(t.half, "夕") || t.half == "夜" || t.letter() == "P"
}

// time is the time of day meant: 午後2時 and 午後14時 are 14:00, 午後12時 and 昼12時 noon. 午前12時 is noon by the law of
// 1872 and midnight to many: it comes back as noon, for the caller to ask. 夜12時 and 夜1時 belong to another day.
func (t typedClock) time() (clockTime, bool) {
	if t.noon {
		return halfDay, true
	}
	hour, err := strconv.Atoi(t.hour)
	if err != nil || hour > 23 || t.minute > 59 || t.isAM() && hour > 12 || t.half == "夜" && (hour < 5 || hour == 12) {
		return 0, false
	}
	if t.isPM() && hour < 12 || t.half == "昼" && hour < 6 {
		hour += 12
	}
	return clockTime(hour*60 + t.minute), true
}

// end reads when a meeting ends, or how long it lasts. 午後2時〜4時 and 10:00〜3:00 end in the afternoon.
func (r *whenReader) end(day string, start clockTime) error {
	if m := r.take(lasting); m != nil {
		hours, _ := strconv.Atoi(m[1])
		minutes, _ := strconv.Atoi(m[3])
		if m[2] != "" {
			minutes = 30
		}
		return r.endAt(day, start, start+clockTime(hours*60+minutes), strings.TrimSpace(m[0]))
	}
	begin := r.at
	r.take(fromUntil)
	t := r.takeClock()
	if !t.said {
		r.at = begin
		r.take(openEnd)
		return nil
	}
	end, ok := t.time()
	if !ok || r.digitFollows() {
		return &WhenError{Fault: WhenNoSuchTime, Day: day, Typed: t.String()}
	}
	if end <= start && end < halfDay && !t.isAM() {
		end += halfDay
	}
	return r.endAt(day, start, end, t.String())
}

func (r *whenReader) endAt(day string, start, end clockTime, typed string) error {
	if end <= start || end >= 2*halfDay {
		return &WhenError{Fault: WhenEndsEarly, Day: day, Typed: typed, Clock: start.String()}
	}
	r.when.End = end.on(day)
	return nil
}

// foldTypedRune folds a character: NFKC, all spaces to one, all dashes to "-", all waves to "~".
func foldTypedRune(r rune) string {
	switch {
	case unicode.IsSpace(r), unicode.IsControl(r), r == '\u200b', r == '\ufeff':
		return " "
	case strings.ContainsRune("〜～∼˜〰", r):
		return "~"
	case strings.ContainsRune("‐‑‒–—―−－ー─", r):
		return "-"
	case r == unicode.ReplacementChar:
		return "?"
	}
	return norm.NFKC.String(string(r))
}
