package scenario

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"uketsuke/internal/casework"
	"uketsuke/internal/config"
	"uketsuke/internal/demo"
	"uketsuke/internal/demo/form"
	"uketsuke/internal/demo/post"
	"uketsuke/mailtemplates"
)

// lines is an endless base64-like body of which n bytes are read.
type lines struct{ n int64 }

func (l *lines) Read(p []byte) (int, error) {
	if l.n <= 0 {
		return 0, io.EOF
	}
	const line = "VWtldHN1a2UgcmVhZHMgb25seSB0aGUgaGVhZGVyIG9mIGEgbWFpbCB0aGF0IGlzIHRvbyBsYX\r\n"
	n := 0
	for n+len(line) <= len(p) && l.n > 0 {
		copy(p[n:], line)
		n, l.n = n+len(line), l.n-int64(len(line))
	}
	return n, nil
}

// A mail of 60 MB: its header is read, its bytes are kept whole, a person looks at it. Not parallel: it measures memory.
func TestAMailOfSixtyMegabytesIsKeptWholeAndPutAside(t *testing.T) {
	w := New(t, Options{})
	w.Settle()
	peak := memoryPeak(t)
	head := strings.Join(append(demo.Evidence(tanaka), "From: <"+tanaka+">", "To: <"+demo.OfficeAddr+">", "Subject: =?UTF-8?B?5b6F44Gj44Gm?= 60MB",
		"Date: Mon, 16 Nov 2026 10:00:00 +0900", "Message-ID: <large@minato-bank.example>", "MIME-Version: 1.0", `Content-Type: multipart/mixed; boundary="b"`, "", "",
		"--b", "Content-Type: application/octet-stream; name=video.mp4", "Content-Transfer-Encoding: base64", "", ""), "\r\n")
	sum := sha256.New()
	raw := io.TeeReader(io.MultiReader(strings.NewReader(head), &lines{60 << 20}, strings.NewReader("--b--\r\n")), sum)
	if _, err := w.server.DeliverFrom(demo.OfficeUser, "INBOX", raw, w.Now()); err != nil {
		t.Fatal(err)
	}
	w.Incoming(sheetMail(t, tanaka, nil))
	w.Settle()
	if grown := peak(); grown > 64<<20 {
		t.Errorf("memory grew by %d MiB", grown>>20)
	} else {
		t.Logf("memory grew by %.1f MiB", float64(grown)/(1<<20))
	}
	told := w.ExpectLetter(clerk, "ご確認いただきたいメールのお知らせ")
	w.expectText(told, "60 MB", tanaka)
	w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ") // the next mail is done
	w.ExpectLetter(mori, "担当案件のお知らせ")
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"INBOX": 0, "確認待ち": 1, "受付済": 1})
	if want := hex.EncodeToString(sum.Sum(nil)); !keptBySum(t, w.dir, want) {
		t.Errorf("no file of the data folder has the mail's bytes (SHA-256 %s)", want)
	}
	w.incomingLarge(t, head)
	w.Settle()
	w.ExpectNoLetter() // the very same mail again
	w.expectFolders(map[string]int{"INBOX": 0, "確認待ち": 2})
	w.expectEmptySpool()
}

// expectEmptySpool: what a large mail needed while it was read is gone again.
func (w *World) expectEmptySpool() {
	w.t.Helper()
	if left, err := filepath.Glob(filepath.Join(w.dir, "spool", "*")); err != nil || len(left) > 0 {
		w.t.Errorf("left in the spool: %v %v", left, err)
	}
}

// incomingLarge delivers the large mail once more, as by another alias.
func (w *World) incomingLarge(t testing.TB, head string) {
	t.Helper()
	trace := "Received: from another by way of an alias; Mon, 16 Nov 2026 10:00:00 +0900\r\n"
	raw := io.MultiReader(strings.NewReader(trace+head), &lines{60 << 20}, strings.NewReader("--b--\r\n"))
	if _, err := w.server.DeliverFrom(demo.OfficeUser, "INBOX", raw, w.Now()); err != nil {
		t.Fatal(err)
	}
}

// memoryPeak watches the heap; the returned function tells its greatest growth.
func memoryPeak(t testing.TB) func() uint64 {
	t.Helper()
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	var peak atomic.Uint64
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), m.HeapInuse))
			select {
			case <-quit:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	return func() uint64 {
		close(quit)
		<-ended
		return max(peak.Load(), before.HeapInuse) - before.HeapInuse
	}
}

func keptBySum(t testing.TB, dir, want string) (found bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || found {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		h := sha256.New()
		if _, err := io.Copy(h, f); err != nil {
			return err
		}
		found = hex.EncodeToString(h.Sum(nil)) == want
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// One bad mail blocks nobody: a letter's template that the office has changed breaks for one of five mails.
func TestAMailThatFailsThreeTimesIsPutAsideAndTheOthersAreDone(t *testing.T) {
	t.Parallel()
	templates := t.TempDir()
	text, err := fs.ReadFile(mailtemplates.FS, "returned.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	broken := strings.Replace(string(text), `{{define "body"}}`, `{{define "body"}}{{if eq .FileName "毒.xlsx"}}{{index .Problems 99}}{{end}}`, 1)
	if err := os.WriteFile(filepath.Join(templates, "returned.tmpl"), []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	w := New(t, Options{Change: func(c *config.Config) { c.Templates = templates }})
	for i := range 5 {
		m := sheetMail(t, tanaka, func(e *form.Entry) {
			company(fmt.Sprintf("株式会社第%d", i), int64(140001000500+i))(e)
			e.Confirm[2] = i%2 == 0 // two are returned
		})
		if i == 1 {
			m.Files[0].Name = "毒.xlsx"
		}
		w.Incoming(m)
	}
	w.Settle()
	w.expectText(w.ExpectLetter(clerk, "ご確認いただきたいメールのお知らせ"), "処理を3回試みましたが")
	for _, n := range []string{"00001-", "00002-", "00003-"} {
		w.ExpectLetter(tanaka, "[登録 2026-KOB-"+n)
	}
	w.ExpectLetter(tanaka, "ご確認のお願い")
	w.expectFolders(map[string]int{"INBOX": 0, "受付済": 4, "確認待ち": 1})
	if c := w.cases(); len(c) != 4 || c[3].Receipt != "E26-00004" {
		t.Errorf("the mail that failed left something behind: %+v", c)
	}
	before := w.Copies()
	w.Advance(time.Hour)
	w.Settle()
	if n := w.Copies(); n != before {
		t.Errorf("%d letters more", n-before)
	}
}

// locked is the workbook with a password, as excelize writes it.
func locked(t testing.TB) []byte {
	t.Helper()
	b, err := excelize.Encrypt(book(t, nil), &excelize.Options{Password: "minato"})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// oldWorkbook has the outside of an .xls file ([MS-CFB]): a compound file with a stream of the name Workbook.
func oldWorkbook() []byte {
	b := make([]byte, 512*4)
	copy(b, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	le := binary.LittleEndian
	le.PutUint16(b[30:], 9) // sectors of 512 bytes
	le.PutUint32(b[44:], 1) // one of them holds the FAT
	le.PutUint32(b[48:], 1) // the next is the directory
	le.PutUint32(b[68:], 0xFFFFFFFE)
	for i := 76; i < 512; i += 4 {
		le.PutUint32(b[i:], 0xFFFFFFFF)
	}
	le.PutUint32(b[76:], 0)
	le.PutUint32(b[512:], 0xFFFFFFFD)
	le.PutUint32(b[516:], 0xFFFFFFFE)
	for i, name := range []string{"Root Entry", "Workbook"} {
		e := b[1024+128*i:]
		for j, u := range utf16.Encode([]rune(name)) {
			le.PutUint16(e[2*j:], u)
		}
		le.PutUint16(e[64:], uint16(2*len(name)+2))
		le.PutUint32(e[68:], 0xFFFFFFFF)
		le.PutUint32(e[72:], 0xFFFFFFFF)
		le.PutUint32(e[76:], 0xFFFFFFFF)
	}
	le.PutUint32(b[1024+76:], 1)
	return b
}

func zipped(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	f, err := zw.Create("エントリーシート.xlsx")
	if err == nil {
		_, err = f.Write(book(t, nil))
	}
	if err == nil {
		err = zw.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// controls is the entry sheet with its confirmations in floating check boxes, which no program here can read.
func controls(t testing.TB) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(book(t, func(e *form.Entry) { e.Confirm = [4]bool{} })))
	if err != nil {
		t.Fatal(err)
	}
	sheet := f.GetSheetName(0)
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i, row := range rows {
		if len(row) == 0 || !strings.HasPrefix(row[0], "□ ") {
			continue
		}
		n++
		cell := fmt.Sprintf("A%d", i+1)
		if err := f.SetCellStr(sheet, cell, strings.TrimPrefix(row[0], "□ ")); err != nil {
			t.Fatal(err)
		}
		if err := f.AddFormControl(sheet, excelize.FormControl{Cell: cell, Type: excelize.FormControlCheckBox, Text: "", Checked: true, Height: 16, Width: 16}); err != nil {
			t.Fatal(err)
		}
	}
	if n != 4 {
		t.Fatalf("%d confirmations found in the form", n)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return spoiled(t, b.Bytes())
}

// spoiled gives every check box that floats over a cell a state that means nothing.
func spoiled(t testing.TB, book []byte) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, part := range r.File {
		src, err1 := part.Open()
		text, err2 := io.ReadAll(src)
		dst, err3 := w.Create(part.Name)
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		text = bytes.ReplaceAll(text, []byte(`<x:Checked>1</x:Checked>`), []byte(`<x:Checked>?</x:Checked>`))
		if _, err := dst.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// sevenZip is how a 7z file begins.
var sevenZip = []byte("7z\xbc\xaf\x27\x1c\x00\x04")

func TestASheetInAnArchiveIsAnEntryAsAnyOther(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	m := plain(tanaka, "エントリーシートの送付", "お送りいたします。")
	m.Files = []post.File{{Name: "エントリーシート.zip", Bytes: zipped(t)}}
	w.Incoming(m)
	w.Settle()
	w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ")
	w.ExpectLetter(mori, "担当案件のお知らせ")
	w.ExpectNoLetter()
}

func TestAFileThatCannotBeOpenedHereIsPutAsideWhole(t *testing.T) {
	t.Parallel()
	whole := book(t, nil)
	corrupt := bytes.Clone(whole)
	copy(corrupt[len(corrupt)/3:], bytes.Repeat([]byte{0xA5}, len(corrupt)/3))
	for _, tc := range []struct {
		name, file string
		bytes      []byte
		reason     string
	}{
		{"broken old workbook", "エントリーシート.xls", oldWorkbook(), ""},
		{"archive", "エントリーシート.7z", sevenZip, "圧縮ファイル（7z形式）"},
		{"broken archive", "エントリーシート.zip", zipped(t)[:200], "圧縮ファイル"},
		{"cut short", "エントリーシート.xlsx", whole[:len(whole)/2], ""},
		{"corrupt", "エントリーシート.xlsx", corrupt, ""},
		{"not by its name", "エントリーシート.pdf", corrupt, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := New(t, Options{})
			m := plain(tanaka, "エントリーシートの送付", "お送りいたします。")
			m.Files = []post.File{{Name: tc.file, Bytes: tc.bytes}}
			w.Incoming(m)
			w.Settle()
			w.expectText(w.ExpectLetter(clerk, "ご確認いただきたいメールのお知らせ"), tc.file, tc.reason, tanaka)
			w.ExpectNoLetter()
			w.expectFolders(map[string]int{"INBOX": 0, "確認待ち": 1})
			if c := w.cases(); len(c) != 0 {
				t.Errorf("half read: %+v", c)
			}
			// beside a good sheet: that one is done, the other one told
			both := sheetMail(t, tanaka, company("株式会社姫路精機", 140001000201))
			both.Files = append([]post.File{{Name: tc.file, Bytes: tc.bytes}}, both.Files...)
			w.Incoming(both)
			w.Settle()
			w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ")
			w.ExpectLetter(mori, "担当案件のお知らせ")
			w.expectText(w.ExpectLetter(clerk, "ご確認いただきたいメールのお知らせ"), tc.file)
			w.ExpectNoLetter()
			w.expectFolders(map[string]int{"INBOX": 0, "確認待ち": 2})
		})
	}
}

// A box whose state cannot be read is a person's to read: the clerk is asked, and answers for them with 承認.
func TestASheetWithBoxesThatNobodyCanReadIsHeldForTheClerk(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	m := plain(tanaka, "エントリーシートの送付", "お送りいたします。")
	m.Files = []post.File{{Name: "フォーム.xlsx", Bytes: controls(t)}}
	w.Incoming(m)
	w.Settle()
	held := w.ExpectLetter(clerk, "ご判断のお願い")
	w.ExpectNoLetter()
	w.expectFile(held, "フォーム.xlsx")
	if c := w.cases(); len(c) != 1 || c[0].Stage != casework.StageHeld {
		t.Fatalf("cases: %+v", c)
	}
	w.follow(clerk, held, "承認", "")
	w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ")
	w.ExpectLetter(mori, "担当案件のお知らせ")
	w.ExpectLetter(clerk, "お手続きのご報告（承認")
	w.ExpectNoLetter()
}

func TestALockedFileOfAStrangerIsToldToTheClerkOnly(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	m := plain(stranger, "お送りします", "")
	m.Files = []post.File{{Name: "エントリーシート.xlsx", Bytes: locked(t)}}
	w.Incoming(m)
	z := plain(stranger, "お送りします", "")
	z.Files = []post.File{{Name: "資料.7z", Bytes: sevenZip}}
	w.Incoming(z)
	w.Settle()
	w.ExpectLetter(clerk, "ご確認いただきたいメールのお知らせ")
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"INBOX": 1, "確認待ち": 1})
}
