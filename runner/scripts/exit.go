package scripts

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// awaitExit returns when a child of this process has ended, and leaves it to be reaped.
// It waits without a thread of its own where the kernel can tell (5.10 and later).
func awaitExit(pid int) {
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if err != nil {
		_ = waitid(unix.P_PID, pid)
		return
	}
	f := os.NewFile(uintptr(fd), "pidfd")
	defer f.Close()
	raw, err := f.SyscallConn()
	if err == nil {
		err = raw.Read(func(uintptr) bool { return !errors.Is(waitid(unix.P_PIDFD, fd), unix.EAGAIN) })
	}
	if err != nil {
		_ = waitid(unix.P_PID, pid)
	}
}

// waitid says EAGAIN of a descriptor that does not block whose process has not ended.
func waitid(kind, id int) error {
	for {
		err := unix.Waitid(kind, id, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
