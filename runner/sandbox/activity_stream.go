package sandbox

import (
	"net/http"
	"slices"
	"time"
)

// streamBacklog is how many events a slow reader may leave unread before it is cut off.
const streamBacklog = 1000

// stream is one open stream of an app's events.
type stream struct {
	app   string
	lines chan []byte
	cut   chan struct{} // closed when it is to end
	over  bool
}

func (s *stream) put(line []byte) {
	if s.over {
		return
	}
	select {
	case s.lines <- line:
	default:
		s.end()
	}
}

func (s *stream) end() {
	if !s.over {
		s.over = true
		close(s.cut)
	}
}

func (w *World) openStream(c *call) answer {
	if no := c.appAlone(); no != nil {
		return no.answer()
	}
	open := 0
	for _, s := range w.activity.streams {
		if s.app == c.app.ID {
			open++
		}
	}
	if open >= maxStreams {
		no := refusal{status: 429, kind: "streaming-connection", title: "ConnectionException", detail: "This stream is currently at the maximum allowed connection limit.",
			extra: map[string]any{"connection_issue": "TooManyConnections"}}
		return no.answer()
	}
	s := &stream{app: c.app.ID, lines: make(chan []byte, streamBacklog), cut: make(chan struct{})}
	w.activity.streams = append(w.activity.streams, s)
	return answer{status: 200, stream: s}
}

// CutStreams ends every open stream, as a restart of X's would.
func (w *World) CutStreams() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.activity.streams {
		s.end()
	}
}

// Streams counts the open streams.
func (w *World) Streams() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.activity.streams)
}

// flow writes a stream's events, and blank lines between them, until either side ends it.
func (w *World) flow(rw http.ResponseWriter, r *http.Request, s *stream) {
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		s.end()
		w.activity.streams = slices.DeleteFunc(w.activity.streams, func(o *stream) bool { return o == s })
	}()
	out := http.NewResponseController(rw)
	write := func(line []byte) bool {
		_ = out.SetWriteDeadline(time.Now().Add(time.Minute)) // a server without deadlines has none to extend
		_, err := rw.Write(append(line[:len(line):len(line)], '\r', '\n'))
		return err == nil && out.Flush() == nil
	}
	rw.Header().Set("Content-Type", plain)
	rw.WriteHeader(http.StatusOK)
	if out.Flush() != nil {
		return
	}
	var alive <-chan time.Time
	if w.opt.KeepAlive > 0 {
		tick := time.NewTicker(w.opt.KeepAlive)
		defer tick.Stop()
		alive = tick.C
	}
	for {
		var line []byte
		select {
		case line = <-s.lines:
		case <-alive:
		case <-s.cut:
			return
		case <-r.Context().Done():
			return
		}
		if !write(line) {
			return
		}
	}
}
