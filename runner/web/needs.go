package web

import (
	"net/http"

	"heed/runner"
)

// needsPage shows what waits for a person.
var needsPage = page{path: "/needs", name: "Needs you", file: "needs", show: (*site).needs}

func (d *site) needs(r *http.Request) (any, error) {
	return d.Desk.Waiting(r.Context(), []runner.State{runner.Held}, "", mostShown)
}
