package biff

import (
	"bytes"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf16"

	"uketsuke/internal/cfb"
)

// Errors of Unlock.
var (
	ErrNotLocked = errors.New("the workbook is not encrypted")
	ErrPassword  = errors.New("wrong password")
	ErrCipher    = errors.New("the workbook is encrypted in a way that is not read here")
)

// VelvetSweatshop is the password that Excel tries before it asks for one: it
// writes that where a workbook's structure is protected (MS-XLS 2.2.10).
const VelvetSweatshop = "VelvetSweatshop"

// Unlock decrypts a .xls locked with RC4, of Excel 97 (MS-OFFCRYPTO 2.3.6) or
// by CryptoAPI (2.3.5), and returns a .xls of its workbook alone: all that Read
// needs. XOR obfuscation gives ErrCipher, a file without lock ErrNotLocked.
func Unlock(file []byte, password string) ([]byte, error) {
	stream, err := workbookStream(file)
	if err != nil {
		return nil, err
	}
	at, pass := filePass(stream)
	if pass == nil {
		return nil, ErrNotLocked
	}
	key, err := parseFilePass(pass)
	if err != nil {
		return nil, err
	}
	blocks, ok := key.open(password)
	if !ok {
		return nil, ErrPassword
	}
	node := cfb.NewStream("Workbook", max(len(stream), minStream))
	out, err := cfb.Layout(node)
	if err != nil {
		return nil, fmt.Errorf("writing the unlocked workbook: %w", err)
	}
	copy(node.Content, stream)
	decrypt(node.Content[:len(stream)], blocks)
	binary.LittleEndian.PutUint16(node.Content[at:], recUnlocked)
	return out, nil
}

const (
	recUnlocked = 0x0FFF // no record's type: readers pass over it
	minStream   = 4096   // shorter ones lie elsewhere in a compound file
)

// filePass finds the FILEPASS record, which stands among the first (MS-XLS
// 2.1.7.20.3), and its offset; nil where the workbook is not locked.
func filePass(stream []byte) (int, []byte) {
	r := &reader{stream: stream, lim: Limits{Records: 8}}
	for {
		at := r.pos
		rec, err := r.next()
		if err != nil || rec.kind == recEOF {
			return 0, nil
		}
		if rec.kind == recFilePass {
			return at, rec.body
		}
	}
}

// lock is what a FILEPASS record says (MS-XLS 2.4.117).
type lock struct {
	salt, verifier, hash []byte
	keyBytes             int // of CryptoAPI; 0: Excel 97
}

func parseFilePass(b []byte) (*lock, error) {
	kind, major, minor := u16(b, 0), u16(b, 2), u16(b, 4)
	switch {
	case kind != 1:
		return nil, ErrCipher
	case major == 1 && minor == 1 && len(b) >= 54:
		return &lock{salt: b[6:22], verifier: b[22:38], hash: b[38:54]}, nil
	case major >= 2 && major <= 4 && minor == 2:
		return parseCryptoAPI(b[6:])
	}
	return nil, ErrCipher
}

// parseCryptoAPI reads an RC4 CryptoAPI encryption header (MS-OFFCRYPTO 2.3.5.1).
func parseCryptoAPI(b []byte) (*lock, error) {
	const rc4ID, sha1ID, salted = 0x6801, 0x8004, 4 + 16 + 16 + 4 + 20
	size := int(u32(b, 4))
	if size < 32 || size > len(b)-8-salted {
		return nil, errShort
	}
	head, v := b[8:8+size], b[8+size:]
	bits := int(u32(head, 16))
	if alg := u32(head, 8); alg != rc4ID && alg != 0 || u32(head, 12) != sha1ID && u32(head, 12) != 0 {
		return nil, ErrCipher
	}
	if bits == 0 {
		bits = 40
	}
	if bits%8 != 0 || bits < 40 || bits > 128 {
		return nil, ErrCipher
	}
	return &lock{salt: v[4:20], verifier: v[20:36], hash: v[40:60], keyBytes: bits / 8}, nil
}

// blockKeys gives the cipher of each block of 1024 bytes.
type blockKeys func(block uint32) *rc4.Cipher

// open tries a password.
func (l *lock) open(password string) (blockKeys, bool) {
	units := utf16.Encode([]rune(password))
	if len(units) > 255 {
		return nil, false
	}
	var text []byte
	for _, u := range units {
		text = binary.LittleEndian.AppendUint16(text, u)
	}
	keys := l.keys97(text)
	sum := func(b []byte) []byte { h := md5.Sum(b); return h[:] }
	if l.keyBytes > 0 {
		keys = l.keysCryptoAPI(text)
		sum = func(b []byte) []byte { h := sha1.Sum(b); return h[:] }
	}
	c := keys(0)
	verifier, hash := make([]byte, len(l.verifier)), make([]byte, len(l.hash))
	c.XORKeyStream(verifier, l.verifier)
	c.XORKeyStream(hash, l.hash)
	return keys, bytes.Equal(sum(verifier), hash)
}

// keys97 derives keys as Excel 97 does (MS-OFFCRYPTO 2.3.6.2).
func (l *lock) keys97(password []byte) blockKeys {
	const used = 5 // 40 bits
	first := md5.Sum(password)
	second := md5.Sum(bytes.Repeat(append(first[:used:used], l.salt...), 16))
	return func(block uint32) *rc4.Cipher {
		key := md5.Sum(binary.LittleEndian.AppendUint32(second[:used:used], block))
		return cipherOf(key[:])
	}
}

// keysCryptoAPI derives keys as MS-OFFCRYPTO 2.3.5.2 says.
func (l *lock) keysCryptoAPI(password []byte) blockKeys {
	first := sha1.Sum(append(bytes.Clone(l.salt), password...))
	return func(block uint32) *rc4.Cipher {
		sum := sha1.Sum(binary.LittleEndian.AppendUint32(bytes.Clone(first[:]), block))
		key := sum[:l.keyBytes]
		if l.keyBytes == 5 {
			key = append(bytes.Clone(key), make([]byte, 11)...)
		}
		return cipherOf(key)
	}
}

func cipherOf(key []byte) *rc4.Cipher {
	c, err := rc4.NewCipher(key)
	if err != nil {
		panic("biff: a key of no length") // keys here have 5 to 20 bytes
	}
	return c
}

// plainRecords are never encrypted; of BOUNDSHEET the sheet's place is not
// (MS-XLS 2.2.10).
var plainRecords = map[uint16]bool{recBOF: true, recFilePass: true, 0x00E1: true, 0x0138: true, 0x0139: true, 0x013A: true, 0x0194: true, 0x0195: true, 0x0196: true}

// decrypt decrypts a stream in place. Headers of records are not encrypted, but
// the key stream runs on over all that is not.
func decrypt(stream []byte, keys blockKeys) {
	const blockSize = 1024
	mask := make([]byte, blockSize)
	block := -1
	for at := 0; at+4 <= len(stream); {
		kind, size := binary.LittleEndian.Uint16(stream[at:]), int(binary.LittleEndian.Uint16(stream[at+2:]))
		from, end := at+4, min(at+4+size, len(stream))
		if kind == recSheet {
			from = min(from+4, end)
		}
		if plainRecords[kind] {
			from = end
		}
		for i := from; i < end; i++ {
			if i/blockSize != block {
				block = i / blockSize
				clear(mask)
				keys(uint32(block)).XORKeyStream(mask, mask)
			}
			stream[i] ^= mask[i%blockSize]
		}
		at = end
	}
}
