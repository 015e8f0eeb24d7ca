package ooxmlcrypt

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/subtle"
	"fmt"
)

// standardRounds is how often standard encryption hashes a password ([MS-OFFCRYPTO] 2.3.4.7).
const standardRounds = 50_000

// Values of the standard encryption's header ([MS-OFFCRYPTO] 2.3.1, 2.3.2).
const (
	flagCryptoAPI = 1 << 2
	flagExternal  = 1 << 4
	flagAES       = 1 << 5
	algSHA1       = 0x8004
)

// aesKeyBits are the AES algorithms of the header; 0 leaves the choice to the flags, which then mean AES-128.
var aesKeyBits = map[uint32]int{0: 128, 0x660E: 128, 0x660F: 192, 0x6610: 256}

// standard is a package locked by standard encryption: AES in ECB, without a check of what was decrypted.
type standard struct {
	salt         []byte
	verifier     []byte
	verifierHash []byte
	keyBits      int
}

// parseStandard reads what follows the version in EncryptionInfo ([MS-OFFCRYPTO] 2.3.4.5): flags, the header's size, the
// header, the verifier.
func parseStandard(b []byte) (*standard, error) {
	if len(b) < 8 || uint64(le.Uint32(b[4:])) > uint64(len(b)-8) || le.Uint32(b[4:]) < 32 {
		return nil, &FormatError{"a header of a wrong size"}
	}
	header, verifier := b[8:8+le.Uint32(b[4:])], b[8+le.Uint32(b[4:]):]
	flags, alg, algHash, bits := le.Uint32(header), le.Uint32(header[8:]), le.Uint32(header[12:]), int(le.Uint32(header[16:]))
	keyBits, isAES := aesKeyBits[alg]
	switch {
	case flags&flagExternal != 0 || flags&flagCryptoAPI == 0 || flags&flagAES == 0 || !isAES:
		return nil, &UnsupportedError{OtherCipher, fmt.Sprintf("standard with algorithm %#x", alg)}
	case algHash != 0 && algHash != algSHA1:
		return nil, &UnsupportedError{OtherCipher, fmt.Sprintf("standard with hash %#x", algHash)}
	case bits != keyBits && bits != 0:
		return nil, &FormatError{fmt.Sprintf("an AES key of %d bits", bits)}
	case len(verifier) < 4+16+16+4+32 || le.Uint32(verifier) != 16 || le.Uint32(verifier[36:]) != sha1.Size:
		return nil, &FormatError{"a verifier of a wrong size"}
	}
	return &standard{salt: verifier[4:20], verifier: verifier[20:36], verifierHash: verifier[40:72], keyBits: keyBits}, nil
}

func (s *standard) rounds() int { return standardRounds }

// key derives the key of a password ([MS-OFFCRYPTO] 2.3.4.7).
func (s *standard) key(password string) []byte {
	hashed := digest(sha1.New, spin(sha1.New, password, s.salt, standardRounds), make([]byte, 4))
	half := func(with byte) []byte {
		buf := bytes.Repeat([]byte{with}, sha1.BlockSize)
		subtle.XORBytes(buf, buf, hashed)
		return digest(sha1.New, buf)
	}
	return append(half(0x36), half(0x5C)...)[:s.keyBits/8]
}

// verify returns the cipher of the password's key ([MS-OFFCRYPTO] 2.3.4.9).
func (s *standard) verify(password string) (cipher.Block, bool) {
	block := mustAES(s.key(password))
	verifier, want := make([]byte, len(s.verifier)), make([]byte, len(s.verifierHash))
	decryptECB(block, verifier, s.verifier)
	decryptECB(block, want, s.verifierHash)
	return block, subtle.ConstantTimeCompare(digest(sha1.New, verifier), want[:sha1.Size]) == 1
}

func (s *standard) decrypt(block cipher.Block, stream []byte, size int) ([]byte, error) {
	data := stream[sizePrefix:]
	out := make([]byte, wholeBlocks(size))
	decryptECB(block, out, data[:len(out)])
	return out[:size:size], nil
}

func decryptECB(block cipher.Block, dst, src []byte) {
	for i := 0; i < len(src); i += aes.BlockSize {
		block.Decrypt(dst[i:], src[i:])
	}
}
