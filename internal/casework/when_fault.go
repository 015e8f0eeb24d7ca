package casework

// WhenFault says why words are no time of a meeting.
type WhenFault string

// The faults, with what WhenError says besides.
const (
	WhenNoDay        WhenFault = "no-day"        // the words do not begin with a day
	WhenNoSuchDay    WhenFault = "no-such-day"   // Typed: 2月30日
	WhenOtherWeekday WhenFault = "other-weekday" // Day is no Typed: 12/3(金)
	WhenNoTime       WhenFault = "no-time"       // Day, and no time of day after it
	WhenNoSuchTime   WhenFault = "no-such-time"  // Typed: 25時
	WhenPast         WhenFault = "past"          // Day and Clock are not after now
	WhenEndsEarly    WhenFault = "ends-early"    // Typed, the end, is not after Clock on the same day
	WhenAmbiguous    WhenFault = "ambiguous"     // Typed may be Either: two days, or two times of Day
)

// WhenError tells what is wrong with a time as typed, so that an answer can say it in words.
type WhenError struct {
	Fault  WhenFault
	Day    string    // YYYY-MM-DD, where the day was understood
	Clock  string    // HH:MM, where the time was understood
	Typed  string    // the part that is at fault
	Either [2]string // for WhenAmbiguous: YYYY-MM-DD, or HH:MM where Day is set
}

// Error is for logs: the fault alone, nothing of what was typed.
func (e *WhenError) Error() string { return "no time of a meeting: " + string(e.Fault) }

// whenExample is how a time may be typed.
const whenExample = "「12/3 14:00」や「12月3日(木) 14時30分」のように"

// Words says to whoever typed it what is wrong and what to do.
func (e *WhenError) Words() string {
	day := JapaneseDay(e.Day)
	switch e.Fault {
	case WhenNoSuchDay:
		return "「" + e.Typed + "」という日はございません。日付をお確かめください。"
	case WhenOtherWeekday:
		return day + "は" + e.Typed + "ではございません。日付か曜日をお確かめください。"
	case WhenNoTime:
		return day + "の時刻が見当たりませんでした。" + whenExample + "日付に続けて時刻をお書きください。"
	case WhenNoSuchTime:
		return "「" + e.Typed + "」という時刻はございません。時刻をお確かめください。"
	case WhenPast:
		return day + e.Clock + "は過ぎております。これからの日時をお書きください。"
	case WhenEndsEarly:
		return "終わりの時刻（" + e.Typed + "）が、同じ日の始まり（" + e.Clock + "）より後になっておりません。時刻をお確かめください。"
	case WhenAmbiguous:
		return "「" + e.Typed + "」は、" + JapaneseDay(e.Either[0]) + "とも" + JapaneseDay(e.Either[1]) + "とも読めます。どちらかをお書きください。"
	}
	return "日時が見当たりませんでした。" + whenExample + "お書きください。"
}
