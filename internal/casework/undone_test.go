package casework

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// checkUndone: after 直前取消 the events that count tell the same case as all of them.
func (w *world) checkUndone(out Outcome) {
	w.t.Helper()
	for _, e := range out.Events {
		if _, undone := e.Payload.(*CommandUndone); !undone {
			continue
		}
		events := slices.DeleteFunc(slices.Concat(w.log, out.Events), func(o Event) bool { return o.Case != e.Case })
		if diff := cmp.Diff(counted(Fold(events)), counted(Fold(WithoutUndone(events))), cmpopts.EquateEmpty()); diff != "" {
			w.t.Errorf("case %d: the events that count tell another case (-all +counted):\n%s", e.Case, diff)
		}
	}
}

// counted is what the figures are made of. Answers and consents are left out: what an agency says to a question that was
// taken back may count for its others.
func counted(c Case) Case {
	out := Case{ID: c.ID, Receipt: c.Receipt, Registration: c.Registration, Member: c.Member, Stage: c.Stage, PausedFrom: c.PausedFrom, Agency: c.Agency,
		Entry: c.Entry, Version: c.Version, Concierge: c.Concierge, Taken: c.Taken, ClosedAt: c.ClosedAt, RegisteredAt: c.RegisteredAt}
	for _, s := range c.Supports {
		s.Answer, s.AnsweredAt, s.Reason, s.Company, s.Intake, s.Persons = "", time.Time{}, "", Consent{}, Consent{}, nil
		out.Supports = append(out.Supports, s)
	}
	return out
}

func TestEventsThatCount(t *testing.T) {
	at := func(minutes int, mail string, p Payload) Event {
		return Event{At: time.Date(2026, 11, 16, 10, minutes, 0, 0, JST), Actor: Actor{Mail: mail}, Payload: p}
	}
	received := at(0, "a", &SheetReceived{Receipt: "E26-00001"})
	began, inquired := at(1, "b", &CommandBegan{Command: "打診"}), at(1, "b", &Inquired{Support: "Q26-00001"})
	answered, note := at(2, "c", &InquiryAnswered{Support: "Q26-00001"}), at(2, "c", &NoteAdded{Text: "覚え書き"})
	beganNext, asked := at(3, "d", &CommandBegan{Command: "了承依頼"}), at(3, "d", &ConsentAsked{Support: "Q26-00001"})
	way := at(1, "b", &ReachSet{Direct: true})
	erased := at(4, "", nil)
	undone, undoneNext := at(5, "e", &CommandUndone{Command: "了承依頼"}), at(6, "f", &CommandUndone{Command: "打診"})
	dayLater := at(25*60, "g", &CommandBegan{Command: "見送り"})
	undoneLate := at(25*60+1, "h", &CommandUndone{Command: "見送り"})
	for _, tc := range []struct {
		rule      string
		all, want []Event
	}{
		{"all, when nothing was taken back", []Event{received, began, inquired, answered, erased}, []Event{received, began, inquired, answered, erased}},
		{"what a command brought goes with it, what others did stays", []Event{received, began, inquired, note, undone}, []Event{received, note}},
		{"a line of its own in the same mail stays", []Event{received, began, inquired, way, undone}, []Event{received, way}},
		{"the newest command goes first", []Event{received, began, inquired, answered, beganNext, asked, note, undone}, []Event{received, began, inquired, answered, note}},
		{"then the one before", []Event{received, began, inquired, beganNext, asked, note, undone, undoneNext}, []Event{received, note}},
		{"a command of the day before is out of reach", []Event{received, began, inquired, dayLater, undoneLate, undoneLate}, []Event{received, began, inquired, undoneLate}},
		{"with no command nothing is taken back", []Event{received, undone, note}, []Event{received, undone, note}},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			before := slices.Clone(tc.all)
			if diff := cmp.Diff(tc.want, WithoutUndone(tc.all), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff(before, tc.all); diff != "" {
				t.Errorf("the events that were lent have changed:\n%s", diff)
			}
		})
	}
}
