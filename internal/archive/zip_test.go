package archive

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/aes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/japanese"
	"pgregory.net/rapid"
)

// tester is a test, a fuzz target or a property.
type tester interface {
	Helper()
	Fatal(...any)
}

// entry is a file as a test puts it into a ZIP.
type entry struct {
	name     string // bytes as they stand in the archive
	data     string
	utf8     bool
	extra    []byte
	password string
	aes      int // 0: ZipCrypto; else strength 1, 2, 3
	ae2      bool
	declared int // size to lie about; 0: the true one
}

// zipped makes a ZIP.
func zipped(t tester, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, NonUTF8: !e.utf8, Method: zip.Deflate, Extra: e.extra, CRC32: crc32.ChecksumIEEE([]byte(e.data))}
		if e.utf8 {
			h.Flags |= 0x800
		}
		raw := deflated(t, e.data)
		if e.password != "" {
			raw = sealed(t, h, raw, e)
		}
		h.CompressedSize64, h.UncompressedSize64 = uint64(len(raw)), uint64(len(e.data))
		if e.declared > 0 {
			h.UncompressedSize64 = uint64(e.declared)
		}
		f, err := w.CreateRaw(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(raw); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func deflated(t tester, data string) []byte {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(data)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sealed encrypts as the formats say (APPNOTE.TXT 6.1; WinZip's AES description).
func sealed(t tester, h *zip.FileHeader, raw []byte, e entry) []byte {
	h.Flags |= 1
	if e.aes == 0 {
		keys := newZipCrypto(e.password)
		var out []byte
		for _, c := range append(append(make([]byte, 11), byte(h.CRC32>>24)), raw...) {
			t := keys[2] | 2
			out = append(out, c^byte(t*(t^1)>>8))
			keys.update(c)
		}
		return out
	}
	keyLen := 8 + 8*e.aes
	salt := bytes.Repeat([]byte{7}, keyLen/2)
	keys, err := pbkdf2.Key(sha1.New, e.password, salt, 1000, 2*keyLen+2)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(keys[:keyLen])
	if err != nil {
		t.Fatal(err)
	}
	sealed := make([]byte, len(raw))
	for i := range raw {
		var counter, stream [16]byte
		binary.LittleEndian.PutUint64(counter[:], uint64(i/16)+1)
		block.Encrypt(stream[:], counter[:])
		sealed[i] = raw[i] ^ stream[i%16]
	}
	mac := hmac.New(sha1.New, keys[keyLen:2*keyLen])
	mac.Write(sealed)
	version := byte(1)
	if e.ae2 {
		version, h.CRC32 = 2, 0
	}
	h.Extra = append(h.Extra, 0x01, 0x99, 7, 0, version, 0, 'A', 'E', byte(e.aes), byte(h.Method), 0)
	h.Method = 99
	return bytes.Join([][]byte{salt, keys[2*keyLen:], sealed, mac.Sum(nil)[:10]}, nil)
}

func sjis(t tester, s string) string {
	b, err := japanese.ShiftJIS.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// options are those of a test: Shift_JIS for names that nobody declares.
func options(passwords ...string) Options {
	return Options{Limits: DefaultLimits(time.Now), Passwords: passwords, Decode: func(raw []byte) (string, string) {
		s, err := japanese.ShiftJIS.NewDecoder().Bytes(raw)
		if err != nil {
			return string(raw), ""
		}
		return string(s), "cp932"
	}}
}

func mustOpen(t tester, data []byte, o Options) *Opened {
	t.Helper()
	got, err := OpenZIP(data, o)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestNames(t *testing.T) {
	unicode := func(plain, name string) []byte {
		b := binary.LittleEndian.AppendUint16(nil, unicodePath)
		b = binary.LittleEndian.AppendUint16(b, uint16(5+len(name)))
		b = append(b, 1)
		b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE([]byte(plain)))
		return append(b, name...)
	}
	for _, c := range []struct {
		rule string
		e    entry
		want string
	}{
		{"CP932, nothing declared", entry{name: sjis(t, "表/エントリーシート（株式会社灘酒造）.xlsx")}, "表/エントリーシート（株式会社灘酒造）.xlsx"},
		{"UTF-8 by flag bit 11", entry{name: "表/一覧.xlsx", utf8: true}, "表/一覧.xlsx"},
		{"the Unicode path field", entry{name: "?.xlsx", extra: unicode("?.xlsx", "一覧.xlsx")}, "一覧.xlsx"},
		{"a Unicode path field of another name", entry{name: "a.xlsx", extra: unicode("b.xlsx", "一覧.xlsx")}, "a.xlsx"},
		{"backslashes", entry{name: `a\b.xlsx`, utf8: true}, "a/b.xlsx"},
		{"a way out", entry{name: "../../etc/./x", utf8: true}, "etc/x"},
		{"a root", entry{name: "//tmp/x", utf8: true}, "tmp/x"},
		{"a drive", entry{name: `C:\x`, utf8: true}, "x"},
		{"control characters", entry{name: "a\r\n\x00b", utf8: true}, "ab"},
	} {
		got := mustOpen(t, zipped(t, c.e), options())
		if len(got.Files) != 1 || got.Files[0].Path != c.want {
			t.Errorf("%s: %+v, want %q", c.rule, got.Files, c.want)
		}
	}
	if got := mustOpen(t, zipped(t, entry{name: "__MACOSX/._a.xlsx"}, entry{name: "x/.DS_Store"}, entry{name: "../.."}), options()); len(got.Files) != 0 {
		t.Errorf("litter: %+v", got.Files)
	}
}

func TestEveryEncryptionOpensWithItsPasswordAndNoOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.StringN(20, 300, -1).Draw(t, "data")
		password := rapid.StringMatching(`[a-zA-Z0-9!#%ぁ-ん]{1,20}`).Draw(t, "password")
		e := entry{name: "a.txt", utf8: true, data: data, password: password, aes: rapid.IntRange(0, 3).Draw(t, "aes"), ae2: rapid.Bool().Draw(t, "AE-2")}
		archive := zipped(t, e)
		got, err := OpenZIP(archive, options("no", password))
		if err != nil || got.Locked || got.Password != password || len(got.Files) != 1 || string(got.Files[0].Data) != data {
			t.Fatalf("%+v, %v", got, err)
		}
		for _, candidates := range [][]string{nil, {"", "x" + password, "no"}} {
			got, err = OpenZIP(archive, options(candidates...))
			if err != nil || !got.Locked || got.Password != "" || !errors.Is(got.Files[0].Err, ErrLocked) || got.Files[0].Data != nil || got.Files[0].Path != "a.txt" {
				t.Fatalf("candidates %q: %+v, %v", candidates, got, err)
			}
		}
	})
}

// infoZIP is inside.txt under the password "Kobe2026!", made with Info-ZIP 3.0.
const infoZIP = "UEsDBBQACQAIAFGoeF3jUT2NFgAAABcAAAAKAAAAaW5zaWRlLnR4dEGUumtft0C2CCikfFQOj+3CiMrjYoBQSwcI41E9jRYAAAAXAAAAUEsBAh4DFAAJAAgAUah4XeNRPY0WAAAAFwAAAAoAAAAAAA" +
	"AAAQAAAKSBAAAAAGluc2lkZS50eHRQSwUGAAAAAAEAAQA4AAAATgAAAAAA"

func TestAnArchiveOfAnotherProgramOpens(t *testing.T) {
	data, err := base64.StdEncoding.DecodeString(infoZIP)
	if err != nil {
		t.Fatal(err)
	}
	if got := mustOpen(t, data, options("Kobe2026!")); got.Locked || string(got.Files[0].Data) != "hello hello hello hello" {
		t.Errorf("%+v", got)
	}
}

func TestAPasswordTypedOnWindowsIsCP932(t *testing.T) {
	got := mustOpen(t, zipped(t, entry{name: "a", data: "x", password: sjis(t, "ひみつ")}), options("ひみつ"))
	if got.Locked || got.Password != "ひみつ" {
		t.Errorf("%+v", got)
	}
}

func TestFilesMayHavePasswordsOfTheirOwn(t *testing.T) {
	got := mustOpen(t, zipped(t, entry{name: "a", data: "x", password: "one"}, entry{name: "b", data: strings.Repeat("y", 99), password: "two", aes: 3}, entry{name: "c", data: "open"}), options("one"))
	if !got.Locked || got.Files[0].Err != nil || !errors.Is(got.Files[1].Err, ErrLocked) || string(got.Files[2].Data) != "open" {
		t.Errorf("%+v", got)
	}
}

func TestLimitsHoldBeforeAnythingIsExpanded(t *testing.T) {
	many := make([]entry, 201)
	for i := range many {
		many[i] = entry{name: fmt.Sprint(i)}
	}
	for _, c := range []struct {
		limit string
		data  []byte
	}{
		{"entries", zipped(t, many...)},
		{"ratio", zipped(t, entry{name: "a", data: "x", declared: 20 << 20})},
		{"bytes", zipped(t, entry{name: "a", data: "x", declared: 40 << 20}, entry{name: "b", data: "x", declared: 40 << 20})},
		{"bytes", zipped(t, entry{name: "a", data: "x", declared: 1 << 50})},
	} {
		var limit *LimitError
		if _, err := OpenZIP(c.data, options()); !errors.As(err, &limit) || limit.Limit != c.limit {
			t.Errorf("%s: %v", c.limit, err)
		}
	}
}

func TestALieAboutTheSizeIsDamage(t *testing.T) {
	for _, declared := range []int{1, 5000} {
		got := mustOpen(t, zipped(t, entry{name: "a", data: strings.Repeat("x", 1000), declared: declared}), options())
		if f := got.Files[0]; f.Err == nil || errors.Is(f.Err, ErrLocked) {
			t.Errorf("declared %d: %+v", declared, f)
		}
	}
}

func TestCandidatesAreBounded(t *testing.T) {
	archive := zipped(t, entry{name: "a", data: "x", password: "right"})
	wrong := make([]string, 64)
	if got := mustOpen(t, archive, options(append(wrong, "right")...)); !got.Locked {
		t.Error("the 65th candidate was tried")
	}
	o := options("wrong", "right")
	var clock time.Time
	o.Limits.Now = func() time.Time { clock = clock.Add(6 * time.Second); return clock }
	if got := mustOpen(t, archive, o); !got.Locked {
		t.Error("a candidate was tried after the time was over")
	}
}

func TestSniff(t *testing.T) {
	for want, head := range map[Format]string{
		ZIP: "PK\x03\x04", SevenZip: "7z\xbc\xaf\x27\x1c\x00\x04", RAR: "Rar!\x1a\x07\x01\x00", LZH: "\x20\x00-lh5-", CAB: "MSCF\x00\x00\x00\x00",
		TAR: strings.Repeat("\x00", 257) + "ustar", GZIP: "\x1f\x8b\x08", None: "%PDF-1.7",
	} {
		if got := Sniff([]byte(head)); got != want {
			t.Errorf("%q is %q, want %q", head, got, want)
		}
	}
	if got := Sniff(zipped(t)); got != ZIP {
		t.Errorf("an empty ZIP is %q", got)
	}
}

func FuzzOpenZIP(f *testing.F) {
	f.Add(zipped(f, entry{name: "a", data: "x"}), "p")
	f.Add(zipped(f, entry{name: "a", data: strings.Repeat("x", 500), password: "p"}, entry{name: "b/c", data: "y", password: "p", aes: 3, ae2: true}), "p")
	f.Add(zipped(f, entry{name: sjis(f, "表.txt"), data: "x", declared: 1 << 30}), "")
	f.Fuzz(func(t *testing.T, data []byte, password string) {
		got, err := OpenZIP(data, options(password))
		if err != nil {
			return
		}
		var total int
		for _, file := range got.Files {
			total += len(file.Data)
			if file.Path == "" || strings.HasPrefix(file.Path, "/") || strings.Contains("/"+file.Path+"/", "/../") {
				t.Errorf("path %q", file.Path)
			}
		}
		if total > 64<<20 || len(got.Files) > 200 {
			t.Errorf("%d files with %d bytes", len(got.Files), total)
		}
	})
}
