package seal

import "time"

// wordLetters is the length of a one-time word: 31^10, 49 bits, and it lives for two days.
const wordLetters = 10

// Word returns the one-time word that confirms one command of one mail (trust.md "Confirmation"): ten letters
// without 0, o, 1, l, i. mailHash is the SHA-256 of the mail, nonce tells this question from an earlier one.
func (k Keys) Word(mailHash [32]byte, command string, nonce string) string {
	return k.newest().oneTimeWord(mailHash, command, nonce)
}

// CheckWord tells whether a word as somebody typed it is the one that Word gave, also by an older generation
// in its grace time at now. That it is open, and used only once, is the case's to know.
func (k Keys) CheckWord(typed string, mailHash [32]byte, command, nonce string, now time.Time) bool {
	typed = foldTyped(typed)
	found := false
	for i := range k.generations {
		g := &k.generations[i]
		if same := equal(typed, g.oneTimeWord(mailHash, command, nonce)); same && (g.until.IsZero() || now.Before(g.until)) {
			found = true
		}
	}
	return found
}

func (g *generation) oneTimeWord(mailHash [32]byte, command, nonce string) string {
	var f fields
	f.text(string(mailHash[:]))
	f.text(command)
	f.text(nonce)
	return word(sum(&g.word, &f), wordLetters)
}

// Lookup returns the keyed hash under which a personal value (a workbook's hash, a company's key, an address) is
// found again without being stored. kind keeps the values of two columns apart. It is the same for ever.
func (k Keys) Lookup(kind, value string) [32]byte {
	var buf [256]byte
	f := fields{buf[:0]}
	f.text(kind)
	f.text(value)
	return sum(&k.lookup, &f)
}
