package command

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"uketsuke/internal/casework"
)

func parser(t testing.TB) *Parser {
	t.Helper()
	p, faults := New(nil)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return p
}

func TestACommandIsAWholeTokenAfterPrefixesOrTag(t *testing.T) {
	for _, tc := range []struct {
		rule, subject string
		name          casework.CommandName
		args          []string
		number, code  string
	}{
		{"bare", "一覧", casework.CmdList, nil, "", ""},
		{"prefix stack", "RE: 返信：Fwd: [EXTERNAL] 承認 MINATO [受付 E26-00123 k3f9q2]", casework.CmdApprove, []string{"MINATO"}, "E26-00123", "k3f9q2"},
		{"full width, minus sign", "RE: 返信：打診　ＨＹＯＧＯ−ＣＣＩ [登録 2026-KOB-00001-4 abcdef] 新規エントリー", casework.CmdInquire, []string{"HYOGO-CCI"}, "2026-KOB-00001-4", "abcdef"},
		{"after the tag", "Re: [登録 2026-KOB-00001-4 abcdef] 引き受け", casework.CmdTake, nil, "2026-KOB-00001-4", "abcdef"},
		{"after tag and prefix", "[登録 2026-KOB-00001-4 abcdef] Re: 引受", casework.CmdTake, nil, "2026-KOB-00001-4", "abcdef"},
		{"alias", "受け入れ可能 [照会 Q26-00031 abcdef]", casework.CmdAvailable, nil, "Q26-00031", "abcdef"},
		{"english beside a tag", "status [登録 2026-KOB-00001-4]", casework.CmdStatus, nil, "2026-KOB-00001-4", ""},
		{"english without a tag", "status", "", nil, "", ""},
		{"password without a tag", "パスワード", "", nil, "", ""},
		{"password beside a tag", "パスワード [登録 2026-KOB-00001-4 abcdef]", casework.CmdPassword, nil, "2026-KOB-00001-4", "abcdef"},
		{"half-width kana", "ﾍﾙﾌﾟ", casework.CmdHelp, nil, "", ""},
		{"never a prefix of a word", "了承できません [登録 2026-KOB-00001-4 abcdef]", "", nil, "2026-KOB-00001-4", "abcdef"},
		{"unknown word stops the line", "至急 承認 MINATO [受付 E26-00123 k3f9q2]", "", nil, "E26-00123", "k3f9q2"},
		{"title of ours", "Re: [登録 2026-KOB-00001-4 abcdef] コンソーシアム登録のお知らせ", "", nil, "2026-KOB-00001-4", "abcdef"},
		{"verify", "会員確認　Ｍ－００００１－３", casework.CmdVerify, []string{"M-00001-3"}, "", ""},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			got := parser(t).Parse(tc.subject)
			var name casework.CommandName
			var args []string
			if got.Call != nil {
				name, args = got.Call.Name, got.Call.Args
			}
			if name != tc.name || got.Tag.Number != tc.number || got.Tag.Code != tc.code || strings.Join(args, "|") != strings.Join(tc.args, "|") {
				t.Errorf("Parse(%q) = %q %q tag %+v", tc.subject, name, args, got.Tag)
			}
		})
	}
}

func TestWordsWithSeveralMeaningsAreAskedBack(t *testing.T) {
	for subject, want := range map[string][]string{
		"了解 [登録 2026-KOB-00001-4 abcdef]":    {"了承", "辞退"},
		"取り消し [登録 2026-KOB-00001-4 abcdef]":  {"直前取消", "面談中止"},
		"引受します [登録 2026-KOB-00001-4 abcdef]": {"引受"},
		"OK [登録 2026-KOB-00001-4 abcdef]":    {"了承", "辞退"},
		"受入 [照会 Q26-00031 abcdef]":           {"受入可", "受入不可", "受入担当"},
		"Re: [照会 Q26-00031 abcdef] 了解":       {"了承", "辞退"},
		"完了 [登録 2026-KOB-00001-4 abcdef] 新規": {"支援終了", "案件終了"},
	} {
		got := parser(t).Parse(subject)
		if got.Call == nil || got.Call.Name != "" || !cmp.Equal(got.Call.AskBack, want) {
			t.Errorf("Parse(%q).Call = %+v, want ask back %q", subject, got.Call, want)
		}
	}
}

func TestAnOfficeMayAddAliasesButNotStealWords(t *testing.T) {
	p, faults := New(map[string][]string{"引受": {"担当します"}, "承認": {"引受"}, "何か": {"x"}})
	if len(faults) != 2 {
		t.Errorf("faults = %v, want two", faults)
	}
	if c := p.Parse("担当します").Call; c == nil || c.Name != casework.CmdTake {
		t.Errorf("own alias: %+v", c)
	}
}

func TestEveryCommandParsesBackFromItsOwnSubject(t *testing.T) {
	p := parser(t)
	for _, r := range Table {
		for _, word := range append([]string{string(r.Name)}, r.Aliases...) {
			got := p.Parse("Re: " + Subject(casework.CommandName(word), []string{"X"}, "[登録 2026-KOB-00001-4 abcdef]"))
			if got.Call == nil || got.Call.Name != r.Name || got.Call.Args[0] != "X" {
				t.Errorf("%s: %+v", word, got.Call)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("Re: [登録 2026-KOB-00001-4 abcdef] 引受")
	f.Add("承認 [")
	p := parser(f)
	f.Fuzz(func(t *testing.T, s string) {
		got := p.Parse(s)
		if got.Call != nil && got.Call.Name != "" {
			if _, ok := Lookup(got.Call.Name); !ok {
				t.Errorf("%q gave a command that is not in the table: %q", s, got.Call.Name)
			}
		}
	})
}
