package web

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestHostileRequests: each is refused with its status, on its own; nothing is recorded,
// nothing that a browser could use is in the answer, and the token is not told.
func TestHostileRequests(t *testing.T) {
	d := &desk{}
	r := serve(t, d)
	const good = `{"user_id":"123"}`
	host := "Host: " + r.addr + "\r\n"
	bearer := "Authorization: Bearer " + token + "\r\n"
	post := func(headers, body string) string {
		return "POST /v1/opt-outs HTTP/1.1\r\n" + headers + "Content-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\nConnection: close\r\n\r\n" + body
	}
	get := func(path, headers string) string {
		return "GET " + path + " HTTP/1.1\r\n" + host + bearer + headers + "Connection: close\r\n\r\n"
	}
	rows := map[string]struct {
		request string
		status  int
	}{
		// A page that has pointed its own name here.
		"another name":                    {post("Host: evil.example\r\n"+bearer, good), 421},
		"a name that begins right":        {post("Host: "+r.addr+".evil.example\r\n"+bearer, good), 421},
		"a name with a user before it":    {post("Host: "+r.addr+"@evil.example\r\n"+bearer, good), 400},
		"two hosts":                       {post(host+"Host: evil.example\r\n"+bearer, good), 400},
		"a host beside the right one":     {post("Host: evil.example\r\nX-Forwarded-Host: "+r.addr+"\r\n"+bearer, good), 421},
		"an empty host":                   {post("Host: \r\n"+bearer, good), 421},
		"every address of this machine":   {post("Host: 0.0.0.0:"+strings.Split(r.addr, ":")[1]+"\r\n"+bearer, good), 421},
		"the address in another notation": {post("Host: 2130706433:"+strings.Split(r.addr, ":")[1]+"\r\n"+bearer, good), 421},

		// A page of another origin, with or without what browsers say of themselves.
		"a preflight":                     {"OPTIONS /v1/opt-outs HTTP/1.1\r\n" + host + "Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization\r\nConnection: close\r\n\r\n", 403},
		"a preflight for a private net":   {"OPTIONS /v1/opt-outs HTTP/1.1\r\n" + host + "Origin: https://evil.example\r\nAccess-Control-Request-Private-Network: true\r\nConnection: close\r\n\r\n", 403},
		"an origin that is null":          {post(host+bearer+"Origin: null\r\n", good), 403},
		"an origin of another scheme":     {post(host+bearer+"Origin: file://\r\n", good), 403},
		"an origin that begins right":     {post(host+bearer+"Origin: http://"+r.addr+".evil.example\r\n", good), 403},
		"a mark that is unknown":          {post(host+bearer+"Sec-Fetch-Site: elsewhere\r\n", good), 403},
		"a mark of another site":          {post(host+bearer+"Sec-Fetch-Site: cross-site\r\nOrigin: http://"+r.addr+"\r\n", good), 403},
		"a page opened from another site": {get("/v1/opt-outs/9", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n"), 403},

		// The token.
		"no token":                     {post(host, good), 401},
		"the token in a cookie":        {post(host+"Cookie: token="+token+"\r\n", good), 401},
		"the token in another header":  {post(host+"X-Api-Key: "+token+"\r\n", good), 401},
		"the token in the path":        {strings.Replace(post(host, good), "/v1/opt-outs", "/v1/opt-outs?access_token="+token, 1), 401},
		"the token twice":              {post(host+bearer+bearer, good), 401},
		"the token of a proxy":         {post(host+"Proxy-Authorization: Bearer "+token+"\r\n", good), 401},
		"a token of 10 KiB":            {post(host+"Authorization: Bearer "+strings.Repeat("a", 10<<10)+"\r\n", good), 401},
		"the token with more blanks":   {post(host+"Authorization: Bearer  "+token+"\r\n", good), 401},
		"the token in another's place": {post(host+"Authorization: Bearer x, Bearer "+token+"\r\n", good), 401},

		// Methods, paths, forms.
		"another method in a header":    {get("/v1/opt-outs", "X-HTTP-Method-Override: POST\r\n"), 405},
		"another method in the query":   {get("/v1/opt-outs?_method=POST", ""), 405},
		"a method of one's own":         {"OPTOUT /v1/opt-outs HTTP/1.1\r\n" + host + bearer + "Connection: close\r\n\r\n", 405},
		"TRACE":                         {"TRACE /healthz HTTP/1.1\r\n" + host + bearer + "Connection: close\r\n\r\n", 405},
		"CONNECT":                       {"CONNECT " + r.addr + " HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n", 400},
		"a path that climbs":            {get("/healthz/../v1/opt-outs/9", ""), 400},
		"a path that climbs, in code":   {get("/healthz/%2e%2e/v1/opt-outs/9", ""), 400},
		"a path that stays":             {get("/v1/./opt-outs/9", ""), 400},
		"a path with an empty part":     {get("//v1/opt-outs/9", ""), 400},
		"a path with a backslash":       {get(`/v1\opt-outs`, ""), 400},
		"a path with a zero":            {get("/v1/opt-outs/%00", ""), 400},
		"a path with a line end":        {get("/v1/opt-outs/9%0d%0aX-Evil:1", ""), 400},
		"a path with a slash in a part": {get("/v1/opt-outs/9%2f9", ""), 422},
		"a path of 10 KiB":              {get("/v1/opt-outs/"+strings.Repeat("9", 10<<10), ""), 422},
		"a path in other digits":        {get("/v1/opt-outs/%D9%A1", ""), 422},
		"a form that a page can send":   {strings.Replace(post(host+bearer, good), "application/json", "text/plain", 1), 415},

		// Floods, and what is no request.
		"10,000 headers":                 {"GET /healthz HTTP/1.1\r\n" + host + strings.Repeat("X-Flood: 1\r\n", 10_000) + "\r\n", 431},
		"a header of 1 MiB":              {"GET /healthz HTTP/1.1\r\n" + host + "X: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", 431},
		"a body of 1 GiB, as declared":   {"POST /v1/opt-outs HTTP/1.1\r\n" + host + bearer + "Content-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n" + strings.Repeat(" ", 64<<10), 413},
		"a body of 1 GiB without token":  {"POST /v1/opt-outs HTTP/1.1\r\n" + host + "Content-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n", 401},
		"chunks without end":             {"POST /v1/opt-outs HTTP/1.1\r\n" + host + bearer + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("4\r\n    \r\n", 20_000), 413},
		"a length and chunks":            {"POST /v1/opt-outs HTTP/1.1\r\n" + host + bearer + "Content-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 501},
		"an encoding that nobody offers": {"POST /v1/opt-outs HTTP/1.1\r\n" + host + bearer + "Transfer-Encoding: gzip\r\n\r\n", 501},
		"a body in gzip":                 {post(host+bearer+"Content-Encoding: gzip\r\n", "\x1f\x8b\x08\x00"), 400},
		"a header over two lines":        {"GET /healthz HTTP/1.1\r\n" + host + "X: a\r\n b: c\r\nConnection: close\r\n\r\n", 200}, // one header, by the standard
		"a header with a blank name":     {"GET /healthz HTTP/1.1\r\n" + host + "X : a\r\n\r\n", 400},
		"noise":                          {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400},
		"the start of HTTP/2":            {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 421},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			res, body := r.handwritten(row.request)
			if res == nil {
				t.Fatal("no answer")
			}
			h := res.Header
			if res.StatusCode != row.status || h.Get("Access-Control-Allow-Origin") != "" || h.Get("Location") != "" || len(res.Cookies()) > 0 ||
				strings.Contains(body, token) || strings.Contains(body, "<") || len(body) > 1<<10 {
				t.Errorf("%d %v %q, want %d", res.StatusCode, h, body, row.status)
			}
			// net/http's own refusals come before any handler, as bare text.
			ours := h.Get("X-Content-Type-Options") == "nosniff" && h.Get("X-Frame-Options") == "DENY" && h.Get("Content-Security-Policy") == APIPolicy
			if bare := strings.HasPrefix(h.Get("Content-Type"), "text/plain") && res.Close; !ours && !bare && h.Get("Content-Type") != "" {
				t.Errorf("headers %v", h)
			}
		})
	}
	if n := len(d.kept()); n != 0 {
		t.Errorf("%d opt-outs were recorded", n)
	}
	t.Attr("requests", strconv.Itoa(len(rows)))
}

// handwritten sends bytes and reads one answer.
func (r *rig) handwritten(request string) (*http.Response, string) {
	r.Helper()
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		r.Fatal(err)
	}
	go func() { _, _ = io.WriteString(c, request) }() // the server may hang up before its end
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return nil, ""
	}
	body, _ := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	return res, string(body)
}

// TestWhatFollowsARefusalIsNoRequest: bytes behind a refused request are not read as the
// next one where the refused one's end is not sure.
func TestWhatFollowsARefusalIsNoRequest(t *testing.T) {
	d := &desk{}
	r := serve(t, d)
	hidden := "POST /v1/opt-outs HTTP/1.1\r\nHost: " + r.addr + "\r\nAuthorization: Bearer " + token + "\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n" + `{"user_id":"123"}`
	for name, request := range map[string]string{
		"behind two lengths":       "POST /v1/opt-outs HTTP/1.1\r\nHost: " + r.addr + "\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n" + hidden,
		"behind a broken chunk":    "POST /v1/opt-outs HTTP/1.1\r\nHost: " + r.addr + "\r\nAuthorization: Bearer " + token + "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + hidden,
		"behind noise":             "\x00\r\n\r\n" + hidden,
		"behind a body too long":   "POST /v1/opt-outs HTTP/1.1\r\nHost: " + r.addr + "\r\nAuthorization: Bearer " + token + "\r\nContent-Type: application/json\r\nContent-Length: 500000\r\n\r\n" + strings.Repeat(" ", 5000) + hidden,
		"within an unread body":    "POST /healthz HTTP/1.1\r\nHost: " + r.addr + "\r\nContent-Length: " + strconv.Itoa(len(hidden)) + "\r\nConnection: close\r\n\r\n" + hidden,
		"behind both ways to end":  "POST /healthz HTTP/1.1\r\nHost: " + r.addr + "\r\nContent-Length: 3\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden,
		"behind a header that is":  "GET /healthz HTTP/1.1\r\nHost: " + r.addr + "\r\nX\r\n\r\n" + hidden,
		"behind a version of ours": "GET /healthz HTTP/9.9\r\nHost: " + r.addr + "\r\n\r\n" + hidden,
	} {
		if res, body := r.handwritten(request); res != nil && res.StatusCode < 400 {
			t.Errorf("%s: %d %q", name, res.StatusCode, body)
		}
		if len(d.kept()) != 0 {
			t.Fatalf("%s: it was taken for a request", name)
		}
	}
}

// TestGuardIsForPagesToo: another handler behind the same door has the same refusals, and
// its own policy for what a page may load.
func TestGuardIsForPagesToo(t *testing.T) {
	const policy = "default-src 'self'; frame-ancestors 'none'"
	reached := 0
	door := Guard([]string{"127.0.0.1:1"}, policy, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reached++; w.WriteHeader(http.StatusTeapot) }))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: door, ReadHeaderTimeout: time.Second}
	go func() { _ = srv.Serve(l) }()
	defer func() { _ = srv.Close() }()
	for i, row := range []struct {
		header [2]string
		path   string
		status int
	}{
		{[2]string{"Host", "127.0.0.1:1"}, "/page", http.StatusTeapot},
		{[2]string{"Host", "evil.example"}, "/page", http.StatusMisdirectedRequest},
		{[2]string{"Origin", "null"}, "/page", http.StatusForbidden},
		{[2]string{"Host", "127.0.0.1:1"}, "/a//b", http.StatusBadRequest},
	} {
		req, err := http.NewRequest(http.MethodGet, "http://"+l.Addr().String()+row.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host, req.Close = "127.0.0.1:1", true
		if req.Header.Set(row.header[0], row.header[1]); row.header[0] == "Host" {
			req.Host = row.header[1]
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != row.status || res.Header.Get("Content-Security-Policy") != policy || res.Header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%d: %d %v", i, res.StatusCode, res.Header)
		}
	}
	if reached != 1 {
		t.Errorf("reached %d times", reached)
	}
}
