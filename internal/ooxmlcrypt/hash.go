package ooxmlcrypt

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"strings"
)

var le = binary.LittleEndian

// hashNames are the hash algorithms of agile encryption that are read here, by the names that producers write.
var hashNames = map[string]func() hash.Hash{
	"SHA1": sha1.New, "SHA-1": sha1.New, "SHA256": sha256.New, "SHA-256": sha256.New,
	"SHA384": sha512.New384, "SHA-384": sha512.New384, "SHA512": sha512.New, "SHA-512": sha512.New,
}

func hashByName(name string) (func() hash.Hash, bool) {
	h, ok := hashNames[strings.ToUpper(name)]
	return h, ok
}

// spin hashes a password: H(salt + password), then rounds times H(number of the round + hash)
// ([MS-OFFCRYPTO] 2.3.4.7, 2.3.4.11).
func spin(newHash func() hash.Hash, password string, salt []byte, rounds int) []byte {
	h := newHash()
	h.Write(salt)
	h.Write(utf16le(password))
	buf := h.Sum(make([]byte, 4, 4+sha512.Size))
	for i := range rounds {
		le.PutUint32(buf, uint32(i))
		h.Reset()
		h.Write(buf)
		buf = h.Sum(buf[:4])
	}
	return buf[4:]
}

// digest is the hash of the parts one after the other.
func digest(newHash func() hash.Hash, parts ...[]byte) []byte {
	h := newHash()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// fit cuts b to n bytes or fills it up with 0x36 ([MS-OFFCRYPTO] 2.3.4.11, 2.3.4.12).
func fit(b []byte, n int) []byte {
	out := make([]byte, n)
	for i := copy(out, b); i < n; i++ {
		out[i] = 0x36
	}
	return out
}

// wholeBlocks is n rounded up to whole AES blocks.
func wholeBlocks(n int) int { return (n + aes.BlockSize - 1) &^ (aes.BlockSize - 1) }

func encryptCBC(block cipher.Block, iv, b []byte) {
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(b, b)
}

// decryptCBC decrypts src, whole blocks, into dst, which may be src.
func decryptCBC(block cipher.Block, iv, dst, src []byte) {
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(dst, src)
}
