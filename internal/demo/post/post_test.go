package post_test

import (
	"testing"
	"time"

	"uketsuke/internal/demo/post"
	"uketsuke/internal/inbound"
)

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	for _, jis := range []bool{true, false} {
		m := post.Mail{FromName: "田中 一郎", From: "tanaka@minato-bank.example", To: "kobe@uketsuke.example", Subject: "新輸出大国コンソーシアム エントリーシートの送付について",
			Text: "いつもお世話になっております。\nシートをお送りします。", MessageID: "1@minato-bank.example", InReplyTo: "0@uketsuke.example",
			Date: time.Date(2026, 11, 16, 10, 15, 0, 0, time.FixedZone("", 9*3600)), JIS: jis,
			Files: []post.File{{Name: "エントリーシート（株式会社灘酒造）.xlsx", Bytes: []byte("PK not really")}}}
		got, err := inbound.Parse(m.Bytes(), inbound.Options{Limits: inbound.DefaultLimits()})
		if err != nil {
			t.Fatal(err)
		}
		if got.Subject != m.Subject || got.Text != m.Text || got.From[0].Name != m.FromName || got.InReplyTo[0] != m.InReplyTo || !got.Date.Equal(m.Date) {
			t.Errorf("jis %v: read back %q %q %+v", jis, got.Subject, got.Text, got.From)
		}
		if len(got.Attachments) != 1 || got.Attachments[0].Name != m.Files[0].Name || string(got.Attachments[0].Data) != "PK not really" {
			t.Errorf("jis %v: attachments %+v", jis, got.Attachments)
		}
	}
}
