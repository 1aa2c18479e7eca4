package scripts

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// shimName is argv[0] of heed while it is on its way to become a script.
const shimName = "heed-shim"

// Shim must be the first thing that main, or a test's TestMain, does. In the process
// that is to become a script it never returns: it gives up what a script must not
// have and executes the script. Everywhere else it does nothing.
func Shim() {
	if len(os.Args) < 3 || os.Args[0] != shimName {
		return
	}
	err := becomeScript(os.Args[1], os.Args[2:])
	fmt.Fprintln(os.Stderr, "E! heed: the script was not started:", err)
	os.Exit(notStarted)
}

func becomeScript(text string, argv []string) error {
	var p plan
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return err
	}
	// What is given up is given up by this thread, and by what it executes.
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	if p.Confined {
		if err := dropCapabilities(); err != nil {
			return fmt.Errorf("capabilities: %w", err)
		}
		if p.Ender {
			if err := p.startEnder(); err != nil {
				return fmt.Errorf("ender: %w", err)
			}
		}
		if err := p.restrict(); err != nil {
			return fmt.Errorf("landlock: %w", err)
		}
	}
	if err := p.dieWithHeed(); err != nil {
		return err
	}
	env := os.Environ()
	if err := limit(p.Limits); err != nil {
		return err
	}
	if p.Confined {
		if err := filterCalls(); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: %w", p.Exec, syscall.Exec(p.Exec, argv, env))
}

// dieWithHeed has the kernel kill the script when heed dies, however that comes about.
// The order is a thread's own, so that what exec.Cmd arranged for the process's first
// thread is said again here.
func (p *plan) dieWithHeed() error {
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("parent's death: %w", err)
	}
	if os.Getppid() != p.Heed {
		return fmt.Errorf("heed, process %d, is gone", p.Heed)
	}
	return nil
}
