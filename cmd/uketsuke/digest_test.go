package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Each digest is shown as it would be written, in three forms, with dummy codes, and nothing is written.
func TestADigestIsShownAndNothingIsWritten(t *testing.T) {
	dir := demoFolderOf(t)
	cfg := filepath.Join(dir, "uketsuke.toml")
	live := liveCodes(t, dir)
	later := time.Now().AddDate(0, 0, 14).Format(time.DateOnly)
	untouched(t, dir, func() {
		for _, tc := range []struct {
			args []string
			want []string
		}{
			{[]string{"concierge", "--to", "TAKAHASHI", "--at", later}, []string{"Subject: 本日のご確認", "案件の引受", "引受 ["}},
			{[]string{"concierge", "--to", "Takahashi@jetro.example"}, []string{"To: takahashi@jetro.example"}},
			{[]string{"clerk", "--at", later}, []string{"本日のご確認（事務局）", "高橋 恵"}},
			{[]string{"office", "--at", later}, []string{"週次のご報告", "登録（引受待ち）", "年度の受付・登録・終了"}},
			{[]string{"agency", "--to", "minato"}, []string{"ご紹介いただいた企業の状況", "みなと銀行", "状況 ["}},
		} {
			args := append([]string{"digest", "--config", cfg}, tc.args...)
			out := does(t, args...)
			for _, w := range tc.want {
				if !strings.Contains(out, w) {
					t.Errorf("%q lacks %q:\n%s", args, w, out)
				}
			}
			for _, m := range codes.FindAllStringSubmatch(out, -1) {
				if live[m[1]] {
					t.Errorf("%q shows a code that is good", args)
				}
			}
		}
		if html := does(t, "digest", "clerk", "--config", cfg, "--html"); !strings.Contains(html, "<html") {
			t.Error("--html shows no HTML")
		}
		one := lines[object](t, does(t, "digest", "concierge", "--to", "MORI", "--config", cfg, "--json"))
		if len(one) != 1 || one[0]["letter"] != "digest-concierge" || one[0]["sent"] != true && one[0]["sent"] != false || one[0]["text"] == "" {
			t.Errorf("--json: %v", one)
		}
	})
}

func TestADigestThatCannotBeShownSaysWhy(t *testing.T) {
	cfg := filepath.Join(demoFolderOf(t), "uketsuke.toml")
	for _, args := range [][]string{{}, {"nobody"}, {"concierge"}, {"concierge", "--to", "NOBODY"}, {"agency", "--to", "NOBODY"}, {"clerk", "office"}, {"clerk", "--html", "--json"}} {
		refuses(t, exitUsage, append([]string{"digest", "--config", cfg}, args...), "digest")
	}
	refuses(t, exitUsage, []string{"digest", "clerk"}, "--config")
	refuses(t, exitFail, []string{"digest", "agency", "--to", "SHINKIN9", "--config", cfg}, "no company")
}
