package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
	"heed/runner/sandbox"
)

// oracle knows what was truly written, heard and ordered, by X's clock, and judges each
// claim anew by the plainest reading of the rules. It shares no code with the guards.
type oracle struct {
	w  *simWeek
	mu sync.Mutex

	first    map[string]string      // bot/key: hash of the bytes that were entered first
	approved map[int64]string       // by intent: hash that a person has approved
	refused  map[int64]bool         // the last claim was surely not done
	sent     map[int64]bool         // claimed, and not known to be undone
	latest   map[int64]*claimSeen   // by intent
	said     map[string]*claimSeen  // folded texts: the claim that said them last
	bonds    map[string][]time.Time // follows claimed, by bot
	out      map[string]time.Time   // person: when they last said stop, by X's clock
	in       map[string]time.Time   // person and bot: when they last said start
	away     map[string]*line       // person and bot: opted out
	shut     map[string]*line       // person and bot: takes no messages
	halts    map[string]*line       // scope and kind
	barred   map[string]*line       // bot and action: not among its actions; bot and "live": rehearses
	bios     map[string]*line       // bot: a bio that does not disclose was read
	recorded map[string]time.Time   // event of a stop: when it was written down
	checks   sync.WaitGroup
	stories  map[string][]string
	count    int
	acts     map[string]int
	wrongs   []string
}

// claimSeen is a claim with the instant at which it was made.
type claimSeen struct {
	runner.Turn
	in bots.Intent
	at time.Time
}

func newOracle(w *simWeek) *oracle {
	return &oracle{w: w, first: map[string]string{}, approved: map[int64]string{}, sent: map[int64]bool{}, refused: map[int64]bool{}, latest: map[int64]*claimSeen{},
		said: map[string]*claimSeen{}, bonds: map[string][]time.Time{}, out: map[string]time.Time{}, in: map[string]time.Time{},
		away: map[string]*line{}, shut: map[string]*line{}, halts: map[string]*line{}, barred: map[string]*line{}, bios: map[string]*line{},
		recorded: map[string]time.Time{}, acts: map[string]int{}, stories: map[string][]string{}}
}

const mostWrongs = 12

// wrong notes a broken promise: when, of which act, and which promise. The caller holds
// no lock.
func (o *oracle) wrong(promise, act, format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.wrongs) < mostWrongs {
		o.wrongs = append(o.wrongs, fmt.Sprintf("%s seed %d, %s, %s: ", promise, o.w.seed, time.Now().UTC().Format("02 15:04:05.000"), act)+fmt.Sprintf(format, args...))
	}
}

func of(m map[string]*line, keys ...string) *line {
	k := strings.Join(keys, " ")
	if m[k] == nil {
		m[k] = &line{}
	}
	return m[k]
}

// entered keeps the first bytes of every key.
func (o *oracle) entered(es []runner.Entry, out []runner.Entered) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, e := range es {
		if !out[i].Twice && e.Refusal == "" {
			o.first[e.Bot+"/"+e.Key] = bots.Hash(e.Stored)
		}
	}
}

// decided tells the sandbox's judge of a claim, and judges it a moment later, when all
// that happened at the same instant is known.
func (o *oracle) decided(t runner.Turn) {
	if t.State != runner.Doing {
		return
	}
	c := &claimSeen{Turn: t, at: time.Now()}
	in, err := bots.DecodeIntent(t.Stored)
	if err != nil {
		o.wrong("P2", t.Bot+"/"+t.Key, "claimed, and its bytes are no intent: %v", err)
		return
	}
	c.in = in
	var media []string
	for _, m := range in.Media {
		media = append(media, m.SHA256)
	}
	o.w.x.Claimed(sandbox.Claim{Intent: t.Bot + "/" + t.Key, UserID: o.w.idOf(t.Bot), Action: string(in.Action), Text: in.Text,
		TargetUser: string(in.Target.UserID), TargetPost: string(in.Target.PostID), Media: media})
	o.mu.Lock()
	o.latest[t.Seq] = c
	again, approved := o.sent[t.Seq], o.approved[t.Seq]
	o.sent[t.Seq], o.refused[t.Seq] = true, false
	o.count++
	if p := string(in.Target.UserID); p != "" {
		o.note(p, "%s/%s (%s) is claimed", t.Bot, t.Key, in.Action)
	}
	o.acts[string(in.Action)]++
	o.mu.Unlock()
	if again {
		o.wrong("P4", t.Bot+"/"+t.Key, "claimed again (attempt %d) while its outcome was not surely a refusal, and nobody approved it", t.Attempts)
	}
	if hash := bots.Hash(t.Stored); approved != "" && approved != hash {
		o.wrong("P6", t.Bot+"/"+t.Key, "claimed with the hash %.12s, and a person approved %.12s", hash, approved)
	}
	o.checks.Go(func() {
		time.Sleep(time.Millisecond)
		o.check(c)
	})
}

// settled notes what may be sent again, and what a person's account has shown.
func (o *oracle) settled(c runner.Closing) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if c.State == runner.Deferred && c.Answer.Outcome == runner.Refused {
		o.sent[c.Seq] = false
	}
	seen := o.latest[c.Seq]
	if seen == nil {
		return
	}
	if o.refused[c.Seq] = c.Answer.Outcome == runner.Refused; o.refused[c.Seq] { // it was never said
		o.unsaid(seen)
	}
	if c.Answer.Latch != "" {
		scope := seen.Bot
		if c.Answer.App {
			scope = runner.EveryBot
		}
		of(o.halts, scope, string(guards.Latched)).put(true)
	}
	if person := string(seen.in.Target.UserID); c.Answer.Closed && person != "" {
		of(o.shut, person, seen.Bot).put(true)
	}
}

// heard follows what people say: a stop is for every bot, a start for the one it was
// said to, and of both the newer one counts.
func (o *oracle) heard(h runner.Heard) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := string(h.From)
	if h.Word.Meaning != runner.Nothing {
		o.note(p, "%s is heard to say %s to %s (%s of %s)", p, h.Word.Meaning, h.Bot, h.Event, h.At.Format("02 15:04:05.000"))
	}
	if h.Kind == guards.ByDM {
		of(o.shut, p, h.Bot).put(false)
	}
	switch h.Word.Meaning {
	case runner.WantsOut:
		o.recorded[h.Event] = time.Now()
		o.stop(p, h.At)
	case runner.WantsIn:
		key := p + " " + h.Bot
		if h.At.After(o.in[key]) {
			o.in[key] = h.At
		}
		if o.in[key].After(o.out[p]) {
			of(o.away, p, h.Bot).put(false)
		}
	}
}

// stop is a person opting out of all bots at an instant of X's clock. The caller holds
// the lock.
func (o *oracle) stop(person string, at time.Time) {
	if at.After(o.out[person]) {
		o.out[person] = at
	}
	for _, bot := range simBots {
		if !o.in[person+" "+bot].After(o.out[person]) {
			of(o.away, person, bot).put(true)
		}
	}
}

// ordered is an opt-out at the desk.
func (o *oracle) ordered(person string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.note(person, "%s opts out at the desk", person)
	o.stop(person, time.Now())
}

// note writes a line of somebody's story, which a broken promise to them is told with.
// The caller holds the lock.
func (o *oracle) note(person, format string, args ...any) {
	s := append(o.stories[person], "\n            "+time.Now().UTC().Format("02 15:04:05.000")+" "+fmt.Sprintf(format, args...))
	o.stories[person] = s[max(0, len(s)-100):]
}

// storyOf is what befell somebody lately.
func (o *oracle) storyOf(person string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.stories[person]
	return strings.Join(s[max(0, len(s)-8):], "")
}

func (o *oracle) halted(scope string, kind guards.HaltKind, on bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	of(o.halts, scope, string(kind)).put(on)
}

// approves is a person's yes to some bytes.
func (o *oracle) approves(seq int64, hash string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.approved[seq], o.sent[seq] = hash, false
}

// bars follows what a bot's settings allow.
func (o *oracle) bars(b bots.Bot) {
	o.mu.Lock()
	defer o.mu.Unlock()
	of(o.barred, b.Name, "live").put(b.Mode != bots.Live)
	for _, a := range bots.Actions() {
		of(o.barred, b.Name, string(a)).put(!slices.Contains(b.Actions, a))
	}
}

// profiled follows what heed has read of a bot's account.
func (o *oracle) profiled(bot string, p guards.Profile) {
	o.mu.Lock()
	defer o.mu.Unlock()
	of(o.bios, bot).put(!strings.Contains(strings.ToLower(p.Bio), "bot"))
}
