package entrysheet

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// floatOver lays the form controls over the boxes: by the caption of each, else
// by the cell it lies on. A mark typed in the cell speaks for itself. Where a
// control belongs to no box, every box without any mark may be meant.
func (f *form) floatOver() {
	if len(f.g.boxes) == 0 {
		return
	}
	over, lost := f.controlsOver()
	for _, b := range f.boxes {
		f.takeControls(b, over[b])
	}
	for _, b := range f.boxes {
		b.floats = b.floats || (lost && b.mark == markNone && len(over[b]) == 0)
	}
}

// takeControls gives a box the state of the controls over it.
func (f *form) takeControls(b *box, over []*floatingBox) {
	if len(over) == 0 {
		return
	}
	state := stateOf(over)
	at := over[0]
	if at.row > 0 {
		defer func() { b.markBlk = f.g.blockAt(at.row, at.col) }()
	}
	b.by = at.by
	switch typed := b.mark == markYes || b.mark == markCircle || b.mark == markCross; {
	case state == stateOn:
		b.mark = markYes
	case typed || b.lone && b.mark == markYes:
		b.by = ""
	case state == stateOff:
		b.mark = markNo
	case state == stateMixed:
		b.mark = markOdd
	case state == stateUnknown && b.lone && b.mark != markNone: // over the cell that it is linked with
		b.by = ""
	default:
		b.floats = true
	}
}

// stateOf joins the controls over one box: usually one; a pair of option
// buttons はい and いいえ; or copies that lie upon each other.
func stateOf(over []*floatingBox) controlState {
	states := make(map[controlState]bool)
	no, yesNo := stateUnknown, false
	for _, fb := range over {
		switch {
		case isNegative(fb.caption):
			no, yesNo = fb.state, true
		default:
			states[fb.state] = true
			yesNo = yesNo || isPositive(fb.caption)
		}
	}
	if len(states) > 1 {
		return stateConflict
	}
	yes := stateUnknown
	for s := range states {
		yes = s
	}
	if !yesNo || no == stateUnknown {
		return yes
	}
	switch {
	case yes == stateOn && no == stateOn:
		return stateConflict
	case yes == stateOn || yes == stateOff:
		return yes
	case no == stateOn:
		return stateOff
	}
	return stateUnknown // a lone 「いいえ」 that is not chosen is no yes
}

var (
	negativeCaption = regexp.MustCompile(`^(いいえ|否|無し?|なし|no|該当(しない|なし)|しない|していない|未(実施|確認)?)$`)
	positiveCaption = regexp.MustCompile(`^(はい|有り?|あり|yes|該当(する|あり)?|する|している|済み?|ok)$`)
	genericCaption  = regexp.MustCompile(`^(チェック|オプション|グループ|check ?box|option ?button)( ?(ボックス|ボタン))? ?\d*$`)
)

func foldCaption(s string) string { return strings.ToLower(trim(norm.NFKC.String(s))) }

func isNegative(caption string) bool { return negativeCaption.MatchString(foldCaption(caption)) }
func isPositive(caption string) bool { return positiveCaption.MatchString(foldCaption(caption)) }

// controlsOver matches controls to boxes. A control whose caption names a box
// that no cell shows makes that box. lost reports a control of no box that may
// belong to any: one without a caption of its own.
func (f *form) controlsOver() (over map[*box][]*floatingBox, lost bool) {
	over = make(map[*box][]*floatingBox)
	var rest []*floatingBox
	for i := range f.g.boxes {
		fb := &f.g.boxes[i]
		if fb.row > 0 && f.g.heightOf(fb.row) == 0 {
			continue // on a hidden row
		}
		if b := f.boxNamed(fb); b != nil {
			over[b] = append(over[b], fb)
		} else {
			rest = append(rest, fb)
		}
	}
	placed := f.bySide(rest)
	for _, fb := range rest {
		if b := placed[fb]; b != nil {
			over[b] = append(over[b], fb)
		} else if caption := foldCaption(fb.caption); caption == "" || genericCaption.MatchString(caption) {
			lost = true
		}
	}
	f.spread(over)
	return over, lost
}

// boxNamed finds the box that a control's caption names.
func (f *form) boxNamed(fb *floatingBox) *box {
	for _, name := range append([]string{fb.caption}, fb.names...) {
		if name == "" {
			continue
		}
		named := f.boxOf(norm.NFKC.String(name))
		if named == nil {
			continue
		}
		for _, b := range f.boxes {
			if b.item == named.item && b.field == named.field {
				return b
			}
		}
		named.text = f.g.blockAt(max(fb.row, 1), max(fb.col, 1))
		named.markBlk, named.mark = named.text, markNone
		f.boxes = append(f.boxes, named)
		return named
	}
	return nil
}

// bySide places controls by their cells. On most forms a box stands left of its
// text or upon it; on some all stand to the right: the reading that finds
// more boxes a control each is the form's.
func (f *form) bySide(rest []*floatingBox) map[*floatingBox]*box {
	var best map[*floatingBox]*box
	most := -1
	for _, right := range []bool{false, true} {
		placed := make(map[*floatingBox]*box)
		found := make(map[*box]bool)
		for _, fb := range rest {
			if b := f.boxBeside(fb, right); b != nil {
				placed[fb], found[b] = b, true
			}
		}
		if len(found) > most {
			best, most = placed, len(found)
		}
	}
	return best
}

// boxBeside finds the box in a control's row to which it is nearest. Columns
// beside the box's text count up to three, on the usual side; of a button with
// はい or いいえ any number.
func (f *form) boxBeside(fb *floatingBox, right bool) *box {
	if fb.row == 0 {
		return nil
	}
	const near = 3
	answer := isPositive(fb.caption) || isNegative(fb.caption)
	var best *box
	gap := near + 1
	if answer {
		gap = maxCol
	}
	for _, b := range f.boxes {
		if fb.row < b.text.r1 || fb.row > b.text.r2 {
			continue
		}
		left := min(b.markBlk.c1, b.text.c1)
		before, after := max(left-fb.col, 0), max(fb.col-b.text.c2, 0)
		switch {
		case answer:
		case !right:
			after *= 2
		case fb.col < b.text.c1:
			continue
		}
		if away := max(before, after); away < gap {
			best, gap = b, away
		}
	}
	return best
}

// spread gives the lines of one cell a control each, in their order, where
// several boxes share a cell and as many controls lie over it.
func (f *form) spread(over map[*box][]*floatingBox) {
	shared := make(map[block][]*box)
	for _, b := range f.boxes {
		shared[b.text] = append(shared[b.text], b)
	}
	for _, boxes := range shared {
		if len(boxes) < 2 {
			continue
		}
		var all []*floatingBox
		for _, b := range boxes {
			all = append(all, over[b]...)
		}
		if len(all) == 0 || slices.ContainsFunc(all, func(fb *floatingBox) bool { return f.boxNamed(fb) != nil }) {
			continue
		}
		slices.SortStableFunc(all, func(a, b *floatingBox) int { return inOrder(*a, *b) })
		for i, b := range boxes {
			over[b] = all
			if len(all) == len(boxes) {
				over[b] = all[i : i+1]
			}
		}
	}
}

// inOrder compares two controls by where they lie.
func inOrder(a, b floatingBox) int {
	return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.top, b.top), cmp.Compare(a.col, b.col))
}
