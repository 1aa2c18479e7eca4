package guards

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"heed/bots"
)

// The lanes of the app's money: X answers every call of every bot alike.
const (
	LaneCredits = "app.credits" // no credits, or a spend cap
	LaneUsage   = "app.usage"   // the cap of a billing period
)

const ofDay = ".day"

// LaneName names one of X's windows on an action's call: the user's or the app's, of a
// quarter of an hour or of a day. "post", "post.day", "app.post.day". Without an action
// it is for every call: "app", "app.day".
func LaneName(a bots.Action, app, day bool) string {
	name := string(a)
	switch {
	case app && a == "":
		name = "app"
	case app:
		name = "app." + name
	}
	if day {
		name += ofDay
	}
	return name
}

// place takes a lane's name apart; the action is "" for a lane of every call.
func (l Lane) place() (a bots.Action, app, day bool) {
	name, day := strings.CutSuffix(l.Name, ofDay)
	if name == "app" {
		return "", true, day
	}
	name, app = strings.CutPrefix(name, "app.")
	return bots.Action(name), app, day
}

// OfApp says whether the lane is shared by all bots of the app.
func (l Lane) OfApp() bool {
	_, app, _ := l.place()
	return app
}

// leads says whether a lane is one that the action's call would take: its own, that of
// another action by the same endpoint, or the app's. A lane of the app that is for no
// known action is for all of them.
func (l Lane) leads(a bots.Action) bool {
	of, app, _ := l.place()
	if of == a || app && !of.Known() {
		return true
	}
	return slices.ContainsFunc(limits, func(x Limit) bool {
		return x.Kind == "endpoint" && slices.Contains(x.Actions, a) && slices.Contains(x.Actions, of)
	})
}

func (g *xLimit) lane(a bots.Action, l Lane, f Facts) Finding {
	left := l.Reset.Sub(f.Now)
	switch {
	case l.Reset.IsZero() && l.Stopped: // X said stop and not how long
		l.Reset, left = f.Now.Add(15*time.Minute), 15*time.Minute
	case left <= 0:
		return Pass() // the lane's time is over
	}
	used := 0
	if row, ok := l.tableRow(a, left); ok {
		used = f.Used[row.counted].Count
	}
	remedy := "nothing: heed tries again after X's reset at " + moment(l.Reset)
	var found Finding
	switch share := max(1, l.Limit*g.Percent/100); {
	case l.Stopped && l.Name == LaneCredits:
		found = Deferred("x_limit.credits", "X said that the app has no money left for calls",
			"pay at X, or raise the spend cap in its developer console; heed tries one act at "+moment(l.Reset), l.Reset)
	case l.Stopped && l.Name == LaneUsage:
		found = Deferred("x_limit.usage", "X said that the app has used up its billing period's cap", remedy, l.Reset)
	case l.Stopped:
		found = Deferred("x_limit.stopped", fmt.Sprintf("X told the %s lane to stop", l.Name), remedy, l.Reset)
	case l.Remaining <= max(0, l.Limit-share): // with percent = 100: none left
		found = Deferred("x_limit.spent", fmt.Sprintf("X says that %d of %d calls are left on the %s lane, and the settings use %d%%",
			l.Remaining, l.Limit, l.Name, g.Percent), remedy, l.Reset)
	case l.Limit > 0 && used >= share:
		found = Deferred("x_limit.lower", fmt.Sprintf("%d of %d calls on the %s lane, by X's own lower limit", used, l.Limit, l.Name), remedy, l.Reset)
	default:
		return Pass()
	}
	return found.Citing("A6").With("lane", l.Name).With("limit", l.Limit).With("remaining", l.Remaining).With("reset", l.Reset)
}

// tableRow is the narrowest published window of the action's endpoint that can be the
// lane's: the user's or the app's, and at least as long as the lane's time.
func (l Lane) tableRow(a bots.Action, left time.Duration) (row Limit, ok bool) {
	of, app, day := l.place()
	scope := "user"
	if app {
		scope = "app"
	}
	if day {
		left = max(left, 24*time.Hour)
	}
	for _, x := range limits {
		if x.Kind == "endpoint" && x.Scope == scope && x.Window >= left && of != "" && slices.Contains(x.Actions, a) && (!ok || x.Window < row.Window) {
			row, ok = x, true
		}
	}
	return row, ok
}
