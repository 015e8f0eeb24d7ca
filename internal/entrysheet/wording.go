package entrysheet

import "sync"

// wording is what a text says as words of the form, wherever it stands.
type wording struct {
	noise   bool
	boxes   []*box // of a text of check boxes, without their places; only read
	folded  string
	section string // of a title
	title   bool
	fields  []int // that the whole text may name
}

// wordings remembers what texts say: sheet after sheet has the same form's words, and lists of choices beside it. Answers
// come and go: when the recent texts are many they become the old ones, and of those only what is met again is kept. It
// holds short texts alone, two thousand at most. The zero wordings is empty; it may be used by many at a time.
type wordings struct {
	mu          sync.RWMutex
	recent, old map[string]*wording
}

// mostWordings bounds the recent texts, and so the old ones.
const mostWordings = 1000

// of is what is remembered of a text; nil: nothing.
func (s *wordings) of(text string) *wording {
	s.mu.RLock()
	w := s.recent[text]
	again := w == nil
	if again {
		w = s.old[text]
	}
	s.mu.RUnlock()
	if again && w != nil {
		s.keep(text, w)
	}
	return w
}

func (s *wordings) keep(text string, w *wording) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.recent == nil || len(s.recent) >= mostWordings {
		s.old, s.recent = s.recent, map[string]*wording{}
	}
	s.recent[text] = w
}

// wordingOf is what a text says. Longer ones than maxLabelBytes are noise, a box, or nothing.
func (f *form) wordingOf(text string) *wording {
	w := f.l.seen.of(text)
	if w != nil {
		return w
	}
	if w = f.understandWords(text); len(text) <= maxLabelBytes {
		f.l.seen.keep(text, w)
	}
	return w
}

func (f *form) understandWords(text string) *wording {
	w := &wording{noise: f.isNoise(text)}
	if w.noise {
		return w
	}
	if len(text) <= maxBoxBytes {
		w.boxes = f.boxesIn(text)
	}
	if len(text) > maxLabelBytes {
		return w
	}
	w.folded = foldLabel(text)
	w.section, w.title = f.sectionTitle(w.folded, text)
	w.fields = f.l.lookup(w.folded)
	return w
}
