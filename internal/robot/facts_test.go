package robot

import (
	"crypto/rand"
	"slices"
	"testing"

	"uketsuke/internal/casework"
)

func TestAPasswordIsMadeOnlyForWhatSendsASheet(t *testing.T) {
	r := &Robot{Random: rand.Reader}
	for _, name := range []casework.CommandName{casework.CmdRefer, casework.CmdPassword, casework.CmdConsent, casework.CmdApprove, casework.CmdDecline, casework.CmdUndo, casework.CmdMerge} {
		o := &loader{cases: map[int64]casework.Case{}}
		l := r.callFacts(o, casework.Case{}, &casework.Call{Name: name})
		sends := slices.Contains([]casework.CommandName{casework.CmdRefer, casework.CmdPassword}, name)
		if (l.Password != "") != sends || o.err != nil {
			t.Errorf("%s: password %q, %v", name, l.Password, o.err)
		}
	}
}
