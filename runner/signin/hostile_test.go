package signin

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"heed/runner"
)

// hostileX answers every request with the same bytes, "{auth}" being what it was sent
// in the Authorization header and body. more, if any, follows without end.
func hostileX(t *testing.T, say, more string) (url string, taken func() int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	n := 0
	var work sync.WaitGroup
	work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			work.Go(func() {
				defer func() { _ = c.Close() }()
				_ = c.SetDeadline(time.Now().Add(10 * time.Second))
				r, err := http.ReadRequest(bufio.NewReader(c))
				if err != nil {
					return
				}
				sent, _ := io.ReadAll(io.LimitReader(r.Body, r.ContentLength))
				_, _ = io.WriteString(c, strings.ReplaceAll(say, "{auth}", r.Header.Get("Authorization")+" "+string(sent)))
				block := []byte(strings.Repeat(more, 64<<10))
				for sent := 0; len(block) > 0 && sent < 1<<30; {
					wrote, err := c.Write(block)
					sent += wrote
					mu.Lock()
					n += wrote
					mu.Unlock()
					if err != nil {
						return
					}
				}
				if more == "" && strings.HasPrefix(say, "HTTP/1.1 101") {
					_, _ = c.Read(make([]byte, 1))
				}
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); work.Wait() })
	return "http://" + l.Addr().String(), func() int { mu.Lock(); defer mu.Unlock(); return n }
}

// TestHostileTokenEndpoint: whatever answers, a call of signing in ends in time, takes no
// more than its bound, and tells nothing of what it sent. A spent token is declared only
// where X said so in a 4xx of its own.
func TestHostileTokenEndpoint(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	whole := func(status, body string) string {
		return fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
	}
	rows := map[string][2]string{
		"a body without end":             {ok + "\r\n", " "},
		"headers without end":            {ok, "X-Flood: 1\r\n"},
		"interim answers without end":    {"", "HTTP/1.1 100 Continue\r\n\r\n"},
		"a body of 1 GiB":                {ok + "Content-Length: 1073741824\r\n\r\n{", " "},
		"another protocol, silent":       {"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", ""},
		"another protocol that pours":    {"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", "x"},
		"a failure without end":          {"HTTP/1.1 503 Busy\r\n\r\n{auth}", "x"},
		"a nest":                         {whole("200 OK", strings.Repeat("[", 100_000)), ""},
		"a token that is an object":      {whole("200 OK", `{"access_token":{},"token_type":"bearer"}`), ""},
		"a life beyond all numbers":      {whole("200 OK", `{"access_token":"a","token_type":"bearer","expires_in":1e999}`), ""},
		"a refusal that says all back":   {"HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\n\r\n" + `{"error":"{auth}","error_description":"{auth}"}`, ""},
		"a failure that says all back":   {"HTTP/1.1 500 Bad\r\nContent-Type: text/plain\r\n\r\n{auth}", ""},
		"a failure with a refusal in it": {whole("500 Bad", `{"error":"invalid_grant"}`), ""},
		"a success with a refusal in it": {whole("200 OK", `{"error":"invalid_grant"}`), ""},
		"a redirect to itself":           {"HTTP/1.1 307 There\r\nLocation: /2/oauth2/token\r\nContent-Length: 0\r\n\r\n", ""},
		"nothing":                        {"", ""},
		"noise":                          {"\x00\xff{auth}", ""},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			api, taken := hostileX(t, row[0], row[1])
			c, err := New(App{API: api, Authorize: api, ClientID: clientID, ClientSecret: clientSecret, ConsumerKey: consumerKey, ConsumerSecret: consumerSecret})
			if err != nil {
				t.Fatal(err)
			}
			c.http.Timeout = 5 * time.Second
			began := time.Now()
			_, err1 := c.refresh(t.Context(), first2)
			_, err2 := c.Whoami(t.Context(), first2)
			_, err3 := c.Whoami(t.Context(), first1)
			err4 := c.Revoke(t.Context(), first2)
			for i, err := range []error{err1, err2, err3} {
				if err == nil {
					t.Errorf("call %d succeeds", i)
				}
			}
			told(t, err1, err2, err3, err4)
			if took := time.Since(began); took > 4*time.Second || taken() > 8*(4<<20+maxBody) {
				t.Errorf("%s and %d bytes for four calls", took, taken())
			}
			if needs := (*runner.NeedsLogin)(nil); errors.As(err1, &needs) {
				t.Errorf("the refresh token is declared spent: %v", err1)
			}
		})
	}
	t.Attr("answers", strconv.Itoa(4*len(rows)))
	t.Attr("bounded", "1")
}
