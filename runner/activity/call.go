package activity

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"heed/runner"
)

const (
	maxAnswer = 4 << 20 // bytes of an answer that is no stream
	shortRest = time.Minute
	longRest  = time.Hour // the longest wait that is believed of a limit's reset
)

func baseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("activity: the API's address is not of the form https://host")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, errors.New("activity: the API's address must be https; http is for loopback only")
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// client is how X is called: by no proxy of the environment, which would see the app's
// token, and along no redirect, which would carry it elsewhere.
func client() *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    10 * time.Second,
			ResponseHeaderTimeout:  callTime,
			MaxResponseHeaderBytes: 256 << 10,
			DisableKeepAlives:      true,
		},
	}
}

// refused is an answer that says no.
type refused struct {
	what   string
	status int
	why    string
}

// Error says what was refused, and X's own words.
func (r *refused) Error() string {
	return fmt.Sprintf("activity: %s: X answered %d %s", r.what, r.status, r.why)
}

// final says whether asking again does not help: the app is refused.
func final(err error) bool {
	var r *refused
	return errors.As(err, &r) && (r.status == http.StatusUnauthorized || r.status == http.StatusForbidden || r.status == http.StatusPaymentRequired)
}

// call asks X with the app's bearer. An old bearer is asked for anew, once.
func (s *Source) call(ctx context.Context, what, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	res, err := s.send(ctx, what, method, path, in)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // read as far as it is wanted
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("activity: %s: the answer broke off", what)
	}
	if out != nil && json.Unmarshal(b, out) != nil {
		return fmt.Errorf("activity: %s: the answer cannot be read", what)
	}
	return nil
}

// send gives an answer of 2xx, whose body its caller closes.
func (s *Source) send(ctx context.Context, what, method, path string, in any) (*http.Response, error) {
	for again := true; ; again = false {
		token, err := s.token(ctx)
		if err != nil {
			return nil, err
		}
		var body io.Reader
		if in != nil {
			b, err := json.Marshal(in)
			if err != nil {
				return nil, fmt.Errorf("activity: %s: %w", what, err)
			}
			body = bytes.NewReader(b)
		}
		req, err := http.NewRequestWithContext(ctx, method, s.base.JoinPath("/").String()+strings.TrimPrefix(path, "/"), body)
		if err != nil {
			return nil, fmt.Errorf("activity: %s: the call cannot be made", what)
		}
		if in != nil {
			req.Header.Set("Content-Type", "application/json")
		}
		req.Header.Set("Authorization", "Bearer "+string(token))
		res, err := s.do(what, req)
		if r := (*refused)(nil); again && errors.As(err, &r) && r.status == http.StatusUnauthorized {
			s.bearer.forget(token)
			continue
		}
		return res, err
	}
}

// do makes one call. Its errors name no address and quote no credential.
func (s *Source) do(what string, req *http.Request) (*http.Response, error) {
	req.Header.Set("User-Agent", "heed")
	req.Header.Set("Accept", "application/json")
	res, err := s.http.Do(req)
	if err != nil {
		if err := req.Context().Err(); err != nil {
			return nil, fmt.Errorf("activity: %s: %w", what, err)
		}
		return nil, fmt.Errorf("activity: %s: no answer came", what)
	}
	if res.StatusCode/100 == 2 {
		return res, nil
	}
	var b []byte
	if res.StatusCode >= http.StatusOK { // 101 hands the connection over: no deadline would end the reading
		b, _ = io.ReadAll(io.LimitReader(res.Body, 64<<10)) // what is there of its words
	}
	_ = res.Body.Close()
	if res.StatusCode == http.StatusTooManyRequests {
		return nil, &runner.Wait{Until: s.reset(res.Header), Why: what + ": X's limit is reached"}
	}
	return nil, &refused{what, res.StatusCode, s.problemOf(b, req.Header.Get("Authorization"))}
}

// reset is when a limit ends, as far as X says so in a way that can be believed.
func (s *Source) reset(h http.Header) time.Time {
	now := s.o.Now()
	n, err := strconv.ParseInt(h.Get("x-rate-limit-reset"), 10, 64)
	until := time.Unix(n, 0)
	if err != nil || until.Before(now) || until.After(now.Add(longRest)) {
		return now.Add(shortRest)
	}
	return until.Add(time.Second)
}

// problemOf is one short line of what X said: no control characters, and none of the
// credentials that it was sent or could know.
func (s *Source) problemOf(b []byte, auth string) string {
	var p struct {
		Title  text           `json:"title"`
		Detail text           `json:"detail"`
		Errors lax[[]problem] `json:"errors"`
	}
	if json.Unmarshal(b, &p) != nil {
		return "(no words that can be read)"
	}
	words := string(p.Detail)
	if words == "" {
		words = string(p.Title)
	}
	for _, e := range p.Errors.value {
		if e.Message != "" {
			words = string(e.Message)
			break
		}
	}
	for _, secret := range append(strings.Fields(auth), string(s.o.ConsumerKey), string(s.o.ConsumerSecret), string(s.o.ClientSecret)) {
		if secret != "" && secret != "Bearer" && secret != "Basic" {
			words = strings.ReplaceAll(words, secret, "[secret]")
		}
	}
	words = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(words, ""))
	line := strings.Join(strings.Fields(words), " ")
	return "(" + strings.ToValidUTF8(line[:min(len(line), 200)], "") + ")"
}

type problem struct {
	Message text `json:"message"`
}

// bearer is the app's own token, kept in memory alone.
type bearer struct {
	mu  sync.Mutex
	now runner.Secret
}

func (b *bearer) forget(old runner.Secret) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.now == old {
		b.now = ""
	}
}

// token gives the app's bearer, by the consumer key and secret.
func (s *Source) token(ctx context.Context) (runner.Secret, error) {
	s.bearer.mu.Lock()
	defer s.bearer.mu.Unlock()
	if s.bearer.now != "" {
		return s.bearer.now, nil
	}
	const what = "the app's token"
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base.JoinPath("/oauth2/token").String(), strings.NewReader("grant_type=client_credentials"))
	if err != nil {
		return "", fmt.Errorf("activity: %s: the call cannot be made", what)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")
	req.SetBasicAuth(url.QueryEscape(string(s.o.ConsumerKey)), url.QueryEscape(string(s.o.ConsumerSecret)))
	res, err := s.do(what, req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }() // read as far as it is wanted
	var out struct {
		Type  string `json:"token_type"`
		Token string `json:"access_token"`
	}
	err = json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&out)
	if err != nil || out.Token == "" || !strings.EqualFold(out.Type, "bearer") {
		return "", fmt.Errorf("activity: %s: the answer cannot be read", what)
	}
	if err := runner.Secret(out.Token).Check("it"); err != nil { // it could never be sent, and would be held for ever
		return "", fmt.Errorf("activity: %s: %w", what, err)
	}
	s.bearer.now = runner.Secret(out.Token)
	return s.bearer.now, nil
}
