package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FaultKind is what happens to a call that a fault strikes.
type FaultKind string

// The kinds. Each strikes before the call is processed, or after when Processed is set.
const (
	Refuse   FaultKind = "refuse"   // answer with Status, Header and Body
	Drop     FaultKind = "drop"     // close the connection without an answer
	Truncate FaultKind = "truncate" // half of the true answer, then close; needs Processed
	Hang     FaultKind = "hang"     // no answer until the client gives up
	Delay    FaultKind = "delay"    // wait for Wait, Gate or Release, then go on
	Tell     FaultKind = "tell"     // the true answer, with Header over its own; needs Processed

	// FailMedia lets an upload be finalized and its processing fail. It strikes there only.
	FailMedia FaultKind = "fail_media"
)

// Fault is a trouble laid for calls. Empty fields match every call.
type Fault struct {
	Method string `json:"method,omitempty"`
	Route  string `json:"route,omitempty"` // a pattern, as "/2/tweets/:id"
	User   string `json:"user,omitempty"`  // account id

	Nth         int     `json:"nth,omitempty"`         // strikes from the nth match on; 0 and 1: the first
	Count       int     `json:"count,omitempty"`       // strikes so often, then never; 0: always
	Probability float64 `json:"probability,omitempty"` // of striking, by the world's seed; 0: certain

	Kind      FaultKind         `json:"kind"`
	Processed bool              `json:"processed,omitempty"` // the call is done first
	Status    int               `json:"status,omitempty"`
	Header    map[string]string `json:"header,omitempty"`
	Body      string            `json:"body,omitempty"`

	// Wait is how long a Delay lasts; 0: until Gate or Release. A call that waits before
	// it is processed is processed then, also for a client that has gone.
	Wait Duration `json:"wait,omitempty"`

	Gate <-chan struct{} `json:"-"` // Delay: closed by the test; nil: until Release
	Seen func(Call)      `json:"-"` // called, without the lock, when it strikes
}

// armed is a fault with its counters.
type armed struct {
	Fault
	matched, struck int
}

// AddFault lays a fault. Faults are asked in the order they were laid; the first
// that strikes is the only one.
func (w *World) AddFault(f Fault) error {
	if f.Kind == FailMedia {
		f.Method, f.Route, f.Processed = http.MethodPost, finalizeRoute, false
	}
	switch {
	case !slices.Contains([]FaultKind{Refuse, Drop, Truncate, Hang, Delay, Tell, FailMedia}, f.Kind):
		return fmt.Errorf("fault kind %q: need refuse, drop, truncate, hang, delay, tell or fail_media", f.Kind)
	case f.Kind == Refuse && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("fault status %d: need 200 to 599", f.Status)
	case (f.Kind == Truncate || f.Kind == Tell) && !f.Processed:
		return fmt.Errorf("fault %s: needs processed, there is no true answer before", f.Kind)
	case f.Wait < 0 || f.Wait > Duration(day):
		return fmt.Errorf("fault wait %s: need 0 to 24h", time.Duration(f.Wait))
	case f.Probability < 0 || f.Probability > 1:
		return fmt.Errorf("fault probability %g: need 0 to 1", f.Probability)
	case f.Route != "" && !isRoute(f.Route):
		return fmt.Errorf("fault route %q: no such endpoint", f.Route)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, &armed{Fault: f})
	return nil
}

// isRoute knows the endpoints and the doors beside them.
func isRoute(pattern string) bool {
	return slices.ContainsFunc(routes, func(r *route) bool { return r.pattern == pattern }) ||
		slices.ContainsFunc(Doors(), func(d string) bool { _, path, _ := strings.Cut(d, " "); return path == pattern })
}

// Laid is a fault with how often it matched and struck.
type Laid struct {
	Fault
	Matched int `json:"matched"`
	Struck  int `json:"struck"`
}

// Faults lists the faults that are laid, in the order in which they are asked.
func (w *World) Faults() []Laid {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := []Laid{}
	for _, f := range w.faults {
		list = append(list, Laid{f.Fault, f.matched, f.struck})
	}
	return list
}

// ClearFaults removes every fault and releases delayed calls.
func (w *World) ClearFaults() {
	w.mu.Lock()
	w.faults = nil
	w.mu.Unlock()
	w.Release()
}

// Release lets every call go on that a Delay without a gate holds.
func (w *World) Release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.released)
	w.released = make(chan struct{})
}

// fault finds the fault that strikes a call, if any. c is nil at a door: whoever
// knocks there is nobody yet.
func (w *World) fault(record *Call, c *call) *Fault {
	for _, f := range w.faults {
		if f.Method != "" && f.Method != record.Method || f.Route != "" && f.Route != record.Route || f.User != "" && f.User != record.UserID {
			continue
		}
		f.matched++
		if f.matched < f.Nth || f.Count > 0 && f.struck >= f.Count || f.Probability > 0 && w.dice.Float64() >= f.Probability {
			continue
		}
		f.struck++
		record.Fault = string(f.Kind)
		if f.Kind == Refuse {
			record.Status = f.Status
			if until, ok := f.until(); ok && c != nil {
				w.told429(&c.caller, until)
			}
		}
		hit := f.Fault
		if seen, copied := hit.Seen, *record; seen != nil {
			hit.Seen = func(Call) { seen(copied) }
		}
		if hit.Kind == Delay && hit.Gate == nil && hit.Wait == 0 {
			hit.Gate = w.released
		}
		return &hit
	}
	return nil
}

// until is the reset that an injected 429 tells.
func (f *armed) until() (time.Time, bool) {
	n, err := strconv.ParseInt(f.Header["x-rate-limit-reset"], 10, 64)
	return time.Unix(n, 0), f.Status == 429 && err == nil
}

// strike lets a fault act and says whether that was the end of the call. a is the
// true answer, nil before processing.
func (w *World) strike(rw http.ResponseWriter, r *http.Request, f *Fault, a *answer) bool {
	if f.Seen != nil {
		f.Seen(Call{})
	}
	switch f.Kind {
	case FailMedia, Tell:
		return false // the call goes on, and finds it in itself
	case Refuse:
		send(rw, answer{status: f.Status, ctype: f.Header["Content-Type"], header: f.Header, body: []byte(f.Body)})
	case Drop:
		panic(http.ErrAbortHandler)
	case Truncate:
		half := *a
		half.body = a.body[:len(a.body)/2]
		rw.Header().Set("Content-Type", a.ctype)
		rw.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		rw.WriteHeader(a.status)
		_, _ = rw.Write(half.body)
		_ = http.NewResponseController(rw).Flush()
		panic(http.ErrAbortHandler)
	case Hang:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case Delay:
		if f.Wait > 0 && !f.Processed {
			time.Sleep(time.Duration(f.Wait))
			return false
		}
		var over <-chan time.Time
		if f.Wait > 0 {
			timer := time.NewTimer(time.Duration(f.Wait))
			defer timer.Stop()
			over = timer.C
		}
		select {
		case <-over:
			return false
		case <-f.Gate:
			return false
		case <-r.Context().Done():
			if f.Processed {
				return true
			}
			panic(http.ErrAbortHandler)
		}
	}
	return true
}
