package web

import (
	"bytes"
	"fmt"
	"net/http"
	"time"
)

const (
	mostLive  = 32               // pages that are kept up to date at once
	beat      = 15 * time.Second // something is sent at least so often, so that a dead line is noticed
	calm      = time.Second      // and a page at most so often
	writeLive = 10 * time.Second // for one message
)

// live keeps a page up to date: it sends the page's part whenever the ledger has changed
// and the part with it, as server-sent events that htmx puts in place. An ended line is
// taken up again by the browser, and begins with the page as it is then.
func (d *site) live(p page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case d.places <- struct{}{}:
			defer func() { <-d.places }()
		default:
			w.Header().Set("Retry-After", "30")
			fail(w, http.StatusServiceUnavailable, fmt.Sprintf("all %d places for live pages are taken", cap(d.places)), "close some windows")
			return
		}
		out := http.NewResponseController(w)
		if err := out.SetReadDeadline(time.Time{}); err != nil { // the server's is for one short request
			d.report(err)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		send := func(b []byte) bool {
			if out.SetWriteDeadline(time.Now().Add(writeLive)) != nil {
				return false
			}
			_, err := w.Write(b)
			return err == nil && out.Flush() == nil
		}
		var last live
		for {
			changed := d.Desk.Changed()
			now, err := d.part(r, p)
			switch {
			case r.Context().Err() != nil:
				return
			case err != nil:
				d.report(err)
				return // the browser comes again, and later each time
			}
			if msg := last.message(now); !send(msg) {
				return
			}
			last = now
			select {
			case <-r.Context().Done():
				return
			case <-time.After(calm):
			}
			select {
			case <-r.Context().Done():
				return
			case <-changed:
			case <-time.After(beat - calm): // notes wake nobody, and times move on
			}
		}
	})
}

// live is what a browser was sent last.
type live struct {
	part  []byte
	waits int
	sent  bool
}

func (d *site) part(r *http.Request, p page) (now live, err error) {
	v, err := d.fill(r, p)
	if err != nil {
		return now, err
	}
	var b bytes.Buffer
	err = d.looks[p.file].ExecuteTemplate(&b, "page", v)
	return live{part: b.Bytes(), waits: v.Waits, sent: true}, err
}

// message is what has to be sent after last; a comment where nothing differs. The
// count is sent only when it changed, for it is read aloud.
func (last live) message(now live) []byte {
	if last.sent && last.waits == now.waits && bytes.Equal(last.part, now.part) {
		return []byte(": here\n\n")
	}
	var b bytes.Buffer
	for line := range bytes.Lines(now.part) {
		line = bytes.TrimRight(line, "\r\n")
		b.WriteString("data: ")
		b.Write(bytes.ReplaceAll(line, []byte("\r"), []byte("&#13;"))) // it would end the line
		b.WriteByte('\n')
	}
	if !last.sent || last.waits != now.waits {
		fmt.Fprintf(&b, "data: <span id=\"waits\" hx-swap-oob=\"innerHTML\">%s</span>\n", waitsText(now.waits))
	}
	b.WriteByte('\n')
	return b.Bytes()
}

func waitsText(n int) string {
	switch {
	case n == 0:
		return "nothing needs you"
	case n == 1:
		return "1 needs you"
	case n >= mostShown:
		return fmt.Sprintf("%d or more need you", mostShown)
	}
	return fmt.Sprintf("%d need you", n)
}
