package web

import (
	"net"
	"strings"
	"testing"

	"heed/guards"
	"heed/runner"
)

func TestAnOptOutOverHTTP(t *testing.T) {
	d := &desk{under: []runner.Claim{{ID: "a"}, {ID: "b"}}}
	r := serve(t, d)
	a := r.ask("POST", "/v1/opt-outs", `{"user_id":"123","event":"form-17"}`, "Content-Type", "-", "Content-Type", "application/json; charset=utf-8")
	if a.status != 200 || a.raw != `{"user_id":"123","scope":"*","recalled":2,"new":true}`+"\n" || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %s", a.status, a.raw)
	}
	want := runner.PersonRow{User: "123", Kind: "opt_out", Choice: guards.Choice{At: now, How: "http", Scope: runner.EveryBot, Event: "form-17", Rule: "by ops"}}
	if got := d.kept(); len(got) != 1 || got[0] != want {
		t.Errorf("kept %+v, want %+v", got, want)
	}
	a = r.ask("POST", "/v1/opt-outs", `{"user_id":"123"}`)
	if a.status != 200 || a.body["new"] != false || a.body["recalled"] != float64(0) {
		t.Errorf("said again: %d %s", a.status, a.raw)
	}
	a = r.ask("POST", "/v1/opt-outs", `{"user_id":"124","bot":"tides"}`)
	if a.status != 200 || a.body["scope"] != "tides" || d.kept()[1].Scope != "tides" {
		t.Errorf("from one bot: %d %s", a.status, a.raw)
	}
}

func TestAPersonsChoices(t *testing.T) {
	d := &desk{rows: []runner.PersonRow{
		{User: "123", Kind: "opt_out", Choice: guards.Choice{At: now, How: "dm", Scope: "*", Event: "dm:9"}},
		{User: "124", Kind: "opt_in", Choice: guards.Choice{At: now, How: "dm", Scope: "tides"}},
	}}
	r := serve(t, d)
	a := r.ask("GET", "/v1/opt-outs/123", "")
	if a.status != 200 || a.body["opted_out"] != true || len(a.body["choices"].([]any)) != 1 || !strings.Contains(a.raw, `"event":"dm:9"`) {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if a := r.ask("GET", "/v1/opt-outs/124", ""); a.status != 200 || a.body["opted_out"] != false || len(a.body["choices"].([]any)) != 1 {
		t.Errorf("who opted in: %d %s", a.status, a.raw)
	}
	if a := r.ask("GET", "/v1/opt-outs/125", ""); a.raw != `{"opted_out":false,"choices":[]}`+"\n" {
		t.Errorf("nobody known: %s", a.raw)
	}
	if a := r.ask("HEAD", "/v1/opt-outs/123", ""); a.status != 200 || a.raw != "" {
		t.Errorf("HEAD: %d %s", a.status, a.raw)
	}
	if q := d.asked[0]; q.User != "123" || q.Limit != mostRows {
		t.Errorf("asked for %+v", q)
	}
}

func TestHealth(t *testing.T) {
	r := serve(t, &desk{})
	if a := r.ask("GET", "/healthz", "", "Authorization", "-"); a.status != 200 || a.raw != "ok\n" {
		t.Errorf("%d %s", a.status, a.raw)
	}
	r.refusedWith("a POST", r.ask("POST", "/healthz", "x"), 405, "GET or HEAD")
}

// Each refusal has its status, says what was found and what to do, and changes nothing.
func TestWhatIsRefused(t *testing.T) {
	d := &desk{rows: []runner.PersonRow{{User: "9", Kind: "opt_out", Choice: guards.Choice{At: now, Scope: "*"}}}}
	r := serve(t, d)
	_, port, _ := net.SplitHostPort(r.addr)
	const path, good = "/v1/opt-outs", `{"user_id":"123"}`
	rows := []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		says                     string
	}{
		{"no token", "POST", path, good, []string{"Authorization", "-"}, 401, "token file"},
		{"another token", "POST", path, good, []string{"Authorization", "-", "Authorization", "Bearer " + token[:len(token)-1] + "x"}, 401, "token"},
		{"the beginning of the token", "POST", path, good, []string{"Authorization", "-", "Authorization", "Bearer " + token[:20]}, 401, "token"},
		{"the token and more", "POST", path, good, []string{"Authorization", "-", "Authorization", "Bearer " + token + " "}, 200, ""}, // HTTP itself trims it
		{"the token as a password", "POST", path, good, []string{"Authorization", "-", "Authorization", "Basic " + token}, 401, "token"},
		{"two tokens", "POST", path, good, []string{"Authorization", "Bearer other"}, 401, "token"},
		{"the token in the query", "POST", path + "?token=" + token, good, []string{"Authorization", "-"}, 401, "token"},
		{"reading without a token", "GET", path + "/9", "", []string{"Authorization", "-"}, 401, "token"},
		{"an unknown path without a token", "GET", "/v1/people", "", []string{"Authorization", "-"}, 401, "token"},
		{"an unknown path", "GET", "/v1/people", "", nil, 404, "/v1/opt-outs"},
		{"the root", "GET", "/", "", nil, 404, "/v1/opt-outs"},
		{"a name that leads here", "POST", path, good, []string{"Host", "heed.example:" + port}, 421, "127.0.0.1"},
		{"the right name, another port", "POST", path, good, []string{"Host", "localhost:1"}, 421, "localhost"},
		{"the right name without its port", "POST", path, good, []string{"Host", "localhost"}, 421, "localhost"},
		{"a name that leads here, for health", "GET", "/healthz", "", []string{"Host", "heed.example"}, 421, "localhost"},
		{"a page of another origin", "POST", path, good, []string{"Origin", "https://evil.example"}, 403, "origin"},
		{"a page of no origin", "POST", path, good, []string{"Origin", "null"}, 403, "origin"},
		{"a page of another site, by its mark", "POST", path, good, []string{"Sec-Fetch-Site", "cross-site"}, 403, "origin"},
		{"a page of the same site, by its mark", "GET", path + "/9", "", []string{"Sec-Fetch-Site", "same-site"}, 403, "origin"},
		{"a page that reads", "GET", path + "/9", "", []string{"Origin", "http://localhost:1"}, 403, "origin"},
		{"a page that looks for health", "GET", "/healthz", "", []string{"Sec-Fetch-Site", "cross-site"}, 403, "origin"},
		{"taking an opt-out back", "DELETE", path + "/9", "", nil, 405, "heed optout rm"},
		{"replacing one", "PUT", path + "/9", good, nil, 405, "START"},
		{"listing everybody", "GET", path, "", nil, 405, "use POST"},
		{"deleting everybody", "DELETE", path, "", nil, 405, "use POST"},
		{"a form", "POST", path, "user_id=123", []string{"Content-Type", "-", "Content-Type", "application/x-www-form-urlencoded"}, 415, "application/json"},
		{"text", "POST", path, good, []string{"Content-Type", "-", "Content-Type", "text/plain"}, 415, "application/json"},
		{"no content type", "POST", path, good, []string{"Content-Type", "-"}, 415, "application/json"},
		{"a body of 5 KiB", "POST", path, `{"user_id":"` + strings.Repeat("1", 5<<10) + `"}`, nil, 413, "4096"},
		{"no body", "POST", path, "", []string{"Content-Type", "application/json"}, 400, "well-formed"},
		{"a list", "POST", path, `["123"]`, nil, 400, "type"},
		{"a number for an id", "POST", path, `{"user_id":123}`, nil, 400, "strings"},
		{"an unknown key", "POST", path, `{"user_id":"123","scope":"tides"}`, nil, 400, "none of user_id, bot and event"},
		{"a key in another case", "POST", path, `{"User_ID":"123"}`, nil, 400, "none of"},
		{"a key twice", "POST", path, `{"user_id":"123","user_id":"124"}`, nil, 400, "twice"},
		{"two objects", "POST", path, good + good, nil, 400, "well-formed"},
		{"half an object", "POST", path, `{"user_id":"123"`, nil, 400, "well-formed"},
		{"invalid UTF-8", "POST", path, "{\"user_id\":\"123\",\"event\":\"\xff\"}", nil, 400, "well-formed"},
		{"nobody", "POST", path, `{}`, nil, 422, "1 to 20 digits"},
		{"null", "POST", path, `null`, nil, 422, "1 to 20 digits"},
		{"a handle", "POST", path, `{"user_id":"@ann"}`, nil, 422, "handle"},
		{"an id with a zero before it", "POST", path, `{"user_id":"0123"}`, nil, 422, "digits"},
		{"an id of 21 digits", "POST", path, `{"user_id":"123456789012345678901"}`, nil, 422, "digits"},
		{"a bot that is none", "POST", path, `{"user_id":"123","bot":"news"}`, nil, 422, "quakes, tides"},
		{"a bot without a name", "POST", path, `{"user_id":"123","bot":""}`, nil, 422, "quakes, tides"},
		{"every bot, in the ledger's word", "POST", path, `{"user_id":"123","bot":"*"}`, nil, 422, "leave bot out"},
		{"words for an event", "POST", path, `{"user_id":"123","event":"please stop"}`, nil, 422, "nothing that the person wrote"},
		{"an empty event", "POST", path, `{"user_id":"123","event":""}`, nil, 422, "event"},
		{"a long event", "POST", path, `{"user_id":"123","event":"` + strings.Repeat("a", 101) + `"}`, nil, 422, "1 to 100"},
		{"reading a handle", "GET", path + "/ann", "", nil, 422, "digits"},
		{"reading an id with a zero before it", "GET", path + "/09", "", nil, 422, "digits"},
	}
	for _, row := range rows {
		before := len(d.kept())
		a := r.ask(row.method, row.path, row.body, row.headers...)
		if row.status == 200 {
			if a.status != 200 {
				t.Errorf("%s: %d %s", row.name, a.status, a.raw)
			}
			continue
		}
		r.refusedWith(row.name, a, row.status, row.says)
		if strings.Contains(a.raw, "please stop") || len(d.kept()) != before {
			t.Errorf("%s: told %s, kept %v", row.name, a.raw, d.kept())
		}
		if row.status == 401 && a.header.Get("WWW-Authenticate") == "" || row.status == 405 && a.header.Get("Allow") == "" {
			t.Errorf("%s: the headers are %v", row.name, a.header)
		}
	}
	if len(r.told) != 0 {
		t.Errorf("callers' mistakes were reported: %v", r.told)
	}
}
