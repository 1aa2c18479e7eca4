package activity

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"testing"
	"testing/iotest"

	"heed/runner"
)

// FuzzWebhook: a delivery is taken exactly when one of the signatures is X's, and what
// the door signs for a challenge is never the signature of something that it would take.
func FuzzWebhook(f *testing.F) {
	for _, body := range []string{message1(dmID), `{"data":[]}`, "", "MTIzNDU2", `{"data":{"event_type":"oauth.revoke","payload":{"user_id":"` + botID + `"}}}`} {
		f.Add([]byte(body), sign(consumer, []byte(body)), "")
		f.Add([]byte(body), "", sign(client2, []byte(body)))
		f.Add([]byte(body), sign("other", []byte(body)), "sha256=")
	}
	f.Fuzz(func(t *testing.T, body []byte, one, two string) {
		ctx, cancel := context.WithCancel(t.Context())
		d := testSource(t, nil).door(ctx)
		var got []runner.Push
		ended := make(chan struct{})
		go func() { d.take(func(p runner.Push) { got = append(got, p) }); close(ended) }()
		post := func(one, two string) int {
			r := httptest.NewRequest(http.MethodPost, "/x", bytes.NewReader(body))
			r.Header = http.Header{headerConsumer: {one}, headerClient: {two}}
			w := httptest.NewRecorder()
			d.ServeHTTP(w, r)
			return w.Code
		}
		signed := one == sign(consumer, body) || two == sign(client2, body)
		code, before := post(one, two), len(got)
		if signed != (code == http.StatusOK) && code != http.StatusRequestEntityTooLarge {
			t.Fatalf("%d of %q with %q and %q", code, body, one, two)
		}
		if !signed && before > 0 {
			t.Fatalf("an unsigned body gave %+v", got)
		}
		// The same bytes as a challenge, and the answer to it as a signature.
		r := httptest.NewRequest(http.MethodGet, "/x?crc_token="+url.QueryEscape(string(body)), nil)
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		if w.Code == http.StatusOK {
			var out map[string]string
			if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || len(out) != 1 {
				t.Fatalf("%q: %v", w.Body, err)
			}
			if post(out["response_token"], ""); len(got) > before {
				t.Fatalf("the challenge %q is also a delivery", body)
			}
		}
		cancel()
		<-ended
	})
}

// FuzzStream: however the bytes of a stream are cut up on their way, its lines give the
// same pushes as when each is read by itself.
func FuzzStream(f *testing.F) {
	f.Add([]byte(message1(dmID) + "\r\n\r\n" + message1("7") + "\n"))
	f.Add([]byte("\n\n{\"errors\":[{\"title\":\"operational-disconnect\"}]}\n" + message1(dmID) + "\n" + message1(dmID) + "\n"))
	f.Add([]byte(`{"data":` + "\n" + `{}}` + "\x00\n\xff"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var all [2][]runner.Push
		for i, body := range []interface{ Read([]byte) (int, error) }{bytes.NewReader(raw), iotest.OneByteReader(bytes.NewReader(raw))} {
			s := testSource(t, nil)
			s.decode = testDecoder()
			if err := s.lines(body, func(p runner.Push) { all[i] = append(all[i], p) }); err == nil {
				t.Fatal("a stream that ended is no error")
			}
		}
		var want []runner.Push
		known := testSource(t, nil).seen
		lines := bytes.Split(raw, []byte("\n"))
		for _, line := range lines[:len(lines)-1] { // what has no end is not heard
			pushes, _ := testDecoder().Decode(bytes.TrimSpace(line))
			for _, p := range pushes {
				if !known.before(p) {
					want = append(want, p)
					known.add(p)
				}
			}
		}
		if !reflect.DeepEqual(all[0], all[1]) || !reflect.DeepEqual(all[0], want) {
			t.Fatalf("%q: %+v, by bytes %+v, by lines %+v", raw, all[0], all[1], want)
		}
	})
}
