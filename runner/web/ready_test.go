package web

import (
	"context"
	"net/http"
	"strings"
	"testing"
)

func TestReadyIsToldToAnybodyByNamesAlone(t *testing.T) {
	parts := []Part{{"turns", true}, {"ledger", true}}
	r := serve(t, &desk{}, func(o *Options) { o.Ready = func(context.Context) []Part { return parts } })
	if a := r.ask("GET", "/readyz", "", "Authorization", "-"); a.status != 200 || a.body["ready"] != true {
		t.Errorf("well: %d %s", a.status, a.raw)
	}
	parts = []Part{{"turns", true}, {"ledger", false}}
	a := r.ask("GET", "/readyz", "", "Authorization", "-")
	if a.status != 503 || a.body["ready"] != false || !strings.Contains(a.raw, `{"part":"ledger","ready":false}`) {
		t.Errorf("unwell: %d %s", a.status, a.raw)
	}
	r.refusedWith("another method", r.ask("POST", "/readyz", "{}"), 405, "GET")
}

func TestMetricsNeedTheToken(t *testing.T) {
	r := serve(t, &desk{}, func(o *Options) {
		o.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("heed_ready 1\n")) })
	})
	r.refusedWith("without a token", r.ask("GET", "/metrics", "", "Authorization", "-"), 401, "token")
	r.refusedWith("another method", r.ask("POST", "/metrics", "{}"), 405, "GET")
	if a := r.ask("GET", "/metrics", ""); a.status != 200 || a.raw != "heed_ready 1\n" {
		t.Errorf("%d %q", a.status, a.raw)
	}
	r = serve(t, &desk{})
	r.refusedWith("where nobody counts", r.ask("GET", "/metrics", ""), 404)
}
