package letter

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/letter/chart"
)

// The blocks of digests besides those of all letters: tables of several columns, bars, a chart.

const (
	blockGrid  blockKind = "grid"  // a table with a head row; numbers stand to the right
	blockBars  blockKind = "bars"  // label, bar, words
	blockImage blockKind = "image" // the chart, its text beside it
)

// digestRow parses the lines of these blocks; false: it is none of them.
func digestRow(line string) (blockKind, row, bool) {
	switch {
	case strings.HasPrefix(line, "|| "):
		return blockGrid, row{Label: " ", Cells: cells(line[3:])}, true
	case strings.HasPrefix(line, "% "):
		c := append(cells(line[2:]), "", "", "")
		n, _ := strconv.Atoi(c[1])
		most, _ := strconv.Atoi(c[2])
		return blockBars, row{Label: c[0], Text: c[3], Percent: percent(n, most)}, true
	case strings.HasPrefix(line, "& "):
		return blockImage, row{Text: plain(line[2:])}, true
	}
	return "", row{}, false
}

func cells(line string) (out []string) {
	for c := range strings.SplitSeq(line, "|") {
		out = append(out, plain(c))
	}
	return out
}

// percent is the length of a bar; whatever there is is to be seen.
func percent(n, most int) int {
	if n <= 0 || most <= 0 {
		return 0
	}
	return max(1, min(100, n*100/most))
}

// cell makes a value safe to stand between the bars of a table's line.
func cell(s string) string { return strings.ReplaceAll(oneLine(s), "|", "｜") }

// grid writes a table of several columns in fixed width.
func (w *textWriter) grid(rows []row) {
	var widths []int
	for _, r := range rows {
		for i, c := range r.Cells {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], textWidth(c))
		}
	}
	for i, r := range rows {
		var b strings.Builder
		for k, c := range r.Cells {
			pad := strings.Repeat(" ", widths[k]-textWidth(c))
			if k == 0 {
				b.WriteString(c + pad)
			} else {
				b.WriteString("  " + pad + c)
			}
		}
		w.line(strings.TrimRight(b.String(), " "))
		if i == 0 {
			total := 2 * (len(widths) - 1)
			for _, n := range widths {
				total += n
			}
			w.line(strings.Repeat("-", total))
		}
	}
}

// longestBar is how many full-width characters the longest bar of the text twin has.
const longestBar = 12

func (w *textWriter) bars(rows []row) {
	widest := 0
	for _, r := range rows {
		widest = max(widest, textWidth(r.Label))
	}
	for _, r := range rows {
		bar := strings.Repeat("■", (r.Percent*longestBar+99)/100)
		w.line(strings.TrimRight(r.Label+strings.Repeat(" ", widest-textWidth(r.Label))+"  "+bar+" "+r.Text, " "))
	}
}

// since says from when on something is waited for, and how long that is.
func since(t time.Time, days int) string {
	switch days {
	case 0:
		return "本日から"
	}
	return fmt.Sprintf("%sから%d日", shortDay(t), days)
}

// shortDay is 11月20日（金）.
func shortDay(t time.Time) string {
	t = t.In(casework.JST)
	return fmt.Sprintf("%d月%d日（%s）", t.Month(), t.Day(), weekdays[t.Weekday()])
}

func firstOf[T any](list []T) []T { return list[:min(len(list), casework.MostNotes)] }

// beyond counts what a list does not show, "" nothing.
func beyond[T any](list []T) string {
	if n := len(list) - casework.MostNotes; n > 0 {
		return strconv.Itoa(n)
	}
	return ""
}

var letterStates = map[string]string{"failed": "お届けできませんでした", "withdrawn": "送信を取りやめました", "bounced": "宛先から戻りました"}

// flowChart draws the fiscal year of an office's digest: the months to come stand empty.
func flowChart(l casework.Letter) ([]byte, error) {
	content, ok := l.Content.(casework.OfficeDigestLetter)
	if !ok {
		return nil, errors.New("the letter has no figures")
	}
	received, registered, closed := chart.Series{Name: "受付"}, chart.Series{Name: "登録"}, chart.Series{Name: "終了・取下げ"}
	for _, m := range content.Months {
		received.Values = append(received.Values, m.Received)
		registered.Values = append(registered.Values, m.Registered)
		closed.Values = append(closed.Values, m.Closed)
	}
	labels := []string{"4月", "5", "6", "7", "8", "9", "10", "11", "12", "1月", "2", "3"}
	return chart.Chart{Labels: labels, Series: []chart.Series{received, registered, closed}}.PNG()
}

// days is a number of days in a table; a negative one is none.
func days(n int) string {
	if n < 0 {
		return "－"
	}
	return strconv.Itoa(n) + "日"
}
