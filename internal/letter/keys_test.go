package letter

import (
	"strings"
	"testing"

	"uketsuke/internal/seal"
)

var _ Keys = seal.Keys{}

func TestTheMessageIDIsBoundToTheEnvelope(t *testing.T) {
	keys, err := seal.NewKeys(strings.NewReader(strings.Repeat("fixed bytes for a test. ", 200)))
	if err != nil {
		t.Fatal(err)
	}
	l := sample(t, "registered")
	m, err := renderer(t, Options{Keys: keys}).Render(l, openWorkbook)
	if err != nil {
		t.Fatal(err)
	}
	if id, ok := keys.OwnMessageID(m.MessageID); !ok || id != l.ID {
		t.Errorf("%s is not ours: %d %v", m.MessageID, id, ok)
	}
	if !keys.BoundTo(m.MessageID, "registered", Recipients(m.To)) || keys.BoundTo(m.MessageID, "registered", "x@y.example") {
		t.Errorf("%s is not bound to %q", m.MessageID, m.To)
	}
	h := openMail(t, m.Raw).header
	if !keys.OwnLoop(m.MessageID, h.Get("X-Uketsuke-Loop")) {
		t.Error("the loop header is not ours")
	}
	if code := keys.Code(l.Case, "intake:MINATO", l.Now); !strings.HasPrefix(m.Subject, "[登録 2026-KOB-00042-5 "+code+"] ") {
		t.Errorf("subject %q, code %s", m.Subject, code)
	}
	checkBytes(t, "sealed", m.Raw)
}
