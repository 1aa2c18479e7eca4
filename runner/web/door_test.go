package web

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// The names that a program on this machine uses are all taken.
func TestTheNamesOfThisMachine(t *testing.T) {
	r := serve(t, &desk{})
	_, port, _ := net.SplitHostPort(r.addr)
	for _, host := range []string{"127.0.0.1:" + port, "localhost:" + port, "LocalHost:" + port} {
		if a := r.ask("GET", "/v1/opt-outs/9", "", "Host", host, "Origin", "http://"+host, "Sec-Fetch-Site", "same-origin"); a.status != 200 {
			t.Errorf("%s: %d %s", host, a.status, a.raw)
		}
	}
	for addr, want := range map[string]string{
		"127.0.0.1:8080": "127.0.0.1:8080 localhost:8080", "[::1]:8080": "[::1]:8080 localhost:8080",
		"127.0.0.1:80": "127.0.0.1:80 localhost:80 127.0.0.1 localhost", "0.0.0.0:80": "", "[::]:80": "", "192.0.2.1:80": "", "/run/heed.sock": "",
	} {
		got, err := Hosts(where(addr))
		if strings.Join(got, " ") != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", addr, got, err)
		}
	}
}

// where is an address of that name.
type where string

func (w where) Network() string { return "tcp" }
func (w where) String() string  { return string(w) }

func TestOnlyLoopbackIsServed(t *testing.T) {
	s, err := New(Options{Desk: &desk{}, Token: []byte(token), Bots: func() []string { return nil }, By: "ops"})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(t.Context(), l); err == nil || !strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("%v", err)
	}
	if err := l.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener was left open: %v", err)
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	r := serve(t, &desk{})
	for _, a := range []answer{r.ask("GET", "/healthz", ""), r.ask("GET", "/v1/opt-outs/9", ""), r.ask("GET", "/nothing", ""),
		r.ask("GET", "/healthz", "", "Host", "evil.example"), r.ask("GET", "/v1/opt-outs/9", "", "Authorization", "-")} {
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
			"Content-Security-Policy": APIPolicy, "X-Frame-Options": "DENY", "Access-Control-Allow-Origin": ""} {
			if a.header.Get(name) != want {
				t.Errorf("%d: %s is %q", a.status, name, a.header.Get(name))
			}
		}
	}
}

// Requests that are no proper HTTP for this server, written by hand.
func TestOddRequests(t *testing.T) {
	r := serve(t, &desk{})
	for name, row := range map[string]struct{ request, status string }{
		"no host":                 {"GET /healthz HTTP/1.0\r\n\r\n", "421"},
		"another host in the url": {"GET http://evil.example/healthz HTTP/1.1\r\nHost: " + r.addr + "\r\n\r\n", "421"},
		"options of everything":   {"OPTIONS * HTTP/1.1\r\nHost: evil.example\r\n\r\n", "421"},
		"a header of 1 MiB":       {"GET /healthz HTTP/1.1\r\nHost: " + r.addr + "\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", "431"},
		"two lengths":             {"POST /v1/opt-outs HTTP/1.1\r\nHost: " + r.addr + "\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400"},
	} {
		c, err := net.Dial("tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = io.WriteString(c, row.request) }() // the server may hang up before its end
		line, err := bufio.NewReader(c).ReadString('\n')
		if !strings.Contains(line, " "+row.status+" ") {
			t.Errorf("%s: %q, %v", name, line, err)
		}
		_ = c.Close()
	}
}
