package scripts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"heed/runner"
)

const (
	// threadsEach is how many threads a process may have on the average: runtimes start
	// a dozen or two.
	threadsEach = 16
	// leastFile is what a file counts at least, so that empty ones fill no disk either.
	leastFile = 4 << 10
	// measureEvery is how many looks go by between two measurements of the folder.
	measureEvery = 10
)

// bound holds a run to what the kernel bounds for single processes only, or not at all:
// the number of its processes, their memory together, the size of its folder. It
// returns when the script has ended.
func (p *process) bound() {
	look := time.NewTicker(p.opts.LookEvery)
	defer look.Stop()
	for n := 1; ; n++ {
		select {
		case <-p.exited:
			return
		case <-look.C:
		}
		if why := p.over(n%measureEvery == 0); why != "" {
			p.report(runner.ScriptReport{Run: p.run, Level: "error", Code: "script.limit", Text: why})
			p.clear()
		}
	}
}

// clear kills the script and all that it started. It must not be called once the script
// is reaped.
func (p *process) clear() {
	p.signal(unix.SIGKILL)
	slow := p.ender.end()
	left, err := kin.end(p.socket.path)
	if err == nil && left > 0 {
		err = slow
	}
	if err != nil || left > 0 {
		p.report(runner.ScriptReport{Run: p.run, Level: "error", Code: "script.not_ended",
			Text: fmt.Sprintf("%d of its processes could not be ended in %s; look at them with ps: %v", left, endTime, err)})
	}
}

// over says by what a run is beyond its limits; "" when it is within them.
func (p *process) over(measure bool) string {
	ours, strays, err := kin.look(p.socket.path, p.opts.LookEvery/2)
	if err != nil {
		return fmt.Sprintf("its processes cannot be counted: %s; the run was ended", err)
	}
	signal(strays, unix.SIGKILL)
	var threads int
	var resident int64
	for _, each := range ours {
		threads += each.threads
		resident += each.resident
	}
	l := p.limits
	switch {
	case int64(len(ours)) > l.Processes:
		return fmt.Sprintf("%d processes; %d are allowed (limits.processes); the run was ended", len(ours), l.Processes)
	case int64(threads) > l.Processes*threadsEach:
		return fmt.Sprintf("%d threads; %d are allowed, %d for each of limits.processes; the run was ended", threads, l.Processes*threadsEach, threadsEach)
	case resident > l.Memory: // pages that several have in common were counted for each
		resident = 0
		for _, each := range ours {
			resident += each.share()
		}
		if resident > l.Memory {
			return fmt.Sprintf("its processes have %d MiB of memory; %d are allowed (limits.memory); the run was ended", resident>>20, l.Memory>>20)
		}
	}
	if measure {
		return p.stateOver(ours)
	}
	return ""
}

// stateOver says by how much the bot's folder is too large, with the files that the
// run has deleted and keeps open.
func (p *process) stateOver(ours []proc) string {
	size, err := p.stateSize()
	if err != nil {
		return fmt.Sprintf("its folder %s cannot be measured: %s", p.state, err)
	}
	for _, each := range ours {
		size += each.deleted()
	}
	if size <= p.limits.StateSize {
		return ""
	}
	return fmt.Sprintf("its folder %s has more than %d KiB; %d are allowed (limits.state_size); it does not run until there is room",
		p.state, size>>10, p.limits.StateSize>>10)
}

// stateSize is what the bot's folder takes on disk. It is done counting when it is
// beyond the limit. The script may change the folder meanwhile: links are not followed,
// and nothing leads out of it.
func (p *process) stateSize() (size int64, err error) {
	root, err := os.OpenRoot(p.state)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	err = fs.WalkDir(root.FS(), ".", func(_ string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return nil // it is gone
		}
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			size += max(st.Blocks*512, leastFile)
		}
		if size > p.limits.StateSize {
			return fs.SkipAll
		}
		return nil
	})
	return size, err
}

// deleted is the size of the files without a name that a process has open: deleted
// ones, and those that live in memory.
func (p proc) deleted() (size int64) {
	dir := fmt.Sprintf("/proc/%d/fd", p.pid)
	fds, err := os.ReadDir(dir)
	if err != nil {
		return 0 // it has ended
	}
	for _, fd := range fds {
		var st unix.Stat_t
		if unix.Stat(filepath.Join(dir, fd.Name()), &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFREG && st.Nlink == 0 {
			size += st.Blocks * 512
		}
	}
	return size
}
