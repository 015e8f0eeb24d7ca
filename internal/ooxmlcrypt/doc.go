// Package ooxmlcrypt locks workbooks with a password and opens locked ones ([MS-OFFCRYPTO] 2.3.4), without looking into
// the package (the zip): what comes out is byte for byte what went in.
//
// Encrypt writes what Excel writes since 2013, agile encryption (2.3.4.10 to 2.3.4.15):
//
//  1. The package gets a random key of its own, and is encrypted in segments of 4096 bytes, AES-256-CBC, each with an IV
//     from its number.
//  2. An HMAC-SHA-512 over the whole encrypted stream says that nothing was changed.
//  3. The password, hashed 100,000 times with a random salt, encrypts that key and a verifier by which a wrong password is
//     told without touching the package.
//  4. All of it lies in a compound file (package cfb): EncryptionInfo, EncryptedPackage, and the DataSpaces storage that
//     says how the one is to be read with the other.
//
// Reading is in three steps, so that trying passwords costs no more than their hashing:
//
//  1. Inspect tells whether a file is locked and how: agile, or the standard encryption of Excel 2007 (2.3.4.5). Other
//     ways, such as that of .xls, are told and not opened.
//  2. Lock.Verify tries a password, Lock.Find several, within bounds.
//  3. Key.Decrypt decrypts the package, and checks it where the file lets it.
//
// Pure: randomness is an argument, and the bounds are counted in hashes, not in seconds, so that the same file and
// passwords have the same outcome on any machine. Nothing here is logged and no error shows a password.
package ooxmlcrypt

import (
	"errors"
	"fmt"
)

// VelvetSweatshop is the password that Excel tries before it asks for one: a file locked with it opens for everybody.
// Excel writes it where a workbook's structure is protected ([MS-XLS] 2.2.10).
const VelvetSweatshop = "VelvetSweatshop"

// Bounds of Lock.Find (trust.md "Bounds"). MaxRounds is about 5 s of one core at 0.4 µs a hash.
const (
	MaxCandidates = 64
	MaxRounds     = 12_500_000
	maxSpinCount  = 10_000_000 // [MS-OFFCRYPTO] 2.3.4.10: ST_SpinCount
)

// Errors that callers decide by.
var (
	ErrNotLocked = errors.New("no locked workbook")
	ErrPassword  = errors.New("wrong password")
	// ErrIntegrity says that the password is right and the package is not what was encrypted, or that an agile file
	// lacks what would prove it.
	ErrIntegrity = errors.New("the encrypted package was changed or damaged")
)

// FormatError says what is broken in a locked file.
type FormatError struct{ What string }

func (e *FormatError) Error() string { return "broken locked file: " + e.What }

// LimitError says that not all was tried because that would take too long.
type LimitError struct {
	Limit string // "candidates" or "rounds"
	Tried int    // passwords that were tried, and are wrong
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("the limit of %s is reached after %d passwords", e.Limit, e.Tried)
}
