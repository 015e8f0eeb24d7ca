package scenario

import (
	"strings"
	"testing"
	"time"
)

func TestFiveWrongCodesADaySuspendCodesAloneAndTellTheClerk(t *testing.T) {
	t.Parallel()
	w := New(t, Options{NoEvidence: true})
	w.Incoming(sheetMail(t, tanaka, nil))
	w.Settle()
	link, err := w.newest(mori, "担当案件").Link("引受")
	if err != nil {
		t.Fatal(err)
	}
	tag := link[strings.Index(link, "["):]
	right := tag[strings.LastIndex(tag, " ")+1 : len(tag)-1]
	wrong := strings.Replace(tag, right, "zzzzzz", 1)
	for range 5 {
		w.Incoming(plain(mori, "状況 "+wrong, ""))
		w.Settle()
	}
	if l := w.newest(clerk, "事務局からのお知らせ"); !strings.Contains(l.Text, "mori@jetro.example") {
		t.Errorf("the clerk is told %q", l.Text)
	}
	w.Incoming(plain(mori, link, ""))
	w.Settle()
	if c := w.State(); strings.Contains(c, "consulting") {
		t.Error("a code alone still takes the case after five wrong ones")
	}
	w.Advance(24 * time.Hour)
	w.Incoming(plain(mori, link, ""))
	w.Settle()
	if c := w.State(); !strings.Contains(c, "consulting") {
		t.Errorf("the code does not count again on the next day:\n%s", c)
	}
}
