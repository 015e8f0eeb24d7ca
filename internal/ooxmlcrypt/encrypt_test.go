package ooxmlcrypt

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"uketsuke/internal/cfb"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// steady is the same randomness each time.
func steady() io.Reader {
	return rand.NewChaCha8([32]byte([]byte("the same in every run of the test")))
}

func steadySecrets(t testing.TB) *secrets {
	t.Helper()
	s, err := newSecrets(steady())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatWasLockedOpensWithThePasswordOnly(t *testing.T) {
	pkg := []byte("PK\x03\x04 a package")
	for _, password := range []string{"Kobe2026!", "abcd-efgh-jkmn-pqrs", "パスワード 　神戸", "𠮷野家", strings.Repeat("あ", MaxPassword)} {
		file, err := Encrypt(pkg, password, steady())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Decrypt(file, password); err != nil || !bytes.Equal(got, pkg) {
			t.Errorf("%.10q: %q, %v", password, got, err)
		}
		for _, wrong := range []string{"", password[1:], password + " ", VelvetSweatshop, strings.Repeat("x", 10_000)} {
			if got, err := Decrypt(file, wrong); !errors.Is(err, ErrPassword) || got != nil {
				t.Errorf("%.10q opens with %.10q: %q, %v", password, wrong, got, err)
			}
		}
	}
}

// TestProperty_EveryPackageComesBack holds for all sizes, at the borders of blocks, mini stream and segments too.
func TestProperty_EveryPackageComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		border := rapid.SampledFrom([]int{0, 16, miniBorder, segment, 2 * segment, 70_000}).Draw(t, "border")
		size := max(0, border+rapid.IntRange(-20, 20).Draw(t, "offset"))
		seed := rapid.Uint64().Draw(t, "seed")
		pkg := make([]byte, size)
		rand.NewChaCha8([32]byte{byte(seed)}).Read(pkg)
		password := rapid.StringOfN(rapid.RuneFrom([]rune("aZ1 -あ㈱髙𠮷é")), 1, 40, -1).Draw(t, "password")
		s := &secrets{}
		rand.NewChaCha8([32]byte{1, byte(seed)}).Read(s.key[:])
		kept := bytes.Clone(pkg)
		file, err := encrypt(pkg, password, s, 3)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Decrypt(file, password); err != nil || !bytes.Equal(got, pkg) || !bytes.Equal(pkg, kept) {
			t.Fatalf("%d bytes came back as %d, %v", len(pkg), len(got), err)
		}
		if size >= 64 && bytes.Contains(file, pkg[:64]) {
			t.Fatal("the file holds the package's bytes in clear")
		}
	})
}

// miniBorder is the package's size at which the encrypted stream leaves the mini stream.
const miniBorder = 4096 - sizePrefix

// TestOneChangedByteIsNoticed changes each byte of both streams in turn. The rest of the file says only where they lie.
func TestOneChangedByteIsNoticed(t *testing.T) {
	pkg := bytes.Repeat([]byte("PK"), 2200)
	info, stream := place(t, pkg, "EncryptionInfo"), place(t, pkg, "EncryptedPackage")
	file, err := encrypt(pkg, "x", steadySecrets(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []struct{ at, size int }{{info, len(encryptionInfo(&secrets{}, lockedValues{}, 1))}, {stream, sizePrefix + wholeBlocks(len(pkg))}} {
		for i := p.at; i < p.at+p.size; i++ {
			for _, bit := range []byte{1, 0x20} {
				file[i] ^= bit
				got, err := Decrypt(file, "x")
				// a byte of the XML around the values may have no meaning, and then does not matter
				harmless := p.at == info && bytes.Equal(got, pkg)
				if err == nil && !harmless {
					t.Errorf("byte %d of %d, changed to %q: %d bytes, no error", i-p.at, p.size, file[i], len(got))
				}
				file[i] ^= bit
			}
		}
	}
	for _, v := range []string{"encryptedHmacKey", "encryptedHmacValue", "encryptedVerifierHashInput", "encryptedVerifierHashValue", "encryptedKeyValue", "saltValue", "spinCount"} {
		for at := info; ; {
			i := bytes.Index(file[at:], []byte(v+`="`))
			if i < 0 {
				break
			}
			at += i + len(v) + 2
			for j := at; file[j] != '"'; j++ {
				for _, c := range []byte("A7+=x\n") {
					was := file[j]
					if file[j] = c; c != was {
						if _, err := Decrypt(file, "x"); err == nil {
							t.Errorf("%s: byte %d changed from %q to %q is not noticed", v, j-at, was, c)
						}
					}
					file[j] = was
				}
			}
		}
	}
}

// place is where a stream begins in the file that encrypt makes of a package.
func place(t testing.TB, pkg []byte, name string) int {
	t.Helper()
	file, err := encrypt(pkg, "x", steadySecrets(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	f, err := cfb.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	content, err := f.Stream(name)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Index(file, content)
}

// TestGoldenFile: the same package, password and randomness give the same bytes for ever, and old files open for ever.
func TestGoldenFile(t *testing.T) {
	const password = "神戸-2026"
	pkg := []byte("PK\x05\x06" + strings.Repeat("\x00", 18)) // an empty zip
	path := filepath.Join("testdata", "golden", "empty-package.xlsx")
	file, err := Encrypt(pkg, password, steady())
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if !bytes.Equal(file, golden) {
		t.Errorf("%s is not what Encrypt writes now; if that is meant, go test -update, and keep the old file under another name", path)
	}
	if got, err := Decrypt(golden, password); err != nil || !bytes.Equal(got, pkg) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestNoTwoFilesShareASecret(t *testing.T) {
	random := steady()
	a, errA := newSecrets(random)
	b, errB := newSecrets(random)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if a.key == b.key || a.dataSalt == b.dataSalt || a.passSalt == b.passSalt || a.verifier == b.verifier || a.hmacKey == b.hmacKey || a.dataSalt == a.passSalt || a.verifier == a.passSalt {
		t.Error("randomness was used twice")
	}
}

func TestMissingRandomnessIsAnError(t *testing.T) {
	for _, random := range []io.Reader{bytes.NewReader(nil), io.LimitReader(steady(), 143), iotest.ErrReader(io.ErrClosedPipe)} {
		if file, err := Encrypt([]byte("PK"), "x", random); err == nil || file != nil {
			t.Errorf("%d bytes, %v", len(file), err)
		}
	}
}

func TestPasswordsThatLockNothing(t *testing.T) {
	for rule, password := range map[string]string{
		"empty":                       "",
		"the one that Excel tries":    VelvetSweatshop,
		"not UTF-8":                   "\xff",
		"a line break":                "abc\n",
		"256 characters":              strings.Repeat("x", 256),
		"256 units in 128 characters": strings.Repeat("𠮷", 128),
	} {
		_, err := Encrypt([]byte("PK"), password, steady())
		var refused *PasswordError
		if !errors.As(err, &refused) || password != "" && strings.Contains(err.Error(), password) {
			t.Errorf("%s: %v", rule, err)
		}
	}
	for _, password := range []string{"x", strings.Repeat("x", 255), strings.Repeat("𠮷", 127), "velvetsweatshop", "全角　空白"} {
		if err := CheckPassword(password); err != nil {
			t.Errorf("%.10q: %v", password, err)
		}
	}
}

func TestAKeyShowsNothing(t *testing.T) {
	file, err := encrypt([]byte("PK"), "Kobe2026!", steadySecrets(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	l, err := Inspect(file)
	if err != nil {
		t.Fatal(err)
	}
	k, err := l.Verify("Kobe2026!")
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q"} {
		for _, shown := range []string{fmt.Sprintf(verb, k), fmt.Sprintf(verb, *k)} {
			if shown != k.String() {
				t.Errorf("%s shows %.60s", verb, shown)
			}
		}
	}
}

// TestALargePackage has more FAT sectors than the header names, and is held in memory twice, no more.
func TestALargePackage(t *testing.T) {
	pkg := make([]byte, 9<<20)
	rand.NewChaCha8([32]byte{7}).Read(pkg[:1<<20])
	s := steadySecrets(t)
	var file, got []byte
	var err error
	most := uint64(len(pkg)) * 125 / 100
	if took := allocated(func() { file, err = encrypt(pkg, "x", s, 1) }); err != nil || took > most {
		t.Fatalf("locking %d bytes takes %d, want at most %d; %v", len(pkg), took, most, err)
	}
	if took := allocated(func() { got, err = Decrypt(file, "x") }); err != nil || took > most || !bytes.Equal(got, pkg) {
		t.Errorf("opening it takes %d, want at most %d; %d bytes, %v", took, most, len(got), err)
	}
}

// allocated is how many bytes f allocates in all, thrown away or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
