package signin

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"heed/runner"
)

// canned answers every call alike.
type canned struct {
	status int
	kind   string
	body   []byte
}

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
	return &http.Response{StatusCode: c.status, Status: http.StatusText(c.status), Header: http.Header{"Content-Type": {c.kind}},
		Body: io.NopCloser(bytes.NewReader(c.body)), Request: r}, nil
}

// FuzzTokenAnswer: of whatever the token endpoint says, either a token is made that can
// be written down and read again, or the one before stays as it was; what X's own refusal
// is not spends nothing, and no word of the answer is told.
func FuzzTokenAnswer(f *testing.F) {
	const form, js = "application/x-www-form-urlencoded", "application/json"
	for _, s := range []struct {
		status     int
		kind, body string
	}{
		{200, js, `{"token_type":"bearer","expires_in":7200,"access_token":"accessCANARY1","scope":"tweet.read users.read offline.access","refresh_token":"refreshCANARY1"}`},
		{200, js, `{"token_type":"bearer","expires_in":1e999,"access_token":"a b","refresh_token":"r"}`},
		{200, form, "access_token=%ff%fe&refresh_token=r&expires_in=-1&token_type=mac"},
		{400, js, `{"error":"invalid_grant","error_description":"Value passed for the token was invalid."}`},
		{400, js, `{"error":"invalid_request"}`}, {401, js, `{"error":"invalid_client"}`}, {503, "text/html", "<html>busy</html>"}, {429, js, `{}`},
		{500, js, `{"error":"invalid_grant"}`}, {200, js, `{"error":"unauthorized_client"}`},
		// Scopes that would make a file too long to be read again, and such as no file can hold.
		{200, js, `{"token_type":"bearer","access_token":"a","refresh_token":"r","scope":"` + strings.Repeat("tweet.read ", 4000) + `"}`},
		{200, form, "access_token=a&refresh_token=r&token_type=bearer&scope=%ff"},
		{200, js, `{"token_type":"bearer","access_token":"` + strings.Repeat("a", 40_000) + `","refresh_token":"r"}`},
	} {
		f.Add(uint16(s.status), s.kind, []byte(s.body))
	}
	dir := filepath.Join(f.TempDir(), "tokens")
	f.Fuzz(func(t *testing.T, status uint16, kind string, body []byte) {
		at := 200 + int(status)%800 // the transport gives nothing below
		if status >= 200 && status < 1000 {
			at = int(status)
		}
		c, err := New(App{API: "https://api.x.com", Authorize: "https://x.com/i/oauth2/authorize", ClientID: clientID, ClientSecret: clientSecret})
		if err != nil {
			t.Fatal(err)
		}
		c.http.Transport = bounded{canned{at, kind, body}}
		s := &Store{Dir: dir}
		if err := s.Save(t.Context(), "tides", first2); err != nil {
			t.Fatal(err)
		}
		before, err := s.Read("tides")
		if err != nil {
			t.Fatal(err)
		}
		next, err := c.refresh(t.Context(), before)
		var needs *runner.NeedsLogin
		if errors.As(err, &needs) && at/100 != 4 {
			t.Fatalf("%d %q: %v", at, body, err)
		}
		if err != nil {
			plainWords(t, err)
			return
		}
		switch err := s.write("tides", next); {
		case err != nil:
			plainWords(t, err)
			if after, err := s.Read("tides"); err != nil || !reflect.DeepEqual(after, before) {
				t.Fatalf("%q: the token before is %v, %v", body, after, err)
			}
		default:
			after, err := s.Read("tides")
			if err != nil || after.Access != next.Access || after.Refresh != next.Refresh || !after.Expires.Equal(next.Expires) || !reflect.DeepEqual(after.Scopes, next.Scopes) {
				t.Fatalf("%q: written and not read again: %v", body, err)
			}
			if life := after.Expires.Sub(after.SavedAt); life <= 0 || life > longestLife {
				t.Fatalf("%q: it lives %s", body, life)
			}
		}
	})
}

// plainWords: an error is short, fit for a terminal, and holds no credential.
func plainWords(t *testing.T, err error) {
	t.Helper()
	s := err.Error()
	if len(s) > 400 || strings.Contains(s, canary) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
		t.Fatalf("%d bytes: %.500q", len(s), s)
	}
}

// FuzzTokenFile: whatever a token's file holds, it is refused in words that repeat none
// of it, or it is a good token that is read alike after it was written anew.
func FuzzTokenFile(f *testing.F) {
	dir := filepath.Join(f.TempDir(), "tokens")
	s := &Store{Dir: dir}
	for _, t := range []Token{first1, first2} {
		if err := s.Save(f.Context(), "seed", t); err != nil {
			f.Fatal(err)
		}
		b, err := os.ReadFile(s.Path("seed"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, text := range []string{"", "{}", `{"kind":"oauth2","kind":"oauth1"}`, `{"Kind":"oauth1","access_token":"CANARYCANARY"}`, "\xff", strings.Repeat("[", 20000)} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(dir, "tides.json")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := s.Read("tides")
		if err != nil {
			plainWords(t, err)
			return
		}
		if got.Access == "" || got.Kind == OAuth2 && got.Refresh == "" {
			t.Fatalf("%q is taken for a token", b)
		}
		if err := s.write("tides", got); err != nil {
			t.Skip("read, and too long to be written in heed's form")
		}
		again, err := s.Read("tides")
		if err != nil || !same(string(again.Access), string(got.Access)) || again.UserID != got.UserID || again.Kind != got.Kind || !again.Expires.Equal(got.Expires) || again.Spent != got.Spent {
			t.Fatalf("%q is read as %v, then %v: %v", b, got, again, err)
		}
	})
}
