package web

import (
	"context"
	"net/http"
)

// Part is one part of heed that must be well for bots to act, by its name alone: whoever
// asks for it bears no token.
type Part struct {
	Name string `json:"part"`
	Well bool   `json:"ready"`
}

// readiness answers 200 while every part is well, and 503 with the parts otherwise.
func (s *Server) readiness(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, "", http.MethodGet, http.MethodHead) {
		return
	}
	parts, status := s.ready(r.Context()), http.StatusOK
	for _, p := range parts {
		if !p.Well {
			status = http.StatusServiceUnavailable
		}
	}
	send(w, "application/json", status, struct {
		Ready bool   `json:"ready"`
		Parts []Part `json:"parts"`
	}{status == http.StatusOK, parts})
}

// counts answers Prometheus, which bears the token.
func (s *Server) counts(w http.ResponseWriter, r *http.Request) {
	if allow(w, r, "", http.MethodGet, http.MethodHead) {
		s.metrics.ServeHTTP(w, r)
	}
}

// always is ready: nobody says otherwise.
func always(context.Context) []Part { return nil }
