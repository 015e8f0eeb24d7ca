package certificate

import "testing"

func TestLackingCharactersAreToldBeforeTheyAreDrawn(t *testing.T) {
	if got := string(Lacks("株式会社髙﨑𠮷鷗")); got != "" {
		t.Errorf("lacks %q, want nothing", got)
	}
	if got := string(Lacks("株式会社\U0002A6D6\U0002A6D6")); got != "\U0002A6D6" {
		t.Errorf("lacks %q, want the one kanji of no font, once", got)
	}
}
