package letter

import (
	"time"

	"uketsuke/internal/casework"
)

// What templates say of supports, consents and meetings.

var answers = map[casework.Answer]string{casework.AnswerAvailable: "受入可", casework.AnswerUnavailable: "受入不可"}

var consents = map[casework.ConsentAnswer]string{casework.ConsentGiven: "了承", casework.ConsentDeclined: "辞退"}

// spoken says how something was heard, before a verb: お電話にて.
func spoken(s casework.Spoken) string {
	switch s {
	case "":
		return ""
	case casework.SpokenPhone:
		return "お電話にて"
	case casework.SpokenMeeting:
		return "ご面談にて"
	}
	return string(s) + "にて"
}

// supporter names who helps: the agency, or JETRO with its service.
func supporter(s casework.SupportView) string {
	switch {
	case s.Agency != "":
		return s.AgencyName
	case s.Service != "":
		return "ジェトロ（" + s.Service + "）"
	}
	return "ジェトロ"
}

// moment is a time of an appointment: 2026年12月3日（木）14:00.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return day(t) + t.In(casework.JST).Format("15:04")
}

// span is an appointment from its start to its end: 2026年12月3日（木）14:00-15:30, the times in one piece on a phone;
// without an end, its start.
func span(start, end time.Time) string {
	switch {
	case start.IsZero() || !end.After(start):
		return moment(start)
	case date(start) != date(end):
		return moment(start) + "～" + moment(end)
	}
	return moment(start) + "-" + end.In(casework.JST).Format("15:04")
}
