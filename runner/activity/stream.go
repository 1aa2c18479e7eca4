package activity

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"heed/runner"
)

const (
	idle        = 90 * time.Second // X sends at least a blank line every 20 s
	firstPause  = time.Second      // before the stream is opened again
	mostPause   = 5 * time.Minute
	steady      = time.Minute      // a stream that lived so long was well: pauses begin anew
	resubscribe = 2 * time.Second  // how often new accounts are looked for; that asks X nothing
	afterFault  = 15 * time.Second // before a subscription is tried again
)

// followStream keeps one stream open. It ends with ctx, and where X refuses the app.
func (s *Source) followStream(ctx context.Context, handle func(runner.Push)) error {
	pause := firstPause
	for {
		began := s.o.Now()
		err := s.stream(ctx, handle)
		s.down()
		if ctx.Err() != nil {
			return nil
		}
		if final(err) {
			return err
		}
		if s.o.Now().Sub(began) >= steady {
			pause = firstPause
		}
		// Jitter, so that many do not come back at once.
		next := s.o.Now().Add(pause/2 + rand.N(pause))
		pause = min(2*pause, mostPause)
		var wait *runner.Wait
		if errors.As(err, &wait) && wait.Until.After(next) {
			next = wait.Until
		}
		if !s.sleep(ctx, next) {
			return nil
		}
	}
}

func (s *Source) sleep(ctx context.Context, until time.Time) bool {
	t := time.NewTimer(until.Sub(s.o.Now()))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// stream subscribes, opens the stream once and reads it until it breaks.
func (s *Source) stream(ctx context.Context, handle func(runner.Push)) error {
	who := s.who()
	var wait *runner.Wait
	if err := s.subscribe(ctx, ""); errors.As(err, &wait) {
		who = "" // more than X lets be asked for at once: what is there is heard meanwhile
		s.o.Report(err)
	} else if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	silence := time.AfterFunc(idle, cancel) // of the opening too: a refusal may trickle in without end
	defer silence.Stop()
	res, err := s.send(ctx, "the stream", http.MethodGet, "/2/activity/stream", nil)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // it is broken by then
	silence.Reset(idle)
	s.isUp()
	go s.upkeep(ctx, who, wait)
	return s.lines(heard{res.Body, silence}, handle)
}

// upkeep subscribes to the events of accounts that come later: a bot's own id is learnt
// from X, and a reload brings more bots.
func (s *Source) upkeep(ctx context.Context, known string, wait *runner.Wait) {
	if wait != nil && !s.sleep(ctx, wait.Until) {
		return
	}
	for s.sleep(ctx, s.o.Now().Add(resubscribe)) {
		who := s.who()
		if who == known {
			continue
		}
		err := s.subscribe(ctx, "")
		if err == nil || ctx.Err() != nil {
			known = who
			continue
		}
		s.o.Report(err)
		again := s.o.Now().Add(afterFault)
		if errors.As(err, &wait) {
			again = wait.Until
		}
		s.sleep(ctx, again)
	}
}

// heard is a body whose every byte is a sign of life.
type heard struct {
	io.Reader
	silence *time.Timer
}

// Read puts the end of patience off.
func (h heard) Read(b []byte) (int, error) {
	n, err := h.Reader.Read(b)
	if n > 0 {
		h.silence.Reset(idle)
	}
	return n, err
}

// lines reads one event a line; blank lines keep the stream alive. A line that is too
// long is passed over.
func (s *Source) lines(body io.Reader, handle func(runner.Push)) error {
	r := bufio.NewReaderSize(body, maxBody+1)
	for long := false; ; {
		line, err := r.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			long = true
			continue
		case err != nil:
			return errors.New("activity: the stream broke off")
		case long:
			long = false
			s.decode.passed.Add(1)
			continue
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		pushes, err := s.decode.Decode(line)
		if err != nil { // such as X saying why it is about to end the stream
			s.decode.passed.Add(1)
			continue
		}
		s.pass(pushes, handle)
	}
}
