package ooxmlcrypt

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/hex"
	"strings"
	"testing"

	"uketsuke/internal/cfb"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sha512Params are the parameters that Excel writes since 2013, with a salt.
func sha512Params(salt []byte) cryptParams {
	return cryptParams{Salt: salt, SaltSize: len(salt), KeyBits: 256, BlockSize: 16, HashSize: 64, newHash: sha512.New}
}

// Published vectors of msoffcrypto-tool (docstrings of ecma376_agile.py and ecma376_standard.py): Word's and Excel's own
// files with the password Password1234_.

func TestVector_AgileVerifier(t *testing.T) {
	a := agile{&descriptor{KeyData: sha512Params(make([]byte, 16))}, &encryptedKey{
		cryptParams: sha512Params(unhex(t, "cbca1c999343fbad92075634150034b0")), SpinCount: 100_000,
		VerifierInput: unhex(t, "39eea54e26e514798c284bc7714d38ac"),
		VerifierHash: unhex(t, "14376d6d817334e6b0ff4fd8221a7c678e5d8a784e8f999f4c188930c36a4b29"+
			"c5b333605b5cd403b05003adcf18cca8cbab8debe373c65604a0becfae5c0ad0"),
		KeyValue: make([]byte, 32),
	}}
	if _, ok := a.verify("Password1234_"); !ok {
		t.Error("the password is not told to be right")
	}
	for _, wrong := range []string{"", "password1234_", "Password1234"} {
		if _, ok := a.verify(wrong); ok {
			t.Errorf("%q is told to be right", wrong)
		}
	}
}

func TestVector_AgileKey(t *testing.T) {
	p := sha512Params(unhex(t, "4c725d45dc610f939412a04da7910466"))
	key := unhex(t, "a16cd5165a7ab9d271113ed386a78cf49692e8e527b0c5fc0055ed080b7cb94b")
	decryptCBC(p.cipherFor(spin(p.newHash, "Password1234_", p.Salt, 100_000), forKeyValue), p.iv(nil), key, key)
	if want := unhex(t, "40206609d9faadf24b076aebf2c435b74292c8b8a7aa81bc679be89711b02ac2"); !bytes.Equal(key, want) {
		t.Errorf("key %x, want %x", key, want)
	}
}

func TestVector_StandardKeyAndVerifier(t *testing.T) {
	s := &standard{salt: unhex(t, "e88266490c5bd1eebd2b4394e3f830ef"), keyBits: 128}
	if got, want := s.key("Password1234_"), unhex(t, "40b13a71f90b966e375408f2d181a1aa"); !bytes.Equal(got, want) {
		t.Errorf("key %x, want %x", got, want)
	}
	s.verifier = unhex(t, "516f732e966fac17b1c5d7d8cc36c928")
	s.verifierHash = unhex(t, "2b6168dabe2911ad2bd37c1746745c14d3cf1bb140a48f4e6f3d23880872b16a")
	if _, ok := s.verify("Password1234_"); !ok {
		t.Error("the password is not told to be right")
	}
	if _, ok := s.verify("Password1234"); ok {
		t.Error("another password is told to be right")
	}
}

// TestVector_StandardKeysAreOneHash holds what the lengths of [MS-OFFCRYPTO] 2.3.4.7 follow from: longer keys begin with
// the shorter ones.
func TestVector_StandardKeysAreOneHash(t *testing.T) {
	keys := map[int][]byte{}
	for _, bits := range []int{128, 192, 256} {
		keys[bits] = (&standard{salt: make([]byte, 16), keyBits: bits}).key("x")
		if len(keys[bits]) != bits/8 || !bytes.HasPrefix(keys[bits], keys[128]) {
			t.Errorf("%d bits: %x", bits, keys[bits])
		}
	}
	if 2*sha1.Size < 256/8 || !bytes.HasPrefix(keys[256], keys[192]) {
		t.Error("the key of 256 bits is not longer than that of 192")
	}
}

// excelDescriptor is the one that Excel itself wrote into msoffcrypto-tool's tests/inputs/example_password.xlsx, whose
// password is Password1234_, with its salts and locked values taken out.
const excelDescriptor = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\r\n" +
	`<encryption xmlns="http://schemas.microsoft.com/office/2006/encryption" ` +
	`xmlns:p="http://schemas.microsoft.com/office/2006/keyEncryptor/password" ` +
	`xmlns:c="http://schemas.microsoft.com/office/2006/keyEncryptor/certificate">` +
	`<keyData saltSize="16" blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" ` +
	`hashAlgorithm="SHA512" saltValue="NzGppRHuGIPRanCTVERDmw=="/>` +
	`<dataIntegrity encryptedHmacKey="zm2D+3q5nmE+xsf/v7SjFmYdH2zn1BCJhlIc9ZWTU/JzlL0js/JMwiHNGD0KLsD0ntiPxT/UWEex/V909Rmb0g==" ` +
	`encryptedHmacValue="zJV76P076tyNNID0+ynpSr/9b0qTnDO3ZBM9ZFtCi/R9qbnEhYTd1UyigPL7mkL1n0feIVsO6Yvp/RN8QL8xfg=="/>` +
	`<keyEncryptors><keyEncryptor uri="http://schemas.microsoft.com/office/2006/keyEncryptor/password">` +
	`<p:encryptedKey spinCount="100000" saltSize="16" blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" ` +
	`cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512" saltValue="aQNaibIs5tVe7CA001ghug==" ` +
	`encryptedVerifierHashInput="6EY0NHXLIVweCxiAYBwdvA==" ` +
	`encryptedVerifierHashValue="NTUXLLAVBhWG161V7bGhBHYAVuXkn1AAmaNukD/8h/sZ8o/2JLsofuYsbLQosG5BgYawzAf7JAGsgyrcD8wOBA==" ` +
	`encryptedKeyValue="MDnC5CngjCzFKNRXbrOLsfnODMlJHDP/kN6TF9c8h0w="/></keyEncryptor></keyEncryptors></encryption>`

func TestVector_ExcelsDescriptorOpens(t *testing.T) {
	d, key, err := parseDescriptor([]byte(excelDescriptor))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := (&agile{d, key}).verify("Password1234_"); !ok {
		t.Error("the password is not told to be right")
	}
}

// TestVector_TheDescriptorIsExcels puts Excel's salts and values into ours: the same bytes come out.
func TestVector_TheDescriptorIsExcels(t *testing.T) {
	d, key, err := parseDescriptor([]byte(excelDescriptor))
	if err != nil {
		t.Fatal(err)
	}
	s := secrets{dataSalt: [16]byte(d.KeyData.Salt), passSalt: [16]byte(key.Salt)}
	v := lockedValues{verifierInput: [16]byte(key.VerifierInput), verifierHash: [64]byte(key.VerifierHash), key: [32]byte(key.KeyValue),
		hmacKey: [64]byte(d.DataIntegrity.Key), hmacValue: [64]byte(d.DataIntegrity.Value)}
	got := encryptionInfo(&s, v, spinCount)
	if want := append(unhex(t, "0400040040000000"), excelDescriptor...); !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestVector_TheDataSpacesAreExcels compares the DataSpaces streams with those of Excel's own file.
func TestVector_TheDataSpacesAreExcels(t *testing.T) {
	file, err := encrypt([]byte("PK"), "x", &secrets{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	f, err := cfb.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		path string
		want string
	}{
		{"Version", "3c0000004d006900630072006f0073006f00660074002e0043006f006e007400610069006e00650072002e00440061007400610053007000610063" +
			"0065007300010000000100000001000000"},
		{"DataSpaceMap", "08000000010000006800000001000000000000002000000045006e0063007200790070007400650064005000610063006b00610067006500320000" +
			"005300740072006f006e00670045006e006300720079007000740069006f006e004400610074006100530070006100630065000000"},
		{"DataSpaceInfo/StrongEncryptionDataSpace", "0800000001000000320000005300740072006f006e00670045006e006300720079007000740069006f" +
			"006e005400720061006e00730066006f0072006d000000"},
		{"TransformInfo/StrongEncryptionTransform/\x06Primary", "58000000010000004c0000007b00460046003900410033004600300033002d003500360045" +
			"0046002d0034003600310033002d0042004400440035002d003500410034003100430031004400300037003200340036007d004e0000004d00690063007200" +
			"6f0073006f00660074002e0043006f006e007400610069006e00650072002e0045006e006300720079007000740069006f006e005400720061006e00730066" +
			"006f0072006d00000001000000010000000100000000000000000000000000000004000000"},
	} {
		got, err := f.Stream(append([]string{"\x06DataSpaces"}, strings.Split(tc.path, "/")...)...)
		if want := unhex(t, tc.want); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q: %v\n%x\nwant\n%x", tc.path, err, got, want)
		}
	}
}
