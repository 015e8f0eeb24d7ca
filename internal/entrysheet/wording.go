package entrysheet

import "sync"

// wording is what a text says as words of the form, wherever it stands.
type wording struct {
	noise   bool
	boxless bool // no text of a check box
	folded  string
	section string // of a title
	title   bool
	fields  []int // that the whole text may name
}

// wordings remembers what texts say: sheet after sheet has the same form's words. It holds some thousand short texts, and
// begins anew when it is full. The zero wordings is empty; it may be used by many at a time.
type wordings struct {
	mu    sync.RWMutex
	known map[string]*wording
}

const mostWordings = 2000

// wordingOf is what a text says. Longer ones than maxLabelBytes are noise, a box, or nothing.
func (f *form) wordingOf(text string) *wording {
	seen := &f.l.seen
	seen.mu.RLock()
	w := seen.known[text]
	seen.mu.RUnlock()
	if w != nil {
		return w
	}
	w = f.understandWords(text)
	if len(text) > maxLabelBytes {
		return w
	}
	seen.mu.Lock()
	defer seen.mu.Unlock()
	if seen.known == nil || len(seen.known) >= mostWordings {
		seen.known = map[string]*wording{}
	}
	seen.known[text] = w
	return w
}

func (f *form) understandWords(text string) *wording {
	w := &wording{noise: f.isNoise(text)}
	if w.noise {
		return w
	}
	if w.boxless = len(text) > maxBoxBytes || len(f.boxesIn(text)) == 0; len(text) > maxLabelBytes {
		return w
	}
	w.folded = foldLabel(text)
	w.section, w.title = f.sectionTitle(w.folded, text)
	w.fields = f.l.lookup(w.folded)
	return w
}
