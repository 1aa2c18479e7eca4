package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a heed of its own that a bench runs.
type process struct {
	cmd   *exec.Cmd
	began time.Time
	ready chan time.Time // when it said that turns begin
	ended chan error

	mu   sync.Mutex
	last []string // lines it said
}

// endTime is how long a heed may take to end: a thousand scripts are ended one by one.
const endTime = 5 * time.Minute

// readyLine is in the line with which heed says that turns begin.
const readyLine = " notice   ready: "

func startProcess(ctx context.Context, heed, dir string, env []string) (*process, error) {
	p := &process{cmd: exec.CommandContext(ctx, heed, "run", "--drain", endTime.String()), ready: make(chan time.Time, 1), ended: make(chan error, 1)}
	p.cmd.Dir, p.cmd.Env = dir, append(os.Environ(), env...)
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.cmd.Stdout, p.cmd.Stderr = w, w
	p.began = time.Now()
	if err = p.cmd.Start(); err != nil {
		return nil, errors.Join(err, w.Close(), r.Close())
	}
	_ = w.Close()
	go p.read(r)
	go func() { p.ended <- p.cmd.Wait() }()
	return p, nil
}

func (p *process) read(r *os.File) {
	defer r.Close()
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if strings.Contains(lines.Text(), readyLine) {
			p.ready <- time.Now()
		}
		p.mu.Lock()
		if p.last = append(p.last, lines.Text()); len(p.last) > 10 {
			p.last = p.last[1:]
		}
		p.mu.Unlock()
	}
}

// awaitReady says how long the process took until turns began.
func (p *process) awaitReady(ctx context.Context) (time.Duration, error) {
	late := time.NewTimer(time.Minute)
	defer late.Stop()
	select {
	case at := <-p.ready:
		return at.Sub(p.began), nil
	case err := <-p.ended:
		p.ended <- err
		return 0, fmt.Errorf("heed ended before it was ready: %v; it said %q", err, p.said())
	case <-late.C:
		return 0, fmt.Errorf("heed is not ready after a minute; it said %q", p.said())
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (p *process) said() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}

// end ends the process in order.
func (p *process) end() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-p.ended:
		return err
	case <-time.After(endTime + time.Minute):
	}
	return errors.Join(errors.New("heed did not end"), p.cmd.Process.Kill(), <-p.ended)
}

// footprint is what a process takes, without its children.
type footprint struct {
	cpu       time.Duration // so far
	rss, peak float64       // MiB
	threads   int
}

func (p *process) footprint() (f footprint, err error) {
	proc := "/proc/" + strconv.Itoa(p.cmd.Process.Pid)
	stat, err := os.ReadFile(proc + "/stat")
	if err != nil {
		return f, err
	}
	// The name, in brackets, may hold blanks; the times are the 12th and 13th after it.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 13 {
		return f, fmt.Errorf("%s/stat cannot be read", proc)
	}
	for _, ticks := range fields[11:13] {
		n, _ := strconv.Atoi(ticks)
		f.cpu += time.Duration(n) * time.Second / ticksPerSecond
	}
	status, err := os.ReadFile(proc + "/status")
	if err != nil {
		return f, err
	}
	for line := range strings.Lines(string(status)) {
		key, value, _ := strings.Cut(line, ":")
		n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
		switch key {
		case "VmRSS":
			f.rss = float64(n) / 1024
		case "VmHWM":
			f.peak = float64(n) / 1024
		case "Threads":
			f.threads = n
		}
	}
	return f, nil
}

// ticksPerSecond of /proc/PID/stat, the same on every Linux that Go runs on.
const ticksPerSecond = 100
