package entrysheet

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTextsSayTheSameTheSecondTimeAndFewAreRemembered(t *testing.T) {
	l := DefaultLayout()
	f := &form{l: l}
	for _, text := range []string{"企業名", "ご担当者名", "□ 01.市場情報", "※ご記入ください", "株式会社灘酒造", "", "TEL：078-000-0000"} {
		want := f.understandWords(text)
		for range 2 {
			if diff := cmp.Diff(want, f.wordingOf(text), cmp.AllowUnexported(wording{}, box{}, block{})); diff != "" {
				t.Errorf("%q: %s", text, diff)
			}
		}
	}
	for i := range 3 * mostWordings {
		f.wordingOf(fmt.Sprint("回答", i))
		f.wordingOf("企業名")
	}
	if n := len(l.seen.recent) + len(l.seen.old); n == 0 || n > 2*mostWordings {
		t.Errorf("%d texts are remembered", n)
	}
	if l.seen.of("企業名") == nil || l.seen.of("回答0") != nil {
		t.Error("what every sheet says was forgotten, or an answer that came once was not")
	}
}
