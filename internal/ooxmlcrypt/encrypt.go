package ooxmlcrypt

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"io"

	"uketsuke/internal/cfb"
)

// What Encrypt writes, as Excel does since 2013.
const (
	spinCount = 100_000
	saltSize  = 16
	keySize   = 32
)

// descriptorXML is Excel's, with places for salts and locked values in base64, whose lengths never change. The order of
// attributes is the schema's ([MS-OFFCRYPTO] 2.3.4.10).
const descriptorXML = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\r\n" +
	`<encryption xmlns="http://schemas.microsoft.com/office/2006/encryption" xmlns:p="` + passwordURI +
	`" xmlns:c="http://schemas.microsoft.com/office/2006/keyEncryptor/certificate"><keyData ` + algorithms +
	`/><dataIntegrity encryptedHmacKey="%s" encryptedHmacValue="%s"/><keyEncryptors><keyEncryptor uri="` + passwordURI +
	`"><p:encryptedKey spinCount="%d" ` + algorithms + ` encryptedVerifierHashInput="%s" encryptedVerifierHashValue="%s"` +
	` encryptedKeyValue="%s"/></keyEncryptor></keyEncryptors></encryption>`

const algorithms = `saltSize="16" blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" ` +
	`cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512" saltValue="%s"`

// secrets are all that is random in a locked file.
type secrets struct {
	key      [keySize]byte // of the package
	dataSalt [saltSize]byte
	passSalt [saltSize]byte
	verifier [saltSize]byte
	hmacKey  [sha512.Size]byte
}

func newSecrets(random io.Reader) (*secrets, error) {
	var s secrets
	for _, b := range [][]byte{s.key[:], s.dataSalt[:], s.passSalt[:], s.verifier[:], s.hmacKey[:]} {
		if _, err := io.ReadFull(random, b); err != nil {
			return nil, fmt.Errorf("read randomness: %w", err)
		}
	}
	return &s, nil
}

// Encrypt locks a package with a password (ECMA-376 agile encryption: AES-256-CBC, SHA-512, 100,000 rounds, HMAC) and
// returns the file. It takes 144 bytes of random, which must be cryptographic, and holds pkg and the file in memory,
// nothing else of their size. The same package, password and random give the same file. A password that CheckPassword
// refuses is a *PasswordError.
func Encrypt(pkg []byte, password string, random io.Reader) ([]byte, error) {
	if err := CheckPassword(password); err != nil {
		return nil, fmt.Errorf("encrypt package: %w", err)
	}
	s, err := newSecrets(random)
	if err != nil {
		return nil, fmt.Errorf("encrypt package: %w", err)
	}
	file, err := encrypt(pkg, password, s, spinCount)
	if err != nil {
		return nil, fmt.Errorf("encrypt package: %w", err)
	}
	return file, nil
}

// encrypt lays out the file first and fills it in place: the package, the HMAC over it, the descriptor.
func encrypt(pkg []byte, password string, s *secrets, rounds int) ([]byte, error) {
	info := cfb.NewStream("EncryptionInfo", len(encryptionInfo(s, lockedValues{}, rounds)))
	stream := cfb.NewStream("EncryptedPackage", sizePrefix+wholeBlocks(len(pkg)))
	spaces, fillSpaces := dataSpaces()
	file, err := cfb.Layout(info, stream, spaces)
	if err != nil {
		return nil, err
	}
	fillSpaces()
	data := params(s.dataSalt[:])
	block := mustAES(s.key[:])
	le.PutUint64(stream.Content, uint64(len(pkg)))
	body := stream.Content[sizePrefix:]
	copy(body, pkg)
	data.segments(len(body), func(iv []byte, from, to int) { encryptCBC(block, iv, body[from:to]) })
	locked := lockKey(s, password, rounds)
	locked.lockHMAC(s, data, block, stream.Content)
	copy(info.Content, encryptionInfo(s, locked, rounds))
	return file, nil
}

// params are the algorithms that Encrypt uses, with one of its two salts.
func params(salt []byte) *cryptParams {
	return &cryptParams{Salt: salt, KeyBits: 8 * keySize, BlockSize: aes.BlockSize, newHash: sha512.New}
}

// lockedValues are the encrypted values of the descriptor.
type lockedValues struct {
	verifierInput [saltSize]byte
	verifierHash  [sha512.Size]byte
	key           [keySize]byte
	hmacKey       [sha512.Size]byte
	hmacValue     [sha512.Size]byte
}

// lockKey encrypts key and verifier with the password ([MS-OFFCRYPTO] 2.3.4.13).
func lockKey(s *secrets, password string, rounds int) lockedValues {
	p := params(s.passSalt[:])
	hashed := spin(p.newHash, password, p.Salt, rounds)
	v := lockedValues{verifierInput: s.verifier, verifierHash: sha512.Sum512(s.verifier[:]), key: s.key}
	encryptCBC(p.cipherFor(hashed, forVerifierInput), p.iv(nil), v.verifierInput[:])
	encryptCBC(p.cipherFor(hashed, forVerifierHash), p.iv(nil), v.verifierHash[:])
	encryptCBC(p.cipherFor(hashed, forKeyValue), p.iv(nil), v.key[:])
	return v
}

// lockHMAC encrypts the HMAC of the whole EncryptedPackage stream, its size included, and the HMAC's key
// ([MS-OFFCRYPTO] 2.3.4.14).
func (v *lockedValues) lockHMAC(s *secrets, data *cryptParams, block cipher.Block, stream []byte) {
	mac := hmac.New(sha512.New, s.hmacKey[:])
	mac.Write(stream)
	v.hmacKey = s.hmacKey
	mac.Sum(v.hmacValue[:0])
	encryptCBC(block, data.iv(forHMACKey), v.hmacKey[:])
	encryptCBC(block, data.iv(forHMACValue), v.hmacValue[:])
}

// encryptionInfo is the stream of that name: version 4.4, a reserved number, the descriptor.
func encryptionInfo(s *secrets, v lockedValues, rounds int) []byte {
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Appendf([]byte{4, 0, 4, 0, 0x40, 0, 0, 0}, descriptorXML, b64(s.dataSalt[:]), b64(v.hmacKey[:]), b64(v.hmacValue[:]),
		rounds, b64(s.passSalt[:]), b64(v.verifierInput[:]), b64(v.verifierHash[:]), b64(v.key[:]))
}
