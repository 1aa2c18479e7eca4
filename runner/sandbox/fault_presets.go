package sandbox

import (
	"fmt"
	"strconv"
	"time"
)

// presets are the answers that X or what stands before it is known to give.
var presets = map[string]Fault{
	"server_error":    {Kind: Refuse, Status: 500, Header: ct(plain), Body: `{"title":"Internal Server Error","detail":"Internal Server Error","type":"about:blank","status":500}`},
	"unavailable":     {Kind: Refuse, Status: 503, Header: ct(plain), Body: `{"title":"Service Unavailable","detail":"Service Unavailable","type":"about:blank","status":503}`},
	"html_503":        {Kind: Refuse, Status: 503, Header: ct("text/html; charset=utf-8"), Body: "<!DOCTYPE html><html><head><title>Over capacity</title></head><body>Over capacity</body></html>"},
	"html_200":        {Kind: Refuse, Status: 200, Header: ct("text/html; charset=utf-8"), Body: "<!DOCTYPE html><html><body>ok</body></html>"},
	"empty_200":       {Kind: Refuse, Status: 200, Header: ct(plain)},
	"empty_json_503":  {Kind: Refuse, Status: 503, Header: ct(plain)},
	"no_type_502":     {Kind: Refuse, Status: 502, Body: "bad gateway"},
	"problem_json":    {Kind: Refuse, Status: 403, Header: ct(problemT), Body: `{"title":"Forbidden","detail":"You are not permitted to perform this action.","type":"about:blank","status":403}`},
	"forbidden":       {Kind: Refuse, Status: 403, Header: ct(plain), Body: `{"title":"Forbidden","detail":"You are not permitted to perform this action.","type":"about:blank","status":403}`},
	"unauthorized":    {Kind: Refuse, Status: 401, Header: ct(plain), Body: `{"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"}`},
	"redirect_307":    {Kind: Refuse, Status: 307, Header: map[string]string{"Location": "https://api.x.com/2/elsewhere"}},
	"drop_before":     {Kind: Drop},
	"drop_after":      {Kind: Drop, Processed: true},
	"truncate":        {Kind: Truncate, Processed: true},
	"hang_before":     {Kind: Hang},
	"hang_after":      {Kind: Hang, Processed: true},
	"error_after":     {Kind: Refuse, Processed: true, Status: 503, Header: ct(plain), Body: `{"title":"Service Unavailable","detail":"Service Unavailable","type":"about:blank","status":503}`},
	"html_after":      {Kind: Refuse, Processed: true, Status: 502, Header: ct("text/html; charset=utf-8"), Body: "<html><body>Bad gateway</body></html>"},
	"empty_after":     {Kind: Refuse, Processed: true, Status: 201, Header: ct(plain)},
	"rate_no_reset":   {Kind: Refuse, Status: 429, Header: ct(plain), Body: rateBody},
	"rate_bad_reset":  {Kind: Refuse, Status: 429, Header: map[string]string{"Content-Type": plain, "x-rate-limit-limit": "100", "x-rate-limit-remaining": "0", "x-rate-limit-reset": "soon"}, Body: rateBody},
	"delay":           {Kind: Delay},
	"just_in_time":    {Kind: Delay, Processed: true, Wait: Duration(19 * time.Second)}, // a client waits 20 s
	"too_late":        {Kind: Delay, Processed: true, Wait: Duration(45 * time.Second)},
	"done_late":       {Kind: Delay, Wait: Duration(45 * time.Second)}, // done when its client has long gone
	"fail_media":      {Kind: FailMedia},
	"delay_processed": {Kind: Delay, Processed: true},
}

const rateBody = `{"title":"Too Many Requests","detail":"Too Many Requests","type":"about:blank","status":429}`

func ct(v string) map[string]string { return map[string]string{"Content-Type": v} }

// Preset gives a well-known fault by name: drop_before, drop_after, truncate,
// hang_before, hang_after, error_after, html_after, empty_after, html_503, html_200,
// empty_200, empty_json_503, no_type_502, problem_json, forbidden, unauthorized,
// redirect_307, server_error, unavailable, rate_no_reset, rate_bad_reset, delay,
// delay_processed, just_in_time, too_late, done_late, fail_media. Narrow it by setting its other fields.
func Preset(name string) (Fault, error) {
	f, ok := presets[name]
	if !ok {
		return Fault{}, fmt.Errorf("fault preset %q: unknown", name)
	}
	return f, nil
}

// RateLimited is a 429 with X's headers, telling to wait until reset.
func RateLimited(reset time.Time) Fault {
	return Fault{Kind: Refuse, Status: 429, Body: rateBody, Header: map[string]string{
		"Content-Type": plain, "x-rate-limit-limit": "100", "x-rate-limit-remaining": "0",
		"x-rate-limit-reset": strconv.FormatInt(ceilUnix(reset), 10),
	}}
}

// Exhausted is a true answer whose headers say that its lane has nothing left until
// reset, lower than the windows of this world.
func Exhausted(reset time.Time) Fault {
	return Fault{Kind: Tell, Processed: true, Header: map[string]string{
		"x-rate-limit-limit": "100", "x-rate-limit-remaining": "0", "x-rate-limit-reset": strconv.FormatInt(ceilUnix(reset), 10),
	}}
}

// exhaust puts a fault's headers over those of a true answer.
func (w *World) exhaust(c *call, f *Fault, a *answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for k, v := range f.Header {
		a.header[k] = v
	}
	if n, err := strconv.ParseInt(f.Header["x-rate-limit-reset"], 10, 64); err == nil && f.Header["x-rate-limit-remaining"] == "0" {
		w.toldSpent(&c.caller, time.Unix(n, 0))
	}
}
