package scripts

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// An ender is a process that ends a run at a stroke: with one call the kernel kills
// everything that the ender may send a signal to, and lets nothing be forked meanwhile.
// Landlock lets it signal its own run and nothing else, and the run not signal it. A
// script that forks faster than its processes can be counted does not get away from it,
// nor does one when heed itself is killed: then the ender's line to heed breaks.
type ender struct {
	line *os.File // heed's end
	pid  int
}

const (
	shell       = "/bin/sh"
	enderScript = "read x; kill -s KILL -- -1"
	enderFD     = 3 // its line, in the shim
	enderTime   = 5 * time.Second
)

// canEnd says whether this machine has what an ender needs.
func canEnd() bool { return LandlockVersion() >= 6 && executable(shell) == nil }

// enderLine makes the two ends of an ender's line.
func enderLine() (ours, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	if err := unix.SetNonblock(fds[0], true); err != nil { // so that reading has a deadline
		return nil, nil, errors.Join(err, unix.Close(fds[0]), unix.Close(fds[1]))
	}
	return os.NewFile(uintptr(fds[0]), "ender"), os.NewFile(uintptr(fds[1]), "ender"), nil
}

// startEnder is done by the shim before it becomes the script. From here on neither it
// nor the ender can send signals to anything but each other and what they start.
func (p *plan) startEnder() error {
	unix.CloseOnExec(enderFD)
	if err := scopeSignals(); err != nil {
		return err
	}
	// The ender signals whatever it can: be sure that it cannot signal heed.
	if err := unix.Kill(p.Heed, 0); !errors.Is(err, unix.EPERM) {
		return fmt.Errorf("signals to process %d are not refused: %v", p.Heed, err)
	}
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(null)
	// It is heed's child and not the script's, which may wait for all of its own.
	pid, err := syscall.ForkExec(shell, []string{"heed-ender", "-c", enderScript}, &syscall.ProcAttr{Dir: "/",
		Env: []string{"HEED_SOCKET=" + p.Socket}, Files: []uintptr{enderFD, uintptr(null), uintptr(null)},
		Sys: &syscall.SysProcAttr{Setsid: true, Cloneflags: unix.CLONE_PARENT}})
	if err != nil {
		return err
	}
	if _, err := unix.Write(enderFD, []byte(strconv.Itoa(pid)+"\n")); err != nil {
		return err
	}
	return unix.Close(enderFD)
}

// meet learns the ender's number from the shim. Without one, which the shim says on
// stderr, a run is ended process by process.
func meet(line *os.File) *ender {
	_ = line.SetReadDeadline(time.Now().Add(enderTime))
	text, err := bufio.NewReaderSize(line, 16).ReadString('\n')
	pid, notNumber := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || notNumber != nil {
		_ = line.Close()
		return nil
	}
	return &ender{line: line, pid: pid}
}

// end has the ender end the run, and itself.
func (e *ender) end() error {
	if e == nil || e.line == nil {
		return nil
	}
	line := e.line
	e.line = nil
	defer line.Close()
	_ = line.SetDeadline(time.Now().Add(enderTime))
	if _, err := line.Write([]byte("\n")); err != nil {
		return fmt.Errorf("ender: %w", err)
	}
	if _, err := line.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("ender: %w", err)
	}
	_, err := unix.Wait4(e.pid, nil, 0, nil) // it has closed its line, which it does in dying
	return err
}
