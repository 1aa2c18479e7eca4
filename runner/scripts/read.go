package scripts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"heed/bots"
	"heed/runner"
)

// sink takes what a pipe brought: each line, and the news that for the moment no
// further line is there.
type sink interface {
	line(ctx context.Context, l line)
	pause(ctx context.Context)
}

// buffers are what pipes are read into. A script that says nothing holds none.
var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// read reads a pipe to its end. After a read deadline it takes what is in the pipe
// and stops: whoever still holds the other end is none of ours any more.
func (p *process) read(ctx context.Context, from *os.File, to sink) {
	defer from.Close()
	s := splitter{keep: bots.MaxLine, keepLog: maxSaid}
	each := func(l line) { to.line(ctx, l) }
	add := func(piece []byte) {
		s.add(piece, each)
		to.pause(ctx)
	}
	raw, err := from.SyscallConn()
	for err == nil {
		err = readPiece(raw, add)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		_ = from.SetReadDeadline(time.Time{})
		readRest(raw, add)
	}
	s.end(each)
	to.pause(ctx)
}

// readPiece waits until there is something to read, and adds it; io.EOF at the end.
func readPiece(raw syscall.RawConn, add func([]byte)) error {
	var piece *[32 << 10]byte
	n, failed := 0, error(nil)
	err := raw.Read(func(fd uintptr) bool {
		piece = buffers.Get().(*[32 << 10]byte)
		if n, failed = readNow(int(fd), piece[:]); failed == unix.EAGAIN {
			buffers.Put(piece)
			piece = nil
			return false
		}
		return true
	})
	if piece != nil {
		defer buffers.Put(piece)
	}
	switch {
	case err != nil:
		return err
	case failed != nil:
		return failed
	case n == 0:
		return io.EOF
	}
	add(piece[:n])
	return nil
}

// readRest reads without waiting. The bound is above what a pipe can hold.
func readRest(raw syscall.RawConn, add func([]byte)) {
	piece := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(piece)
	for total := 0; total < 2<<20; {
		n, err := 0, error(nil)
		if raw.Read(func(fd uintptr) bool { n, err = readNow(int(fd), piece[:]); return true }) != nil || err != nil || n <= 0 {
			return
		}
		total += n
		add(piece[:n])
	}
}

const (
	frameLines = 64
	frameBytes = 256 << 10
)

// framer makes frames of the lines that begin with {. The others are talk.
type framer struct {
	*process
	say   *sayer
	n     int // lines that begin with {, so far
	batch runner.Frame
	bytes int
}

func newFramer(p *process, say *sayer) *framer { return &framer{process: p, say: say} }

func (f *framer) line(ctx context.Context, l line) {
	if len(l.text) == 0 {
		return
	}
	if l.text[0] != '{' {
		f.say.line("info", "script.stdout", l)
		return
	}
	f.n++
	if l.size > bots.MaxLine {
		f.pause(ctx) // lines of a frame follow on each other
		f.report(runner.ScriptReport{Run: f.run, Level: "error", Code: "script.line_too_long",
			Text: fmt.Sprintf("intent line %d has %d bytes; %d fit; it was dropped", f.n, l.size, bots.MaxLine)})
		return
	}
	if len(f.batch.Lines) == frameLines || f.bytes+len(l.text)+1 > frameBytes {
		f.pause(ctx)
	}
	if len(f.batch.Lines) == 0 {
		f.batch = runner.Frame{Run: f.run, First: f.n}
	}
	f.batch.Lines = append(f.batch.Lines, l.text)
	f.bytes += len(l.text) + 1
}

// pause sends what there is.
func (f *framer) pause(ctx context.Context) {
	if len(f.batch.Lines) == 0 {
		return
	}
	f.send(ctx, f.batch)
	f.batch, f.bytes = runner.Frame{}, 0
}

// send tries until the road has the frame: meanwhile the script's pipe fills, and the
// script waits.
func (f *framer) send(ctx context.Context, frame runner.Frame) {
	for try := 0; ; try++ {
		err := f.io.Lines(ctx, frame)
		if err == nil {
			return
		}
		r := runner.ScriptReport{Run: f.run, Level: "error", Code: "script.lines_waiting",
			Text: fmt.Sprintf("%d intents from line %d on cannot be passed on, and are tried again: %s", len(frame.Lines), frame.First, err)}
		if ctx.Err() != nil || f.opts.Wait(ctx, time.Second) != nil {
			r.Code = "script.lines_lost"
			r.Text = fmt.Sprintf("%d intents from line %d on were not passed on before the end: %s", len(frame.Lines), frame.First, err)
			f.report(r)
			return
		}
		if try == 0 {
			f.report(r)
		}
	}
}
