package ooxmlcrypt

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxPassword is the longest password that Excel takes, in UTF-16 units.
const MaxPassword = 255

// PasswordError says why a workbook cannot be locked with a password. It does not show it.
type PasswordError struct{ Why string }

func (e *PasswordError) Error() string { return "password " + e.Why }

// CheckPassword tells whether a person can open with a password, and only with it, what Encrypt locks. Its error is a
// *PasswordError.
func CheckPassword(password string) error {
	switch {
	case password == "":
		return &PasswordError{"is empty"}
	case password == VelvetSweatshop:
		return &PasswordError{"is the one that Excel tries by itself"}
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return &PasswordError{"has characters that cannot be typed"}
	case tooLong(password):
		return &PasswordError{"is longer than 255 characters"}
	}
	return nil
}

func tooLong(password string) bool {
	n := 0
	for _, r := range password {
		n += utf16.RuneLen(r)
	}
	return n > MaxPassword
}

// utf16le is a password as it is hashed ([MS-OFFCRYPTO] 2.3.4.7, 2.3.4.11).
func utf16le(password string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(password)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}
