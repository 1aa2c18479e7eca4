package activity

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"heed/runner"
)

const (
	consumer = runner.Secret("consumer-secret")
	client2  = runner.Secret("client-secret")
)

func testSource(t *testing.T, change func(*Options)) *Source {
	t.Helper()
	o := Options{BaseURL: "https://api.x.com", ConsumerKey: "key", ConsumerSecret: consumer, ClientSecret: client2,
		Accounts: func() []Account { return []Account{{"desk", "@DeskBot", botID}} }}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// call posts a body to a door, signed as headers say.
func call(d *door, body string, header map[string]string) int {
	r := httptest.NewRequest(http.MethodPost, "/x", strings.NewReader(body))
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Code
}

func signedBy(secret runner.Secret, header, body string) map[string]string {
	return map[string]string{header: sign(secret, []byte(body))}
}

func message1(id string) string {
	return string(delivery("dm.received", botID, fmt.Sprintf(`{"id":%q,"sender_id":%q,"dm_conversation_id":"1-2","text":"hi"}`, id, otherID), ""))
}

func TestChallengeIsAnswered(t *testing.T) {
	d := testSource(t, nil).door(t.Context())
	for token, want := range map[string]int{
		"MTIzNDU2-_.=": 200, "": 400, strings.Repeat("a", 257): 400,
		// An answer to these would sign an event for anybody who asks.
		`{"data":{}}`: 400, " {": 400, "a b": 400, "a\n": 400,
	} {
		r := httptest.NewRequest(http.MethodGet, "/x", nil)
		q := r.URL.Query()
		q.Set("crc_token", token)
		r.URL.RawQuery = q.Encode()
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q: %d", token, w.Code)
		}
		if want != 200 {
			if strings.Contains(w.Body.String(), "sha256=") {
				t.Errorf("%q is signed", token)
			}
			continue
		}
		var out map[string]string
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || out["response_token"] != sign(consumer, []byte(token)) {
			t.Errorf("%q: %s", token, w.Body)
		}
	}
}

// TestSignatureOfAChallenge holds the form against a value worked out elsewhere:
// printf foo | openssl dgst -sha256 -hmac bar -binary | base64
func TestSignatureOfAChallenge(t *testing.T) {
	if got := sign("bar", []byte("foo")); got != "sha256=FHkzIYqqvAuLEKKzpcNGhMjZQ0G88QpHNtxycPd0GFE=" {
		t.Error(got)
	}
}

// unread fails the test when anybody reads it.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("an unsigned body is read")
	return 0, io.EOF
}

func TestOnlySignedDeliveriesAreTaken(t *testing.T) {
	body := message1(dmID)
	for name, c := range map[string]struct {
		header map[string]string
		want   int
	}{
		"by the consumer secret":                   {signedBy(consumer, "x-twitter-webhooks-signature", body), 200},
		"by the client secret":                     {signedBy(client2, "X-Twitter-Webhooks-Signature-OAuth2", body), 200},
		"by neither":                               {nil, 403},
		"by another secret":                        {signedBy("other", "x-twitter-webhooks-signature", body), 403},
		"of another body":                          {signedBy(consumer, "x-twitter-webhooks-signature", body+" "), 403},
		"by the client secret in the other header": {signedBy(client2, "x-twitter-webhooks-signature", body), 403},
		"a right one beside a wrong one": {map[string]string{"x-twitter-webhooks-signature": sign("other", []byte(body)),
			"X-Twitter-Webhooks-Signature-OAuth2": sign(client2, []byte(body))}, 200},
		"empty": {map[string]string{"x-twitter-webhooks-signature": ""}, 403},
		"cut":   {map[string]string{"x-twitter-webhooks-signature": sign(consumer, []byte(body))[:20]}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			d := testSource(t, nil).door(ctx)
			var got []runner.Push
			ended := make(chan struct{})
			go func() { d.take(func(p runner.Push) { got = append(got, p) }); close(ended) }()
			if code := call(d, body, c.header); code != c.want {
				t.Errorf("%d", code)
			}
			cancel()
			<-ended
			if (len(got) == 1) != (c.want == 200) {
				t.Errorf("%d pushes", len(got))
			}
		})
	}
	d := testSource(t, func(o *Options) { o.ClientSecret = "" }).door(t.Context())
	if code := call(d, body, signedBy("", "X-Twitter-Webhooks-Signature-OAuth2", body)); code != 403 {
		t.Errorf("signed with no secret at all: %d", code)
	}
	r := httptest.NewRequest(http.MethodPost, "/x", unread{t})
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	if w.Code != 403 {
		t.Errorf("unsigned: %d", w.Code)
	}
}

func TestDeliveriesAreBounded(t *testing.T) {
	d := testSource(t, nil).door(t.Context())
	large := `{"data":"` + strings.Repeat("x", maxBody) + `"}`
	if code := call(d, large, signedBy(consumer, headerConsumer, large)); code != 413 {
		t.Errorf("too large: %d", code)
	}
	if code := call(d, "no event", signedBy(consumer, headerConsumer, "no event")); code != 200 || d.Passed() != 1 {
		t.Errorf("signed and no event: %d, %d passed over", code, d.Passed())
	}
	r := httptest.NewRequest(http.MethodPut, "/x", nil)
	w := httptest.NewRecorder()
	if d.ServeHTTP(w, r); w.Code != 405 {
		t.Errorf("PUT: %d", w.Code)
	}
	for range atOnce {
		d.busy <- struct{}{}
	}
	if code := call(d, large, nil); code != 503 {
		t.Errorf("one more than is answered at once: %d", code)
	}
}

// TestRedeliveryIsHandedOnOnce: within a day; after it the ledger still knows the event.
func TestRedeliveryIsHandedOnOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		d := testSource(t, nil).door(ctx)
		n := 0
		go d.take(func(runner.Push) { n++ })
		body := message1(dmID)
		for i, want := range []int{1, 1, 1} {
			if code := call(d, body, signedBy(consumer, headerConsumer, body)); code != 200 {
				t.Fatal(code)
			}
			if synctest.Wait(); n != want {
				t.Errorf("%d: handed on %d times", i, n)
			}
		}
		time.Sleep(seenFor + time.Second)
		call(d, body, signedBy(consumer, headerConsumer, body))
		if synctest.Wait(); n != 2 {
			t.Errorf("after a day: handed on %d times", n)
		}
	})
}

// TestSlowLedger: X gets its answer in time, and is asked to come again when nothing more
// can wait.
func TestSlowLedger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		d := testSource(t, nil).door(ctx)
		free := make(chan struct{})
		n := 0
		go d.take(func(runner.Push) { <-free; n++ })
		deliver := func(i int) int {
			body := message1(fmt.Sprint(2080765901528535096 + i))
			return call(d, body, signedBy(consumer, headerConsumer, body))
		}
		began := time.Now()
		if code := deliver(0); code != 200 || time.Since(began) >= 10*time.Second {
			t.Fatalf("%d after %s", code, time.Since(began))
		}
		// One is under way; a queue full waits behind it.
		for i := range queueSize {
			go deliver(i + 1)
			if i%32 == 0 {
				time.Sleep(patience + time.Second)
			}
		}
		time.Sleep(patience + time.Second)
		if code := deliver(queueSize + 1); code != 503 {
			t.Errorf("a full queue: %d", code)
		}
		close(free)
		if synctest.Wait(); n != queueSize+1 {
			t.Errorf("%d of %d were handed on", n, queueSize+1)
		}
		if code := deliver(queueSize + 1); code != 200 {
			t.Errorf("delivered again: %d", code)
		}
	})
}

// TestAnEndIsNoReceipt: what was not written down when heed ends is delivered again.
func TestAnEndIsNoReceipt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		d := testSource(t, nil).door(ctx)
		go d.take(func(runner.Push) { <-ctx.Done() })
		body := message1(dmID)
		code := make(chan int, 1)
		go func() { code <- call(d, body, signedBy(consumer, headerConsumer, body)) }()
		synctest.Wait()
		cancel()
		if got := <-code; got != 503 {
			t.Errorf("%d", got)
		}
	})
}

func TestSecretsShowNothing(t *testing.T) {
	s := testSource(t, nil)
	b, err := json.Marshal(s.o.ConsumerSecret)
	for _, shown := range []string{fmt.Sprintf("%v %+v %#v %s %q %x", s.o.ConsumerSecret, s, s, s, s.o.ConsumerSecret, s.o.ClientSecret), string(b)} {
		if strings.Contains(shown, "consumer-secret") || strings.Contains(shown, "client-secret") || strings.Contains(shown, fmt.Sprintf("%x", string(client2))) {
			t.Error("a secret is shown")
		}
	}
	if err != nil {
		t.Error(err)
	}
}
