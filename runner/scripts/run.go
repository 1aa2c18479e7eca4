package scripts

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"heed/bots"
	"heed/runner"
)

// notStarted is the exit code of what could not be started at all.
const notStarted = 127

// lastLines is how long what a stopped script still printed may wait for the road.
const lastLines = 5 * time.Second

// process is one run of a script.
type process struct {
	*keeping
	run    string
	limits bots.Limits
	cmd    *exec.Cmd
	ender  *ender   // nil where there is none
	stdin  *os.File // heed's ends of the three pipes
	stdout *os.File
	stderr *os.File
	exited chan struct{} // closed when the script ended; it is reaped later
}

// run runs the script once and gives its exit code, -1 for death by a signal. When it
// returns, nothing that the script started is left.
func (g *keeping) run(ctx context.Context, run string) int {
	p := &process{keeping: g, run: run, limits: g.bot.Script.Limits.OrDefault(), exited: make(chan struct{})}
	if err := p.start(); err != nil {
		g.report(runner.ScriptReport{Run: run, Level: "error", Code: runner.ScriptNotStarted, Text: err.Error()})
		return notStarted
	}
	g.report(runner.ScriptReport{Run: run, Level: "info", Code: runner.ScriptStarted, Text: fmt.Sprintf("process %d", p.cmd.Process.Pid)})

	// Lines that a script printed while it was being stopped still go out.
	reading, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var work, pipes sync.WaitGroup
	say := newSayer(g, run)
	work.Go(func() { g.events.feed(ctx, p.exited, p.stdin, p.lostEvent()) })
	pipes.Go(func() { p.read(reading, p.stdout, newFramer(p, say)) })
	pipes.Go(func() { p.read(reading, p.stderr, newLog(say)) })
	bounded := make(chan struct{})
	go func() {
		defer close(bounded)
		p.bound()
	}()

	p.await(ctx)
	<-bounded
	// What it left running ends with it. The leader is not reaped yet, so the group's
	// number cannot belong to anybody else.
	p.clear()
	kin.forget(p.ender)
	err := kin.wait(p.cmd)
	// What heed could not end may hold the pipes for ever; what is in them now is read,
	// and no more.
	_ = p.stdin.SetWriteDeadline(time.Now())
	_ = p.stdout.SetReadDeadline(time.Now())
	_ = p.stderr.SetReadDeadline(time.Now())
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastLines, cancel) })()
	pipes.Wait()
	work.Wait()
	say.close()
	return p.ended(err)
}

func (p *process) start() error {
	if why := p.stateOver(nil); why != "" {
		return errors.New(why)
	}
	script := p.bot.Script
	env := p.environ(p.run)
	file, err := program(script.Command[0], script.Dir, env)
	if err != nil {
		return err
	}
	cmd := &exec.Cmd{Path: file, Args: script.Command, Dir: script.Dir, Env: env,
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}}
	if p.opts.Sandbox != Landlock || !canEnd() {
		if err := p.confine(cmd); err != nil {
			return err
		}
		return p.plug(cmd)
	}
	line, theirs, err := enderLine()
	if err != nil {
		return err
	}
	cmd.ExtraFiles = []*os.File{theirs}
	err = p.confine(cmd)
	if err == nil {
		err = p.plug(cmd)
	}
	theirs.Close()
	if err != nil {
		return errors.Join(err, line.Close())
	}
	if p.ender = meet(line); p.ender != nil {
		kin.know(p.ender.pid)
	}
	return nil
}

// plug starts cmd with three pipes of our own. With files, exec starts no copying
// that would wait for whoever holds the other end.
func (p *process) plug(cmd *exec.Cmd) error {
	var theirs, ours []*os.File
	shut := func(files []*os.File) {
		for _, f := range files {
			f.Close()
		}
	}
	defer func() { shut(theirs) }()
	for i := range 3 {
		r, w, err := os.Pipe()
		if err != nil {
			shut(ours)
			return err
		}
		if i == 0 {
			theirs, ours = append(theirs, r), append(ours, w)
		} else {
			theirs, ours = append(theirs, w), append(ours, r)
		}
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs[0], theirs[1], theirs[2]
	if err := kin.start(cmd, p.socket.path); err != nil {
		shut(ours)
		return err
	}
	cmd.Args, cmd.Env = nil, nil // the kernel has them now
	p.cmd, p.stdin, p.stdout, p.stderr = cmd, ours[0], ours[1], ours[2]
	go func() {
		defer close(p.exited)
		awaitExit(cmd.Process.Pid)
	}()
	return nil
}

// await waits for the script's end, and brings it about when ctx ends: stdin is
// closed then, TERM comes after Grace, KILL after KillGrace.
func (p *process) await(ctx context.Context) {
	select {
	case <-p.exited:
		return
	case <-ctx.Done():
	}
	for _, step := range []struct {
		patience time.Duration
		signal   unix.Signal
	}{{p.opts.Grace, unix.SIGTERM}, {p.opts.KillGrace, unix.SIGKILL}} {
		t := time.NewTimer(step.patience)
		select {
		case <-p.exited:
			t.Stop()
			return
		case <-t.C:
			p.signal(step.signal)
		}
	}
	<-p.exited
}

// signal reaches the script's group, and the script itself should it have left it. It
// must not be called once the script is reaped.
func (p *process) signal(s unix.Signal) {
	_ = unix.Kill(-p.cmd.Process.Pid, s)
	_ = unix.Kill(p.cmd.Process.Pid, s)
}

// ended reports how the run ended.
func (p *process) ended(err error) int {
	state := p.cmd.ProcessState
	if state == nil {
		p.report(runner.ScriptReport{Run: p.run, Level: "error", Code: runner.ScriptEnded, Exit: -1, Text: fmt.Sprint(err)})
		return -1
	}
	r := runner.ScriptReport{Run: p.run, Level: "info", Code: runner.ScriptEnded, Exit: state.ExitCode(), Text: fmt.Sprintf("ended with %d", state.ExitCode())}
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		r.Text = fmt.Sprintf("ended by %s", unix.SignalName(ws.Signal()))
	}
	if !state.Success() {
		r.Level = "error"
	}
	p.report(r)
	return state.ExitCode()
}

func (p *process) lostEvent() func() {
	var once sync.Once
	return func() {
		once.Do(func() {
			p.report(runner.ScriptReport{Run: p.run, Level: "warn", Code: "script.events_lost",
				Text: fmt.Sprintf("it does not read its stdin: %d events wait, further ones are lost", maxQueued)})
		})
	}
}
