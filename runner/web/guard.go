package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// APIPolicy is the content security policy of answers that are no pages: they load
// nothing and stand in no frame.
const APIPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// Guard is what every door on loopback stands behind, an API's as well as a page's. Each
// answer, errors too, bears headers that keep a browser from guessing, framing, storing
// and sharing it, with the content security policy given. What is not for one of the
// names (see Hosts), or comes from a page of another origin, goes no further.
//
// It is no authentication: next still asks for the token.
func Guard(names []string, policy string, next http.Handler) http.Handler {
	return guarded(names, policy, next, func(w http.ResponseWriter, _ *http.Request, no *problem) { fail(w, no.Status, no.Detail, no.Remedy) })
}

// guarded is a Guard that refuses in the words of refuse.
func guarded(names []string, policy string, next http.Handler, refuse func(http.ResponseWriter, *http.Request, *problem)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		switch {
		case !slices.Contains(names, strings.ToLower(r.Host)):
			refuse(w, r, &problem{Status: http.StatusMisdirectedRequest, Detail: fmt.Sprintf("the request is for host %.100q", r.Host), Remedy: "call " + strings.Join(names, " or ")})
		case foreign(r):
			refuse(w, r, &problem{Status: http.StatusForbidden, Detail: "the request comes from a page of another origin", Remedy: "call from a program, not from a page in a browser"})
		case !plainPath(r):
			refuse(w, r, &problem{Status: http.StatusBadRequest, Detail: "the path goes around: it holds an empty part, . or ..", Remedy: "send the path as it is documented"})
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// plainPath says whether a path can be read in one way only. A server that cleans it
// answers with a redirect, and what stands before it may have read another path.
func plainPath(r *http.Request) bool {
	if r.URL.Path == "*" { // OPTIONS of everything
		return true
	}
	parts := strings.Split(r.URL.Path, "/")
	for i, part := range parts {
		if part == "." || part == ".." || part == "" && i > 0 && i < len(parts)-1 {
			return false
		}
	}
	return strings.HasPrefix(r.URL.Path, "/") && !strings.ContainsAny(r.URL.Path, "\\\x00\r\n")
}

var crossOrigin = http.NewCrossOriginProtection()

// foreign says whether a browser sends this for a page of another origin. The
// standard check lets safe methods pass; here nothing of it does.
func foreign(r *http.Request) bool {
	as := *r
	as.Method = http.MethodPost
	return crossOrigin.Check(&as) != nil
}
