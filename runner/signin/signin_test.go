package signin

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A redirect would carry the tokens elsewhere.
func TestNothingIsRedirected(t *testing.T) {
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, status) }))
		c, err := New(App{API: srv.URL, Authorize: srv.URL, ClientID: clientID, ConsumerKey: consumerKey, ConsumerSecret: consumerSecret})
		if err != nil {
			t.Fatal(err)
		}
		_, err1 := c.Whoami(t.Context(), first2)
		_, err2 := c.Whoami(t.Context(), first1)
		_, err3 := c.refresh(t.Context(), first2)
		err4 := c.Revoke(t.Context(), first2)
		srv.Close()
		for i, err := range []error{err1, err2, err3, err4} {
			if err == nil {
				t.Errorf("%d: call %d succeeds", status, i)
			}
		}
	}
	if elsewhere != 0 {
		t.Errorf("%d calls went elsewhere", elsewhere)
	}
}

func TestEndlessAnswerIsCutOff(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 4 * maxBody >> 10 {
			_, _ = w.Write(bytes.Repeat([]byte(" "), 1<<10))
		}
	}))
	defer srv.Close()
	c, err := New(App{API: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if _, body, err := c.do(req); err != nil || len(body) != maxBody {
		t.Errorf("%d bytes, %v", len(body), err)
	}
}

// No proxy of the environment sees a token, and no call waits for ever.
func TestCallsAreDirectAndBounded(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	c, err := New(App{API: "https://api.x.com"})
	if err != nil {
		t.Fatal(err)
	}
	transport := c.http.Transport.(bounded).next.(*http.Transport)
	if transport.Proxy != nil || !transport.DisableKeepAlives || c.http.Timeout != 20*time.Second {
		t.Errorf("proxy %v, kept connections %v, %s", transport.Proxy != nil, !transport.DisableKeepAlives, c.http.Timeout)
	}
	if u := Redirect(0); u != "http://127.0.0.1:8585/callback" || strings.Contains(u, "localhost") {
		t.Error(u)
	}
}

// TestAhead: how this machine's clock stands to X's is read off the date of an answer.
func TestAhead(t *testing.T) {
	now := time.Date(2026, 11, 1, 12, 0, 0, 700e6, time.UTC)
	date := ""
	x := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", date)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer x.Close()
	c, err := New(App{API: x.URL, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	if _, known := c.Ahead(); known {
		t.Error("known before X has answered")
	}
	for _, want := range []time.Duration{0, time.Hour, -time.Minute} {
		date = now.Add(-want).Format(http.TimeFormat)
		if _, err := c.Whoami(t.Context(), Token{Kind: OAuth2, Access: "access-token-1"}); err == nil {
			t.Fatal("X answered 401, and no error came")
		}
		if got, known := c.Ahead(); !known || got != want {
			t.Errorf("ahead %s, known %t; want %s", got, known, want)
		}
	}
	date = "yesterday"
	_, _ = c.Whoami(t.Context(), Token{Kind: OAuth2, Access: "access-token-1"})
	if got, known := c.Ahead(); !known || got != -time.Minute {
		t.Errorf("a date that is none changed it to %s, %t", got, known)
	}
}
