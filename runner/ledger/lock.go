package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

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
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("ledger: another daemon works on %s: stop it first", path)
		}
		return nil, fmt.Errorf("ledger: %s: %w", name, err)
	}
	return func() { f.Close() }, nil // closing drops the lock; the file stays, so that nobody locks a removed one
}
