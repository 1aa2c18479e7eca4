package sandbox

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxBody is the largest request body that is read.
const maxBody = 1 << 20

// ServeHTTP answers as X, or as the control API under /_heed/.
func (w *World) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/_heed" || strings.HasPrefix(r.URL.Path, "/_heed/") {
		w.control(rw, r)
		return
	}
	rt, path := match(r.Method, r.URL.Path)
	most := int64(maxBody)
	if rt != nil && rt.most > 0 {
		most = rt.most
	}
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, most))
	if err != nil {
		rw.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if doors[r.Method+" "+r.URL.Path] != nil {
		w.door(rw, r, body)
		return
	}
	if rt == nil {
		// X says nothing at all about a path it does not know.
		rw.Header()["Content-Type"] = nil
		rw.WriteHeader(http.StatusNotFound)
		return
	}
	record, c, fault, no := w.enter(r, rt, path, body)
	if no != nil {
		send(rw, *no)
		return
	}
	if fault != nil && !fault.Processed && w.strike(rw, r, fault, nil) {
		return
	}
	a := w.process(record, c)
	if fault != nil && fault.Processed && w.strike(rw, r, fault, &a) {
		return
	}
	if fault != nil && fault.Kind == Tell {
		w.exhaust(c, fault, &a)
	}
	w.delivered(record, c, a)
	if a.stream != nil {
		w.flow(rw, r, a.stream)
		return
	}
	send(rw, a)
}

// enter records a call, finds out who it is from, and which fault is to strike it.
func (w *World) enter(r *http.Request, rt *route, path map[string]string, body []byte) (*Call, *call, *Fault, *answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.opt.Now()
	record := w.arrive(Call{Method: r.Method, Route: rt.pattern, Path: r.URL.Path, Query: r.URL.RawQuery})
	who, no := w.authenticate(r, rt, now)
	if who != nil {
		record.AppID, record.UserID = who.app.ID, who.id()
		w.judgeCall(who, now)
	}
	if no != nil {
		if _, told := w.st.ToldStop[no.stops]; no.stops != "" && !told {
			w.st.ToldStop[no.stops] = now
		}
		a := no.answer()
		if who != nil {
			a.header = map[string]string{"x-access-level": who.access()}
		}
		record.Status = a.status
		return record, nil, nil, &a
	}
	c := &call{caller: *who, now: now, path: path, query: r.URL.Query(), body: body, ctype: r.Header.Get("Content-Type")}
	w.judgeWrite(c)
	fault := w.fault(record, c)
	c.breaks = fault != nil && fault.Kind == FailMedia
	return record, c, fault, nil
}

// process does what a call asks, under the lock.
func (w *World) process(record *Call, c *call) answer {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.now = w.opt.Now()
	w.book.now = c.claim
	a := w.decide(c)
	w.book.now = nil
	if a.header == nil {
		a.header = map[string]string{}
	}
	a.header["x-access-level"] = c.access()
	record.Processed = a.landed
	return a
}

// delivered completes a call's record just before its true answer leaves. An answer
// that a fault ate has told nobody anything.
func (w *World) delivered(record *Call, c *call, a answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	record.Status = a.status
	w.serve(&c.caller, a.served)
}

// decide runs the gates that X has before every endpoint, then the endpoint.
func (w *World) decide(c *call) answer {
	head, ok := w.spend(&c.caller, c.now)
	var a answer
	if no := w.st.Billing.refusal(); !ok {
		a = tooMany().answer()
	} else if no != nil {
		a = no.answer()
	} else if no := c.checkRequest(); no != nil {
		a = no.answer()
	} else {
		a = c.route.do(w, c)
	}
	if a.header == nil {
		a.header = head
	} else {
		maps.Copy(a.header, head)
	}
	return a
}

func send(rw http.ResponseWriter, a answer) {
	h := rw.Header()
	for k, v := range a.header {
		h.Set(k, v)
	}
	h.Set("api-version", "2.166")
	if a.ctype == "" {
		h["Content-Type"] = nil
	} else {
		h.Set("Content-Type", a.ctype)
	}
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	rw.WriteHeader(a.status)
	// A client that went away is its own business.
	_, _ = rw.Write(a.body)
}

// Serve answers on ln until ctx ends. Requests under way get two seconds to finish,
// hanging ones are let go at once. It closes ln.
func Serve(ctx context.Context, ln net.Listener, w *World) error {
	srv := &http.Server{
		Handler:           w,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      5 * time.Minute,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		err := srv.Shutdown(grace)
		if err != nil {
			err = srv.Close()
		}
		done <- err
	}()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-done
}
