package scripts

import (
	"os"
	"os/exec"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// family knows which of the processes below heed belong to which bot's run. All that a
// script starts stays below heed (see Adopt): its own descendants, and those whose
// parents ended and that heed has adopted. The latter are known by their socket, whose
// name nobody can guess.
//
// There is one for the process, as the kernel knows one parent.
type family struct {
	mu      sync.Mutex
	thread  chan func()    // does what it gets on the thread that starts scripts; nil while no run is under way
	leaders map[int]string // each run's first process, until it is reaped, and its socket
	enders  map[int]bool
	at      time.Time // when the last look began
	ours    map[string][]proc
	strays  []proc // of no run that is under way
	err     error
}

var kin = newFamily()

func newFamily() *family {
	return &family{leaders: map[int]string{}, enders: map[int]bool{}}
}

// start starts a run's first process. Nobody looks meanwhile: a process that is being
// made has no socket yet and would be taken for a stray.
//
// All are started on one thread, which lives until the last of them is reaped: the
// kernel takes the end of the thread that started a script for heed's own end.
func (f *family) start(cmd *exec.Cmd, socket string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.thread == nil {
		f.thread = make(chan func())
		go onThread(f.thread)
	}
	defer f.letThreadGo()
	started := make(chan error)
	f.thread <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return err
	}
	f.leaders[cmd.Process.Pid] = socket
	return nil
}

func onThread(work <-chan func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for do := range work {
		do()
	}
}

func (f *family) letThreadGo() {
	if len(f.leaders) == 0 && f.thread != nil {
		close(f.thread)
		f.thread = nil
	}
}

// wait reaps a run's first process.
func (f *family) wait(cmd *exec.Cmd) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := cmd.Wait()
	delete(f.leaders, cmd.Process.Pid)
	f.letThreadGo()
	return err
}

// know notes an ender, which is heed's own and no part of the run that it ends.
func (f *family) know(ender int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.enders[ender] = true
}

// forget is for an ender that has done its work.
func (f *family) forget(e *ender) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e != nil {
		delete(f.enders, e.pid)
	}
}

// look gives the processes of a socket's run, and those of no run, as they were at most
// so long before it was asked. A look that another has begun since then serves as well:
// a thousand runs that end at once share a few.
func (f *family) look(socket string, age time.Duration) (ours, strays []proc, err error) {
	asked := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.at.After(asked.Add(-age)) {
		f.at = time.Now()
		f.err = f.sort()
	}
	return f.ours[socket], f.strays, f.err
}

// sort looks at everything below this process.
func (f *family) sort() error {
	f.ours, f.strays = map[string][]proc{}, nil
	all, err := processes()
	if err != nil {
		return err
	}
	below := map[int][]proc{}
	for _, p := range all {
		below[p.parent] = append(below[p.parent], p)
	}
	for _, p := range below[os.Getpid()] {
		socket, known := f.leaders[p.pid]
		switch {
		case known:
		case f.enders[p.pid]:
			continue
		case !adopting.Load():
			continue // it is nobody's business here
		case p.ended:
			// By its own number: waiting for just any would take exec.Cmd's from it.
			_, _ = unix.Wait4(p.pid, nil, unix.WNOHANG, nil)
			continue
		default:
			socket = f.socketOf(p)
		}
		f.claim(socket, p, below)
	}
	return nil
}

// socketOf is the socket of a process that heed has adopted; "" if no run has it.
func (f *family) socketOf(p proc) string {
	for _, socket := range f.leaders {
		if p.marked(socket) {
			return socket
		}
	}
	return ""
}

// claim counts a process and all below it, but for those that have ended.
func (f *family) claim(socket string, p proc, below map[int][]proc) {
	// The tree was read while it changed, so that a number used again may close a ring.
	var next []proc
	for tree, seen := []proc{p}, map[int]bool{}; len(tree) > 0; tree, next = next, nil {
		for _, p := range tree {
			if seen[p.pid] {
				continue
			}
			seen[p.pid] = true
			next = append(next, below[p.pid]...)
			switch {
			case p.ended:
			case socket == "":
				f.strays = append(f.strays, p)
			default:
				f.ours[socket] = append(f.ours[socket], p)
			}
		}
	}
}

// endTime is how long heed tries to end what forks faster than it can be killed.
const endTime = 10 * time.Second

// end kills all that is left of a socket's run, and gives how many are left all the
// same. None is killed before all are stopped: one that sees its child die may start
// another, and while they are stopped their parents still tell whose they are.
func (f *family) end(socket string) (left int, err error) {
	for began := time.Now(); ; {
		ours, strays, err := f.look(socket, 0)
		all := slices.Concat(ours, strays) // others read the same ones
		if err != nil || len(all) == 0 || time.Since(began) > endTime {
			return len(all), err
		}
		if !signal(all, unix.SIGSTOP) {
			signal(all, unix.SIGKILL)
		}
	}
}

// signal reaches those that have not got it yet, and says whether there were any.
func signal(all []proc, s unix.Signal) (any bool) {
	for _, p := range all {
		if s != unix.SIGSTOP || !p.stopped {
			p.signal(s)
			any = true
		}
	}
	return any
}

// endEarlier kills what a heed that was killed itself left of a socket's runs, and
// gives how many that were.
func endEarlier(socket string) (ended int) {
	for began := time.Now(); time.Since(began) < endTime; {
		var all []proc
		every, err := processes()
		if err != nil {
			return ended
		}
		for _, p := range every {
			if !p.ended && p.pid != os.Getpid() && p.marked(socket) {
				all = append(all, p)
			}
		}
		if len(all) == 0 {
			break
		}
		ended = max(ended, len(all))
		signal(all, unix.SIGKILL)
	}
	return ended
}
