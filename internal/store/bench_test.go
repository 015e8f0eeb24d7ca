package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"uketsuke/internal/casework"
)

// bulky makes an entry mail of 35 KB with a workbook of 25 KB; nothing in it compresses or repeats.
func bulky(n int) Inbound {
	in := mail(n, fmt.Sprintf("会社%d", n))
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	in.Raw = append(in.Raw, noise(rng, 35<<10)...)
	book := noise(rng, 25<<10)
	sum := sha256Hex(book)
	in.Blobs = map[string][]byte{sum: book}
	in.Input.Sheets[0].File.Blob = sum
	return in
}

func noise(rng *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + rng.IntN(26))
	}
	return b
}

var padding = noise(rand.New(rand.NewPCG(2, 2)), 45<<10)

// frozenBulky renders a letter of 45 KB.
func frozenBulky(l casework.Letter) (casework.Rendered, error) {
	r, err := frozen(l)
	r.Raw = append(append(make([]byte, 0, len(r.Raw)+len(padding)), r.Raw...), padding...)
	return r, err
}

// BenchmarkHandle is the store's share of a backlog: batches of 16 mails of 35 KB, two letters of 45 KB each.
func BenchmarkHandle(b *testing.B) {
	s := open(b, b.TempDir())
	ins := make([]Inbound, b.N)
	for i := range ins {
		ins[i] = bulky(i + 1)
	}
	b.ResetTimer()
	for len(ins) > 0 {
		n := min(16, len(ins))
		for _, h := range handleWith(b, s, register, frozenBulky, ins[:n]...) {
			if h.Err != nil {
				b.Fatal(h.Err)
			}
		}
		ins = ins[n:]
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/mail")
}

// BenchmarkHandleAlone is one mail in a transaction of its own.
func BenchmarkHandleAlone(b *testing.B) {
	s := open(b, b.TempDir())
	for i := range b.N {
		in := bulky(i + 1)
		b.StartTimer()
		handleWith(b, s, register, frozenBulky, in)
		b.StopTimer()
	}
}

// BenchmarkSend is the store's share of sending: claims of eight, each accepted at once.
func BenchmarkSend(b *testing.B) {
	s := open(b, b.TempDir())
	ctx := context.Background()
	for i := 0; i*2 < b.N; i += 16 {
		var ins []Inbound
		for k := range 16 {
			ins = append(ins, bulky(i+k+1))
		}
		handleWith(b, s, register, frozenBulky, ins...)
	}
	epoch, err := s.Lease(ctx, "bench")
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for sent := 0; sent < b.N; {
		c, err := s.Claim(ctx, epoch, monday, 8, free, someBrakes)
		if err != nil || len(c.Letters) == 0 {
			b.Fatal("nothing claimed: ", err)
		}
		for _, l := range c.Letters {
			if err := s.Accepted(ctx, Settled{Letter: l.ID, Attempt: l.Attempt, At: monday, Copy: true}); err != nil {
				b.Fatal(err)
			}
			sent++
		}
		s.NoteCopied([]int64{c.Letters[0].ID})
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/letter")
}
