package seal

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// The shape of a new password: 31^16, 79 bits.
const (
	passwordGroups = 4
	groupLetters   = 4
)

// NewPassword makes the password of a sheet that leaves: four groups of four letters and digits, `k3f9-q2ab-7mwx-t4ey`,
// for reading out on the phone group by group. It has 79 bits of entropy: every letter is equally likely, none is 0, o, 1,
// l or i, and there are no capitals. The hyphens belong to it. It takes 64 bytes of random, which must be cryptographic.
func NewPassword(random io.Reader) (string, error) {
	var buf [64]byte
	if _, err := io.ReadFull(random, buf[:]); err != nil {
		return "", fmt.Errorf("make password: read randomness: %w", err)
	}
	const even = 256 / len(alphabet) * len(alphabet) // from here on the first letters would be likelier
	var out strings.Builder
	letters := 0
	for _, b := range buf {
		if int(b) >= even {
			continue
		}
		if letters > 0 && letters%groupLetters == 0 {
			out.WriteByte('-')
		}
		out.WriteByte(alphabet[int(b)%len(alphabet)])
		if letters++; letters == passwordGroups*groupLetters {
			return out.String(), nil
		}
	}
	return "", errors.New("make password: the randomness is not random") // three bytes of four were 248 and above
}
