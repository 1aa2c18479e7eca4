package sandbox

import (
	"net/http/httptest"
	"testing"
)

// Whatever bytes come as a body: an answer, never a panic, and a 201 means one act.
func FuzzCreatePost(f *testing.F) {
	for _, seed := range []string{
		`{"text":"hello @ann https://example.com/a?b=c&d #x $Y"}`, `{"text":"a","reply":{"in_reply_to_tweet_id":"1"}}`,
		`{"text":"a","poll":{"options":["x","y"],"duration_minutes":5}}`, `{"text":"\ud800"}`, `{"text":"a"`, `[[[[`, "{\"text\":\"\xff\"}",
		`{"text":"a","media":{"media_ids":["1"],"tagged_user_ids":[]}}`, `{"quote_tweet_id":"1"}`, `{"text":"@ann@bot @@x .@ann"}`,
	} {
		f.Add([]byte(seed))
	}
	w := New(Options{Now: (&clock{t: start}).now, Limits: []Limit{}, DuplicateWindow: -1, MaxRecords: 100,
		Caps: &Caps{Posts: 1 << 30, UnverifiedPosts: 1 << 30, UnverifiedReplies: 1 << 30}})
	for _, name := range []string{"bot", "ann"} {
		if _, err := w.AddUser(User{Username: name}); err != nil {
			f.Fatal(err)
		}
	}
	app := &App{ID: "1", Name: "fuzz"}
	f.Fuzz(func(t *testing.T, body []byte) {
		before := w.st.ActSeq
		a := w.process(&Call{}, &call{caller: caller{app: app, user: w.named("bot"), route: routes[0]}, now: start, ctype: "application/json", body: body})
		if landed := w.st.ActSeq - before; (a.status == 201) != (landed == 1) || landed > 1 {
			t.Fatalf("status %d and %d acts for %q", a.status, landed, body)
		}
	})
}

// Whatever bytes come as a segment: an answer, never a panic, and no more than was declared.
func FuzzAppendMedia(f *testing.F) {
	const kind = "multipart/form-data; boundary=b"
	form := func(name, value string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	for _, body := range []string{form("segment_index", "0") + form("media", "abc") + "--b--\r\n", form("media", "a") + form("media", "b"), form("segment_index", "-1"), "--b--", ""} {
		f.Add(kind, []byte(body))
	}
	f.Add("multipart/form-data", []byte("--\r\n"))
	w := New(Options{Now: (&clock{t: start}).now, Limits: []Limit{}, MaxRecords: 100})
	if _, err := w.AddUser(User{Username: "bot"}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, ctype string, body []byte) {
		m := &Media{ID: "7", OwnerID: w.named("bot").ID, Size: 8, Expires: start.Add(mediaLife)}
		w.st.Media = map[string]*Media{"7": m}
		a := w.mediaAppend(&call{caller: caller{user: w.named("bot")}, now: start, path: map[string]string{"id": "7"}, ctype: ctype, body: body})
		if took := m.Segments == 1; (a.status == 200) != took || m.Received > m.Size || took != (m.Received > 0) {
			t.Fatalf("status %d, and it has %+v", a.status, m)
		}
	})
}

// Whatever stands in the header: 401 or nothing, never a panic.
func FuzzAuthorization(f *testing.F) {
	for _, seed := range []string{"", "OAuth ", `OAuth oauth_nonce="%zz"`, `OAuth a="`, `OAuth oauth_consumer_key="k",oauth_token="t"`, "Bearer ", "Bearer x"} {
		f.Add(seed, "a=1&b=%20")
	}
	w := New(Options{})
	f.Fuzz(func(t *testing.T, header, query string) {
		r := httptest.NewRequest("GET", "http://api.x.com/2/users/me", nil)
		r.URL.RawQuery = query
		r.Header.Set("Authorization", header)
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		if rec.Code != 401 {
			t.Fatalf("%q got %d", header, rec.Code)
		}
	})
}
