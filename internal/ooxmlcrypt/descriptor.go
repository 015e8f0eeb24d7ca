package ooxmlcrypt

import (
	"bytes"
	"crypto/aes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"hash"
)

// maxDescriptor bounds the XML of EncryptionInfo, in bytes; Excel's has 1,300.
const maxDescriptor = 256 << 10

const passwordURI = "http://schemas.microsoft.com/office/2006/keyEncryptor/password"

// descriptor is the XML of an agile EncryptionInfo stream ([MS-OFFCRYPTO] 2.3.4.10).
type descriptor struct {
	KeyData       cryptParams `xml:"keyData"`
	DataIntegrity *struct {
		Key   base64Bytes `xml:"encryptedHmacKey,attr"`
		Value base64Bytes `xml:"encryptedHmacValue,attr"`
	} `xml:"dataIntegrity"`
	KeyEncryptors []struct {
		URI string        `xml:"uri,attr"`
		Key *encryptedKey `xml:"encryptedKey"`
	} `xml:"keyEncryptors>keyEncryptor"`
}

// encryptedKey is the package's key, locked with a password.
type encryptedKey struct {
	cryptParams
	SpinCount     int         `xml:"spinCount,attr"`
	VerifierInput base64Bytes `xml:"encryptedVerifierHashInput,attr"`
	VerifierHash  base64Bytes `xml:"encryptedVerifierHashValue,attr"`
	KeyValue      base64Bytes `xml:"encryptedKeyValue,attr"`
}

// cryptParams are the attributes that keyData and encryptedKey share; sizes in bytes.
type cryptParams struct {
	SaltSize  int         `xml:"saltSize,attr"`
	BlockSize int         `xml:"blockSize,attr"`
	KeyBits   int         `xml:"keyBits,attr"`
	HashSize  int         `xml:"hashSize,attr"`
	Cipher    string      `xml:"cipherAlgorithm,attr"`
	Chaining  string      `xml:"cipherChaining,attr"`
	Hash      string      `xml:"hashAlgorithm,attr"`
	Salt      base64Bytes `xml:"saltValue,attr"`

	newHash func() hash.Hash
}

type base64Bytes []byte

// UnmarshalText takes standard base64, with line breaks, of which no bit is without a meaning.
func (b *base64Bytes) UnmarshalText(text []byte) error {
	out := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Strict().Decode(out, text)
	*b = out[:n]
	return err
}

// parseDescriptor reads the XML and checks all of it that decrypting relies on.
func parseDescriptor(b []byte) (*descriptor, *encryptedKey, error) {
	if len(b) > maxDescriptor {
		return nil, nil, &FormatError{fmt.Sprintf("a descriptor of %d bytes", len(b))}
	}
	var d descriptor
	if err := xml.Unmarshal(bytes.TrimRight(b, "\x00"), &d); err != nil {
		return nil, nil, &FormatError{"a descriptor that is no XML: " + err.Error()}
	}
	if err := d.KeyData.check(); err != nil {
		return nil, nil, err
	}
	for _, e := range d.KeyEncryptors {
		if e.URI == passwordURI && e.Key != nil {
			return &d, e.Key, e.Key.check(d.KeyData)
		}
	}
	return nil, nil, &UnsupportedError{Certificate, "no password among the key encryptors"}
}

// check tells whether the algorithms are known and the sizes theirs.
func (p *cryptParams) check() error {
	newHash, ok := hashByName(p.Hash)
	switch {
	case !ok:
		return &UnsupportedError{OtherCipher, fmt.Sprintf("agile with hash %.20q", p.Hash)}
	case p.Cipher != "AES" || p.Chaining != "ChainingModeCBC":
		return &UnsupportedError{OtherCipher, fmt.Sprintf("agile with cipher %.20q, %.20q", p.Cipher, p.Chaining)}
	case p.KeyBits != 128 && p.KeyBits != 192 && p.KeyBits != 256:
		return &FormatError{fmt.Sprintf("an AES key of %d bits", p.KeyBits)}
	case p.BlockSize != aes.BlockSize:
		return &FormatError{fmt.Sprintf("AES blocks of %d bytes", p.BlockSize)}
	case p.HashSize != newHash().Size():
		return &FormatError{fmt.Sprintf("a hash of %d bytes", p.HashSize)}
	case len(p.Salt) == 0 || p.SaltSize != len(p.Salt):
		return &FormatError{fmt.Sprintf("a salt of %d bytes, not %d", len(p.Salt), p.SaltSize)}
	}
	p.newHash = newHash
	return nil
}

func (e *encryptedKey) check(data cryptParams) error {
	if err := e.cryptParams.check(); err != nil {
		return err
	}
	hashBlocks := wholeBlocks(e.HashSize)
	switch {
	case e.SpinCount < 0 || e.SpinCount > maxSpinCount:
		return &FormatError{fmt.Sprintf("%d hash rounds", e.SpinCount)}
	case len(e.VerifierInput) == 0 || len(e.VerifierInput)%aes.BlockSize != 0 || len(e.VerifierHash) != hashBlocks:
		return &FormatError{"a verifier of a wrong size"}
	case len(e.KeyValue)%aes.BlockSize != 0 || len(e.KeyValue) < data.KeyBits/8:
		return &FormatError{"a locked key of a wrong size"}
	}
	return nil
}
