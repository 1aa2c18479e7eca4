package platform

import (
	"strconv"
	"time"

	"heed/bots"
	"heed/guards"
)

// The three windows that X's headers may tell of. The daily ones are not documented:
// they are read where they stand and never required.
const (
	windowShort   = "X-Rate-Limit-"
	windowUserDay = "X-User-Limit-24hour-"
	windowAppDay  = "X-App-Limit-24hour-"
)

var limitHeaders = func() (all []string) {
	for _, w := range []string{windowShort, windowUserDay, windowAppDay} {
		all = append(all, w+"Limit", w+"Remaining", w+"Reset")
	}
	return all
}()

const (
	quarter = 15 * time.Minute // X's usual window
	// furthest is what a reset may lie ahead: a day's window, and a machine's clock
	// that is off. Anything further is taken for malformed.
	furthest = 25 * time.Hour
)

// window is one limit as three headers gave it.
type window struct {
	limit, remaining int
	reset            time.Time
}

// window reads one limit. It is there only when all three headers are and make sense.
func (f fact) window(name string, now time.Time) (window, bool) {
	limit, err1 := strconv.Atoi(f.header[name+"Limit"])
	remaining, err2 := strconv.Atoi(f.header[name+"Remaining"])
	reset, ok := f.reset(name, now)
	if err1 != nil || err2 != nil || !ok || limit < 0 || remaining < 0 {
		return window{}, false
	}
	return window{limit: limit, remaining: remaining, reset: reset}, true
}

func (f fact) reset(name string, now time.Time) (time.Time, bool) {
	s, err := strconv.ParseInt(f.header[name+"Reset"], 10, 64)
	t := time.Unix(s, 0).UTC()
	if err != nil || !t.After(now) || t.After(now.Add(furthest)) {
		return time.Time{}, false
	}
	return t, true
}

// exhausted is the latest reset among the windows that have nothing left, or else
// the short window's; a quarter of an hour where no header can be read.
func (f fact) exhausted(now time.Time) time.Time {
	var until time.Time
	for _, name := range []string{windowShort, windowUserDay, windowAppDay} {
		if t, ok := f.reset(name, now); ok && f.header[name+"Remaining"] == "0" && t.After(until) {
			until = t
		}
	}
	if until.IsZero() {
		var ok bool
		if until, ok = f.reset(windowShort, now); !ok {
			until = now.Add(quarter)
		}
	}
	return until
}

// lanes tells X's limits as the headers gave them. A bot's short and daily window
// share one lane: the tighter is told. The app's day stands apart.
func (f fact) lanes(now time.Time) []guards.Lane {
	var all []guards.Lane
	tight, ok := f.window(windowShort, now)
	if day, is := f.window(windowUserDay, now); is {
		if !ok || day.remaining < tight.remaining || day.remaining == tight.remaining && day.reset.After(tight.reset) {
			tight, ok = day, true
		}
	}
	if ok {
		for _, a := range sharing(f.action) {
			all = append(all, guards.Lane{Name: string(a), Limit: tight.limit, Remaining: tight.remaining, Reset: tight.reset})
		}
	}
	if app, is := f.window(windowAppDay, now); is {
		all = append(all, guards.Lane{Name: "app", Limit: app.limit, Remaining: app.remaining, Reset: app.reset})
	}
	return all
}

// stopped marks the lanes that a refusal for a limit has closed until a time: the
// app's when its day is used up, and the action's own in any case (promise P11). A
// lane that no header told of has no numbers, only its end. With the zero time, of a
// cap that names no end, only what the headers told of is stopped.
func (f fact) stopped(lanes []guards.Lane, until, now time.Time) []guards.Lane {
	if until.IsZero() {
		for i := range lanes {
			lanes[i].Stopped = true
		}
		return lanes
	}
	app, appDay := f.window(windowAppDay, now)
	appDay = appDay && app.remaining == 0
	for _, a := range sharing(f.action) {
		found := false
		for i := range lanes {
			if lanes[i].Name == string(a) {
				lanes[i].Stopped, lanes[i].Reset, found = true, until, true
			}
		}
		if !found {
			lanes = append(lanes, guards.Lane{Name: string(a), Reset: until, Stopped: true})
		}
	}
	for i := range lanes {
		if lanes[i].Name == "app" && appDay {
			lanes[i].Stopped = true
		}
	}
	return lanes
}

// sharing lists the actions that use the same window: posts, replies and quotes are
// one call to X.
func sharing(a bots.Action) []bots.Action {
	switch a {
	case bots.Post, bots.Reply, bots.Quote:
		return []bots.Action{bots.Post, bots.Reply, bots.Quote}
	case "":
		return nil
	}
	return []bots.Action{a}
}
