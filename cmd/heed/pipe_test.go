package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// waitingIn is how many bytes a pipe holds that nobody has read.
func waitingIn(pipe *os.File) (n int, err error) {
	raw, err := pipe.SyscallConn()
	if err != nil {
		return 0, err
	}
	if cerr := raw.Control(func(fd uintptr) { n, err = unix.IoctlGetInt(int(fd), unix.TIOCINQ) }); cerr != nil {
		return 0, cerr
	}
	return n, err
}
