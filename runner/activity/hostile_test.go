package activity

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"heed/runner"
)

// hostileX answers every request with say, "{auth}" being its Authorization header, and
// then with more for ever.
func hostileX(t *testing.T, say, more string) (url string, calls, taken *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	calls, taken = new(atomic.Int64), new(atomic.Int64)
	var work sync.WaitGroup
	work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			calls.Add(1)
			work.Go(func() {
				defer func() { _ = c.Close() }()
				_ = c.SetDeadline(time.Now().Add(10 * time.Second))
				r, err := http.ReadRequest(bufio.NewReader(c))
				if err != nil {
					return
				}
				_, auth, _ := strings.Cut(r.Header.Get("Authorization"), " ")
				_, _ = io.WriteString(c, strings.ReplaceAll(say, "{auth}", auth))
				block := []byte(strings.Repeat(more, 64<<10))
				for sent := 0; len(block) > 0 && sent < 1<<30; sent += len(block) {
					n, err := c.Write(block)
					if taken.Add(int64(n)); err != nil {
						return
					}
				}
				if strings.HasPrefix(say, "HTTP/1.1 101") {
					_, _ = c.Read(make([]byte, 1))
				}
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); work.Wait() })
	return "http://" + l.Addr().String(), calls, taken
}

const appToken = runner.Secret("appTokenCANARY0123456789")

// TestHostileAnswersToCalls: every call ends in time with an error that tells nothing of
// what was sent, takes no more than its bound, and goes to no other place.
func TestHostileAnswersToCalls(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	other, strays, _ := hostileX(t, ok+"Content-Length: 2\r\n\r\n{}", "")
	said := `{"title":"{auth}","detail":"no: {auth} \u001b[31m\u202e consumer-secret client-secret","errors":[{"message":"{auth}\nclient-secret"}]}`
	rows := map[string][2]string{
		"a body without end":              {ok + "\r\n", " "},
		"a body of 1 GiB":                 {ok + "Content-Length: 1073741824\r\n\r\n{", " "},
		"headers without end":             {ok, "X-Flood: 1\r\n"},
		"interim answers without end":     {"", "HTTP/1.1 100 Continue\r\n\r\n"},
		"another protocol, silent":        {"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", ""},
		"another protocol that pours":     {"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", "x"},
		"a refusal that says all back":    {"HTTP/1.1 403 No\r\n\r\n" + said, ""},
		"a failure without end":           {"HTTP/1.1 503 Busy\r\n\r\n{auth}", "x"},
		"a redirect to another host":      {"HTTP/1.1 307 There\r\nLocation: " + other + "/oauth2/token\r\nContent-Length: 0\r\n\r\n", ""},
		"a redirect with another method":  {"HTTP/1.1 303 There\r\nLocation: " + other + "/\r\nContent-Length: 0\r\n\r\n", ""},
		"a redirect to itself":            {"HTTP/1.1 308 There\r\nLocation: /oauth2/token\r\nContent-Length: 0\r\n\r\n", ""},
		"a nest":                          {ok + "\r\n" + strings.Repeat(`{"data":`, 100_000), ""},
		"a token that no header can hold": {ok + "\r\n" + `{"token_type":"bearer","access_token":"a\r\nX: y"}`, ""},
		"a limit that never ends":         {"HTTP/1.1 429 Slow\r\nx-rate-limit-reset: 9223372036854775807\r\nContent-Length: 0\r\n\r\n", ""},
		"nothing":                         {"", ""},
		"noise":                           {"\x00\xff{auth}", ""},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			url, calls, taken := hostileX(t, row[0], row[1])
			began := time.Now()
			for _, held := range []runner.Secret{"", appToken} {
				s := testSource(t, func(o *Options) { o.BaseURL = url })
				s.bearer.now = held
				var out struct {
					Data []hook `json:"data"`
				}
				err := s.call(t.Context(), "the webhooks", http.MethodGet, "/2/webhooks", nil, &out)
				_, err2 := s.send(t.Context(), "the stream", http.MethodGet, "/2/activity/stream", nil)
				if honest := held != "" && strings.HasPrefix(name, "a token"); err == nil && !honest || held == "" && err2 == nil {
					t.Fatal("no error")
				}
				basic := base64.StdEncoding.EncodeToString([]byte("key:" + string(consumer)))
				for _, secret := range []string{string(appToken), string(consumer), string(client2), basic, "\x1b", "\u202e", "\n", url} {
					if strings.Contains(fmt.Sprint(err, err2), secret) {
						t.Errorf("%q is told: %v, %v", secret, err, err2)
					}
				}
			}
			if took := time.Since(began); took > 8*time.Second || taken.Load() > calls.Load()*(maxAnswer+8<<20) || calls.Load() > 6 {
				t.Errorf("%s, %d calls, %d bytes", took, calls.Load(), taken.Load())
			}
		})
	}
	if strays.Load() != 0 {
		t.Errorf("%d calls went to another host", strays.Load())
	}
	t.Attr("answers", strconv.Itoa(4*len(rows)))
	t.Attr("bounded", "1")
}

// trickle refuses the stream in a body that does not end before its request does.
type trickle struct{ *fakeX }

func (x trickle) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path != "/2/activity/stream" {
		return x.fakeX.RoundTrip(r)
	}
	b := newBody()
	res := b.live(r.Context())
	res.StatusCode = http.StatusServiceUnavailable
	x.mu.Lock()
	x.opened = append(x.opened, time.Now())
	x.mu.Unlock()
	return res, nil
}

// TestARefusalThatDoesNotEnd: a refused stream whose words trickle in is given up, and
// opened anew.
func TestARefusalThatDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := trickle{&fakeX{}}
		r := &rig{Source: testSource(t, nil), x: x.fakeX, err: make(chan error, 1)}
		r.http = &http.Client{Transport: x}
		ctx, cancel := context.WithCancel(t.Context())
		r.end = cancel
		go func() { r.err <- r.Follow(ctx, func(runner.Push) {}) }()
		time.Sleep(10 * time.Minute)
		if n := x.times(); n < 3 {
			t.Errorf("opened %d times in ten minutes", n)
		}
		if !r.Since("desk").IsZero() {
			t.Error("a refused stream is said to tell")
		}
		r.ends(t)
	})
}

// TestHostileDeliveries: what poses as X at the door is refused before its body is read,
// and no answer can be used as anything else.
func TestHostileDeliveries(t *testing.T) {
	body := message1(dmID)
	right := sign(consumer, []byte(body))
	rows := map[string]struct {
		method string
		header http.Header
		want   int
		reads  bool // the body
	}{
		"another method in a header":       {"GET", http.Header{"X-Http-Method-Override": {"POST"}, headerConsumer: {right}}, 400, false},
		"a HEAD":                           {"HEAD", http.Header{headerConsumer: {right}}, 405, false},
		"a preflight":                      {"OPTIONS", http.Header{"Origin": {"https://evil.example"}, "Access-Control-Request-Method": {"POST"}}, 405, false},
		"no signature":                     {"POST", nil, 403, false},
		"a signature of the right length":  {"POST", http.Header{headerConsumer: {"sha256=" + strings.Repeat("A", 44)}}, 403, true},
		"a right one in capitals":          {"POST", http.Header{headerConsumer: {strings.ToUpper(right)}}, 403, true},
		"a right one behind a wrong one":   {"POST", http.Header{headerConsumer: {"sha256=" + strings.Repeat("A", 44), right}}, 403, true},
		"a right one with a blank":         {"POST", http.Header{headerConsumer: {right + " "}}, 403, false},
		"a right one without its name":     {"POST", http.Header{headerConsumer: {strings.TrimPrefix(right, "sha256=")}}, 403, false},
		"a right one of a header too long": {"POST", http.Header{headerConsumer: {right + right}}, 403, false},
		"a right one under another name":   {"POST", http.Header{"X-Hub-Signature-256": {right}}, 403, false},
		"the right one":                    {"POST", http.Header{headerConsumer: {right}}, 200, true},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			d := testSource(t, nil).door(ctx)
			got, ended := 0, make(chan struct{})
			go func() { d.take(func(runner.Push) { got++ }); close(ended) }()
			read := &reads{Reader: strings.NewReader(body)}
			r := httptest.NewRequest(row.method, "/x?crc_token=%7B%7D", read)
			r.Header = row.header
			w := httptest.NewRecorder()
			d.ServeHTTP(w, r)
			cancel()
			<-ended
			if w.Code != row.want || (read.n > 0) != row.reads || (got > 0) != (row.want == 200) {
				t.Errorf("%d, %d bytes read, %d pushes", w.Code, read.n, got)
			}
			if h := w.Header(); h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" || h.Get("Access-Control-Allow-Origin") != "" || w.Body.Len() > 0 {
				t.Errorf("%v %q", h, w.Body)
			}
		})
	}
	t.Attr("requests", strconv.Itoa(len(rows)))
}

// reads counts what is read of it.
type reads struct {
	io.Reader
	n int
}

func (r *reads) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	r.n += n
	return n, err
}
