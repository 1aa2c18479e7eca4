package signin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// mostStrays is how many requests that are not X's answer a login bears.
const mostStrays = 50

// callback is the small server that the person's browser comes back to. It takes one
// answer and is gone.
type callback struct {
	server *http.Server
	served chan struct{}
	answer chan answer // one at most
	state  string
	host   string

	mu     sync.Mutex
	taken  bool
	strays int
}

type answer struct {
	code string
	err  error
}

func openCallback(port int, state string) (*callback, error) {
	ln, err := net.Listen("tcp", localPort(port))
	if err != nil {
		return nil, fmt.Errorf("sign in: %s cannot be listened on: %w; use another --port that is allowed for the app, or --paste", localPort(port), err)
	}
	c := &callback{state: state, host: ln.Addr().String(), answer: make(chan answer, 1), served: make(chan struct{})}
	c.server = &http.Server{Handler: c, ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, MaxHeaderBytes: 16 << 10}
	c.server.SetKeepAlivesEnabled(false)
	go func() {
		defer close(c.served)
		_ = c.server.Serve(ln) // it ends when it is closed
	}()
	return c, nil
}

// ServeHTTP takes X's answer. The Host is looked at, so that no page can reach here
// under a name of its own.
func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet || r.URL.Path != "/callback" || r.Host != c.host || !same(r.URL.Query().Get("state"), c.state) {
		c.stray()
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "This is not the sign-in that heed waits for.\n")
		return
	}
	code, err := codeOf(r.URL.Query(), c.state)
	if !c.give(answer{code, err}) {
		w.WriteHeader(http.StatusGone)
		_, _ = io.WriteString(w, "heed has its answer already. You can close this.\n")
		return
	}
	_, _ = io.WriteString(w, "heed has X's answer and goes on in the terminal. You can close this.\n")
}

// give hands over the first answer and no other.
func (c *callback) give(a answer) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.taken {
		return false
	}
	c.taken = true
	c.answer <- a
	return true
}

func (c *callback) stray() {
	c.mu.Lock()
	c.strays++
	many := c.strays > mostStrays
	c.mu.Unlock()
	if many {
		c.give(answer{err: errors.New("sign in: something floods the callback; find it, or use --paste")})
	}
}

func (c *callback) wait(ctx context.Context) (string, error) {
	select {
	case a := <-c.answer:
		return a.code, a.err
	case <-ctx.Done():
		return "", errors.New("sign in: no answer came from the browser in time")
	}
}

// close lets the page be written, and ends the server.
func (c *callback) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if c.server.Shutdown(ctx) != nil {
		_ = c.server.Close()
	}
	<-c.served
}
