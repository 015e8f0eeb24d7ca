package casework

import (
	"strings"
	"time"
)

// Keys of FeedbackForm and HostForm.
const (
	LineCompany    = "company"
	LineDay        = "day"
	LineContent    = "content"
	LineProgress   = "progress"
	LineNext       = "next"
	LineMeans      = "means"
	LineDepartment = "department"
	LinePerson     = "person"
	LineFirst      = "first"
)

// FeedbackForm are the lines of 進捗 (process.md 4).
var FeedbackForm = NewLineForm(
	LineLabel{Key: LineCompany, Names: []string{"支援企業名", "支援企業", "企業名"}},
	LineLabel{Key: LineDay, Names: []string{"支援日", "支援日時", "支援実施日", "実施日"}},
	LineLabel{Key: LineContent, Names: []string{"支援内容", "内容", "実施内容"}, Prose: true},
	LineLabel{Key: LineProgress, Names: []string{"進捗状況", "進捗", "進捗の状況", "現在の状況"}, Prose: true},
	LineLabel{Key: LineNext, Names: []string{"次回予定", "次回予定日", "次回の予定", "次回", "次回支援予定"}},
	LineLabel{Key: LineMeans, Names: []string{"手段", "支援手段", "支援方法"}},
)

// HostForm are the lines of 受入担当 (process.md 3b, 5).
var HostForm = NewLineForm(
	LineLabel{Key: LineDepartment, Names: []string{"部署", "部署名", "担当部署", "所属"}},
	LineLabel{Key: LinePerson, Names: []string{"担当者", "担当者名", "ご担当者", "ご担当者名", "氏名", "受入担当者"}},
	LineLabel{Key: LineFirst, Names: []string{"初回連絡方法", "初回の連絡方法", "初回連絡", "連絡方法"}, Prose: true},
)

// FeedbackText is feedback as somebody wrote it.
type FeedbackText struct {
	Company   string
	Day       string // YYYY-MM-DD, "" where DayTyped is no day
	DayTyped  string
	Content   string // 支援内容, and all that was written beside the lines
	Progress  string
	Next      string // YYYY-MM-DD, "" where NextTyped is no day (12月中旬)
	NextTyped string // as typed
	Means     string
}

// FeedbackOf puts feedback together from the values of FeedbackForm and the prose beside them.
func FeedbackOf(values map[string]string, prose string, now time.Time) FeedbackText {
	f := FeedbackText{
		Company: values[LineCompany], DayTyped: values[LineDay], Progress: values[LineProgress],
		NextTyped: values[LineNext], Means: values[LineMeans],
		Content: strings.TrimSpace(values[LineContent] + "\n\n" + prose),
	}
	f.Day, _ = ParseRecentDay(f.DayTyped, now)
	f.Next, _ = ParseNextDay(f.NextTyped, now)
	return f
}

// ParseNextDay reads the day at the head of a text, as ParseWhen reads it, what follows left aside (12/15(火) 14時頃), and
// returns it as YYYY-MM-DD. A weekday that is not the day's own makes it no day.
func ParseNextDay(s string, now time.Time) (string, bool) {
	r := &whenReader{text: foldTyped(s), now: now.In(JST)}
	day, err := r.day()
	if err != nil || r.weekday(day) != nil {
		return "", false
	}
	return day, true
}

// ParseRecentDay is ParseNextDay for what has happened: a day without its year is the one in the eleven months before
// now or the month after.
func ParseRecentDay(s string, now time.Time) (string, bool) {
	s = strings.TrimSpace(s)
	for word, days := range map[string]int{"今日": 0, "本日": 0, "昨日": -1, "一昨日": -2, "おととい": -2} {
		if strings.HasPrefix(s, word) {
			return Day(now.In(JST).AddDate(0, 0, days)), true
		}
	}
	if !datedDay.MatchString(foldTyped(s).folded) && !compactDay.MatchString(foldTyped(s).folded) {
		return "", false
	}
	return ParseNextDay(s, now.In(JST).AddDate(0, -11, 0))
}
