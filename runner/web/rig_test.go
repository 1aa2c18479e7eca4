package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"heed/bots"
	"heed/guards"
	"heed/runner"
	"heed/runner/web/webtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(webtest.Main{M: m}) }

const token = "test-token-0123456789-0123456789-0123456789"

var now = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// desk keeps choices in memory, as the ledger does by its contract.
type desk struct {
	mu      sync.Mutex
	rows    []runner.PersonRow
	under   []runner.Claim // intents under way, taken back by the next opt-out
	fails   error
	panics  bool
	asked   []runner.PeopleQuery
	entered chan struct{} // told when OptOut begins, if set
	release chan struct{} // OptOut waits for it, if set
}

func (d *desk) OptOut(ctx context.Context, user bots.UserID, c guards.Choice) (runner.Receipt, error) {
	if d.entered != nil {
		d.entered <- struct{}{}
		select {
		case <-d.release:
		case <-ctx.Done():
			return runner.Receipt{}, ctx.Err()
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.panics {
		panic("the desk fell over")
	}
	if err := errors.Join(d.fails, ctx.Err()); err != nil {
		return runner.Receipt{}, err
	}
	r := runner.Receipt{Cancelled: d.under, New: !slices.ContainsFunc(d.rows, func(p runner.PersonRow) bool { return p.User == user && p.Scope == c.Scope })}
	d.under = nil
	if r.New {
		d.rows = append(d.rows, runner.PersonRow{User: user, Kind: "opt_out", Choice: c})
	}
	return r, nil
}

func (d *desk) People(_ context.Context, q runner.PeopleQuery) (rows []runner.PersonRow, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, q)
	for _, r := range d.rows {
		if r.User == q.User {
			rows = append(rows, r)
		}
	}
	return rows, d.fails
}

func (d *desk) kept() []runner.PersonRow {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.rows)
}

// rig is a server that answers on a real listener.
type rig struct {
	*testing.T
	desk *desk
	addr string
	end  func() error // ends the server and gives what Serve said
	mu   sync.Mutex
	told []error
}

func serve(t *testing.T, d *desk, change ...func(*Options)) *rig {
	t.Helper()
	r := &rig{T: t, desk: d}
	o := Options{Desk: d, Token: []byte(token), Bots: func() []string { return []string{"quakes", "tides"} }, Now: func() time.Time { return now }, By: "ops",
		Report: func(err error) { r.mu.Lock(); defer r.mu.Unlock(); r.told = append(r.told, err) }}
	for _, c := range change {
		c(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.addr = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	said := make(chan error, 1)
	go func() { said <- s.Serve(ctx, l) }()
	r.end = sync.OnceValue(func() error { cancel(); return <-said })
	t.Cleanup(func() {
		if err := r.end(); err != nil {
			t.Errorf("the server ended with %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return r
}

// answer is what came back, read.
type answer struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

// ask sends one request; headers come in pairs, "Host" among them, "-" leaves one out.
func (r *rig) ask(method, path, body string, headers ...string) answer {
	r.Helper()
	req, err := http.NewRequest(method, "http://"+r.addr+path, strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		switch {
		case headers[i] == "Host":
			req.Host = headers[i+1]
		case headers[i+1] == "-":
			req.Header.Del(headers[i])
		default:
			req.Header.Add(headers[i], headers[i+1])
		}
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		r.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, raw: string(b)}
	_ = json.Unmarshal(b, &a.body) // not every body is JSON; tests look at what they need
	return a
}

// refusedWith checks the form that all refusals share.
func (r *rig) refusedWith(what string, a answer, status int, says ...string) {
	r.Helper()
	if a.status != status || a.header.Get("Content-Type") != "application/problem+json" || a.body["status"] != float64(status) ||
		a.body["title"] != http.StatusText(status) || a.body["detail"] == "" || a.body["remedy"] == "" {
		r.Errorf("%s: %d %s %s", what, a.status, a.header.Get("Content-Type"), a.raw)
	}
	for _, s := range says {
		if !strings.Contains(a.raw, s) {
			r.Errorf("%s: %s does not say %q", what, a.raw, s)
		}
	}
	if strings.Contains(a.raw, token) {
		r.Errorf("%s: the token is told", what)
	}
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
