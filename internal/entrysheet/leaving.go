package entrysheet

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Extra is a kind of content that a workbook has besides the form that people
// see and print.
type Extra string

// The kinds of extra content. Clean takes those of the first group out.
const (
	ExtraMacro        Extra = "macro"         // VBA, its buttons' calls, ribbon parts
	ExtraExternalLink Extra = "external-link" // to other workbooks, DDE included
	ExtraConnection   Extra = "connection"    // data connections, query tables, functions that fetch
	ExtraEmbedded     Extra = "embedded"      // OLE objects, embedded files
	ExtraActiveX      Extra = "activex"       // ActiveX controls; form controls stay
	ExtraAddIn        Extra = "add-in"        // web extensions
	ExtraLinkedImage  Extra = "linked-image"  // a picture fetched from elsewhere

	ExtraMacroSheet Extra = "macro-sheet" // Excel 4 macros; Clean refuses them
	ExtraDataModel  Extra = "data-model"  // Power Pivot, pivot tables on outside data; Clean refuses them

	ExtraHiddenSheet     Extra = "hidden-sheet"
	ExtraVeryHiddenSheet Extra = "very-hidden-sheet" // not even listed under "Unhide"
	ExtraOtherSheet      Extra = "other-sheet"       // visible, with content, not the form
	ExtraHiddenRows      Extra = "hidden-rows"       // of a visible sheet, with content
	ExtraHiddenColumns   Extra = "hidden-columns"
	ExtraComment         Extra = "comment"
	ExtraThread          Extra = "threaded-comment"
	ExtraHyperlink       Extra = "hyperlink"
	ExtraPicture         Extra = "picture"
	ExtraTextBox         Extra = "text-box"
	ExtraHeaderFooter    Extra = "header-footer"
	ExtraName            Extra = "defined-name"
	ExtraProperty        Extra = "property"
	ExtraPivotCache      Extra = "pivot-cache" // a copy of the rows that a pivot table counts
)

var extraNames = map[Extra]string{
	ExtraMacro: "マクロ", ExtraExternalLink: "外部ブックへのリンク", ExtraConnection: "外部データへの接続", ExtraEmbedded: "埋め込みオブジェクト",
	ExtraActiveX: "ActiveX コントロール", ExtraAddIn: "アドイン", ExtraLinkedImage: "外部の画像へのリンク",
	ExtraMacroSheet: "マクロシート", ExtraDataModel: "外部データによる集計",
	ExtraHiddenSheet: "非表示のシート", ExtraVeryHiddenSheet: "再表示の一覧にも出ない非表示のシート", ExtraOtherSheet: "別のシート",
	ExtraHiddenRows: "非表示の行", ExtraHiddenColumns: "非表示の列", ExtraComment: "コメント", ExtraThread: "スレッド形式のコメント",
	ExtraHyperlink: "ハイパーリンク", ExtraPicture: "画像", ExtraTextBox: "図形の文字", ExtraHeaderFooter: "ヘッダー・フッター",
	ExtraName: "名前の定義", ExtraProperty: "ファイルのプロパティ", ExtraPivotCache: "ピボットテーブルの元データの写し",
}

// Name is the kind in Japanese, for people.
func (e Extra) Name() string { return extraNames[e] }

// Finding is one piece of extra content.
type Finding struct {
	Kind  Extra
	Sheet string // where it belongs to a sheet, or is one
	Cell  string // cell, rows or columns: "C4", "12:15", "F:H"; "" where there is none
	Text  string // what a person would see, shortened; "" where there is nothing to see
}

// Words says a finding in one line of Japanese: コメント（エントリーシート C4）「確認中です」.
func (f Finding) Words() string {
	s := f.Kind.Name()
	if place := strings.TrimSpace(f.Sheet + " " + f.Cell); place != "" {
		s += "（" + place + "）"
	}
	if f.Text != "" {
		s += "「" + f.Text + "」"
	}
	return s
}

// ErrNotCleanable means that a workbook is none that Clean can make safe and
// leave as it is otherwise: no Open XML package, or one with Excel 4 macro
// sheets or a data model. It can leave only in another form.
var ErrNotCleanable = errors.New("the workbook cannot be made safe as it is")

// maxFindings bounds the findings of one kind that are listed one by one.
const maxFindings = 200

// findings collects, each thing once.
type findings struct {
	all   []Finding
	count map[Extra]int
}

func (fs *findings) add(f Finding) {
	f.Text = shorten(f.Text)
	if fs.count == nil {
		fs.count = make(map[Extra]int)
	}
	if fs.count[f.Kind] >= maxFindings || slices.Contains(fs.all, f) {
		return
	}
	fs.count[f.Kind]++
	fs.all = append(fs.all, f)
}

// shorten brings a text to one line of at most 80 characters.
func shorten(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 80 {
		s = string(r[:79]) + "…"
	}
	return s
}

// Clean returns the package without what must not go on to third parties: macros
// (an .xlsm becomes an .xlsx), links to other workbooks, data connections,
// embedded objects, ActiveX controls, add-ins. Cells whose formulas reached
// outside keep the values that they show. All other parts keep their bytes; when
// nothing has to go, b itself is returned. The error is ErrNotCleanable.
func Clean(b []byte, lim Limits) (clean []byte, removed []Finding, err error) {
	defer func() {
		if r := recover(); r != nil {
			clean, removed, err = nil, nil, fmt.Errorf("%w: panic while cleaning", ErrNotCleanable)
		}
	}()
	c, err := openCleaner(b, lim)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrNotCleanable, err)
	}
	if err := c.run(); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrNotCleanable, err)
	}
	if i := slices.IndexFunc(c.found.all, func(f Finding) bool { return f.Kind == ExtraMacroSheet || f.Kind == ExtraDataModel }); i >= 0 {
		return nil, nil, fmt.Errorf("%w: it has a %s", ErrNotCleanable, c.found.all[i].Kind)
	}
	if len(c.changed)+len(c.removed) == 0 {
		return b, nil, nil
	}
	if clean, err = c.write(); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrNotCleanable, err)
	}
	return clean, c.found.all, nil
}
