package platform

import (
	"maps"
	"strings"
	"time"

	"heed/runner"
)

// every stands for all bots of the app, or for all reads, in the key of a stop.
const every = "*"

// mostStops bounds what a cursor may bring: a bot has a handful of reads.
const mostStops = 32

func restKey(bot, read string) string { return bot + " " + read }

// whose is the bot that a limit's end concerns: this one, or all of the app.
func (a *account) whose(app bool) string {
	if app {
		return every
	}
	return a.bot
}

// stop rests a read until a time. A later end that is known already stays.
func (x *X) stop(bot, read string, w runner.Wait) *runner.Wait {
	x.mu.Lock()
	defer x.mu.Unlock()
	key := restKey(bot, read) // bounded: a bot has a handful of reads
	if known, ok := x.stops[key]; ok && known.Until.After(w.Until) {
		w = known
	}
	x.stops[key] = w
	return &w
}

// waiting gives the last of the ends that a read must wait for.
func (x *X) waiting(a *account, read string) (w runner.Wait, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := x.now()
	for _, key := range []string{restKey(a.bot, read), restKey(every, read), restKey(every, every)} {
		one, is := x.stops[key]
		switch {
		case is && !now.Before(one.Until):
			delete(x.stops, key)
		case is && (!ok || one.Until.After(w.Until)):
			w, ok = one, true
		}
	}
	return w, ok
}

// Continue takes over what another X was told to wait for: a limit does not end
// because the settings were read anew.
func (x *X) Continue(before *X) {
	before.mu.Lock()
	stops := maps.Clone(before.stops)
	before.mu.Unlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	maps.Copy(x.stops, stops)
}

// resting are the ends that a bot's reads wait for, in Unix seconds and rounded up, for
// its cursor: a limit does not end because heed was started anew (promise P11). Every
// read of the bot is among them, also of profiles and posts; one of these that is made
// before the inbox is first read may be made once too early.
func (x *X) resting(bot string) map[string]int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	ends := map[string]int64{}
	for key, w := range x.stops {
		who, read, _ := strings.Cut(key, " ")
		if who == every {
			read = key
		}
		if (who == bot || who == every) && w.Until.After(x.now()) && len(ends) < mostStops {
			ends[read] = w.Until.Add(time.Second - 1).Unix()
		}
	}
	return ends
}

// recall gives back what a cursor kept. An end that no limit has is not believed.
func (x *X) recall(bot string, ends map[string]int64) {
	now := x.now()
	for read, s := range ends {
		until := time.Unix(s, 0).UTC()
		if !until.After(now) || until.After(now.Add(cycle)) || len(ends) > mostStops {
			continue
		}
		who := bot
		if name, ofApp := strings.CutPrefix(read, every+" "); ofApp {
			who, read = every, name
		}
		_ = x.stop(who, read, runner.Wait{Until: until, Why: read + ": X said so before heed was started anew"})
	}
}
