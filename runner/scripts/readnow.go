package scripts

import "golang.org/x/sys/unix"

// readNow reads from a descriptor that does not block.
func readNow(fd int, buf []byte) (int, error) {
	for {
		n, err := unix.Read(fd, buf)
		if err != unix.EINTR {
			return n, err
		}
	}
}
