package platform

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
)

// Lanes are what the headers say: nothing is invented, nothing is lost.
func TestLanes(t *testing.T) {
	short := []string{"x-rate-limit-limit", "100", "x-rate-limit-remaining", "40", "x-rate-limit-reset", unix(9 * time.Minute)}
	day := []string{"x-user-limit-24hour-limit", "200", "x-user-limit-24hour-remaining", "3", "x-user-limit-24hour-reset", unix(20 * time.Hour)}
	app := []string{"x-app-limit-24hour-limit", "10000", "x-app-limit-24hour-remaining", "77", "x-app-limit-24hour-reset", unix(21 * time.Hour)}
	spent := []string{"x-app-limit-24hour-limit", "10000", "x-app-limit-24hour-remaining", "0", "x-app-limit-24hour-reset", unix(21 * time.Hour)}
	in := func(name string, limit, remaining int, reset time.Duration, stopped bool) guards.Lane {
		return guards.Lane{Name: name, Limit: limit, Remaining: remaining, Reset: now.Add(reset), Stopped: stopped}
	}
	posts := func(limit, remaining int, reset time.Duration, stopped bool) []guards.Lane {
		return []guards.Lane{in("post", limit, remaining, reset, stopped), in("reply", limit, remaining, reset, stopped), in("quote", limit, remaining, reset, stopped)}
	}
	rows := []struct {
		name    string
		act     bots.Intent
		status  int
		headers []string
		want    []guards.Lane
	}{
		{"no headers, no lanes", post("hi"), 201, nil, nil},
		{"posts, replies and quotes are one call and one lane", post("hi"), 201, short, posts(100, 40, 9*time.Minute, false)},
		{"the day is tighter than the quarter of an hour", post("hi"), 201, slices.Concat(short, day), posts(200, 3, 20*time.Hour, false)},
		{"the app's day stands apart", post("hi"), 201, slices.Concat(short, app), append(posts(100, 40, 9*time.Minute, false), in("app", 10000, 77, 21*time.Hour, false))},
		{"a header that is no number is as if absent", post("hi"), 201, []string{"x-rate-limit-limit", "many", "x-rate-limit-remaining", "1", "x-rate-limit-reset", unix(time.Minute)}, nil},
		{"a window without its reset is none", post("hi"), 201, short[:4], nil},
		{"a 429 stops the lane until its reset", onPost(bots.Repost, "7"), 429, []string{"x-rate-limit-limit", "50", "x-rate-limit-remaining", "0", "x-rate-limit-reset", unix(9 * time.Minute)}, []guards.Lane{in("repost", 50, 0, 9*time.Minute, true)}},
		{"a 429 that names no end stops it for a quarter of an hour", dm("hi"), 429, nil, []guards.Lane{in("dm", 0, 0, 15*time.Minute, true)}},
		{"a 429 for the app's day stops the app", post("hi"), 429, slices.Concat(short, spent), append(posts(100, 40, 21*time.Hour, true), in("app", 10000, 0, 21*time.Hour, true))},
		{"a refusal of another kind still tells the lanes", post("hi"), 403, short, posts(100, 40, 9*time.Minute, false)},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			body := created
			if r.status != 201 {
				body = `{"title":"x"}`
			}
			f := newFake(t, map[string]http.HandlerFunc{"*": reply(r.status, body, r.headers...)})
			a := newX(t, f.URL).Do(t.Context(), claim(t, r.act))
			if !slices.EqualFunc(a.Lanes, r.want, func(p, q guards.Lane) bool {
				same := p.Reset.Equal(q.Reset)
				p.Reset, q.Reset = time.Time{}, time.Time{}
				return same && p == q
			}) {
				t.Errorf("got  %+v\nwant %+v", a.Lanes, r.want)
			}
		})
	}
}
