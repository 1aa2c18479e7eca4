package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"heed/runner"
)

// Lock makes this process the one daemon of a ledger, until release or its death.
// Verbs of the command line work without it.
func Lock(path string) (release func(), err error) {
	name := path + ".lock"
	if err := runner.MakeFolder(filepath.Dir(name)); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	for n := 0; n < 5 && errors.Is(err, unix.EWOULDBLOCK); n++ { // it may be Locked, which looks for an instant
		time.Sleep(20 * time.Millisecond)
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	}
	if err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("ledger: another daemon works on %s: stop it first", path)
		}
		return nil, fmt.Errorf("ledger: %s: %w", name, err)
	}
	return func() { f.Close() }, nil // closing drops the lock; the file stays, so that nobody locks a removed one
}

// Locked says whether a daemon works on a ledger. It makes nothing.
func Locked(path string) (bool, error) {
	f, err := os.Open(path + ".lock")
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("ledger: %w", err)
	}
	defer func() { _ = f.Close() }() // which ends the look
	err = unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("ledger: %s.lock: %w", path, err)
	}
	return false, nil
}
