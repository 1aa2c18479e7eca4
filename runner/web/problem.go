package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// problem is a refusal as RFC 9457 has it, with what would change the answer.
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"` // what was found
	Remedy string `json:"remedy"` // what to do
}

func (p *problem) Error() string { return p.Detail }

// fail answers with a problem.
func fail(w http.ResponseWriter, status int, detail, remedy string) {
	send(w, "application/problem+json", status, problem{http.StatusText(status), status, detail, remedy})
}

func send(w http.ResponseWriter, kind string, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		kind, status, b = "application/problem+json", http.StatusInternalServerError, []byte(`{"title":"Internal Server Error","status":500}`)
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // a caller that has gone needs no answer
}

// allow refuses any method but these; why is said beside them.
func allow(w http.ResponseWriter, r *http.Request, why string, methods ...string) bool {
	if slices.Contains(methods, r.Method) {
		return true
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	remedy := "use " + strings.Join(methods, " or ")
	if why != "" {
		remedy = why
	}
	fail(w, http.StatusMethodNotAllowed, "this path takes no "+shorten(r.Method, 20), remedy)
	return false
}

// shorten keeps what others say from filling an answer.
func shorten(s string, most int) string {
	return strings.ToValidUTF8(s[:min(len(s), most)], "\uFFFD")
}
