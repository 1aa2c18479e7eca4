package scripts

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// proc is one process as /proc shows it.
type proc struct {
	pid, parent int
	start       uint64 // when it began, in the kernel's ticks: with pid a name that is never used twice
	threads     int
	resident    int64 // bytes
	ended       bool  // nobody has asked yet how it ended
	stopped     bool
}

// processes lists all processes of the machine.
func processes() ([]proc, error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	names, err := dir.Readdirnames(-1)
	if err = errors.Join(err, dir.Close()); err != nil {
		return nil, err
	}
	all := make([]proc, 0, len(names))
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			if p, err := lookAt(pid); err == nil {
				all = append(all, p)
			}
		}
	}
	return all, nil
}

// lookAt reads one process's line. Its fields are counted behind the name's last
// bracket: a program may call itself anything.
func lookAt(pid int) (proc, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return proc{}, err
	}
	f := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(f) < 22 {
		return proc{}, fmt.Errorf("process %d: %d fields", pid, len(f))
	}
	p := proc{pid: pid, ended: f[0] == "Z" || f[0] == "X", stopped: f[0] == "T"}
	var errs [4]error
	var pages int64
	p.parent, errs[0] = strconv.Atoi(f[1])
	p.threads, errs[1] = strconv.Atoi(f[17])
	p.start, errs[2] = strconv.ParseUint(f[19], 10, 64)
	pages, errs[3] = strconv.ParseInt(f[21], 10, 64)
	p.resident = pages * int64(os.Getpagesize())
	return p, errors.Join(errs[:]...)
}

// signal reaches this process or none: the number may belong to another one by now.
func (p proc) signal(s unix.Signal) {
	fd, err := unix.PidfdOpen(p.pid, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	if now, err := lookAt(p.pid); err == nil && now.start == p.start {
		_ = unix.PidfdSendSignal(fd, s, nil, 0)
	}
}

// marked says whether a process was started with this socket in its environment. It
// may have painted over it, and then it is not.
func (p proc) marked(socket string) bool {
	env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p.pid))
	if err != nil || socket == "" {
		return false
	}
	want := []byte("HEED_SOCKET=" + socket)
	for v := range bytes.SplitSeq(env, []byte{0}) {
		if bytes.Equal(v, want) {
			return true
		}
	}
	return false
}

// share is the process's memory with what it shares counted in parts; all that is
// resident where that is not to be known.
func (p proc) share() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p.pid))
	if err != nil {
		return p.resident
	}
	for l := range bytes.Lines(text) {
		if f := bytes.Fields(l); len(f) == 3 && string(f[0]) == "Pss:" {
			if kib, err := strconv.ParseInt(string(f[1]), 10, 64); err == nil {
				return kib << 10
			}
		}
	}
	return p.resident
}
