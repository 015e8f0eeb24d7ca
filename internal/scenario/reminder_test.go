package scenario

import (
	"testing"
	"time"

	"uketsuke/internal/casework"
)

// morning lets time pass until five past nine of a day, and the office work; what its letters wait for passes, too.
func (w *World) morning(day string) {
	w.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", day+" 09:05", casework.JST)
	if err != nil || !at.After(w.Now()) {
		w.t.Fatalf("%s is no later morning: %v", day, err)
	}
	w.Advance(at.Sub(w.Now()))
	w.Settle()
	w.later()
}

// An inquiry of Monday 16 November is reminded of on Thursday; the answer to the reminder is the answer to the inquiry.
// From then on it is the concierge who is waited for.
func TestWhoDoesNotAnswerIsRemindedOnceTheTableSaysSo(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	tag, _ := consulting(t, w)
	w.command(mori, "打診 HYOGO-CCI "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（打診")
	w.later()
	w.ExpectLetter(hyogo, "支援可否のご照会")
	w.morning("2026-11-18")
	w.ExpectNoLetter()
	w.morning("2026-11-19")
	reminder := w.ExpectLetter(hyogo, "お返事のお願い")
	w.expectText(reminder, "支援可否のご照会へのお返事", "Q26-00001", "2026年11月16日")
	w.expectWithout(reminder, "灘", "みなと", "2026-KOB")
	w.Advance(time.Hour)
	w.Settle()
	w.ExpectNoLetter() // one a day
	w.Incoming(reply(hyogo, reminder, "受入可"))
	w.Settle()
	w.ExpectLetter(hyogo, "お手続きのご報告（受入可")
	w.ExpectLetter(mori, "ご照会への回答のお知らせ")
	w.morning("2026-11-24") // Monday is a holiday
	w.ExpectNoLetter()
	w.morning("2026-11-25")
	w.expectText(w.ExpectLetter(mori, "お手続きのご確認"), "了承依頼（兵庫商工会議所（HYOGO-CCI））", "了承依頼 HYOGO-CCI [登録 2026-KOB-00001-4")
	w.ExpectNoLetter()
}

// Nothing is reminded of on a day off, outside of office hours, while the case is paused, or while all sending is stopped.
func TestNobodyIsRemindedWhileTheOfficeOrTheCaseRests(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	tag, _ := consulting(t, w)
	w.command(mori, "打診 HYOGO-CCI "+tag, "")
	w.later()
	w.ExpectLetter(hyogo, "支援可否のご照会")
	w.ExpectLetter(mori, "お手続きのご報告（打診")
	w.command(mori, "休止 11/20 "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（休止")
	w.morning("2026-11-19")
	w.ExpectNoLetter()
	w.command(mori, "再開 "+tag, "")
	w.ExpectLetter(mori, "お手続きのご報告（再開")
	w.morning("2026-11-23") // a holiday
	w.ExpectNoLetter()
	w.Advance(22 * time.Hour) // half past seven of Tuesday, which is a working day
	w.Settle()
	w.ExpectNoLetter()
	w.morning("2026-11-25")
	w.ExpectLetter(hyogo, "お返事のお願い")
}
