package archive

import (
	"archive/zip"
	"crypto/aes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"

	"golang.org/x/text/encoding/japanese"
)

// methodAES is the method under which WinZip hides the real one (extra field 0x9901).
const (
	methodAES  = 99
	extraAES   = 0x9901
	aesRounds  = 1000 // of PBKDF2, fixed by the format
	aesMAC     = 10   // bytes of HMAC-SHA1 at the end
	cryptoHead = 12   // bytes of ZipCrypto's random header
)

var errWrongPassword = errors.New("read archive: the password does not fit")

func encrypted(f *zip.File) bool { return f.Flags&1 != 0 }

// findPassword tries the candidates on the smallest encrypted file. A password may be typed in UTF-8 or CP932.
func (z *opener) findPassword() {
	var probe *zip.File
	for _, f := range z.zipped {
		if encrypted(f) && (probe == nil || f.CompressedSize64 < probe.CompressedSize64) {
			probe = f
		}
	}
	if probe == nil {
		return
	}
	raw, err := z.rawContent(probe)
	if err != nil {
		return
	}
	begin := z.now()
	for i, p := range z.Passwords {
		if z.Limits.Candidates > 0 && i >= z.Limits.Candidates || z.Limits.Time > 0 && z.now()-begin > int64(z.Limits.Time) {
			return
		}
		for _, spelled := range spellings(p) {
			if spelled == "" || !mayOpen(probe, raw, spelled) {
				continue
			}
			if _, err := z.read(probe, spelled); !errors.Is(err, errWrongPassword) {
				z.found, z.key, z.fits = p, spelled, true
				return
			}
		}
	}
}

func (z *opener) now() int64 {
	if z.Limits.Now == nil {
		return 0
	}
	return z.Limits.Now().UnixNano()
}

// spellings are the bytes that a password may have been typed as.
func spellings(password string) []string {
	list := []string{password}
	if s, err := japanese.ShiftJIS.NewEncoder().String(password); err == nil {
		list = append(list, s)
	}
	return slices.Compact(list)
}

// mayOpen checks the few bytes by which a file tells most wrong passwords without being read.
func mayOpen(f *zip.File, raw []byte, password string) bool {
	if f.Method == methodAES {
		_, err := newAESFile(f, raw, password)
		return err == nil
	}
	return newZipCrypto(password).opens(f, raw)
}

// decrypt undoes a file's encryption. method is how the result is packed, checked whether its checksum is the plain
// file's: AE-2 leaves it out.
func decrypt(f *zip.File, raw []byte, password string) (plain []byte, method uint16, checked bool, err error) {
	if f.Method == methodAES {
		a, err := newAESFile(f, raw, password)
		if err != nil {
			return nil, 0, false, err
		}
		plain, err = a.decrypt()
		return plain, a.method, a.version == 1, err
	}
	z := newZipCrypto(password)
	if !z.opens(f, raw) {
		return nil, 0, false, errWrongPassword
	}
	plain = make([]byte, len(raw)-cryptoHead)
	for i, c := range raw[cryptoHead:] {
		plain[i] = z.next(c)
	}
	return plain, f.Method, true, nil
}

// zipCrypto is PKWARE's traditional cipher (APPNOTE.TXT 6.1).
type zipCrypto [3]uint32

func newZipCrypto(password string) *zipCrypto {
	z := &zipCrypto{0x12345678, 0x23456789, 0x34567890}
	for i := range len(password) {
		z.update(password[i])
	}
	return z
}

func (z *zipCrypto) update(c byte) {
	z[0] = crc32.IEEETable[byte(z[0])^c] ^ z[0]>>8
	z[1] = (z[1]+z[0]&0xff)*134775813 + 1
	z[2] = crc32.IEEETable[byte(z[2])^byte(z[1]>>24)] ^ z[2]>>8
}

func (z *zipCrypto) next(c byte) byte {
	t := z[2] | 2
	c ^= byte(t * (t ^ 1) >> 8)
	z.update(c)
	return c
}

// opens decrypts the header and compares its last byte with the checksum's first, or the time's where the checksum
// follows the file (APPNOTE.TXT 6.1.6).
func (z *zipCrypto) opens(f *zip.File, raw []byte) bool {
	if len(raw) < cryptoHead {
		return false
	}
	var last byte
	for _, c := range raw[:cryptoHead] {
		last = z.next(c)
	}
	return last == byte(f.CRC32>>24) || f.Flags&8 != 0 && last == byte(f.ModifiedTime>>8)
}

// aesFile is a file in WinZip's AES form: salt, two bytes to check the password, content, MAC.
type aesFile struct {
	version uint16 // 1: AE-1, 2: AE-2
	method  uint16
	key     []byte
	macKey  []byte
	content []byte
	mac     []byte
}

func newAESFile(f *zip.File, raw []byte, password string) (*aesFile, error) {
	v := extra(f, extraAES)
	if len(v) < 7 || v[4] < 1 || v[4] > 3 {
		return nil, errors.New("read archive: an encryption that is not known here")
	}
	keyLen := 8 + 8*int(v[4]) // strength 1, 2, 3: 128, 192, 256 bits
	saltLen := keyLen / 2
	if len(raw) < saltLen+2+aesMAC {
		return nil, errors.New("read archive: an encrypted file is cut off")
	}
	keys, err := pbkdf2.Key(sha1.New, password, raw[:saltLen], aesRounds, 2*keyLen+2)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(keys[2*keyLen:], raw[saltLen:saltLen+2]) == 0 {
		return nil, errWrongPassword
	}
	end := len(raw) - aesMAC
	return &aesFile{version: binary.LittleEndian.Uint16(v), method: binary.LittleEndian.Uint16(v[5:]),
		key: keys[:keyLen], macKey: keys[keyLen : 2*keyLen], content: raw[saltLen+2 : end], mac: raw[end:]}, nil
}

// decrypt checks the MAC and deciphers: counter mode, the counter little-endian and beginning at 1.
func (a *aesFile) decrypt() ([]byte, error) {
	mac := hmac.New(sha1.New, a.macKey)
	mac.Write(a.content)
	if subtle.ConstantTimeCompare(mac.Sum(nil)[:aesMAC], a.mac) == 0 {
		return nil, errWrongPassword
	}
	block, err := aes.NewCipher(a.key)
	if err != nil {
		return nil, err
	}
	plain := make([]byte, len(a.content))
	var counter, stream [aes.BlockSize]byte
	for at := 0; at < len(plain); at += aes.BlockSize {
		binary.LittleEndian.PutUint64(counter[:], uint64(at/aes.BlockSize)+1)
		block.Encrypt(stream[:], counter[:])
		subtle.XORBytes(plain[at:], a.content[at:min(at+aes.BlockSize, len(plain))], stream[:])
	}
	return plain, nil
}
