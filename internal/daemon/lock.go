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

// keys reads the key file, and makes it at the first start: written aside, synced, renamed, so that it is never half there.
func keys(path string, random io.Reader) (seal.Keys, error) {
	b, err := os.ReadFile(path)
	if err == nil {
		k, err := seal.ParseKeys(b)
		if err != nil {
			return k, fmt.Errorf("key file %s: %w", path, err)
		}
		return k, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return seal.Keys{}, fmt.Errorf("read the key file: %w", err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(path), "uketsuke.db")); err == nil {
		return seal.Keys{}, fmt.Errorf("the database is there but its key file %s is not; restore it from the backup of the keys", path)
	}
	k, err := seal.NewKeys(random)
	if err != nil {
		return k, fmt.Errorf("make keys: %w", err)
	}
	return k, writeWhole(path, k.Marshal())
}

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
	return nil
}

// ReadKeys reads the key file of a data folder, for commands that only look.
func ReadKeys(dir string) (seal.Keys, error) {
	b, err := os.ReadFile(filepath.Join(dir, "keys"))
	if err != nil {
		return seal.Keys{}, fmt.Errorf("read the key file: %w", err)
	}
	return seal.ParseKeys(b)
}
