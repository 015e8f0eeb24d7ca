package ooxmlcrypt

import (
	"crypto/cipher"
	"errors"
	"fmt"

	"uketsuke/internal/cfb"
)

// Scheme is how a file is locked.
type Scheme string

// The schemes that are opened here.
const (
	Agile    Scheme = "agile"    // Excel 2010 and later
	Standard Scheme = "standard" // Excel 2007; what was decrypted cannot be checked
)

// sizePrefix is the length of the package's size before the encrypted bytes ([MS-OFFCRYPTO] 2.3.4.4).
const sizePrefix = 8

// Lock is a locked package. It shares the bytes of the file and is safe for concurrent use.
type Lock struct {
	Scheme Scheme
	Rounds int // hashes that trying one password takes, each about 0.4 µs
	how    locker
	stream []byte // EncryptedPackage
	size   int    // of the package
}

// locker is what the schemes differ in.
type locker interface {
	rounds() int
	verify(password string) (cipher.Block, bool)
	decrypt(block cipher.Block, stream []byte, size int) ([]byte, error)
}

// Key opens one Lock. It is to be kept no longer than needed and never to be shown.
type Key struct {
	Password string // that was right
	lock     *Lock
	block    cipher.Block
}

// Inspect tells whether a file is locked, and how. It tries no password and its work is bounded by the file's length.
// Errors: ErrNotLocked for whatever is neither an encrypted package nor a locked .xls, *UnsupportedError, *FormatError,
// *cfb.FormatError.
func Inspect(file []byte) (*Lock, error) {
	f, err := cfb.Open(file)
	if err != nil {
		if len(file) < len(cfb.Signature) || string(file[:len(cfb.Signature)]) != cfb.Signature {
			return nil, ErrNotLocked
		}
		return nil, fmt.Errorf("inspect locked file: %w", err)
	}
	stream, err := f.Stream("EncryptedPackage")
	var info []byte
	if err == nil {
		info, err = f.Stream("EncryptionInfo")
	}
	if errors.Is(err, cfb.ErrNotFound) {
		err = withoutPackage(f)
	}
	if err != nil {
		return nil, fmt.Errorf("inspect locked file: %w", err)
	}
	l := &Lock{stream: stream}
	if err := l.parse(info); err != nil {
		return nil, fmt.Errorf("inspect locked file: %w", err)
	}
	return l, nil
}

// parse reads EncryptionInfo, which begins with two numbers of a version ([MS-OFFCRYPTO] 2.3.4.5, 2.3.4.6, 2.3.4.10), and
// the package's size.
func (l *Lock) parse(info []byte) error {
	if len(info) < 8 {
		return &FormatError{"no EncryptionInfo"}
	}
	major, minor := le.Uint16(info), le.Uint16(info[2:])
	switch {
	case major == 4 && minor == 4:
		d, key, err := parseDescriptor(info[8:])
		if err != nil {
			return err
		}
		l.Scheme, l.how = Agile, &agile{d, key}
	case minor == 2 && 2 <= major && major <= 4:
		s, err := parseStandard(info[4:])
		if err != nil {
			return err
		}
		l.Scheme, l.how = Standard, s
	case minor == 3 && (major == 3 || major == 4):
		return &UnsupportedError{OtherCipher, "extensible encryption"}
	default:
		return &UnsupportedError{OtherCipher, fmt.Sprintf("encryption of version %d.%d", major, minor)}
	}
	l.Rounds = l.how.rounds()
	if len(l.stream) < sizePrefix {
		return &FormatError{"no encrypted package"}
	}
	data, size := l.stream[sizePrefix:], le.Uint64(l.stream)
	if size > uint64(len(data)) || wholeBlocks(int(size)) > len(data) {
		return &FormatError{fmt.Sprintf("a package of %d bytes in %d encrypted ones", size, len(data))}
	}
	l.size = int(size)
	return nil
}

// Verify tries a password and returns the key that it gives, or ErrPassword. It takes Rounds hashes, and does not touch
// the package.
func (l *Lock) Verify(password string) (*Key, error) {
	if tooLong(password) {
		return nil, ErrPassword
	}
	block, ok := l.how.verify(password)
	if !ok {
		return nil, ErrPassword
	}
	return &Key{Password: password, lock: l, block: block}, nil
}

// Find tries passwords in turn, no more than MaxCandidates of them and MaxRounds hashes in all. It returns the key of the
// first that is right, ErrPassword when none is, and a *LimitError when the right one may be among those not tried.
func (l *Lock) Find(candidates []string) (*Key, error) {
	for i, password := range candidates {
		switch {
		case i >= MaxCandidates:
			return nil, &LimitError{"candidates", i}
		case (i+1)*l.Rounds > MaxRounds:
			return nil, &LimitError{"rounds", i}
		}
		key, err := l.Verify(password)
		if !errors.Is(err, ErrPassword) {
			return key, err
		}
	}
	return nil, ErrPassword
}

// Decrypt returns the package, byte for byte as it was locked. Its error is ErrIntegrity, which only Agile files can
// give: what comes out of a Standard one may be anything if somebody changed it.
func (k *Key) Decrypt() ([]byte, error) {
	out, err := k.lock.how.decrypt(k.block, k.lock.stream, k.lock.size)
	if err != nil {
		return nil, fmt.Errorf("decrypt package: %w", err)
	}
	return out, nil
}

// String shows neither key nor password.
func (k Key) String() string { return "key of a locked file" }

// Format shows neither key nor password, whatever verb asks for it.
func (k Key) Format(f fmt.State, _ rune) { fmt.Fprint(f, k.String()) }

// Decrypt opens a locked file with a password: Inspect, Verify and Key.Decrypt in one.
func Decrypt(file []byte, password string) ([]byte, error) {
	l, err := Inspect(file)
	if err != nil {
		return nil, err
	}
	k, err := l.Verify(password)
	if err != nil {
		return nil, err
	}
	return k.Decrypt()
}
