package scripts

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	"heed/runner"
)

const (
	maxSaid       = 2 << 10 // bytes of one reported line
	saidPerSecond = 50
)

// sayer reports what a script says, at a bounded rate: a script in a loop must not
// fill the disk with its complaint.
type sayer struct {
	g   *keeping
	run string

	mu      sync.Mutex
	second  time.Time
	said    int // in this second
	dropped int // since the last report that lines were dropped
}

func newSayer(g *keeping, run string) *sayer { return &sayer{g: g, run: run} }

func (s *sayer) line(level, code string, l line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.g.io.Now().Truncate(time.Second); !now.Equal(s.second) {
		s.second, s.said = now, 0
		s.tellDropped()
	}
	if s.said == saidPerSecond {
		s.dropped++
		return
	}
	s.said++
	text := Printable(l.text)
	if s.g.events.dms.in(string(l.text)) {
		text, l.size = "(withheld: it repeats a direct message)", len(l.text)
	}
	if more := l.size - len(l.text); more > 1 { // a carriage return is no loss
		text += fmt.Sprintf(" … (%d bytes more)", more)
	}
	s.g.report(runner.ScriptReport{Run: s.run, Level: level, Code: code, Text: text})
}

// close reports what was dropped last.
func (s *sayer) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tellDropped()
}

func (s *sayer) tellDropped() {
	if s.dropped > 0 {
		s.g.report(runner.ScriptReport{Run: s.run, Level: "warn", Code: "script.output_dropped",
			Text: fmt.Sprintf("%d lines of its output were not written down; %d a second are", s.dropped, saidPerSecond)})
		s.dropped = 0
	}
}

// log takes a script's stderr. A line's level stands before it: E! W! I! D!
type log struct{ say *sayer }

func newLog(say *sayer) *log { return &log{say} }

var levels = map[string]string{"E!": "error", "W!": "warn", "I!": "info", "D!": "info"}

func (o *log) line(_ context.Context, l line) {
	if len(l.text) > maxSaid { // a line that begins with { may come whole
		l.text = l.text[:maxSaid]
	}
	level := "warn"
	if len(l.text) >= 2 {
		if named, ok := levels[string(l.text[:2])]; ok {
			n := len(l.text)
			level, l.text = named, bytes.TrimLeft(l.text[2:], " ")
			l.size -= n - len(l.text)
		}
	}
	o.say.line(level, "script.stderr", l)
}

func (o *log) pause(context.Context) {}
