package ooxmlcrypt

import (
	"errors"
	"fmt"
	"slices"

	"uketsuke/internal/cfb"
)

// Kind is a way of locking that is told but not opened here.
type Kind string

// The kinds of UnsupportedError.
const (
	LegacyXLS        Kind = "xls"    // .xls with a password ([MS-XLS] 2.4.117): RC4, RC4 CryptoAPI or XOR
	RightsManagement Kind = "rights" // opened by a server's licence, no password ([MS-OFFCRYPTO] 2.2)
	Certificate      Kind = "certificate"
	OtherCipher      Kind = "cipher" // a package locked with algorithms that Excel does not write by itself
)

// UnsupportedError says that a file is locked in a way that is not opened here.
type UnsupportedError struct {
	Kind Kind
	What string // English, for operators
}

func (e *UnsupportedError) Error() string {
	return "locked in a way that is not supported: " + e.What
}

// Reason says in formal Japanese why the file was not opened, for a person who can send it in another form.
func (e *UnsupportedError) Reason() string {
	switch e.Kind {
	case LegacyXLS:
		return "旧形式（.xls 形式）のファイルがパスワードで保護されているため、開くことができませんでした。"
	case RightsManagement:
		return "ファイルがアクセス権の管理機能（IRM）で保護されているため、開くことができませんでした。"
	case Certificate:
		return "ファイルが電子証明書で暗号化されているため、開くことができませんでした。"
	}
	return "ファイルが特殊な暗号方式で保護されているため、開くことができませんでした。"
}

// withoutPackage tells a compound file that has no encrypted package, or does not say how it was encrypted.
func withoutPackage(f *cfb.File) error {
	names := f.Names()
	switch {
	case slices.Contains(names, "\tDRMContent"), slices.Contains(f.Names("\x06DataSpaces", "TransformInfo"), "DRMEncryptedTransform"):
		return &UnsupportedError{RightsManagement, "rights management"}
	case slices.Contains(names, "EncryptedPackage"):
		return &FormatError{"no EncryptionInfo"}
	}
	for _, name := range []string{"Workbook", "Book"} {
		stream, err := f.Stream(name)
		if errors.Is(err, cfb.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if how := filePass(stream); how != "" {
			return &UnsupportedError{LegacyXLS, ".xls with " + how}
		}
	}
	return ErrNotLocked
}

// Records of a BIFF stream ([MS-XLS] 2.3); their headers stand in clear in locked files too.
const (
	recordFilePass     = 0x2F
	recordWriteProtect = 0x86
)

// filePass tells how a workbook stream is locked, "" when it is not: its FilePass record comes second, or third after
// WriteProtect ([MS-XLS] 2.1.7.20.3).
func filePass(stream []byte) string {
	for n := 0; len(stream) >= 4; n++ {
		kind, size := le.Uint16(stream), int(le.Uint16(stream[2:]))
		content := stream[4:min(4+size, len(stream))]
		switch {
		case kind == recordFilePass:
			return filePassMethod(content)
		case n > 0 && kind != recordWriteProtect:
			return ""
		}
		stream = stream[4+len(content):]
	}
	return ""
}

// filePassMethod reads [MS-XLS] 2.4.117.
func filePassMethod(content []byte) string {
	switch {
	case len(content) >= 4 && le.Uint16(content) == 0:
		return "XOR obfuscation"
	case len(content) >= 4 && le.Uint16(content) == 1 && le.Uint16(content[2:]) == 1:
		return "RC4"
	case len(content) >= 4 && le.Uint16(content) == 1:
		return fmt.Sprintf("RC4 CryptoAPI, version %d", le.Uint16(content[2:]))
	}
	return "an unknown FilePass"
}
