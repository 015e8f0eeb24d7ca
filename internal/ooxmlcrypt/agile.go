package ooxmlcrypt

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha512"
	"crypto/subtle"
)

// Block keys: what a derived key or IV is for ([MS-OFFCRYPTO] 2.3.4.13, 2.3.4.14).
var (
	forVerifierInput = []byte{0xFE, 0xA7, 0xD2, 0x76, 0x3B, 0x4B, 0x9E, 0x79}
	forVerifierHash  = []byte{0xD7, 0xAA, 0x0F, 0x6D, 0x30, 0x61, 0x34, 0x4E}
	forKeyValue      = []byte{0x14, 0x6E, 0x0B, 0xE7, 0xAB, 0xAC, 0xD0, 0xD6}
	forHMACKey       = []byte{0x5F, 0xB2, 0xAD, 0x01, 0x0C, 0xB9, 0xE1, 0xF6}
	forHMACValue     = []byte{0xA0, 0x67, 0x7F, 0x02, 0xB2, 0x2C, 0x84, 0x33}
)

// segment is how many bytes of the package are encrypted with one IV ([MS-OFFCRYPTO] 2.3.4.15).
const segment = 4096

// cipherFor is AES with the key that a hashed password gives for one use ([MS-OFFCRYPTO] 2.3.4.11).
func (p *cryptParams) cipherFor(hashed, blockKey []byte) cipher.Block {
	return mustAES(fit(digest(p.newHash, hashed, blockKey), p.KeyBits/8))
}

// mustAES makes a cipher of a key whose length was checked.
func mustAES(key []byte) cipher.Block {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("ooxmlcrypt: " + err.Error())
	}
	return block
}

// iv is the initialisation vector for one use, or for the segment of that number ([MS-OFFCRYPTO] 2.3.4.12). Without a
// use it is the salt itself.
func (p *cryptParams) iv(use []byte) []byte {
	if use == nil {
		return fit(p.Salt, p.BlockSize)
	}
	return fit(digest(p.newHash, p.Salt, use), p.BlockSize)
}

// segments calls crypt for each segment of n bytes with its IV.
func (p *cryptParams) segments(n int, crypt func(iv []byte, from, to int)) {
	h, buf := p.newHash(), make([]byte, 0, sha512.Size)
	number := make([]byte, 4)
	for from := 0; from < n; from += segment {
		le.PutUint32(number, uint32(from/segment))
		h.Reset()
		h.Write(p.Salt)
		h.Write(number)
		crypt(h.Sum(buf)[:p.BlockSize], from, min(from+segment, n))
	}
}

// agile is a package locked by agile encryption.
type agile struct {
	*descriptor
	key *encryptedKey
}

func (a *agile) rounds() int { return a.key.SpinCount }

// verify returns the cipher of the package's key ([MS-OFFCRYPTO] 2.3.4.13).
func (a *agile) verify(password string) (cipher.Block, bool) {
	k := a.key
	hashed := spin(k.newHash, password, k.Salt, k.SpinCount)
	open := func(blockKey, locked []byte) []byte {
		out := make([]byte, len(locked))
		decryptCBC(k.cipherFor(hashed, blockKey), k.iv(nil), out, locked)
		return out
	}
	input, want := open(forVerifierInput, k.VerifierInput), open(forVerifierHash, k.VerifierHash)
	input = input[:min(len(input), k.SaltSize)] // what goes beyond is padding
	if subtle.ConstantTimeCompare(digest(k.newHash, input), want[:k.HashSize]) != 1 {
		return nil, false
	}
	return mustAES(open(forKeyValue, k.KeyValue)[:a.KeyData.KeyBits/8]), true
}

// decrypt checks the HMAC over the whole stream ([MS-OFFCRYPTO] 2.3.4.14), then decrypts size bytes of it.
func (a *agile) decrypt(block cipher.Block, stream []byte, size int) ([]byte, error) {
	if !a.intact(block, stream) {
		return nil, ErrIntegrity
	}
	data := stream[sizePrefix:]
	out := make([]byte, wholeBlocks(size))
	a.KeyData.segments(len(out), func(iv []byte, from, to int) { decryptCBC(block, iv, out[from:to], data[from:to]) })
	return out[:size:size], nil
}

func (a *agile) intact(block cipher.Block, stream []byte) bool {
	i, p := a.DataIntegrity, &a.KeyData
	if i == nil {
		return false
	}
	n := wholeBlocks(p.HashSize)
	if len(i.Key) != n || len(i.Value) != n {
		return false
	}
	key, want := make([]byte, n), make([]byte, n)
	decryptCBC(block, p.iv(forHMACKey), key, i.Key)
	decryptCBC(block, p.iv(forHMACValue), want, i.Value)
	mac := hmac.New(p.newHash, key[:p.HashSize])
	mac.Write(stream)
	return hmac.Equal(mac.Sum(nil), want[:p.HashSize])
}
