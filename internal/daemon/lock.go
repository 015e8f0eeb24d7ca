package daemon

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"uketsuke/internal/seal"
)

// LockedError says that another process works with this data folder.
type LockedError struct{ Path string }

func (e *LockedError) Error() string {
	return fmt.Sprintf("another uketsuke works with this data folder (%s is locked); stop it, or name another folder", e.Path)
}

// lock takes the folder's lock; the operating system lets it go when the process ends, however it ends.
func lock(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &LockedError{path}
		}
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	return f.Close, nil
}

// keys reads the key file, and makes it at the first start: written aside, synced, renamed, so that it is never half
// there. One that others may read, as a restored backup often is, is closed to them.
func keys(path string, random io.Reader) (seal.Keys, error) {
	k, err := ReadKeys(filepath.Dir(path))
	if err == nil {
		return k, closeToOthers(path)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if k, err = seal.NewKeys(random); err != nil {
		return k, fmt.Errorf("make keys: %w", err)
	}
	return k, writeWhole(path, k.Marshal())
}

func closeToOthers(path string) error {
	info, err := os.Stat(path)
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		return fmt.Errorf("the key file can be read by others; set its mode to 0600: %w", err)
	}
	return nil
}

// writeWhole writes a file that only its owner may read.
func writeWhole(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return fmt.Errorf("write %s: sync its folder: %w", path, err)
	}
	return nil
}

// syncFolder makes a rename durable: a database must never outlive the keys that were made before it.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// ReadKeys reads the key file of a data folder. Its error is fs.ErrNotExist only where there is no database either:
// without its keys a database is of no use, and new ones must not take their place.
func ReadKeys(dir string) (seal.Keys, error) {
	path := filepath.Join(dir, "keys")
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, dberr := os.Stat(filepath.Join(dir, "uketsuke.db")); !errors.Is(dberr, fs.ErrNotExist) {
			return seal.Keys{}, fmt.Errorf("the database is there but its key file %s is not; restore it from the backup of the keys", path)
		}
	}
	if err != nil {
		return seal.Keys{}, fmt.Errorf("read the key file: %w", err)
	}
	k, err := seal.ParseKeys(b)
	if err != nil {
		return k, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}
