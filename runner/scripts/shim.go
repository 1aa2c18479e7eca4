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

const maxFiles = 256 // open files of a script

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
	// What is no_new_privs for this thread stays so for what it executes.
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	if err := limit(); err != nil {
		return err
	}
	if err := p.restrict(); err != nil {
		return fmt.Errorf("landlock: %w", err)
	}
	return fmt.Errorf("%s: %w", p.Exec, syscall.Exec(p.Exec, argv, os.Environ()))
}

func limit() error {
	for what, most := range map[int]uint64{unix.RLIMIT_NOFILE: maxFiles, unix.RLIMIT_CORE: 0} {
		var r syscall.Rlimit
		if err := syscall.Getrlimit(what, &r); err != nil {
			return fmt.Errorf("limits: %w", err)
		}
		r.Max = min(r.Max, most)
		r.Cur = r.Max
		// Through package syscall, which otherwise puts the old limit back at exec.
		if err := syscall.Setrlimit(what, &r); err != nil {
			return fmt.Errorf("limits: %w", err)
		}
	}
	return nil
}
