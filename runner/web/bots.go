package web

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"heed/guards"
	"heed/runner"
)

// botsPage shows how every bot stands, and stops and resumes them.
var botsPage = page{path: "/bots", name: "Bots", file: "bots", show: (*site).bots, acts: map[string]act{
	"pause":  (*site).pauseBot,
	"halt":   (*site).haltBot,
	"resume": (*site).resumeBot,
	"latch":  (*site).resumeLatch,
}}

// botPage shows one of them whole.
var botPage = page{path: "/bots/{bot}", file: "bot", leads: "/bots", show: (*site).bot}

// fleet is what the page of bots shows.
type fleet struct {
	All   stop // of all bots together
	Money []bar
	Bots  []botRow
}

func (d *site) bots(r *http.Request) (any, error) {
	see, err := d.look(r)
	if err != nil {
		return nil, err
	}
	f := fleet{All: see.stop(runner.EveryBot, "/bots")}
	for _, c := range d.Bots() {
		row, err := see.row(r.Context(), c, "/bots")
		if err != nil {
			return nil, err
		}
		f.Money = wider(f.Money, row.Money)
		row.Money = slices.DeleteFunc(row.Money, func(b bar) bool { return b.Of != "" })
		f.Bots = append(f.Bots, row)
	}
	return f, nil
}

// botWhole is what a bot's own page shows.
type botWhole struct {
	botRow
	Gauges   []bar
	Waits    []runner.Case
	Acts     []runner.Record
	Settings []Setting
	Most     int
}

func (b botWhole) title() string { return b.Name }

const (
	mostWaiting = 20 // of what waits for a bot's turn
	mostActs    = 10
)

func (d *site) bot(r *http.Request) (any, error) {
	name := r.PathValue("bot")
	all := d.Bots()
	i := slices.IndexFunc(all, func(c runner.Charge) bool { return c.Bot.Name == name })
	if i < 0 {
		return nil, &problem{Status: http.StatusNotFound, Detail: "there is no bot " + shorten(name, 60) + " in the settings", Remedy: "take one of the page of bots"}
	}
	see, err := d.look(r)
	if err != nil {
		return nil, err
	}
	w := botWhole{Most: mostWaiting}
	if w.botRow, err = see.row(r.Context(), all[i], "/bots/"+url.PathEscape(name)); err != nil {
		return nil, err
	}
	w.Gauges = w.bars
	states := []runner.State{runner.Held, runner.Unknown, runner.Waiting, runner.Deferred}
	if w.Waits, err = d.Desk.Waiting(r.Context(), states, name, mostWaiting); err != nil {
		return nil, err
	}
	acts, err := d.Desk.Log(r.Context(), runner.LogQuery{Bot: name, Kinds: []runner.RecordKind{runner.RecOutcome}, Limit: mostActs})
	if err != nil {
		return nil, err
	}
	w.Acts = acts.Records
	if d.Settings != nil {
		w.Settings = d.Settings(name)
	}
	return w, nil
}

// scopeOf is the bot of a form, or all of them.
func (d *site) scopeOf(r *http.Request) (string, error) {
	scope := r.PostForm.Get("scope")
	known := scope == runner.EveryBot || slices.ContainsFunc(d.Bots(), func(c runner.Charge) bool { return c.Bot.Name == scope })
	if !known {
		return "", &problem{Status: http.StatusUnprocessableEntity, Detail: "there is no bot of that name in the settings", Remedy: "use the buttons of the page, as it is now"}
	}
	return scope, nil
}

// rests are for how long a pause can be, by what a form says.
var rests = []struct {
	Value, Short string
	length       time.Duration
}{{"1h", "1 h", time.Hour}, {"8h", "8 h", 8 * time.Hour}, {"24h", "24 h", 24 * time.Hour}}

func (d *site) pauseBot(r *http.Request) (string, error) {
	scope, err := d.scopeOf(r)
	if err != nil {
		return "", err
	}
	for _, rest := range rests {
		if rest.Value == r.PostForm.Get("for") {
			now := d.now()
			h := guards.Halt{Kind: guards.Paused, Scope: scope, By: byOf(r), At: now, Until: now.Add(rest.length)}
			if err := d.Desk.Halt(r.Context(), h); err != nil {
				return "", err
			}
			return runner.ScopeName(scope) + ": paused until " + stamp(h.Until) + "; what they want waits", nil
		}
	}
	return "", &problem{Status: http.StatusUnprocessableEntity, Detail: "that is no time to pause for", Remedy: "choose 1, 8 or 24 hours; heed pause --for takes any other"}
}

func (d *site) haltBot(r *http.Request) (string, error) {
	scope, err := d.scopeOf(r)
	if err != nil {
		return "", err
	}
	h := guards.Halt{Kind: guards.Halted, Scope: scope, By: byOf(r), At: d.now()}
	if err := d.Desk.Halt(r.Context(), h); err != nil {
		return "", err
	}
	return runner.ScopeName(scope) + ": halted until somebody resumes", nil
}

// resumeBot lifts what people stopped. A latch stays: it asks whether X was put right.
func (d *site) resumeBot(r *http.Request) (string, error) {
	scope, err := d.scopeOf(r)
	if err != nil {
		return "", err
	}
	n, err := d.Desk.Resume(r.Context(), scope, []guards.HaltKind{guards.Paused, guards.Halted}, byOf(r), d.now())
	if err != nil {
		return "", err
	}
	if n == 0 {
		return "", &problem{Status: http.StatusConflict, Detail: "nothing of that is stopped any more", Remedy: "look at the page of bots, as it is now"}
	}
	return runner.ScopeName(scope) + ": resumed; what waited is judged anew", nil
}
