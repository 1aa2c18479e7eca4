package platform

import (
	"slices"
	"strconv"
	"time"

	"heed/bots"
	"heed/guards"
)

// span is one of the windows that X's headers may tell of.
type span struct {
	header   string
	app, day bool
}

// spans are all of them. The daily ones are not documented: they are read where they
// stand and never required.
var spans = []span{{header: windowShort}, {header: "X-User-Limit-24hour-", day: true}, {header: "X-App-Limit-24hour-", app: true, day: true}}

const windowShort = "X-Rate-Limit-"

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

// spent is the end of a window that has nothing left, as far as its headers say so: its
// limit need not stand there.
func (f fact) spent(s span, now time.Time) (time.Time, bool) {
	t, ok := f.reset(s.header, now)
	return t, ok && f.header[s.header+"Remaining"] == "0"
}

// exhausted is the latest reset among the windows that have nothing left, or else
// the short window's; a quarter of an hour where no header can be read.
func (f fact) exhausted(now time.Time) time.Time {
	var until time.Time
	for _, s := range spans {
		if t, ok := f.spent(s, now); ok && t.After(until) {
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

// ofApp says whether it is the app's window that has nothing left, so that no other bot
// of it need ask.
func (f fact) ofApp(now time.Time) bool {
	return slices.ContainsFunc(spans, func(s span) bool {
		_, ok := f.spent(s, now)
		return ok && s.app
	})
}

// lanes tells X's limits as the headers gave them, each window in a lane of its own.
func (f fact) lanes(now time.Time) []guards.Lane {
	var all []guards.Lane
	for _, s := range spans {
		if w, ok := f.window(s.header, now); ok && f.action != "" {
			all = append(all, guards.Lane{Name: f.lane(s), Limit: w.limit, Remaining: w.remaining, Reset: w.reset})
		}
	}
	return all
}

// lane names a window of the act's call: posts, replies and quotes are one call to X.
func (f fact) lane(s span) string {
	a := f.action
	if a == bots.Reply || a == bots.Quote {
		a = bots.Post
	}
	return guards.LaneName(a, s.app, s.day)
}

// stop says which lane a refusal closes.
type stop int

const (
	stopsNone    stop = iota
	stopsTold         // the windows that the headers say are spent, or else the act's short one
	stopsDay          // the act's window of a day, of which no header tells
	stopsCredits      // every call of the app, for an hour: then one act may ask again
	stopsUsage        // every call of the app, until the day that X names, or else for a day
)

// stopped closes the lanes that a refusal is about (promise P11), and leaves the others
// as the headers told them. A lane that no header told of has no numbers, only its end.
func (f fact) stopped(lanes []guards.Lane, s stop, until, now time.Time) []guards.Lane {
	shut := func(name string, until time.Time) {
		i := slices.IndexFunc(lanes, func(l guards.Lane) bool { return l.Name == name })
		if i < 0 {
			i, lanes = len(lanes), append(lanes, guards.Lane{Name: name})
		}
		lanes[i].Stopped, lanes[i].Reset = true, until
	}
	switch s {
	case stopsTold:
		any := false
		for _, s := range spans {
			if t, ok := f.spent(s, now); ok {
				shut(f.lane(s), t)
				any = true
			}
		}
		if !any {
			shut(f.lane(spans[0]), until)
		}
	case stopsDay:
		shut(f.lane(span{day: true}), until)
	case stopsCredits:
		shut(guards.LaneCredits, now.Add(recheck))
	case stopsUsage:
		shut(guards.LaneUsage, capEnd(until, now))
	}
	return lanes
}

// capEnd is when a usage cap may have ended: nobody asks before.
func capEnd(named, now time.Time) time.Time {
	if named.IsZero() {
		return now.Add(aDay)
	}
	return named
}
