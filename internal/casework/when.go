package casework

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// When is the time of a meeting, to the minute, in JST. End is zero where none was said.
type When struct{ Start, End time.Time }

// Echo gives a time back in full, 2026年12月3日（木）14:00, with 〜15:30 where an end was said. ParseWhen reads it again.
func (w When) Echo() string {
	start := w.Start.In(JST)
	s := JapaneseDay(start.Format(time.DateOnly)) + start.Format("15:04")
	if !w.End.IsZero() {
		s += "〜" + w.End.In(JST).Format("15:04")
	}
	return s
}

// ParseWhen reads the time at the head of a text as people type it: a day (12/3, 12月3日(木), 令和8年12月3日, R8.12.3,
// 2026-12-03, 明日, 火曜日, 来週火曜, 来月3日), then a time of day (14:00, 14時30分, 午後2時半, 正午), then perhaps an end
// (〜15:30, から1時間). A day without its year is the next such day from now. What follows is the place, as typed.
// The error is a *WhenError.
func ParseWhen(text string, now time.Time) (w When, place string, err error) {
	r := &whenReader{text: foldTyped(text), now: now.In(JST)}
	if err := r.read(); err != nil {
		return When{}, "", err
	}
	return r.when, r.text.rawFrom(r.at), nil
}

// whenReader goes through a folded text once, from left to right; at is how far it has come.
type whenReader struct {
	text typedText
	at   int
	now  time.Time
	when When
}

func (r *whenReader) read() error {
	day, err := r.day()
	if err != nil {
		return err
	}
	if err := r.weekday(day); err != nil {
		return err
	}
	r.take(dayEnd)
	start, err := r.clock(day)
	if err != nil {
		return err
	}
	if r.when.Start = start.on(day); !r.when.Start.After(r.now) {
		return &WhenError{Fault: WhenPast, Day: day, Clock: start.String()}
	}
	if err := r.end(day, start); err != nil {
		return err
	}
	r.take(whenEnd)
	return nil
}

// take passes over what matches at the place reached and returns its groups; nil where nothing does. Shapes begin
// with ^ and pass over the spaces before them.
func (r *whenReader) take(shape *regexp.Regexp) []string {
	m := shape.FindStringSubmatch(r.text.folded[r.at:])
	if m != nil {
		r.at += len(m[0])
	}
	return m
}

// digitFollows tells that a number was cut in its middle: 12/345, 14:005.
func (r *whenReader) digitFollows() bool {
	rest := r.text.folded[r.at:]
	return rest != "" && rest[0] >= '0' && rest[0] <= '9'
}

var (
	datedDay    = regexp.MustCompile(`^ *((?:(?:\d{4}|(?:令和|令|[Rr])\.? ?(?:元|\d{1,2})) ?[-/.年] ?)?\d{1,2} ?[-/.月] ?\d{1,2}(?: ?日)?)`)
	compactDay  = regexp.MustCompile(`^ *(\d{4})(\d{2})(\d{2})( |$|\()`)
	monthDay    = regexp.MustCompile(`^ *(今月|来月|再来月)?の?(\d{1,2})日`)
	relativeDay = regexp.MustCompile(`^ *(今日|本日|きょう|明日|あした|あす|明後日|あさって)`)
	weekDay     = regexp.MustCompile(`^ *(今週|来週|翌週|再来週)の? ?\(?([月火水木金土日])(?:曜日?)?\)?`)
	bareWeekDay = regexp.MustCompile(`^ *(?:次|今度|つぎ)?の?([月火水木金土日])曜日?`)
	statedDay   = regexp.MustCompile(`^ *(?:\(([月火水木金土日])(?:曜日?)?(?: ?[・,/]? ?祝日?)?\)|([月火水木金土日])曜日?|([月火水木金土日])(?: |$))`)
	bracketDay  = regexp.MustCompile(`^ ?\( ?(\d{1,2} ?[-/.月] ?\d{1,2}(?: ?日)?) ?\)`)
	dayEnd      = regexp.MustCompile(`^ *(?:の|に|、|,)`)
)

var relativeDays = map[string]int{"今日": 0, "本日": 0, "きょう": 0, "明日": 1, "あした": 1, "あす": 1, "明後日": 2, "あさって": 2}

// day reads the day and returns it as YYYY-MM-DD.
func (r *whenReader) day() (string, error) {
	if m := r.take(datedDay); m != nil {
		if typed := strings.ReplaceAll(m[1], " ", ""); strings.HasSuffix(typed, "日") || !r.digitFollows() {
			return r.dated(typed)
		}
		return "", &WhenError{Fault: WhenNoSuchDay, Typed: m[1]}
	}
	if m := r.take(compactDay); m != nil {
		r.at -= len(m[4])
		return r.dated(m[1] + "-" + m[2] + "-" + m[3])
	}
	if m := r.take(monthDay); m != nil {
		return r.inMonth(m[1], m[2])
	}
	if m := r.take(relativeDay); m != nil {
		return r.confirmed(m[1], r.after(relativeDays[m[1]]), nil)
	}
	if m := r.take(weekDay); m != nil {
		day, err := r.inWeek(m[1], m[2])
		return r.confirmed(m[1]+m[2]+"曜日", day, err)
	}
	if m := r.take(bareWeekDay); m != nil {
		day, err := r.nextWeekday(m[1])
		return r.confirmed(m[1]+"曜日", day, err)
	}
	return "", &WhenError{Fault: WhenNoDay}
}

// confirmed reads the date that people add in brackets, 来週火曜(12/1). It must be the day, or one of the two that the
// words may mean.
func (r *whenReader) confirmed(typed, day string, err error) (string, error) {
	m := r.take(bracketDay)
	if m == nil {
		return day, err
	}
	date, wrong := r.dated(strings.ReplaceAll(m[1], " ", ""))
	var either *WhenError
	if wrong != nil || date == day || errors.As(err, &either) && slices.Contains(either.Either[:], date) {
		return date, wrong
	}
	return "", &WhenError{Fault: WhenOtherWeekday, Day: date, Typed: typed}
}

func (r *whenReader) after(days int) string { return r.now.AddDate(0, 0, days).Format(time.DateOnly) }

var eraShort = regexp.MustCompile(`^(?:令和|令|R|r)\.?`)

func (r *whenReader) dated(typed string) (string, error) {
	day, ok := ParseDay(eraShort.ReplaceAllString(typed, "令和"), r.now)
	if !ok {
		return "", &WhenError{Fault: WhenNoSuchDay, Typed: typed}
	}
	return day, nil
}

// inMonth reads 来月3日, and 3日, the next third day of a month.
func (r *whenReader) inMonth(month, typed string) (string, error) {
	ahead, named := map[string]int{"今月": 0, "来月": 1, "再来月": 2}[month]
	n, _ := strconv.Atoi(typed)
	first := time.Date(r.now.Year(), r.now.Month(), 1, 0, 0, 0, 0, JST)
	for ; ahead < 12; ahead++ {
		of := first.AddDate(0, ahead, 0)
		if day, ok := validDay(of.Year(), int(of.Month()), n); ok && (named || day >= r.after(0)) {
			return day, nil
		} else if named {
			break
		}
	}
	return "", &WhenError{Fault: WhenNoSuchDay, Typed: month + typed + "日"}
}

func weekdayOf(kanji string) int { return strings.Index("日月火水木金土", kanji) / len("日") }

// inWeek reads 来週火曜. Some people's weeks begin on Monday, others' on Sunday: where the two differ, and neither
// day is past, it is asked which is meant.
func (r *whenReader) inWeek(week, kanji string) (string, error) {
	weeks := map[string]int{"今週": 0, "来週": 1, "翌週": 1, "再来週": 2}[week]
	today, wanted := int(r.now.Weekday()), weekdayOf(kanji)
	fromMonday := r.after(7*weeks + (wanted+6)%7 - (today+6)%7)
	fromSunday := r.after(7*weeks + wanted - today)
	switch {
	case fromMonday == fromSunday || fromSunday < r.after(0):
		return fromMonday, nil
	case fromMonday < r.after(0):
		return fromSunday, nil
	}
	return "", &WhenError{Fault: WhenAmbiguous, Typed: week + kanji + "曜日", Either: [2]string{min(fromSunday, fromMonday), max(fromSunday, fromMonday)}}
}

// nextWeekday reads 火曜日: the next one; said on a Tuesday it may be today or in a week.
func (r *whenReader) nextWeekday(kanji string) (string, error) {
	ahead := (weekdayOf(kanji) - int(r.now.Weekday()) + 7) % 7
	if ahead == 0 {
		return "", &WhenError{Fault: WhenAmbiguous, Typed: kanji + "曜日", Either: [2]string{r.after(0), r.after(7)}}
	}
	return r.after(ahead), nil
}

// weekday reads the weekday that people add to a date, which must be its own.
func (r *whenReader) weekday(day string) error {
	m := r.take(statedDay)
	if m == nil {
		return nil
	}
	stated := m[1] + m[2] + m[3]
	if t, err := time.ParseInLocation(time.DateOnly, day, JST); err != nil || int(t.Weekday()) != weekdayOf(stated) {
		return &WhenError{Fault: WhenOtherWeekday, Day: day, Typed: stated + "曜日"}
	}
	return nil
}

// typedText is a text with its folded form, and for each byte of that where it came from.
type typedText struct {
	raw, folded string
	from        []int // from[i] is the offset in raw of the rune that folded[i] came from; one more at the end
}

// foldTyped folds widths, spaces, dashes and waves, character by character.
func foldTyped(raw string) typedText {
	t := typedText{raw: raw}
	var b strings.Builder
	for i, r := range raw {
		folded := foldTypedRune(r)
		b.WriteString(folded)
		for range len(folded) {
			t.from = append(t.from, i)
		}
	}
	t.folded, t.from = b.String(), append(t.from, len(raw))
	return t
}

// rawFrom is what was typed from a place of the folded text on, without the spaces and marks before it.
func (t typedText) rawFrom(at int) string {
	return strings.TrimSpace(strings.TrimLeft(t.raw[t.from[at]:], " 　\t\r\n、,，;；"))
}
