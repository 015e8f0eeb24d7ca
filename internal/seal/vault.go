package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// vaultHead is what stands before a sealed value: the number of its generation, big endian.
const vaultHead = 4

// Seal encrypts a value that must not stand readable in the database: AES-256-GCM (NIST SP 800-38D) under the newest
// generation, with a fresh nonce of 12 bytes of random. Any generation's values can be opened again.
func (k Keys) Seal(plain []byte, random io.Reader) ([]byte, error) {
	g := k.newest()
	box, err := g.box()
	if err != nil {
		return nil, err
	}
	out := binary.BigEndian.AppendUint32(nil, uint32(g.id))
	nonce := make([]byte, box.NonceSize())
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, fmt.Errorf("seal: read randomness: %w", err)
	}
	return box.Seal(append(out, nonce...), nonce, plain, out[:vaultHead]), nil
}

// ErrSealed says that a value was not sealed with these keys, or was changed since.
var ErrSealed = errors.New("the value was not sealed with these keys, or was changed since")

// Open is the inverse of Seal. Errors: ErrSealed.
func (k Keys) Open(sealed []byte) ([]byte, error) {
	if len(sealed) < vaultHead {
		return nil, ErrSealed
	}
	id := int(binary.BigEndian.Uint32(sealed))
	for i := range k.generations {
		if k.generations[i].id != id {
			continue
		}
		box, err := k.generations[i].box()
		if err != nil {
			return nil, err
		}
		rest := sealed[vaultHead:]
		if len(rest) < box.NonceSize() {
			return nil, ErrSealed
		}
		plain, err := box.Open(nil, rest[:box.NonceSize()], rest[box.NonceSize():], sealed[:vaultHead])
		if err != nil {
			return nil, ErrSealed
		}
		return plain, nil
	}
	return nil, ErrSealed
}

func (g *generation) box() (cipher.AEAD, error) {
	block, err := aes.NewCipher(g.vault[:])
	if err != nil {
		return nil, fmt.Errorf("make the sealing cipher: %w", err)
	}
	return cipher.NewGCM(block)
}
