package runner

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// MakeFolder makes a folder and all above it that are missing, private to their owner,
// and returns when their names outlast a power cut: what is synced inside of a folder
// whose own name is not on the disk is lost with it (promise P5).
func MakeFolder(path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		// Perhaps made just now, by who has not synced it yet. What lies above may be
		// closed to this user, and is not heed's then.
		if err := SyncFolder(filepath.Dir(path)); !errors.Is(err, fs.ErrPermission) {
			return err
		}
		return nil
	}
	if above := filepath.Dir(path); above != path {
		if err := MakeFolder(above); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}

// SyncFolder returns when the names in a folder outlast a power cut.
func SyncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) { // a file system that has no such thing
		err = nil
	}
	return errors.Join(err, d.Close())
}
