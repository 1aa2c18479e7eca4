package scripts

import (
	"fmt"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Harden closes this process to other programs of its user: none can trace it, or read
// its memory, environment and open files through /proc, and its memory is never dumped
// (promises P1 and P7). Every verb may come to hold a credential, so that main calls it
// before anything else. Root can still do all that, as always.
func Harden() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("closing heed's memory: %w", err)
	}
	if err := lower(unix.RLIMIT_CORE, noCore); err != nil {
		return fmt.Errorf("no memory dumps: %w", err)
	}
	return nil
}

// Hardened says whether other programs of the same user are kept out of this process.
func Hardened() bool {
	is, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	return err == nil && is == 0
}

// adopting says whether what scripts leave behind becomes this process's child.
var adopting atomic.Bool

// Adopt makes this process the parent of whatever its scripts leave behind, so that
// nothing they start gets out of sight. A process that adopts must start no others
// than scripts: those would be taken for what a script left.
func Adopt() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("adopting what scripts leave behind: %w", err)
	}
	adopting.Store(true)
	return nil
}
