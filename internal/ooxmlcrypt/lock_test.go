package ooxmlcrypt

import (
	"bytes"
	"crypto/aes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"uketsuke/internal/cfb"
)

// compound is a file with the two streams of a locked package.
func compound(t testing.TB, info, stream []byte) []byte {
	t.Helper()
	i, s := cfb.NewStream("EncryptionInfo", len(info)), cfb.NewStream("EncryptedPackage", len(stream))
	file, err := cfb.Layout(i, s)
	if err != nil {
		t.Fatal(err)
	}
	copy(i.Content, info)
	copy(s.Content, stream)
	return file
}

// agileVariant is an agile file of other producers: any hash, any AES.
type agileVariant struct {
	hash     string
	keyBits  int
	rounds   int
	noHMAC   bool
	edit     func(xml string) string
	overrule func(stream []byte) []byte // after the HMAC
}

func (v agileVariant) file(t testing.TB, pkg []byte, password string) []byte {
	t.Helper()
	newHash, ok := hashByName(v.hash)
	if !ok {
		t.Fatalf("no hash %q", v.hash)
	}
	size := newHash().Size()
	data := &cryptParams{Salt: []byte("salt of the data"), KeyBits: v.keyBits, BlockSize: 16, HashSize: size, newHash: newHash}
	pass := &cryptParams{Salt: []byte("password's salt."), KeyBits: v.keyBits, BlockSize: 16, HashSize: size, newHash: newHash}
	whole := func(b []byte) []byte { return append(bytes.Clone(b), make([]byte, wholeBlocks(len(b))-len(b))...) }
	lock := func(block, iv, plain []byte) string {
		b := whole(plain)
		encryptCBC(mustAES(block), iv, b)
		return base64.StdEncoding.EncodeToString(b)
	}
	key := []byte("the key of the package, 32 bytes")[:v.keyBits/8]
	hashed := spin(newHash, password, pass.Salt, v.rounds)
	derived := func(use []byte) []byte { return fit(digest(newHash, hashed, use), v.keyBits/8) }
	verifier := []byte("a verifier of 16")

	stream := append(binary.LittleEndian.AppendUint64(nil, uint64(len(pkg))), whole(pkg)...)
	body := stream[sizePrefix:]
	data.segments(len(body), func(iv []byte, from, to int) { encryptCBC(mustAES(key), iv, body[from:to]) })
	hmacKey := bytes.Repeat([]byte{9}, size)
	mac := hmac.New(newHash, hmacKey)
	mac.Write(stream)
	integrity := fmt.Sprintf(`<dataIntegrity encryptedHmacKey="%s" encryptedHmacValue="%s"/>`, lock(key, data.iv(forHMACKey), hmacKey), lock(key, data.iv(forHMACValue), mac.Sum(nil)))
	if v.noHMAC {
		integrity = ""
	}
	algorithms := func(p *cryptParams) string {
		return fmt.Sprintf(`saltSize="%d" blockSize="16" keyBits="%d" hashSize="%d" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" hashAlgorithm="%s" saltValue="%s"`,
			len(p.Salt), p.KeyBits, p.HashSize, v.hash, base64.StdEncoding.EncodeToString(p.Salt))
	}
	xml := `<encryption xmlns="http://schemas.microsoft.com/office/2006/encryption"><keyData ` + algorithms(data) + `/>` + integrity +
		`<keyEncryptors><keyEncryptor uri="http://schemas.microsoft.com/office/2006/keyEncryptor/certificate"><c:encryptedKey xmlns:c="x"/></keyEncryptor>` +
		`<keyEncryptor uri="` + passwordURI + `"><k:encryptedKey xmlns:k="` + passwordURI + `" spinCount="` + fmt.Sprint(v.rounds) + `" ` + algorithms(pass) +
		` encryptedVerifierHashInput="` + lock(derived(forVerifierInput), pass.Salt, verifier) + `" encryptedVerifierHashValue="` +
		lock(derived(forVerifierHash), pass.Salt, digest(newHash, verifier)) + `" encryptedKeyValue="` + lock(derived(forKeyValue), pass.Salt, key) +
		`"/></keyEncryptor></keyEncryptors></encryption>`
	if v.edit != nil {
		xml = v.edit(xml)
	}
	if v.overrule != nil {
		stream = v.overrule(stream)
	}
	return compound(t, append([]byte{4, 0, 4, 0, 0x40, 0, 0, 0}, xml...), stream)
}

// standardFile is a file as Excel 2007 locks one, of any AES.
func standardFile(t testing.TB, pkg []byte, password string, alg uint32, edit func(info []byte)) []byte {
	t.Helper()
	s := &standard{salt: []byte("sixteen of salt."), keyBits: aesKeyBits[alg]}
	block := mustAES(s.key(password))
	encrypt := func(plain []byte) []byte {
		b := append(bytes.Clone(plain), make([]byte, wholeBlocks(len(plain))-len(plain))...)
		for i := 0; i < len(b); i += aes.BlockSize {
			block.Encrypt(b[i:], b[i:])
		}
		return b
	}
	verifier := []byte("a verifier of 16")
	header := record{}.numbers(flagCryptoAPI|flagAES, 0, alg, algSHA1, uint32(s.keyBits), 0x18, 0, 0)
	header = append(header, "M\x00S\x00\x00\x00"...)
	info := record{}.numbers(4|2<<16, flagCryptoAPI|flagAES, uint32(len(header)))
	info = append(append(info, header...), record{}.numbers(16)...)
	info = append(append(info, s.salt...), encrypt(verifier)...)
	info = append(append(info, record{}.numbers(sha1.Size)...), encrypt(digest(sha1.New, verifier))...)
	if edit != nil {
		edit(info)
	}
	return compound(t, info, append(binary.LittleEndian.AppendUint64(nil, uint64(len(pkg))), encrypt(pkg)...))
}

func TestEveryAgileVariantOpens(t *testing.T) {
	pkg := bytes.Repeat([]byte("PK 受付 "), 1000)
	for _, hash := range []string{"SHA1", "SHA-1", "SHA256", "SHA384", "SHA512", "SHA-512"} {
		for _, bits := range []int{128, 192, 256} {
			file := agileVariant{hash: hash, keyBits: bits, rounds: 10}.file(t, pkg, "Kobe2026!")
			l, err := Inspect(file)
			if err != nil || l.Scheme != Agile || l.Rounds != 10 {
				t.Errorf("%s, AES-%d: %+v, %v", hash, bits, l, err)
				continue
			}
			if got, err := Decrypt(file, "Kobe2026!"); err != nil || !bytes.Equal(got, pkg) {
				t.Errorf("%s, AES-%d: %d bytes, %v", hash, bits, len(got), err)
			}
			if _, err := Decrypt(file, "Kobe2026"); !errors.Is(err, ErrPassword) {
				t.Errorf("%s, AES-%d, wrong password: %v", hash, bits, err)
			}
		}
	}
}

func TestStandardFilesOpen(t *testing.T) {
	pkg := bytes.Repeat([]byte("PK 受付 "), 1000)
	for alg, bits := range aesKeyBits {
		file := standardFile(t, pkg, "Kobe2026!", alg, nil)
		l, err := Inspect(file)
		if err != nil || l.Scheme != Standard || l.Rounds != standardRounds {
			t.Errorf("AES-%d: %+v, %v", bits, l, err)
			continue
		}
		if got, err := Decrypt(file, "Kobe2026!"); err != nil || !bytes.Equal(got, pkg) {
			t.Errorf("AES-%d: %d bytes, %v", bits, len(got), err)
		}
		if _, err := l.Verify("kobe2026!"); !errors.Is(err, ErrPassword) {
			t.Errorf("AES-%d, wrong password: %v", bits, err)
		}
	}
}

func TestVerifyDoesNotTouchThePackage(t *testing.T) {
	file := agileVariant{hash: "SHA512", keyBits: 256, rounds: 10, overrule: func(s []byte) []byte { s[100] ^= 1; return s }}.file(t, make([]byte, 500), "x")
	l, err := Inspect(file)
	if err != nil {
		t.Fatal(err)
	}
	k, err := l.Verify("x")
	if err != nil || k.Password != "x" {
		t.Fatalf("%v", err)
	}
	if got, err := k.Decrypt(); !errors.Is(err, ErrIntegrity) || got != nil {
		t.Errorf("a changed package: %d bytes, %v", len(got), err)
	}
}

func TestAnAgileFileWithoutHMACIsNotTrusted(t *testing.T) {
	file := agileVariant{hash: "SHA512", keyBits: 256, rounds: 1, noHMAC: true}.file(t, []byte("PK"), "x")
	if got, err := Decrypt(file, "x"); !errors.Is(err, ErrIntegrity) || got != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestWhatIsNotOpenedSaysWhy(t *testing.T) {
	agile := func(from, to string) []byte {
		return agileVariant{hash: "SHA512", keyBits: 256, rounds: 1, edit: func(xml string) string { return strings.ReplaceAll(xml, from, to) }}.file(t, []byte("PK"), "x")
	}
	stream := func(overrule func([]byte) []byte) []byte {
		return agileVariant{hash: "SHA512", keyBits: 256, rounds: 1, overrule: overrule}.file(t, make([]byte, 100), "x")
	}
	standard := func(at int, v uint32) []byte {
		return standardFile(t, []byte("PK"), "x", 0x660E, func(info []byte) { le.PutUint32(info[at:], v) })
	}
	version := func(v uint32) []byte { return compound(t, record{}.numbers(v, 0, 0), make([]byte, 24)) }
	workbook, err := cfb.Layout(cfb.NewStream("Workbook", 5000))
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string) []byte {
		b, err := cfb.Layout(cfb.NewStream(name, 5000))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	const notLocked, unsupported, format, container = "not locked", "unsupported", "format", "container"
	for _, tc := range []struct {
		rule string
		file []byte
		want string
	}{
		{"nothing", nil, notLocked},
		{"a zip", []byte("PK\x03\x04"), notLocked},
		{"an old workbook", workbook, notLocked},
		{"a compound file without a workbook", file("Letter"), notLocked},
		{"rights management", file("\tDRMContent"), unsupported},
		{"a package without EncryptionInfo", file("EncryptedPackage"), format},
		{"a compound file cut short", workbook[:600], container},
		{"cut in the middle", agile("", "")[:2048], container},
		{"extensible encryption", version(3<<16 | 4), unsupported},
		{"RC4", version(1<<16 | 1), unsupported},
		{"a version of tomorrow", version(5<<16 | 5), unsupported},
		{"no EncryptionInfo", compound(t, nil, make([]byte, 24)), format},
		{"no XML", compound(t, []byte{4, 0, 4, 0, 0x40, 0, 0, 0, '<'}, make([]byte, 24)), format},
		{"endless XML", compound(t, append([]byte{4, 0, 4, 0, 0x40, 0, 0, 0}, bytes.Repeat([]byte("<a>"), maxDescriptor)...), make([]byte, 24)), format},
		{"MD5", agile("SHA512", "MD5"), unsupported},
		{"RC2", agile(`"AES"`, `"RC2"`), unsupported},
		{"CFB chaining", agile("ChainingModeCBC", "ChainingModeCFB"), unsupported},
		{"only a certificate", agile(passwordURI, "urn:other"), unsupported},
		{"a key of 8 bits", agile(`keyBits="256"`, `keyBits="8"`), format},
		{"another AES than its key's", agile(`keyBits="256"`, `keyBits="257"`), format},
		{"blocks of 4096", agile(`blockSize="16"`, `blockSize="4096"`), format},
		{"a hash of 65536", agile(`hashSize="64"`, `hashSize="65536"`), format},
		{"a salt that is shorter than said", agile(`saltSize="16"`, `saltSize="17"`), format},
		{"ten million rounds and one", agile(`spinCount="1"`, `spinCount="10000001"`), format},
		{"minus one round", agile(`spinCount="1"`, `spinCount="-1"`), format},
		{"more rounds than a number holds", agile(`spinCount="1"`, `spinCount="99999999999999999999"`), format},
		{"no verifier", agile("encryptedVerifierHashInput", "other"), format},
		{"no key", agile("encryptedKeyValue", "other"), format},
		{"no base64", agile(`saltValue="`, `saltValue="*`), format},
		{"a package larger than its stream", stream(func(s []byte) []byte { le.PutUint64(s, 1<<62); return s }), format},
		{"a package of all ones", stream(func(s []byte) []byte { le.PutUint64(s, 1<<64-1); return s }), format},
		{"a package cut in a block", stream(func(s []byte) []byte { return s[:len(s)-13] }), format},
		{"no size", stream(func(s []byte) []byte { return s[:7] }), format},
		{"standard: header larger than the stream", standard(8, 1<<31), format},
		{"standard: header too small", standard(8, 31), format},
		{"standard: RC4", standard(20, 0x6801), unsupported},
		{"standard: an external provider", standard(12, flagExternal|flagCryptoAPI|flagAES), unsupported},
		{"standard: another hash", standard(24, 0x800C), unsupported},
		{"standard: key of another size", standard(28, 256), format},
		{"standard: salt of another size", standard(12+38, 17), format},
	} {
		l, err := Inspect(tc.file)
		got := map[bool]string{true: notLocked}[errors.Is(err, ErrNotLocked)]
		if e := new(UnsupportedError); errors.As(err, &e) {
			got = unsupported
		}
		if e := new(FormatError); errors.As(err, &e) {
			got = format
		}
		if e := new(cfb.FormatError); errors.As(err, &e) {
			got = container
		}
		if got != tc.want || l != nil {
			t.Errorf("%s: %v, want %s", tc.rule, err, tc.want)
		}
	}
}

func TestFindStaysWithinItsBounds(t *testing.T) {
	candidates := func(n int, right string) []string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprint("wrong", i))
		}
		return append(out, right)
	}
	for _, tc := range []struct {
		rule   string
		rounds int
		list   []string
		limit  string // or "" when the right one is found
		tried  int
	}{
		{"the first", 10, []string{"x", "y"}, "", 0},
		{"the last of 64", 10, candidates(63, "x"), "", 0},
		{"the 65th is not tried", 10, candidates(64, "x"), "candidates", 64},
		{"more rounds than a file may take", maxSpinCount, []string{"wrong", "x"}, "rounds", 1},
	} {
		v := agileVariant{hash: "SHA1", keyBits: 128, rounds: tc.rounds}
		if tc.rounds == maxSpinCount { // nobody waits for the right password here
			v.rounds, v.edit = 1, func(xml string) string {
				return strings.Replace(xml, `spinCount="1"`, fmt.Sprintf(`spinCount="%d"`, maxSpinCount), 1)
			}
		}
		l, err := Inspect(v.file(t, []byte("PK"), "x"))
		if err != nil {
			t.Fatal(err)
		}
		k, err := l.Find(tc.list)
		var limit *LimitError
		switch {
		case tc.limit == "" && (err != nil || k.Password != "x"):
			t.Errorf("%s: %v", tc.rule, err)
		case tc.limit != "" && (!errors.As(err, &limit) || limit.Limit != tc.limit || limit.Tried != tc.tried):
			t.Errorf("%s: %v", tc.rule, err)
		}
	}
	l, err := Inspect(agileVariant{hash: "SHA1", keyBits: 128, rounds: 10}.file(t, []byte("PK"), "x"))
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]string{nil, {"y", "z"}, {strings.Repeat("x", 1<<20)}} {
		if _, err := l.Find(list); !errors.Is(err, ErrPassword) {
			t.Errorf("%d wrong ones: %v", len(list), err)
		}
	}
}
