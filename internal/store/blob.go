package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// FaultError is a failure of the file system beside the database: no mail can be done until it is mended.
type FaultError struct {
	What string
	Err  error
}

func (e *FaultError) Error() string { return e.What + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *FaultError) Unwrap() error { return e.Err }

// rawFile is a large mail that already stands in a file beside the database.
type rawFile struct {
	sum  [32]byte
	size int64 // 0: the bytes are in memory
}

func (s *Store) blobPath(hash string) string { return blobPath(filepath.Dir(s.path), hash) }

func blobPath(dir, hash string) string {
	return filepath.Join(dir, "blobs", hash[:2], hash)
}

func (s *Store) letterPath(sum []byte) string { return s.blobPath(hex.EncodeToString(sum)) + ".letter" }

// adoptRaw copies large mails into files before the transaction begins: written and synced before the commit.
func (s *Store) adoptRaw(ins []Inbound, done []decided) error {
	for i, in := range ins {
		if in.RawFile == "" {
			continue
		}
		r, err := s.adopt(in.RawFile)
		if err != nil {
			return &FaultError{"keep a large mail", err}
		}
		done[i].raw = r
	}
	return nil
}

func (s *Store) adopt(path string) (r rawFile, err error) {
	f, err := os.Open(path)
	if err != nil {
		return r, err
	}
	defer f.Close()
	h := sha256.New()
	if r.size, err = io.Copy(h, f); err != nil {
		return r, err
	}
	h.Sum(r.sum[:0])
	if _, err = f.Seek(0, io.SeekStart); err != nil {
		return r, err
	}
	return r, s.putBlobFile(s.blobPath(hex.EncodeToString(r.sum[:])), r.size, f)
}

// putBlobFile writes a file of blobs/ unless it is there already, whole.
func (s *Store) putBlobFile(path string, size int64, src io.Reader) error {
	if info, err := os.Stat(path); err == nil && info.Size() == size {
		return nil
	}
	s.opt.Step("db.blob.before")
	if err := putFile(path, src); err != nil {
		return err
	}
	s.opt.Step("db.blob.after")
	return nil
}

// dropSpool removes a spooled file that was taken over; a leftover harms nobody.
func dropSpool(path string) {
	if path != "" {
		_ = os.Remove(path)
	}
}

// putRaw keeps a mail's bytes and returns their hash.
func (t *tx) putRaw(raw []byte, r rawFile) ([32]byte, error) {
	if r.size == 0 {
		sum := sha256.Sum256(raw)
		return sum, t.putBlob(sum, raw)
	}
	_, err := t.q.exec("INSERT OR IGNORE INTO blob (hash, size) VALUES (?,?)", r.sum[:], r.size)
	return r.sum, wrap(err, "write a large mail's row")
}

func (t *tx) putBlob(sum [32]byte, data []byte) error {
	var one int
	if found, err := t.q.one("SELECT 1 FROM blob WHERE hash = ?", []any{sum[:]}, &one); found || err != nil {
		return wrap(err, "look for bytes")
	}
	stored := data
	if len(data) > inlineBytes {
		if err := t.s.putBlobFile(t.s.blobPath(hex.EncodeToString(sum[:])), int64(len(data)), bytes.NewReader(data)); err != nil {
			return &FaultError{"keep large bytes", err}
		}
		stored = nil
	} else if stored == nil {
		stored = []byte{}
	}
	var value any
	if stored != nil {
		value = stored
	}
	_, err := t.q.exec("INSERT INTO blob (hash, size, bytes) VALUES (?,?,?)", sum[:], len(data), value)
	return wrap(err, "write bytes")
}

// putWorkbooks keeps the workbooks of a mail; the key must be their hash.
func (t *tx) putWorkbooks(blobs map[string][]byte) error {
	for hash, data := range blobs {
		sum := sha256.Sum256(data)
		if hex.EncodeToString(sum[:]) != hash {
			return fmt.Errorf("a workbook's bytes do not have the hash %.8s… that names them", hash)
		}
		if err := t.putBlob(sum, data); err != nil {
			return err
		}
	}
	return nil
}

// ErrNoBlob tells that no bytes of that hash are kept.
var ErrNoBlob = errors.New("no such bytes are kept")

// Blob returns committed bytes of a mail or workbook by hex SHA-256; ErrNoBlob when there are none.
func (s *Store) Blob(_ context.Context, hash string) ([]byte, error) {
	return readBlob(s.r, s.blobPath, hash)
}

// Blob returns committed bytes of a mail or workbook by hex SHA-256; ErrNoBlob when there are none.
func (r *Reader) Blob(_ context.Context, hash string) ([]byte, error) {
	return readBlob(r.q, func(hash string) string { return blobPath(filepath.Dir(r.path), hash) }, hash)
}

func readBlob(q *querier, path func(hash string) string, hash string) ([]byte, error) {
	sum, err := hex.DecodeString(hash)
	if err != nil || len(sum) != sha256.Size {
		return nil, fmt.Errorf("blob %.8s…: %w", hash, ErrNoBlob)
	}
	var data []byte
	var inFile bool
	found, err := q.one("SELECT bytes, bytes IS NULL FROM blob WHERE hash = ?", []any{sum}, &data, &inFile)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read blob %.8s…: %w", hash, err)
	case !found:
		return nil, fmt.Errorf("blob %.8s…: %w", hash, ErrNoBlob)
	case inFile:
		if data, err = os.ReadFile(path(hash)); err != nil {
			return nil, &FaultError{"read large bytes", err}
		}
	}
	return data, nil
}

// freeze hashes a letter and, when it is large, writes its file.
func (t *tx) freeze(raw []byte) ([32]byte, error) {
	sum := sha256.Sum256(raw)
	if len(raw) > inlineBytes {
		if err := t.s.putBlobFile(t.s.letterPath(sum[:]), int64(len(raw)), bytes.NewReader(raw)); err != nil {
			return sum, &FaultError{"keep a large letter", err}
		}
	}
	return sum, nil
}

// putBytes writes a letter's bytes behind its row.
// Those of a sealed letter are kept sealed.
func (t *tx) putBytes(id int64, raw []byte, sealed bool) (err error) {
	if sealed {
		if t.s.opt.Seal == nil {
			return fmt.Errorf("write the bytes of letter %d: there is no key to seal them with", id)
		}
		if raw, err = t.s.opt.Seal(raw); err != nil {
			return fmt.Errorf("seal letter %d: %w", id, err)
		}
	}
	if len(raw) > inlineBytes {
		return nil
	}
	_, err = t.q.exec("INSERT INTO letter_bytes (letter_id, raw) VALUES (?,?)", id, raw)
	return wrap(err, fmt.Sprintf("write the bytes of letter %d", id))
}

// letterBytes gives a letter's frozen bytes: those just made, else those of the database, checked against their hash.
func (s *Store) letterBytes(q *querier, id int64, sum []byte) ([]byte, error) {
	raw := s.fresh.get(id, sum)
	if raw != nil {
		return raw, nil
	}
	var sealed bool
	found, err := q.one("SELECT b.raw, coalesce(p.sealed, 0) FROM letter_bytes b LEFT JOIN letter_plan p ON p.letter_id = b.letter_id WHERE b.letter_id = ?",
		[]any{id}, &raw, &sealed)
	if err != nil {
		return nil, fmt.Errorf("read the bytes of letter %d: %w", id, err)
	}
	if found && sealed {
		if raw, err = s.unseal(raw); err != nil {
			return nil, fmt.Errorf("open letter %d: %w", id, err)
		}
	}
	if !found {
		raw, err = os.ReadFile(s.letterPath(sum))
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("the bytes of letter %d are gone", id)
		} else if err != nil {
			return nil, &FaultError{fmt.Sprintf("read the bytes of letter %d", id), err}
		}
	}
	if got := sha256.Sum256(raw); !bytes.Equal(got[:], sum) {
		return nil, fmt.Errorf("the bytes of letter %d are not those that were decided: its hash differs", id)
	}
	return raw, nil
}

func (s *Store) unseal(raw []byte) ([]byte, error) {
	if s.opt.Open == nil {
		return nil, errors.New("there is no key to open it with")
	}
	return s.opt.Open(raw)
}
