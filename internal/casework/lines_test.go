package casework

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLinesAreReadAsPeopleFillThemIn(t *testing.T) {
	host := map[string]string{LineDepartment: "営業部", LinePerson: "山田 太郎"}
	for rule, tc := range map[string]struct {
		form *LineForm
		text string
		want map[string]string
		rest string
	}{
		"after the colon":           {HostForm, "部署：営業部\n担当者：山田 太郎", host, ""},
		"narrow colon, spaces":      {HostForm, "部 署 : 営業部\r\n  担当者名 :山田 太郎  ", host, ""},
		"prose before and after":    {HostForm, "お世話になっております。\n\n部署：営業部\n担当者：山田 太郎\n\nよろしくお願いいたします。", host, "お世話になっております。\n\n\nよろしくお願いいたします。"},
		"bullets and brackets":      {HostForm, "■部署：営業部\n【担当者】山田 太郎", host, ""},
		"numbers and notes":         {HostForm, "1. 部署（必須）：営業部\n(2) ご担当者名（フルネーム）：山田 太郎", host, ""},
		"a table pasted":            {HostForm, "部署\t営業部\n担当者　山田 太郎", host, ""},
		"answer on the next line":   {HostForm, "部署：\n営業部\n担当者\n　山田 太郎\n初回連絡方法：\n", host, ""},
		"two in one line":           {HostForm, "部署：営業部　担当者：山田 太郎", host, ""},
		"two in one line, slashed":  {HostForm, "部署：営業部/担当者：山田 太郎", host, ""},
		"quoted lines filled in":    {HostForm, "> 部署：営業部\n> 担当者：山田 太郎\n> 初回連絡方法：\n>\n> 以上です", host, ""},
		"wide quote marks":          {HostForm, "＞部署：営業部\n＞ 担当者：山田 太郎", host, ""},
		"answers under a quote":     {HostForm, "> 部署：\n営業部\n> 担当者：\n山田 太郎", host, ""},
		"own line over the quoted":  {HostForm, "> 部署：海外部\n部署：営業部\n担当者：山田 太郎", host, ""},
		"unfilled lines":            {FeedbackForm, "支援日：　　年　月　日\n支援内容：\n進捗状況：（任意）\n手段：＿＿＿\n次回予定：（例：12/15）", map[string]string{}, ""},
		"prose goes on":             {FeedbackForm, "支援内容：市場調査の結果を\n説明した。\n進捗状況：順調\n手段：訪問\n\n以上", map[string]string{LineContent: "市場調査の結果を\n説明した。", LineProgress: "順調", LineMeans: "訪問"}, "以上"},
		"short answers do not":      {FeedbackForm, "手段：訪問\nよろしく", map[string]string{LineMeans: "訪問"}, "よろしく"},
		"a second answer":           {FeedbackForm, "手段：訪問\n手段：電話", map[string]string{LineMeans: "訪問"}, "手段：電話"},
		"a sentence with a label":   {FeedbackForm, "支援内容 は下記です。\n進捗状況についてご報告します：順調\n先方の部署：海外部", map[string]string{}, "支援内容 は下記です。\n進捗状況についてご報告します：順調\n先方の部署：海外部"},
		"a time in an answer":       {FeedbackForm, "支援日：11/20 14:00〜15:00", map[string]string{LineDay: "11/20 14:00〜15:00"}, ""},
		"half-width kana untouched": {HostForm, "部署：ｴｲｷﾞｮｳ㈱\n担当者：髙﨑", map[string]string{LineDepartment: "ｴｲｷﾞｮｳ㈱", LinePerson: "髙﨑"}, ""},
	} {
		values, rest := tc.form.Read(tc.text)
		if diff := cmp.Diff(tc.want, values); diff != "" || rest != tc.rest {
			t.Errorf("%s: rest %q, values %s", rule, rest, diff)
		}
	}
}

func TestALabelIsKnownInItsSpellings(t *testing.T) {
	for label, want := range map[string]string{"支援日": LineDay, "支 援 日：": LineDay, "支援日（西暦）": LineDay, "【進捗状況】": LineProgress, "支援内容※必須": LineContent, "備考": "", "": ""} {
		if got, ok := FeedbackForm.Key(label); got != want || ok != (want != "") {
			t.Errorf("%q is %q, %v", label, got, ok)
		}
		if FeedbackForm.Has(label) != (want != "") {
			t.Errorf("Has(%q) is %v", label, want == "")
		}
	}
}

func TestFeedbackHasItsDays(t *testing.T) {
	text := "いつもお世話になっております。\n支援企業名：株式会社灘酒造\n支援日：11/20（金）\n支援内容：バイヤーとの商談に同席\n進捗状況：見積り提出\n次回予定：12/15(火) 14時頃\n手段：オンライン"
	values, rest := FeedbackForm.Read(text)
	want := FeedbackText{Company: "株式会社灘酒造", Day: "2026-11-20", DayTyped: "11/20（金）", Content: "バイヤーとの商談に同席\n\nいつもお世話になっております。",
		Progress: "見積り提出", Next: "2026-12-15", NextTyped: "12/15(火) 14時頃", Means: "オンライン"}
	if diff := cmp.Diff(want, FeedbackOf(values, rest, tuesday)); diff != "" {
		t.Error(diff)
	}
	if got := FeedbackOf(nil, "商談は順調です。", tuesday); got != (FeedbackText{Content: "商談は順調です。"}) {
		t.Errorf("prose alone: %+v", got)
	}
}

func TestADayOfFeedbackIsARecentOne(t *testing.T) {
	for typed, want := range map[string]string{
		"11/20": "2026-11-20", "11月20日(金)": "2026-11-20", "12/3": "2026-12-03", "12/25": "2025-12-25", "1/8 13:00〜": "2026-01-08",
		"令和8年11月2日": "2026-11-02", "2026/11/20-21": "2026-11-20", "本日": "2026-11-24", "昨日": "2026-11-23",
		"11/20(月)": "", "先週": "", "": "", "未定": "",
	} {
		if got, ok := ParseRecentDay(typed, tuesday); got != want || ok != (want != "") {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
	newYear := time.Date(2027, 1, 5, 9, 0, 0, 0, JST)
	if got, _ := ParseRecentDay("12/25", newYear); got != "2026-12-25" {
		t.Errorf("in January, 12/25 is %s", got)
	}
}

func TestTheNextDayIsAheadOrLeftAsTyped(t *testing.T) {
	for typed, want := range map[string]string{"12/15頃": "2026-12-15", "来週火曜": "2026-12-01", "1/8": "2027-01-08", "12月中旬": "", "未定": "", "12/15(月)": ""} {
		if got, _ := ParseNextDay(typed, tuesday); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

// FuzzLines: nothing that was written unquoted is lost, and no value is blank.
func FuzzLines(f *testing.F) {
	f.Add("部署：営業部\n> 担当者：山田\n\n以上 部署:x")
	f.Add("支援日 : 11/20 支援内容：\n>\n説明\xff\n【手段】")
	f.Fuzz(func(t *testing.T, text string) {
		for _, form := range []*LineForm{FeedbackForm, HostForm} {
			values, rest := form.Read(text)
			all := rest
			for key, v := range values {
				if strings.TrimSpace(v) == "" {
					t.Fatalf("%s is blank in %q", key, text)
				}
				all += "\n" + v
			}
			for line := range strings.SplitSeq(text, "\n") {
				line = strings.TrimSpace(line)
				if quoteDepth(line) == 0 && len(form.labelsOf(line)) == 0 && !strings.Contains(line, "\r") && !strings.Contains(all, unquoted(line)) {
					t.Fatalf("%q of %q is lost: %q, rest %q", line, text, values, rest)
				}
			}
		}
	})
}
