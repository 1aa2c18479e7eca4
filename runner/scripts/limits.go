package scripts

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"

	"heed/bots"
)

// niceness lets heed, and what else runs on the machine, go before a script that spins.
const niceness = 5

// noCore is a limit that leaves no dump of memory behind. The kernel hands dumps to a
// collecting program whatever the limit, but for this one.
const noCore = 1

// limit sets what the kernel bounds for each process. RLIMIT_DATA and not RLIMIT_AS:
// many runtimes reserve addresses that they never use. RLIMIT_NPROC is no use: it
// counts a user's processes and not a bot's. See watch for what is counted by heed.
func limit(l bots.Limits) error {
	if err := unix.Setpriority(unix.PRIO_PROCESS, 0, niceness); err != nil && err != unix.EACCES && err != unix.EPERM {
		return fmt.Errorf("niceness: %w", err)
	}
	// Memory comes last: this very program must still be able to go on.
	for _, r := range []struct {
		what int
		most int64
	}{{unix.RLIMIT_CORE, noCore}, {unix.RLIMIT_NOFILE, l.Files}, {unix.RLIMIT_FSIZE, l.FileSize}, {unix.RLIMIT_DATA, l.Memory}} {
		if err := lower(r.what, uint64(r.most)); err != nil {
			return fmt.Errorf("limits: %w", err)
		}
	}
	return nil
}

func lower(what int, most uint64) error {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(what, &r); err != nil {
		return err
	}
	r.Max = min(r.Max, most)
	r.Cur = r.Max
	// Through package syscall, which otherwise puts the old limit back at exec.
	return syscall.Setrlimit(what, &r)
}
