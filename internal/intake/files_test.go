package intake

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"uketsuke/internal/casework"
	"uketsuke/internal/demo/form"
	"uketsuke/internal/demo/post"
	"uketsuke/internal/ooxmlcrypt"
)

// lockedArchive is inside.txt under the password "Kobe2026!" (ZipCrypto), made with Info-ZIP.
func lockedArchive(t testing.TB) post.File {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString("UEsDBBQACQAIAFGoeF3jUT2NFgAAABcAAAAKAAAAaW5zaWRlLnR4dEGUumtft0C2CCikfFQOj+3CiMrjYoBQSwcI41E9jRYAAAAXAAAAUEsBAh4DFAAJAAgAUah4XeNRPY0WAAAAFwAAAAoAAAAAAA" +
		"AAAQAAAKSBAAAAAGluc2lkZS50eHRQSwUGAAAAAAEAAQA4AAAATgAAAAAA")
	if err != nil {
		t.Fatal(err)
	}
	return post.File{Name: "locked.zip", Bytes: b}
}

// tree lists files with their kinds, those inside indented.
func tree(files []File) string {
	var b strings.Builder
	for _, f := range files {
		fmt.Fprintf(&b, "%s%s %s\n", strings.Repeat(" ", strings.Count(f.Path, "/")), f.Path, f.Kind)
		b.WriteString(tree(f.Files))
	}
	return b.String()
}

func TestFilesInsideAreToldWithTheirPaths(t *testing.T) {
	raw := mail("送付", zipped(t, "外.zip", post.File{Name: "表/内.zip", Bytes: zipped(t, "", otherBook(t), post.File{Name: "a/b.txt", Bytes: []byte("x")}).Bytes}, sheet(t)), lockedArchive(t)).Bytes()
	want := "外.zip archive\n  外.zip/表/内.zip archive\n   外.zip/表/内.zip/売上.xlsx other-workbook\n    外.zip/表/内.zip/a/b.txt file\n" +
		" 外.zip/エントリーシート.xlsx entry-sheet\nlocked.zip locked\n locked.zip/inside.txt locked\n"
	if got := tree(Understand(raw, today, settings()).Files); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAPasswordOpensAnArchiveAndIsNoted(t *testing.T) {
	s := settings()
	s.Passwords = []string{"wrong", "Kobe2026!"}
	f := Understand(mail("送付", lockedArchive(t)).Bytes(), today, s).Files[0]
	if f.Kind != FileArchive || f.Password != "Kobe2026!" || len(f.Files) != 1 || string(f.Files[0].Data) != "hello hello hello hello" {
		t.Errorf("%s with %q: %s", f.Kind, f.Password, tree(f.Files))
	}
}

func TestAPasswordOpensAWorkbookAndIsNoted(t *testing.T) {
	s := settings()
	s.Passwords = []string{"wrong", "himitsu"}
	f := Understand(mail("送付", zipped(t, "a.zip", lockedBook(t))).Bytes(), today, s).Files[0].Files[0]
	if f.Kind != FileWorkbook || f.Password != "himitsu" {
		t.Errorf("%s with %q", f.Kind, f.Password)
	}
	if plain, err := ooxmlcrypt.Decrypt(f.Data, "himitsu"); err != nil || !bytes.Equal(plain, f.Plain) {
		t.Errorf("what was opened is not what was locked: %v", err)
	}
}

func TestAWorkbookThatExcelOpensWithoutAskingIsOpened(t *testing.T) {
	var b bytes.Buffer
	if err := workbook(t).Write(&b, excelize.Options{Password: ooxmlcrypt.VelvetSweatshop}); err != nil {
		t.Fatal(err)
	}
	f := Understand(mail("送付", post.File{Name: "a.xlsx", Bytes: b.Bytes()}).Bytes(), today, settings()).Files[0]
	if f.Kind != FileWorkbook || f.Password != "" || f.Plain == nil {
		t.Errorf("%s with %q", f.Kind, f.Password)
	}
}

func TestThePasswordOfOneMailOpensTheFileOfAnother(t *testing.T) {
	s := settings()
	s.Passwords = PasswordsIn(Understand(withText(mail("パスワードのご連絡"), "パスワード：Ｋｏｂｅ２０２６！\r\n").Bytes(), today, s).Input.Text)
	if u := Understand(mail("送付", lockedArchive(t)).Bytes(), today, s); len(u.Input.Locked) != 0 {
		t.Errorf("with %q: %s", s.Passwords, tree(u.Files))
	}
}

func TestArchivesInArchivesAreBounded(t *testing.T) {
	inner := sheet(t)
	for range 20 {
		inner = zipped(t, "a.zip", inner)
	}
	u := Understand(mail("送付", inner).Bytes(), today, settings())
	if len(u.Input.Sheets) != 0 || len(u.Input.Locked) != 1 || !strings.Contains(u.Input.Locked[0].Reason, "階層") {
		t.Errorf("depth: %+v", u.Input.Locked)
	}
	many := make([]post.File, 150)
	for i := range many {
		many[i] = post.File{Name: fmt.Sprint(i), Bytes: []byte("x")}
	}
	u = Understand(mail("送付", zipped(t, "a.zip", many...), zipped(t, "b.zip", many...)).Bytes(), today, settings())
	if len(u.Input.Locked) != 1 || u.Input.Locked[0].Name != "b.zip" {
		t.Errorf("count: %+v", u.Input.Locked)
	}
	full := append(many, many[:50]...)
	u = Understand(mail("送付", zipped(t, "a.zip", full...), zipped(t, "b.zip", many...)).Bytes(), today, settings())
	if len(u.Input.Locked) != 1 || u.Input.Locked[0].Name != "b.zip" {
		t.Errorf("count, when nothing is left: %+v", u.Input.Locked)
	}
	zeros := post.File{Name: "zeros", Bytes: make([]byte, 40<<20)}
	u = Understand(mail("送付", zipped(t, "a.zip", zeros)).Bytes(), today, settings())
	if len(u.Input.Locked) != 1 || u.Files[0].Kind != FileUnreadable || u.Files[0].Files != nil {
		t.Errorf("a bomb: %+v", u.Input.Locked)
	}
}

func TestASheetInAWinmailIsAnEntry(t *testing.T) {
	b := []byte{0x78, 0x9f, 0x3e, 0x22, 1, 0}
	for _, a := range []struct {
		id      uint32
		content []byte
	}{{0x00069002, nil}, {0x00018010, []byte("sheet.xlsx\x00")}, {0x0006800f, sheet(t).Bytes}} { // begin, title, data
		b = binary.LittleEndian.AppendUint32(append(b, 2), a.id)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(a.content)))
		b = append(append(b, a.content...), 0, 0)
	}
	u := Understand(mail("送付", post.File{Name: "winmail.dat", Bytes: b}).Bytes(), today, settings())
	if want := "winmail.dat archive\n winmail.dat/sheet.xlsx entry-sheet\n"; len(u.Input.Sheets) != 1 || tree(u.Files) != want {
		t.Errorf("%d sheets in\n%s", len(u.Input.Sheets), tree(u.Files))
	}
}

func TestNamesInArchives(t *testing.T) {
	for raw, want := range map[string][2]string{
		"a.txt": {"a.txt", ""},
		"\x83\x47\x83\x93\x83\x67\x83\x8a\x81\x5b.xlsx": {"エントリー.xlsx", "cp932 (none declared)"},
		"\xb4\xdd\xc4\xd8\xb0.xls":                      {"ｴﾝﾄﾘｰ.xls", "cp932 (none declared)"},
		"カ\u3099ス.xlsx":                                 {"カ\u3099ス.xlsx", "utf-8 (none declared)"},
	} {
		if name, guess := archivedName([]byte(raw)); name != want[0] || guess != want[1] {
			t.Errorf("%q: %q (%s), want %q", raw, name, guess, want)
		}
	}
	u := Understand(mail("送付", zipped(t, "a.zip", post.File{Name: "表/見積\u202excod.exe", Bytes: []byte("x")})).Bytes(), today, settings())
	if f := u.Files[0].Files[0]; f.Path != "a.zip/表/見積xcod.exe" {
		t.Errorf("a name that turns itself round: %q", f.Path)
	}
}

func TestEveryPathInsideBeginsWithItsArchives(t *testing.T) {
	u := Understand(mail("送付", zipped(t, "a.zip", post.File{Name: "../../x.txt", Bytes: []byte("x")}, post.File{Name: "/etc/y", Bytes: []byte("y")})).Bytes(), today, settings())
	var got []string
	for _, f := range u.Files[0].Files {
		got = append(got, f.Path)
		if f.Name != path.Base(f.Path) {
			t.Errorf("%q is named %q", f.Path, f.Name)
		}
	}
	if want := []string{"a.zip/x.txt", "a.zip/etc/y"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestASheetUnderAPasswordIsMarkedAndItsPasswordKeptApart(t *testing.T) {
	one := sheet(t)
	locked, err := ooxmlcrypt.Encrypt(one.Bytes, "himitsu", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := settings()
	s.Passwords = []string{"himitsu"}
	closed := Understand(mail("送付", post.File{Name: "a.xlsx", Bytes: locked}).Bytes(), today, settings())
	wrong := settings()
	wrong.Passwords = []string{"wrong"}
	if l := Understand(mail("送付", post.File{Name: "a.xlsx", Bytes: locked}).Bytes(), today, wrong).Input.Locked; len(l) != 1 || !l[0].Waits {
		t.Errorf("with a wrong password: %+v", l)
	}
	if l := closed.Input.Locked; closed.Input.Kind != casework.MailLocked || len(l) != 1 || !l[0].Waits || len(closed.Passwords) != 0 {
		t.Errorf("closed: %+v", closed.Input)
	}
	u := Understand(mail("送付", post.File{Name: "a.xlsx", Bytes: locked}, post.File{Name: "b.xlsx", Bytes: otherSheet(t)}).Bytes(), today, s)
	if len(u.Input.Sheets) != 2 || len(u.Input.Locked) != 0 {
		t.Fatalf("%d sheets, locked %v", len(u.Input.Sheets), u.Input.Locked)
	}
	for i, want := range []string{"himitsu", ""} {
		f := u.Input.Sheets[i].File
		if f.Protected != (want != "") || u.Passwords[f.Blob] != want {
			t.Errorf("%s: protected %v under %q", f.Name, f.Protected, u.Passwords[f.Blob])
		}
	}
	if got := Opened(u.Files); !slices.Equal(got, []string{"himitsu"}) {
		t.Errorf("opened with %q", got)
	}
}

func otherSheet(t testing.TB) []byte {
	t.Helper()
	e := form.Sample()
	e.Company = "株式会社姫路精機"
	b, err := form.Make(e)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestALockedOldWorkbookOpensWithItsPassword(t *testing.T) {
	s := settings()
	s.Passwords = []string{"wrong", "himitsu"}
	book, err := os.ReadFile("testdata/locked.xls") // written by the tests of package biff: RC4 CryptoAPI, 128 bits
	if err != nil {
		t.Fatal(err)
	}
	old := post.File{Name: "a.xls", Bytes: book}
	if f := Understand(mail("送付", old).Bytes(), today, settings()).Files[0]; f.Kind != FileLocked || !f.Waits {
		t.Errorf("without: %s, waits %v", f.Kind, f.Waits)
	}
	if f := Understand(mail("送付", old).Bytes(), today, s).Files[0]; f.Kind != FileWorkbook || f.Password != "himitsu" {
		t.Errorf("with: %s", f.Kind)
	}
}
