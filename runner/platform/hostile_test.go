package platform

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"heed/bots"
	"heed/runner"
)

// The bounds of one call, whatever comes back.
const (
	mostTaken = 64 << 20 // bytes that a server can get rid of: maxBody in small chunks, and what the kernel buffers
	mostMade  = 96 << 20 // bytes allocated
	mostTime  = 15 * time.Second
)

// attack is a server that answers as X never should. "{auth}" in what it says is the
// request's own Authorization header.
type attack struct {
	name   string
	answer func(c net.Conn, auth string) // the connection ends after it
	unread bool                          // it begins before the request is read
	stalls bool                          // it ends by the call's deadline alone
	want   runner.Outcome                // of a post
	code   string
}

// hostile serves one attack over and over and counts.
type hostile struct {
	url   string
	calls atomic.Int64
	posts atomic.Int64 // of POST /2/tweets
	taken atomic.Int64 // bytes that were written and taken
}

// counted counts what the other side takes.
type counted struct {
	net.Conn
	n *atomic.Int64
}

func (c counted) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.n.Add(int64(n))
	return n, err
}

func serveAttack(t *testing.T, l net.Listener, scheme string, a attack) *hostile {
	t.Helper()
	h := &hostile{url: scheme + "://" + l.Addr().String()}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			h.calls.Add(1)
			work.Go(func() {
				defer func() { _ = c.Close() }()
				_ = c.SetDeadline(time.Now().Add(mostTime))
				auth := ""
				if !a.unread {
					r, err := http.ReadRequest(bufio.NewReader(c))
					if err != nil {
						return
					}
					_, _ = io.CopyN(io.Discard, r.Body, r.ContentLength)
					if auth = r.Header.Get("Authorization"); r.Method == http.MethodPost && r.URL.Path == "/2/tweets" {
						h.posts.Add(1)
					}
				}
				a.answer(counted{c, &h.taken}, auth)
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); work.Wait() })
	return h
}

func listenTCP(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// says answers with these bytes and closes.
func says(s string) func(net.Conn, string) {
	return func(c net.Conn, auth string) { _, _ = io.WriteString(c, strings.ReplaceAll(s, "{auth}", auth)) }
}

// holds says something and then nothing, until the other side has had enough.
func holds(s string) func(net.Conn, string) {
	return func(c net.Conn, auth string) {
		says(s)(c, auth)
		_, _ = c.Read(make([]byte, 1))
	}
}

// pours says something and then one thing for ever.
func pours(head, more string) func(net.Conn, string) {
	block := []byte(strings.Repeat(more, 1+(64<<10)/len(more)))
	return func(c net.Conn, auth string) {
		says(head)(c, auth)
		for sent := 0; sent < 1<<30; sent += len(block) {
			if _, err := c.Write(block); err != nil {
				return
			}
		}
	}
}

// resets says something and breaks the connection.
func resets(s string) func(net.Conn, string) {
	return func(c net.Conn, auth string) {
		says(s)(c, auth)
		if tcp, ok := c.(counted).Conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
	}
}

// wholly answers with a body and its right length.
func wholly(status int, body string, headers ...string) func(net.Conn, string) {
	return says(head(status, headers...) + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body))
}

func head(status int, headers ...string) string {
	h := fmt.Sprintf("HTTP/1.1 %d Made\r\n", status)
	if !strings.Contains(strings.Join(headers, ""), "Content-Type") {
		h += "Content-Type: application/json\r\n"
	}
	for _, one := range headers {
		h += one + "\r\n"
	}
	return h
}

// bomb is a gzip stream of 1 GiB in about 1 MiB: one member over and over.
func bomb(start string) []byte {
	pack := func(s string) []byte {
		var b bytes.Buffer
		z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
		_, _ = io.WriteString(z, s)
		_ = z.Close()
		return b.Bytes()
	}
	return append(pack(start), bytes.Repeat(pack(strings.Repeat(" ", 1<<20)), 1<<10)...)
}

// nest is an object in an object, so many times.
func nest(n int) string { return strings.Repeat(`{"data":`, n) + "1" + strings.Repeat("}", n) }

func attacks() []attack {
	const perhaps, yes, no = runner.Uncertain, runner.Landed, runner.Refused
	const garbled, silent, noData, fault, away = "x.unreadable", "x.no_answer", "x.no_data", "x.server_error", "x.redirected"
	made := func(how string) string { return head(201, how) + "\r\n" }
	zipped := string(bomb(`{"data":{"id":"9001","text":"`))
	flood := strings.Repeat("X-Flood: 0123456789\r\n", 10_000)
	chunk := fmt.Sprintf("%x\r\n%s\r\n", len(created), created)
	return []attack{
		// Too much.
		{name: "a body without end", answer: pours(head(201)+"\r\n"+`{"data":{"id":"9001","text":"`, "x"), want: perhaps, code: garbled},
		{name: "a body of 1 GiB, as declared", answer: pours(made("Content-Length: 1073741824")+`{"data":{"id":"9001","text":"`, "x"), want: perhaps, code: garbled},
		{name: "chunks without end", answer: pours(made("Transfer-Encoding: chunked"), "4\r\n    \r\n"), want: perhaps, code: garbled},
		{name: "blanks without end after an honest answer", answer: pours(head(201)+"\r\n"+created, " "), want: perhaps, code: garbled},
		{name: "a bomb of 1 GiB in gzip", answer: says(made("Content-Encoding: gzip") + zipped), want: perhaps, code: garbled},
		{name: "a bomb in gzip, in a refusal", answer: says(head(403, "Content-Type: text/html", "Content-Encoding: gzip") + "\r\n" + zipped), want: perhaps, code: garbled},
		{name: "a bomb in gzip, in a failure", answer: says(head(500, "Content-Encoding: gzip") + "\r\n" + zipped), want: perhaps, code: fault},
		{name: "gzip that is none", answer: wholly(201, created, "Content-Encoding: gzip"), want: perhaps, code: garbled},
		{name: "gzip in gzip", answer: says(made("Content-Encoding: gzip, gzip") + zipped), want: perhaps, code: garbled},
		{name: "deflate that nobody asked for", answer: wholly(201, "x\x9cK\xcb\xcf\x07\x00", "Content-Encoding: deflate"), want: perhaps, code: garbled},
		{name: "brotli that nobody asked for", answer: wholly(201, "\x8b\x02\x80foo\x03", "Content-Encoding: br"), want: perhaps, code: garbled},
		{name: "10,000 headers", answer: wholly(201, created, strings.TrimSuffix(flood, "\r\n")), want: yes},
		{name: "1 MiB of headers", answer: wholly(201, created, "X-Flood: "+strings.Repeat("x", 1<<20)), want: perhaps, code: silent},
		{name: "headers without end", answer: pours(head(201), "X-Flood: 0123456789\r\n"), want: perhaps, code: silent},
		{name: "one header without end", answer: pours(head(201)+"X-Flood: ", "x"), want: perhaps, code: silent},
		{name: "a status line without end", answer: pours("HTTP/1.1 201 ", "x"), want: perhaps, code: silent},
		{name: "empty lines without end", answer: pours("", "\r\n"), want: perhaps, code: silent},
		{name: "interim answers without end", answer: pours("", "HTTP/1.1 100 Continue\r\n\r\n"), want: perhaps, code: silent},
		{name: "early hints without end", answer: pours("", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), want: perhaps, code: silent},
		{name: "a chunk's extension without end", answer: pours(made("Transfer-Encoding: chunked")+"1;", "x"), want: perhaps, code: garbled},
		{name: "trailers without end", answer: pours(made("Transfer-Encoding: chunked")+chunk+"0\r\n", "X-Flood: x\r\n"), want: perhaps, code: garbled},
		{name: "trailers", answer: says(made("Transfer-Encoding: chunked") + chunk + "0\r\nContent-Type: text/html\r\nX-Rate-Limit-Remaining: 0\r\n\r\n"), want: yes},

		// Too slow.
		{name: "one byte and no more", answer: holds("H"), stalls: true, want: perhaps, code: silent},
		{name: "half a header and no more", answer: holds(head(201) + "X-Slow: a"), stalls: true, want: perhaps, code: silent},
		{name: "half a body and no more", answer: holds(made("Content-Length: 100") + `{"data":{"id":"90`), stalls: true, want: perhaps, code: garbled},
		{name: "a chunk that does not come", answer: holds(made("Transfer-Encoding: chunked") + "ff\r\n{"), stalls: true, want: perhaps, code: garbled},
		{name: "an honest answer that does not end", answer: holds(head(201) + "\r\n" + created), stalls: true, want: perhaps, code: garbled},
		{name: "another protocol that says nothing", answer: holds("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n{auth}"), stalls: true, want: perhaps, code: fault},
		{name: "another protocol that pours", answer: pours("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", "x"), want: perhaps, code: fault},
		{name: "gzip that does not go on", answer: holds(made("Content-Encoding: gzip") + zipped[:20]), stalls: true, want: perhaps, code: garbled},

		// Lies.
		{name: "chunks that break off", answer: says(made("Transfer-Encoding: chunked") + chunk), want: perhaps, code: garbled},
		{name: "a chunk of 16 EiB", answer: says(made("Transfer-Encoding: chunked") + "ffffffffffffffff\r\n{"), want: perhaps, code: garbled},
		{name: "a chunk of less than nothing", answer: says(made("Transfer-Encoding: chunked") + "-1\r\n{"), want: perhaps, code: garbled},
		{name: "a length that is too short", answer: says(made("Content-Length: 20") + created), want: perhaps, code: garbled},
		{name: "a length that is too long", answer: says(made("Content-Length: 2000") + created), want: perhaps, code: garbled},
		{name: "a length of 2^64", answer: says(made("Content-Length: 18446744073709551616") + created), want: perhaps, code: silent},
		{name: "a length below nothing", answer: says(made("Content-Length: -1") + created), want: perhaps, code: silent},
		{name: "two lengths", answer: says(made("Content-Length: 4\r\nContent-Length: 8") + created), want: perhaps, code: silent},
		{name: "a type that it is not", answer: wholly(201, "<html>{auth}</html>"), want: perhaps, code: garbled},
		{name: "a picture", answer: wholly(200, "\x89PNG\r\n\x1a\n", "Content-Type: image/png"), want: perhaps, code: garbled},
		{name: "JSON in UTF-16", answer: wholly(201, "\xff\xfe{\x00}\x00"), want: perhaps, code: garbled},
		{name: "two answers", answer: says(head(503) + "Content-Length: 2\r\n\r\n{}" + head(201) + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(created), created)), want: perhaps, code: fault},

		// Odd words.
		{name: "a nest of 100,000", answer: wholly(201, nest(100_000)), want: perhaps, code: garbled},
		{name: "a nest of 9,000", answer: wholly(201, nest(9_000)), want: perhaps, code: noData},
		{name: "a refusal in a nest of 100,000", answer: wholly(400, `{"errors":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+"}"), want: no, code: "x.invalid"},
		{name: "an id of a million digits", answer: wholly(201, `{"data":{"id":`+strings.Repeat("9", 1_000_000)+`}}`), want: perhaps, code: noData},
		{name: "an id beyond all numbers", answer: wholly(201, `{"data":{"id":1e999999999}}`), want: perhaps, code: noData},
		{name: "an id below nothing", answer: wholly(201, `{"data":{"id":-1}}`), want: perhaps, code: noData},
		{name: "an id in invalid UTF-8", answer: wholly(201, "{\"data\":{\"id\":\"90\xff01\"}}"), want: perhaps, code: noData},
		{name: "an id in other digits", answer: wholly(201, `{"data":{"id":"٩٠٠١"}}`), want: perhaps, code: noData},
		{name: "an id that is a path", answer: wholly(201, `{"data":{"id":"../../2/users"}}`), want: perhaps, code: noData},
		{name: "a key twice", answer: wholly(201, `{"data":{"id":"9001","id":null}}`), want: perhaps, code: noData},
		{name: "a million empty errors", answer: wholly(400, `{"errors":[`+strings.Repeat("{},", 1_000_000)+"{}]}"), want: no, code: "x.invalid"},
		{name: "a million empty things", answer: wholly(200, `{"data":[`+strings.Repeat("{},", 1_000_000)+"{}]}"), want: perhaps, code: noData},
		{name: "the credentials said back", answer: wholly(403, `{"title":"{auth}","detail":"{auth}"}`), want: no, code: "x.forbidden"},
		{name: "a reset beyond all time", answer: wholly(429, `{}`, "x-rate-limit-limit: 9223372036854775808", "x-rate-limit-remaining: -9223372036854775808", "x-rate-limit-reset: 9223372036854775807"), want: no, code: "x.rate_limited"},
		{name: "a reset that is no number", answer: wholly(429, `{}`, "x-rate-limit-remaining: 0", "x-rate-limit-reset: NaN"), want: no, code: "x.rate_limited"},

		// No HTTP, or another one.
		{name: "nothing", answer: says(""), want: perhaps, code: silent},
		{name: "noise", answer: says("\x00\x01\x02\xff\xfe noise\r\n\r\n{auth}"), want: perhaps, code: silent},
		{name: "HTTP/0.9", answer: says(created), want: perhaps, code: silent},
		{name: "a frame that ends HTTP/2", answer: says("\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), want: perhaps, code: silent},
		{name: "a frame that resets a stream of HTTP/2", answer: says("\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x04\x03\x00\x00\x00\x00\x01\x00\x00\x00\x08"), want: perhaps, code: silent},
		{name: "a status of 999", answer: wholly(999, created), want: perhaps, code: fault},
		{name: "a status of 99", answer: wholly(99, created), want: perhaps, code: silent},
		{name: "a status of 2,000", answer: wholly(2000, created), want: perhaps, code: silent},
		{name: "a status below nothing", answer: wholly(-200, created), want: perhaps, code: silent},
		{name: "a final 199", answer: wholly(199, created), want: perhaps, code: silent},
		{name: "a header without a name", answer: wholly(201, created, ": x"), want: perhaps, code: silent},

		// Elsewhere.
		{name: "a redirect to itself", answer: wholly(302, "", "Location: /2/tweets"), want: perhaps, code: away},
		{name: "a redirect that keeps the method", answer: wholly(307, "", "Location: /2/tweets"), want: no, code: away},
		{name: "a lasting redirect that keeps the method", answer: wholly(308, "", "Location: https://evil.example/2/tweets"), want: no, code: away},
		{name: "a redirect to nowhere", answer: wholly(301, "", "Location: ::"), want: perhaps, code: away},

		// Breaks.
		{name: "a reset before the request", answer: resets(""), unread: true, want: ""}, // the dial itself may see it: then nothing was sent
		{name: "a reset after the request", answer: resets(""), want: perhaps, code: silent},
		{name: "a reset within the status", answer: resets("HTTP/1.1 20"), want: perhaps, code: silent},
		{name: "a reset within the headers", answer: resets(head(201)), want: perhaps, code: silent},
		{name: "a reset within the body", answer: resets(made("Content-Length: 100") + `{"data":{"id":"9001"`), want: perhaps},
		{name: "an answer before the request", answer: says(head(201) + fmt.Sprintf("Content-Length: %d\r\nConnection: close\r\n\r\n%s", len(created), created)), unread: true, want: ""},
	}
}

// TestHostileAnswersToAWrite: whatever answers, a post ends in the outcome that can be
// known, in bounded time and memory; it is sent once, and no credential is told.
func TestHostileAnswersToAWrite(t *testing.T) {
	var most, alloc int64
	all := attacks()
	for _, a := range all {
		t.Run(a.name, func(t *testing.T) {
			h := serveAttack(t, listenTCP(t), "http", a)
			x := newX(t, h.url, func(o *Options) { o.Timeout = patienceWith(a) })
			got, made := doBounded(t, x, h)
			most, alloc = max(most, h.taken.Load()), max(alloc, made)
			if a.want != "" && got.Outcome != a.want || a.code != "" && got.Code != a.code {
				t.Errorf("%+v, want %s %s", got, a.want, a.code)
			}
			if got.Outcome == runner.Landed && got.PostID != "9001" {
				t.Errorf("landed as %q", got.PostID)
			}
			if n := h.calls.Load(); n != 1 {
				t.Errorf("%d connections", n)
			}
		})
	}
	t.Attr("answers", strconv.Itoa(len(all)))
	t.Attr("bounded", "1")
	t.Attr("most_bytes_taken", strconv.FormatInt(most, 10))
	t.Attr("most_bytes_allocated", strconv.FormatInt(alloc, 10))
}

func patienceWith(a attack) time.Duration {
	if a.stalls {
		return 150 * time.Millisecond
	}
	return 10 * time.Second
}

// doBounded does one post and holds what it costs against the bounds.
func doBounded(t *testing.T, x *X, h *hostile) (runner.Answer, int64) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	got := x.Do(t.Context(), claim(t, post("hi")))
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	made := int64(after.TotalAlloc - before.TotalAlloc)
	if took > mostTime || h.taken.Load() > mostTaken || made > mostMade {
		t.Errorf("%s, %d bytes were taken, %d were allocated", took, h.taken.Load(), made)
	}
	tellsNothing(t, fmt.Sprintf("%+v", got))
	if len([]rune(got.Detail)) > mostDetail {
		t.Errorf("a detail of %d characters", len([]rune(got.Detail)))
	}
	return got, made
}

// tellsNothing looks for credentials, signatures and addresses.
func tellsNothing(t *testing.T, told string) {
	t.Helper()
	for _, c := range append([]string{"oauth_", "Bearer ", "127.0.0.1"}, canaries...) {
		if strings.Contains(told, c) {
			t.Errorf("%q is told: %s", c, told)
		}
	}
}

// TestHostileAnswersToReads: a read under attack is an error, or what X said in an
// honest form; it is bounded, and asked once.
func TestHostileAnswersToReads(t *testing.T) {
	all := attacks()
	for _, a := range all {
		t.Run(a.name, func(t *testing.T) {
			h := serveAttack(t, listenTCP(t), "http", a)
			for what, read := range map[string]func(*X) error{
				"profile": func(x *X) error { _, err := x.Profile(t.Context(), "tides"); return err },
				"author":  func(x *X) error { _, err := x.Author(t.Context(), "tides", "7"); return err },
				"listen":  func(x *X) error { _, _, err := x.Listen(t.Context(), "tides", ""); return err },
				"find": func(x *X) error {
					f, err := x.Find(t.Context(), claim(t, post("hi")))
					if err == nil && f.There {
						err = errors.New("found")
					}
					return err
				},
			} {
				before, calls := h.taken.Load(), h.calls.Load()
				x := newX(t, h.url, func(o *Options) { o.Timeout = patienceWith(a) })
				began := time.Now()
				err := read(x)
				if err == nil && what != "find" {
					t.Errorf("%s: no error", what)
				}
				if err != nil {
					tellsNothing(t, err.Error())
				}
				if n := h.calls.Load() - calls; n > 2 || time.Since(began) > mostTime || h.taken.Load()-before > n*mostTaken {
					t.Errorf("%s: %d calls, %s, %d bytes", what, n, time.Since(began), h.taken.Load()-before)
				}
			}
		})
	}
	t.Attr("answers", strconv.Itoa(4*len(all)))
	t.Attr("bounded", "1")
}

// TestHostileAnswersToUploads: nothing that answers an upload leads to the post, and the
// post is refused for good or for later: it was never sent.
func TestHostileAnswersToUploads(t *testing.T) {
	n := 0
	for _, a := range attacks() {
		t.Run(a.name, func(t *testing.T) {
			in, s := picturePost("look")
			h := serveAttack(t, listenTCP(t), "http", a)
			x := newX(t, h.url, files(s), func(o *Options) {
				o.Timeout = patienceWith(a)
			})
			waits(x)
			began := time.Now()
			got := x.Do(t.Context(), claim(t, in))
			honest := a.want == runner.Landed || a.want == "" // its body is as X's own
			if !honest && (h.posts.Load() != 0 || got.Outcome != runner.Refused) || time.Since(began) > mostTime || h.taken.Load() > h.calls.Load()*mostTaken {
				t.Errorf("%+v after %d posts, %s, %d bytes", got, h.posts.Load(), time.Since(began), h.taken.Load())
			}
			tellsNothing(t, fmt.Sprintf("%+v", got))
		})
		n++
	}
	t.Attr("answers", strconv.Itoa(n))
	t.Attr("bounded", "1")
}

// TestHostileAnswersToEveryAct: no act lands on an answer that does not say so.
func TestHostileAnswersToEveryAct(t *testing.T) {
	acts := 0
	for _, a := range attacks() {
		if a.stalls || a.code == "" && a.want != runner.Landed || strings.Contains(a.name, "without end") || strings.Contains(a.name, "GiB") {
			continue // the wire below is one for all acts
		}
		h := serveAttack(t, listenTCP(t), "http", a)
		x := newX(t, h.url)
		for _, in := range []bots.Intent{dm("hello"), onPost(bots.Repost, "7"), onPost(bots.Unrepost, "7"), onPost(bots.Like, "7"), onPost(bots.Delete, "7"), onUser(bots.Follow, them)} {
			got := x.Do(t.Context(), claim(t, in))
			acts++
			if got.Outcome == runner.Landed {
				t.Errorf("%s: %s landed: %+v", a.name, in.Action, got)
			}
			tellsNothing(t, fmt.Sprintf("%+v", got))
		}
	}
	t.Attr("answers", strconv.Itoa(acts))
}

// TestAPageThatCannotBeAskedFor: a name of X's for the next page that no request can hold
// is an error of that read, and is never kept: it would stop every later one.
func TestAPageThatCannotBeAskedFor(t *testing.T) {
	for name, next := range map[string]string{"blanks": "a  b", "a line end": "a\\r\\nX: y", "other letters": "é", "5 MiB": strings.Repeat("a", 5<<20)} {
		f := newFake(t, map[string]http.HandlerFunc{mentionsCall: reply(200, nothing), messagesCall: reply(200, `{"data":[],"meta":{"next_token":"`+next+`"}}`)})
		x := newX(t, f.URL)
		_, cursor, err := x.Listen(t.Context(), "tides", "")
		if err == nil || !strings.Contains(err.Error(), "next page") || len(cursor) > 1<<10 || strings.Contains(err.Error(), next) {
			t.Errorf("%s: %v, cursor of %d bytes", name, err, len(cursor))
		}
		kept := `{"dn":"` + next + `","dt":"9"}`
		if got := readCursor(kept); got.MessagesNext != "" {
			t.Errorf("%s: a kept one is taken: %.80v", name, got)
		}
		f.mu.Lock()
		f.answers[messagesCall] = reply(200, nothing)
		f.mu.Unlock()
		if _, _, err := x.Listen(t.Context(), "tides", cursor); err != nil {
			t.Errorf("%s: afterwards: %v", name, err)
		}
	}
}
