package casework_test

import (
	"testing"

	"pgregory.net/rapid"

	"uketsuke/internal/play"
)

// TestDisclosureOfRandomCases: whatever happens in sixty steps, no letter shows anybody a value of a sheet that they may
// not see when it leaves, nor a code that is good for another. Ten thousand cases:
//
//	go test ./internal/casework -run DisclosureOfRandomCases -rapid.checks=10000
func TestDisclosureOfRandomCases(t *testing.T) {
	plays, sent, shown, refused := 0, 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		p := play.New(t, rapid.Uint64().Draw(t, "play"), play.Bare{}, play.PlainCodes{})
		for range 60 {
			p.Step(rapid.Uint64().Draw(t, "step"))
		}
		p.Finish()
		plays, sent, shown, refused = plays+1, sent+p.Sent, shown+p.Shown, refused+p.Refused
	})
	t.Logf("%d cases: %d letters left, %d showed a provider what it may see, %d mails were rolled back by the last scan", plays, sent, shown, refused)
	if plays > 50 && (shown < plays/5 || sent < 20*plays) {
		t.Errorf("the plays do not reach what they are to show: %d letters, %d with values to providers in %d cases", sent, shown, plays)
	}
}
