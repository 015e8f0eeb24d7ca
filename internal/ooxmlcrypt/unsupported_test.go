package ooxmlcrypt

import (
	"errors"
	"strings"
	"testing"

	"uketsuke/internal/cfb"
)

// xls is an old workbook whose stream begins with those records.
func xls(t testing.TB, stream string, records ...record) []byte {
	t.Helper()
	n := cfb.NewStream(stream, 5000)
	file, err := cfb.Layout(n)
	if err != nil {
		t.Fatal(err)
	}
	at := n.Content
	for _, r := range records {
		at = at[copy(at, r):]
	}
	return file
}

// biff is a record of a workbook stream ([MS-XLS] 2.1.4).
func biff(kind uint16, content ...byte) record {
	return append(record{byte(kind), byte(kind >> 8), byte(len(content)), byte(len(content) >> 8)}, content...)
}

func TestLockedOldWorkbooksAreTold(t *testing.T) {
	bof, protect := biff(0x809, make([]byte, 16)...), biff(recordWriteProtect)
	for _, tc := range []struct {
		rule string
		file []byte
		want string // "" is not locked
	}{
		{"XOR", xls(t, "Workbook", bof, biff(recordFilePass, 0, 0, 0x65, 0x82, 0xB1, 0x9E)), "XOR obfuscation"},
		{"RC4", xls(t, "Workbook", bof, biff(recordFilePass, 1, 0, 1, 0, 1, 0)), "RC4"},
		{"CryptoAPI", xls(t, "Workbook", bof, biff(recordFilePass, 1, 0, 4, 0, 2, 0)), "RC4 CryptoAPI, version 4"},
		{"after WriteProtect", xls(t, "Workbook", bof, protect, biff(recordFilePass, 1, 0, 2, 0, 2, 0)), "RC4 CryptoAPI, version 2"},
		{"Excel 5", xls(t, "Book", bof, biff(recordFilePass, 1, 2, 3, 4)), "an unknown FilePass"},
		{"an empty FilePass", xls(t, "Workbook", bof, biff(recordFilePass)), "an unknown FilePass"},
		{"not locked", xls(t, "Workbook", bof, biff(0xE1, 0xB0, 4)), ""},
		{"a number that looks like one, later", xls(t, "Workbook", bof, biff(0xE1, 0xB0, 4), biff(recordFilePass, 0, 0, 0, 0)), ""},
	} {
		_, err := Inspect(tc.file)
		var unsupported *UnsupportedError
		switch {
		case tc.want == "" && !errors.Is(err, ErrNotLocked):
			t.Errorf("%s: %v", tc.rule, err)
		case tc.want != "" && (!errors.As(err, &unsupported) || unsupported.Kind != LegacyXLS || !strings.HasSuffix(err.Error(), ".xls with "+tc.want)):
			t.Errorf("%s: %v, want %q", tc.rule, err, tc.want)
		}
	}
}

// drmPackage is a package that a server's licence opens: a transform of that name, no EncryptionInfo.
func drmPackage(t testing.TB) []byte {
	t.Helper()
	file, err := cfb.Layout(cfb.NewStream("EncryptedPackage", 5000), cfb.NewStorage("\x06DataSpaces",
		cfb.NewStorage("TransformInfo", cfb.NewStorage("DRMEncryptedTransform", cfb.NewStream("\x06Primary", 200)))))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestEveryUnsupportedKindHasItsReason(t *testing.T) {
	certificate := agileVariant{hash: "SHA1", keyBits: 128, rounds: 1, edit: func(xml string) string { return strings.ReplaceAll(xml, passwordURI, "urn:other") }}
	md5 := agileVariant{hash: "SHA1", keyBits: 128, rounds: 1, edit: func(xml string) string { return strings.ReplaceAll(xml, "SHA1", "MD5") }}
	for _, tc := range []struct {
		kind   Kind
		file   []byte
		reason string
	}{
		{LegacyXLS, xls(t, "Workbook", biff(0x809), biff(recordFilePass, 0, 0, 0, 0)), "旧形式（.xls 形式）"},
		{RightsManagement, drmPackage(t), "IRM"},
		{Certificate, certificate.file(t, []byte("PK"), "x"), "電子証明書"},
		{OtherCipher, md5.file(t, []byte("PK"), "x"), "特殊な暗号方式"},
	} {
		_, err := Inspect(tc.file)
		var got *UnsupportedError
		if !errors.As(err, &got) || got.Kind != tc.kind || !strings.Contains(got.Reason(), tc.reason) || !strings.HasSuffix(got.Reason(), "できませんでした。") {
			t.Errorf("%s: %v", tc.kind, err)
		}
	}
}
