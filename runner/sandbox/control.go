package sandbox

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
)

// controls are the control API's endpoints; the package comment tells what they do.
// The list of them, GET /_heed/, is answered by control itself.
var controls = map[string]func(*World, *http.Request, []byte) (any, error){
	"GET /_heed/users":      func(w *World, _ *http.Request, _ []byte) (any, error) { return w.Users(), nil },
	"POST /_heed/users":     (*World).controlUser,
	"GET /_heed/apps":       func(w *World, _ *http.Request, _ []byte) (any, error) { return w.Apps(), nil },
	"POST /_heed/apps":      (*World).controlApp,
	"POST /_heed/bots":      (*World).controlBot,
	"POST /_heed/set":       (*World).controlSet,
	"POST /_heed/act":       (*World).controlAct,
	"GET /_heed/acts":       (*World).controlActs,
	"GET /_heed/calls":      func(w *World, _ *http.Request, _ []byte) (any, error) { return w.Calls(), nil },
	"GET /_heed/violations": func(w *World, _ *http.Request, _ []byte) (any, error) { return w.Violations(), nil },
	"GET /_heed/faults":     func(w *World, _ *http.Request, _ []byte) (any, error) { return w.Faults(), nil },
	"POST /_heed/faults":    (*World).controlFault,
	"DELETE /_heed/faults":  func(w *World, _ *http.Request, _ []byte) (any, error) { w.ClearFaults(); return nil, nil },
	"POST /_heed/release":   func(w *World, _ *http.Request, _ []byte) (any, error) { w.Release(); return nil, nil },
	"POST /_heed/billing":   (*World).controlBilling,
	"GET /_heed/clock":      func(w *World, _ *http.Request, _ []byte) (any, error) { return w.tellTime(), nil },
	"POST /_heed/clock":     (*World).controlClock,
	"POST /_heed/snapshot":  (*World).controlSnapshot,
	"POST /_heed/reset":     (*World).controlReset,
}

func controlList() []string {
	list := []string{"GET /_heed/", "GET /_heed/ui", "POST /_heed/ui", "GET /_heed/ui.css"}
	for name := range controls {
		list = append(list, name)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// control answers loopback callers. The Host must be a loopback name and a browser's
// Origin is refused, so that no web page can reach it through a name of its own. The
// sandbox's own page alone takes forms, from itself.
func (w *World) control(rw http.ResponseWriter, r *http.Request) {
	if (r.URL.Path == "/_heed/ui" || r.URL.Path == "/_heed/ui.css") && loopback(r.RemoteAddr) && loopback(r.Host) {
		w.ui(rw, r)
		return
	}
	if !loopback(r.RemoteAddr) || !loopback(r.Host) || r.Header.Get("Origin") != "" {
		reply(rw, http.StatusForbidden, map[string]string{"error": "the control API answers programs on this machine only"})
		return
	}
	path := r.URL.Path
	if path == "/_heed" {
		path = "/_heed/"
	}
	if path == "/_heed/" && r.Method == http.MethodGet {
		reply(rw, http.StatusOK, map[string]any{"control": controlList()})
		return
	}
	do := controls[r.Method+" "+path]
	if do == nil {
		reply(rw, http.StatusNotFound, map[string]any{"error": r.Method + " " + path + ": unknown", "control": controlList()})
		return
	}
	if r.Method == http.MethodPost && !isJSON(r.Header.Get("Content-Type")) {
		reply(rw, http.StatusUnsupportedMediaType, map[string]string{"error": "need content-type application/json"})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxBody))
	var out any
	if err == nil {
		out, err = do(w, r, body)
	}
	if err != nil {
		reply(rw, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	if out == nil {
		out = map[string]bool{"ok": true}
	}
	reply(rw, http.StatusOK, out)
}

// loopback says whether an address, with or without a port, is this machine.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func reply(rw http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"error":"answer cannot be written"}`)
	}
	send(rw, answer{status: status, ctype: plain, body: append(b, '\n')})
}

func strict(b []byte, into any) error {
	return json.Unmarshal(b, into, json.RejectUnknownMembers(true))
}

func (w *World) controlUser(_ *http.Request, b []byte) (any, error) {
	var u User
	if err := strict(b, &u); err != nil {
		return nil, err
	}
	return w.AddUser(u)
}

// controlBot names the app; an unknown one is made.
func (w *World) controlBot(_ *http.Request, b []byte) (any, error) {
	var in struct {
		App        string     `json:"app"`
		Permission Permission `json:"permission"`
		User       User       `json:"user"`
	}
	if err := strict(b, &in); err != nil {
		return nil, err
	}
	creds, err := w.Seat(Script{App: ScriptApp{in.App, in.Permission}, Bots: []User{in.User}})
	if err != nil {
		return nil, err
	}
	for _, c := range creds {
		return c, nil
	}
	return nil, nil
}

func (w *World) controlSet(_ *http.Request, b []byte) (any, error) {
	var in struct {
		Lag          *Duration `json:"lag"`
		User         string    `json:"user"`
		Suspended    *bool     `json:"suspended"`
		Locked       *bool     `json:"locked"`
		Protected    *bool     `json:"protected"`
		Verified     *bool     `json:"verified"`
		DMOpen       *bool     `json:"dm_open"`
		DMClosed     *bool     `json:"dm_closed"`
		Automated    *bool     `json:"automated"`
		Subscription *string   `json:"subscription"`
	}
	if err := strict(b, &in); err != nil {
		return nil, err
	}
	if in.Lag != nil {
		if err := w.SetLag(time.Duration(*in.Lag)); err != nil || in.User == "" {
			return map[string]Duration{"lag": *in.Lag}, err
		}
	}
	for _, s := range []struct {
		v   *bool
		set func(string, bool) error
	}{
		{in.Suspended, w.SetSuspended}, {in.Locked, w.SetLocked}, {in.Protected, w.SetProtected},
		{in.Verified, w.SetVerified}, {in.DMOpen, w.SetDMOpen}, {in.DMClosed, w.SetDMClosed},
		{in.Automated, w.SetLabel},
	} {
		if s.v != nil {
			if err := s.set(in.User, *s.v); err != nil {
				return nil, err
			}
		}
	}
	if in.Subscription != nil {
		if err := w.SetSubscription(in.User, *in.Subscription); err != nil {
			return nil, err
		}
	}
	return w.User(in.User)
}

func (w *World) controlAct(_ *http.Request, b []byte) (any, error) {
	var s Step
	if err := strict(b, &s); err != nil {
		return nil, err
	}
	id, err := w.Do(s)
	return map[string]string{"id": id}, err
}

func (w *World) controlActs(r *http.Request, _ []byte) (any, error) {
	q := r.URL.Query()
	if who := q.Get("contacts"); who != "" {
		u, err := w.User(who)
		return w.Contacts(u.ID), err
	}
	if who := q.Get("user"); who != "" {
		u, err := w.User(who)
		return w.Acts(u.ID), err
	}
	return w.Acts(""), nil
}

func (w *World) controlFault(_ *http.Request, b []byte) (any, error) {
	var in struct {
		Preset string `json:"preset"`
		Fault
	}
	if err := strict(b, &in); err != nil {
		return nil, err
	}
	f := in.Fault
	if in.Preset != "" {
		p, err := Preset(in.Preset)
		if err != nil {
			return nil, err
		}
		p.Method, p.Route, p.User, p.Nth, p.Count, p.Probability = f.Method, f.Route, f.User, f.Nth, f.Count, f.Probability
		f = p
	}
	return nil, w.AddFault(f)
}

func (w *World) controlBilling(_ *http.Request, b []byte) (any, error) {
	var in struct {
		State Billing `json:"state"`
	}
	if err := strict(b, &in); err != nil {
		return nil, err
	}
	if in.State != PaidUp && in.State.refusal() == nil {
		return nil, fmt.Errorf("billing %q: need credits_depleted, spend_cap, usage_capped or nothing", in.State)
	}
	w.SetBilling(in.State)
	return nil, nil
}
