package casework

import (
	"slices"
	"time"
)

// WithoutUndone returns the events of one case that count: without the commands that 直前取消 took back, what they brought,
// and the taking back itself. Its fold differs from that of all events in Events, UpdatedAt, History and Last only, and in
// a no to a question that was taken back, which counts for the agency's other supports (Case.stillSaid).
func WithoutUndone(events []Event) []Event {
	gone := make([]bool, len(events))
	var commands []commandEvents // those that can still be taken back, the newest last
	for i, e := range events {
		switch e.Payload.(type) {
		case nil:
			continue
		case *CommandBegan:
			commands = append(ofTheDay(commands, e.At), commandEvents{at: e.At, mail: e.Actor.Mail, own: []int{i}})
			continue
		case *CommandUndone:
			if n := len(commands); n > 0 {
				undone := commands[n-1]
				commands = commands[:n-1]
				for _, own := range append(undone.own, i) {
					gone[own] = true
				}
				for _, since := range undone.since {
					attribute(commands, events, since)
				}
			}
			continue
		}
		attribute(commands, events, i)
	}
	out := make([]Event, 0, len(events))
	for i, e := range events {
		if !gone[i] {
			out = append(out, e)
		}
	}
	return out
}

// commandEvents are the events of a command, by their places: its own, and what happened besides.
type commandEvents struct {
	at         time.Time
	mail       string
	own, since []int
}

// ofTheDay keeps the commands that 直前取消 can still reach when a new one begins: see LastCommand.ofTheDay.
func ofTheDay(commands []commandEvents, now time.Time) []commandEvents {
	for i, c := range slices.Backward(commands) {
		if now.Sub(c.at) > 24*time.Hour {
			return slices.Clone(commands[i+1:])
		}
	}
	return commands
}

// attribute puts an event to the newest command, as Case.happen does.
func attribute(commands []commandEvents, events []Event, i int) {
	if len(commands) == 0 {
		return
	}
	last, e := &commands[len(commands)-1], events[i]
	if e.At.Equal(last.at) && e.Actor.Mail == last.mail && !apart(e.Payload) {
		last.own = append(last.own, i)
	} else {
		last.since = append(last.since, i)
	}
}
