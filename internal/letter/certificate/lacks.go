package certificate

// Lacks returns the characters of s, in order of appearance and each once, that Render would draw as 〓. It is asked
// when a certificate is decided, so that the clerk hears of them in the same breath.
func Lacks(s string) []rune {
	book, err := openFonts()
	if err != nil {
		return nil // Render will say so
	}
	w := cleaner{book: book}
	w.line(s)
	return w.missing
}
