package roster

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"uketsuke/internal/casework"
)

func TestChoose(t *testing.T) {
	for _, tc := range []struct {
		rule string
		wish casework.Wish
		day  string
		want string
		full bool
		why  string
	}{
		{"prefecture and items, then the fewest open cases",
			casework.Wish{Prefecture: "兵庫県", Items: []int{1, 7}, Loads: map[string]int{"TAKAHASHI": 3, "INOUE": 2}}, "2026-11-24", "INOUE", false,
			"兵庫県（依頼内容 01・07）を担当、担当中 2 件（上限 20 件）"},
		{"with its country",
			casework.Wish{Prefecture: "兵庫県", Items: []int{1, 7}, Countries: []string{"ヴェトナム", "タイ"}, Loads: map[string]int{"TAKAHASHI": 3, "INOUE": 20}},
			"2026-11-24", "TAKAHASHI", false, "兵庫県・ヴェトナム（依頼内容 01・07）を担当、担当中 3 件（上限 30 件）"},
		{"more of the items beats fewer cases",
			casework.Wish{Prefecture: "兵庫県", Items: []int{1, 8}, Loads: map[string]int{"INOUE": 9}}, "2026-11-24", "INOUE", false,
			"兵庫県（依頼内容 01・08）を担当、担当中 9 件（上限 20 件）"},
		{"equal in all, the code decides",
			casework.Wish{Prefecture: "兵庫県", Items: []int{1}}, "2026-11-24", "INOUE", false, "兵庫県（依頼内容 01）を担当、担当中 0 件（上限 20 件）"},
		{"a full one is passed over",
			casework.Wish{Prefecture: "兵庫県", Items: []int{1}, Loads: map[string]int{"INOUE": 20, "TAKAHASHI": 29}}, "2026-11-24", "TAKAHASHI", false,
			"兵庫県（依頼内容 01）を担当、担当中 29 件（上限 30 件）"},
		{"no room in the prefecture: somebody else's room",
			casework.Wish{Prefecture: "兵庫県", Items: []int{1}, Loads: map[string]int{"INOUE": 20, "TAKAHASHI": 30, "OSAKA": 5}}, "2026-11-24", "OSAKA", false,
			"依頼内容 01 を担当（兵庫県を担当し受入余力のある者がいないため）、担当中 5 件（上限なし）"},
		{"another prefecture's", casework.Wish{Prefecture: "京都府", Items: []int{1}}, "2026-11-24", "OSAKA", false,
			"京都府（依頼内容 01）を担当、担当中 0 件（上限なし）"},
		{"the deputy of an absent one",
			casework.Wish{Prefecture: "兵庫県", Items: []int{1}, Countries: []string{"ベトナム"}, Loads: map[string]int{"TAKAHASHI": 1, "INOUE": 4}, Exclude: "OSAKA"},
			"2026-12-21", "INOUE", false, "兵庫県・ベトナム（依頼内容 01）を担当、担当中 4 件（上限 20 件）"},
		{"the one excluded", casework.Wish{Prefecture: "兵庫県", Items: []int{1}, Exclude: "INOUE"}, "2026-11-24", "TAKAHASHI", false,
			"兵庫県（依頼内容 01）を担当、担当中 0 件（上限 30 件）"},
		{"nothing wished", casework.Wish{}, "2026-11-24", "INOUE", false, "地域・依頼内容を問わず選定、担当中 0 件（上限 20 件）"},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			got, ok := newRoster(t, sample()).Choose(tc.wish, noon(tc.day))
			want := casework.Choice{Code: tc.want, Why: tc.why, Full: tc.full}
			if !ok || got != want {
				t.Errorf("Choose = %+v, %v\nwant     %+v", got, ok, want)
			}
		})
	}
}

func TestWhenNobodyHasRoomTheLeastLoadedTakesIt(t *testing.T) {
	d := sample()
	d.Concierges = d.Concierges[:2]
	got, ok := newRoster(t, d).Choose(casework.Wish{Prefecture: "兵庫県", Loads: map[string]int{"TAKAHASHI": 31, "INOUE": 40}}, today)
	if !ok || !got.Full || got.Code != "TAKAHASHI" || !strings.HasPrefix(got.Why, "全員の担当件数が上限に達しているため、") {
		t.Errorf("Choose = %+v, %v", got, ok)
	}
}

func TestADeputyTakesWhatOnlyTheAbsentOneCovers(t *testing.T) {
	d := sample()
	d.Concierges[1].Prefectures = []string{"奈良県"}
	got, ok := newRoster(t, d).Choose(casework.Wish{Prefecture: "兵庫県"}, noon("2026-12-28"))
	want := "兵庫県を担当、担当中 0 件（上限 20 件）。高橋 恵が不在（12月21日～12月28日）のため代理"
	if !ok || got.Code != "INOUE" || got.Why != want {
		t.Errorf("Choose = %+v, %v, want INOUE: %s", got, ok, want)
	}
	if got, _ := newRoster(t, d).Choose(casework.Wish{Prefecture: "兵庫県"}, noon("2026-12-29")); got.Code != "TAKAHASHI" {
		t.Errorf("on the day after the absence: %+v", got)
	}
}

func TestDeputiesWhoAreAbsentThemselves(t *testing.T) {
	away := func(deputy string) []Absence {
		return []Absence{{From: day("2026-12-01"), Until: day("2026-12-31"), Deputy: deputy}}
	}
	d := Data{Concierges: []Concierge{
		{Code: "A", Name: "阿部 一", Mail: "a@jetro.example", Absences: away("B")},
		{Code: "B", Name: "別府 二", Mail: "b@jetro.example", Absences: away("C")},
		{Code: "C", Name: "千葉 三", Mail: "c@jetro.example"},
	}}
	r := newRoster(t, d)
	if got, ok := r.Choose(casework.Wish{}, noon("2026-12-10")); !ok || got.Code != "C" {
		t.Errorf("a deputy's deputy: %+v, %v", got, ok)
	}
	if got, ok := r.Acting("a", noon("2026-12-10")); !ok || got.Code != "C" {
		t.Errorf("Acting = %+v, %v", got, ok)
	}
	if got, ok := r.Acting("A", today); !ok || got.Code != "A" {
		t.Errorf("Acting of one who is there = %+v, %v", got, ok)
	}
	d.Concierges = d.Concierges[:2]
	d.Concierges[1].Absences = away("A")
	if got, ok := newRoster(t, d).Choose(casework.Wish{}, noon("2026-12-10")); ok {
		t.Errorf("two who stand in for each other: %+v", got)
	}
}

func TestNoConciergeAtAll(t *testing.T) {
	if got, ok := newRoster(t, Data{}).Choose(casework.Wish{Prefecture: "兵庫県"}, today); ok {
		t.Errorf("Choose = %+v", got)
	}
}

func TestProperty_ChooseIsDeterministicAndNeverOverfillsWhileThereIsRoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d Data
		loads := map[string]int{}
		for i := range rapid.IntRange(1, 8).Draw(t, "concierges") {
			c := Concierge{Code: fmt.Sprintf("C%d", i), Name: "名", Mail: fmt.Sprintf("c%d@jetro.example", i),
				Prefectures: rapid.SliceOfDistinct(rapid.SampledFrom(prefectures[26:29]), rapid.ID).Draw(t, "prefectures"),
				Items:       rapid.SliceOfDistinct(rapid.IntRange(1, 13), rapid.ID).Draw(t, "items"),
				Capacity:    rapid.IntRange(1, 5).Draw(t, "capacity")}
			loads[c.Code] = rapid.IntRange(0, 7).Draw(t, "load")
			d.Concierges = append(d.Concierges, c)
		}
		w := casework.Wish{Prefecture: "兵庫県", Items: []int{1, 7}, Loads: loads}
		r, _ := New(d)
		got, ok := r.Choose(w, today)
		slices.Reverse(d.Concierges)
		reversed, _ := New(d)
		if again, _ := reversed.Choose(w, today); !ok || again != got {
			t.Fatalf("rows in another order, another choice: %+v, %+v", got, again)
		}
		room := false
		for _, c := range d.Concierges {
			room = room || loads[c.Code] < c.Capacity
			if c.Code == got.Code && !got.Full && loads[c.Code] >= c.Capacity {
				t.Fatalf("%+v is full already", got)
			}
			if got.Full && loads[c.Code] < loads[got.Code] {
				t.Fatalf("%+v is not the least loaded", got)
			}
		}
		if got.Full == room {
			t.Fatalf("Full = %v, and there is room: %v", got.Full, room)
		}
	})
}

func TestPrefecture(t *testing.T) {
	for address, want := range map[string]string{
		"兵庫県神戸市灘区岩屋北町1-1":        "兵庫県",
		"〒657-0846 兵庫県神戸市灘区":     "兵庫県",
		"神戸市中央区港島中町6-1":          "兵庫県",
		"　神戸市 中央区":               "兵庫県",
		"東京都府中市宮西町2-24":          "東京都",
		"京都府京都市中京区":              "京都府",
		"京都市下京区":                 "京都府",
		"大阪市北区梅田":                "大阪府",
		"堺市堺区":                   "大阪府",
		"北九州市小倉北区":               "福岡県",
		"浜松市中央区":                 "静岡県",
		"相模原市緑区":                 "神奈川県",
		"さいたま市大宮区":               "埼玉県",
		"那覇市泉崎":                  "沖縄県",
		"津市羽所町":                  "三重県",
		"大津市京町":                  "滋賀県",
		"札幌市中央区":                 "北海道",
		"千代田区丸の内1-1":             "東京都",
		"鹿児島市山下町":                "鹿児島県",
		"〒100-0005　東京都千代田区":      "東京都",
		"本社：兵庫県姫路市":              "兵庫県",
		"姫路市飾磨区":                 "",
		"中央区三宮町":                 "",
		"東松山市":                   "",
		"5-3-1 Minatojima, Kobe": "",
		"":                       "",
	} {
		if got := Prefecture(address); got != want {
			t.Errorf("Prefecture(%q) = %q, want %q", address, got, want)
		}
	}
	if len(Prefectures()) != 47 || len(cityPrefectures) < 20+30 {
		t.Errorf("%d prefectures, %d cities", len(Prefectures()), len(cityPrefectures))
	}
	for city, p := range cityPrefectures {
		if !slices.Contains(prefectures[:], p) || Prefecture(city) != p {
			t.Errorf("%s is in %q, and Prefecture says %q", city, p, Prefecture(city))
		}
	}
}
