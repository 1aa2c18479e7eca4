package platform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"heed/bots"
)

func holdsCanary(s string) bool {
	for _, c := range canaries {
		if strings.Contains(s, c) || strings.Contains(s, fmt.Sprintf("%x", c)) {
			return true
		}
	}
	return false
}

func TestSecretsShowNothing(t *testing.T) {
	o := testOptions("")
	a := o.Accounts["tides"]
	x := newX(t, "")
	var told []string
	for _, v := range []any{o, &o, a, &a, o.Consumer, &o.Consumer, a.Token, x, *x.accounts["tides"], x.accounts["tides"], x.scrub} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			told = append(told, fmt.Sprintf(verb, v))
		}
	}
	var b bytes.Buffer
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "account", a, "token", a.Token, "keys", o.Consumer)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "account", a, "token", a.Token, "keys", o.Consumer)
	told = append(told, b.String())
	j, err := json.Marshal(map[string]any{"account": a, "token": a.Token})
	if err != nil {
		t.Fatal(err)
	}
	told = append(told, string(j))
	for _, s := range told {
		if holdsCanary(s) {
			t.Errorf("a secret is shown: %s", s)
		}
	}
	if a.Token.String() != "[secret]" || fmt.Sprint(a.Token) != "[secret]" || fmt.Sprintf("%#v", a.Token) != "[secret]" {
		t.Error("a secret does not say that it is one")
	}
}

// X, or what poses as it, may say the credentials back; nobody else is told them.
func TestCredentialsAreNotToldAgain(t *testing.T) {
	echo := func(status int, kind string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			words := r.Header.Get("Authorization") + " " + strings.Join(canaries, " ") + " access_token=zzzzzz Bearer abcdefghijkl"
			b, _ := json.Marshal(map[string]any{"title": words, "detail": words, "errors": []any{map[string]any{"message": words}}})
			_, _ = w.Write(b)
		}
	}
	for _, status := range []int{200, 201, 307, 400, 401, 402, 403, 404, 429, 500} {
		for _, kind := range []string{"application/json", "application/problem+json", "text/html"} {
			f := newFake(t, always(echo(status, kind)))
			x := newX(t, f.URL)
			a := x.Do(t.Context(), claim(t, post("hi")))
			told := []string{fmt.Sprintf("%+v", a)}
			if _, err := x.Profile(t.Context(), "tides"); err != nil {
				told = append(told, err.Error(), fmt.Sprintf("%+v", err))
			}
			if _, _, err := x.Listen(t.Context(), "tides", ""); err != nil {
				told = append(told, err.Error())
			}
			if _, err := x.Find(t.Context(), claim(t, onPost(bots.Delete, "7"))); err != nil {
				told = append(told, err.Error())
			}
			for _, s := range told {
				for _, c := range append([]string{"oauth_signature=", "oauth_nonce=", "zzzzzz", "abcdefghijkl "}, canaries...) {
					if strings.Contains(s, c) {
						t.Errorf("%d as %s: %q is told: %s", status, kind, c, s)
					}
				}
			}
		}
	}
}

func TestClean(t *testing.T) {
	s := newScrubber(Keys{Key: "KEY-1", Secret: "SECRET-1"}, map[string]Account{"a": {Token: "TOKEN-1", Secret: "SECRET-2"}})
	for in, want := range map[string]string{
		"plain words stay": "plain words stay",
		"see https://github.com/twitter/twitter-text.": "see https://github.com/twitter/twitter-text.",
		"KEY-1 and SECRET-2":                           "[secret] and [secret]",
		"line\nbreak\u202e and \x1b[31m":               "line break and [31m",
		`oauth_token="12345678"`:                       `[removed]"`,
		"Bearer AAAAAAAAAAA":                           "[removed]",
		"id 1234567890123456789 is no secret":          "id 1234567890123456789 is no secret",
		"x " + strings.Repeat("Ab1", 20) + " y":        "x [removed] y",
		"\xff\xfe":                                     "\uFFFD",
	} {
		if got := s.clean(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
