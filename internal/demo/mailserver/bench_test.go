package mailserver

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/emersion/go-imap/v2"
)

// sheetMail is as large as a mail with an entry sheet: 35 KB.
func sheetMail(n int) []byte {
	return append(letter(n), bytes.Repeat([]byte("UEsDBBQABgAIAAAAIQBi7p1oXgEAAJAEAAATAAgCW0NvbnRlbnRfVHlwZXNdLnhtbA\r\n"), 500)...)
}

func BenchmarkDeliver(b *testing.B) {
	s := start(b, nil)
	mail := sheetMail(1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Deliver(user, "INBOX", mail, testDate); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFetch16(b *testing.B) {
	s := start(b, nil)
	for i := range 16 {
		if _, err := s.Deliver(user, "INBOX", sheetMail(i), testDate); err != nil {
			b.Fatal(err)
		}
	}
	c := client(b, s, nil)
	selectBox(b, c, "INBOX")
	options := &imap.FetchOptions{UID: true, InternalDate: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}}
	for b.Loop() {
		if got, err := c.Fetch(imap.UIDSet{{Start: 1, Stop: 16}}, options).Collect(); err != nil || len(got) != 16 {
			b.Fatal(len(got), err)
		}
	}
}

func BenchmarkMove16(b *testing.B) {
	s := start(b, nil)
	for i := range 16 {
		if _, err := s.Deliver(user, "INBOX", sheetMail(i), testDate); err != nil {
			b.Fatal(err)
		}
	}
	c := client(b, s, nil)
	boxes := []string{"INBOX", "Junk"}
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		selectBox(b, c, boxes[i%2])
		b.StartTimer()
		if data, err := c.Move(imap.SeqSet{{Start: 1, Stop: 16}}, boxes[1-i%2]).Wait(); err != nil || data.DestUIDs == nil {
			b.Fatal(data, err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	s := start(b, nil)
	c := client(b, s, nil)
	mail := append(sheetMail(1), bytes.Repeat([]byte("certificate\r\n"), 5000)...) // 100 KB, as in Sent
	for b.Loop() {
		cmd := c.Append("Sent", int64(len(mail)), nil)
		_, _ = cmd.Write(mail)
		_ = cmd.Close()
		if _, err := cmd.Wait(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSearchMessageIDIn10000(b *testing.B) {
	s := start(b, nil)
	deliver(b, s, "Sent", 10_000)
	c := client(b, s, nil)
	selectBox(b, c, "Sent")
	for i := 0; b.Loop(); i++ {
		id := fmt.Sprintf("<m%d@agency.example>", i%10_000+1)
		data, err := c.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: id}}}, nil).Wait()
		if err != nil || len(data.AllUIDs()) != 1 {
			b.Fatal(data, err)
		}
	}
}
