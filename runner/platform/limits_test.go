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
	empty := slices.Clone(short)
	empty[3] = "0"
	answer := onPost(bots.Reply, "7")
	answer.Text = "hi"
	rows := []struct {
		name    string
		act     bots.Intent
		status  int
		headers []string
		want    []guards.Lane
	}{
		{"no headers, no lanes", post("hi"), 201, nil, nil},
		{"a window is a lane", post("hi"), 201, short, []guards.Lane{in("post", 100, 40, 9*time.Minute, false)}},
		{"posts, replies and quotes are one call and one lane", answer, 201, short, []guards.Lane{in("post", 100, 40, 9*time.Minute, false)}},
		{"the day and the quarter of an hour stand apart", post("hi"), 201, slices.Concat(short, day), []guards.Lane{in("post", 100, 40, 9*time.Minute, false), in("post.day", 200, 3, 20*time.Hour, false)}},
		{"the app's day stands apart", post("hi"), 201, slices.Concat(short, day, app), []guards.Lane{in("post", 100, 40, 9*time.Minute, false), in("post.day", 200, 3, 20*time.Hour, false), in("app.post.day", 10000, 77, 21*time.Hour, false)}},
		{"a header that is no number is as if absent", post("hi"), 201, []string{"x-rate-limit-limit", "many", "x-rate-limit-remaining", "1", "x-rate-limit-reset", unix(time.Minute)}, nil},
		{"a number below nothing is as if absent", post("hi"), 201, []string{"x-rate-limit-limit", "5", "x-rate-limit-remaining", "-1", "x-rate-limit-reset", unix(time.Minute)}, nil},
		{"a window without its reset is none", post("hi"), 201, short[:4], nil},
		{"an odd window hides no other", post("hi"), 201, slices.Concat(short[:4], day), []guards.Lane{in("post.day", 200, 3, 20*time.Hour, false)}},
		{"a 429 stops the lane until its reset", onPost(bots.Repost, "7"), 429, []string{"x-rate-limit-limit", "50", "x-rate-limit-remaining", "0", "x-rate-limit-reset", unix(9 * time.Minute)}, []guards.Lane{in("repost", 50, 0, 9*time.Minute, true)}},
		{"a 429 that names no end stops it for a quarter of an hour", dm("hi"), 429, nil, []guards.Lane{in("dm", 0, 0, 15*time.Minute, true)}},
		{"a 429 for the app's day stops that and leaves the bot's own as it is", post("hi"), 429, slices.Concat(short, spent), []guards.Lane{in("post", 100, 40, 9*time.Minute, false), in("app.post.day", 10000, 0, 21*time.Hour, true)}},
		{"a 429 for all that is spent stops each until its own reset", post("hi"), 429, slices.Concat(empty, day, spent), []guards.Lane{in("post", 100, 0, 9*time.Minute, true), in("post.day", 200, 3, 20*time.Hour, false), in("app.post.day", 10000, 0, 21*time.Hour, true)}},
		{"a 429 whose day has no limit beside it", post("hi"), 429, []string{"x-user-limit-24hour-remaining", "0", "x-user-limit-24hour-reset", unix(5 * time.Hour)}, []guards.Lane{in("post.day", 0, 0, 5*time.Hour, true)}},
		{"a 429 although the headers know of places", post("hi"), 429, short, []guards.Lane{in("post", 100, 40, 9*time.Minute, true)}},
		{"a refusal of another kind still tells the lanes", post("hi"), 403, short, []guards.Lane{in("post", 100, 40, 9*time.Minute, false)}},
		{"no credits: the app rests for an hour", dm("hi"), 402, nil, []guards.Lane{in(guards.LaneCredits, 0, 0, time.Hour, true)}},
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
