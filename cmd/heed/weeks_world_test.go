package main

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"heed/bots"
	"heed/guards"
	"heed/runner"
	"heed/runner/ledger"
	"heed/runner/platform"
	"heed/runner/sandbox"
)

// simWeek is one house, its people and its misfortunes.
type simWeek struct {
	t      *testing.T
	seed   uint64
	path   string
	length time.Duration
	began  time.Time
	x      *sandbox.World
	sim    simHouse
	bus    *chanBus
	clock  *wrongClock
	disk   *disk
	oracle *oracle
	desks  *desk
	bug    bug
	media  *pictures

	mu      sync.Mutex
	dice    map[string]*rand.Rand // one for each who rolls, so that none disturbs another
	house   runner.House          // as heed.toml stands
	running *runner.Runner
	byway   runner.Platform            // past every guard, for a bug
	wanted  map[string]map[string]bool // bot -> keys that were put on the road
	texts   []string                   // what bots said lately, to copy
	n       int
	bios    map[string]time.Time // bots whose bio discloses nothing, since when
	appOff  bool
	ends    []time.Time // of processes
	late    []lateCall  // answers that came when nobody waited
	sum     *tally
}

// lateCall is a call whose answer came too late, or never.
type lateCall struct {
	at      time.Time
	account string
}

var (
	simBots    = []string{"quakes", "desk", "mirror", "circle"}
	simPeople  = 12
	simActions = []bots.Action{bots.Post, bots.Reply, bots.DM, bots.Follow, bots.Unfollow, bots.Repost, bots.Quote, bots.Like, bots.Delete}
)

const disclosure = "A bot by Sim Lab"

func newWeek(t *testing.T, seed uint64, path string, length time.Duration) *simWeek {
	w := &simWeek{t: t, seed: seed, path: path, length: length, began: time.Now(), clock: &wrongClock{}, dice: map[string]*rand.Rand{},
		wanted: map[string]map[string]bool{}, bios: map[string]time.Time{}, sum: newTally(), bus: &chanBus{wake: make(chan struct{}, 1)}}
	w.sum.Weeks = 1
	w.oracle, w.media = newOracle(w), &pictures{}
	w.bus.rough = func(n int) int { return w.roll("road", n) }
	w.disk = &disk{failed: map[string]int{}, dice: func(n int) int { return w.roll("disk", n) }}
	confirm := w.roll("world", 2) == 0
	judging := sandbox.Judging{}
	if confirm {
		judging.Confirmations = 1
	}
	w.x = sandbox.New(sandbox.Options{Seed: seed, Tier: sandbox.Enterprise, Lag: []time.Duration{0, 2 * time.Second, 40 * time.Second}[w.roll("world", 3)],
		Quirks: sandbox.Quirks{RepeatLike403: w.roll("world", 2) == 0, SecondDeleteOK: w.roll("world", 2) == 0, BlockedBy: w.roll("world", 2) == 0}, Judge: judging})
	w.sim = newSimHouse(t, w.x, simBots, simActions)
	for i := range simPeople {
		if _, err := w.x.AddUser(sandbox.User{ID: strconv.Itoa(5000 + i), Username: fmt.Sprintf("p%d", i), DMOpen: i%2 == 0}); err != nil {
			t.Fatal(err)
		}
	}
	w.settings(confirm)
	w.faults()
	w.desks = newDesk(w)
	return w
}

// settings draws how the house is run. Most houses look rarely, which costs the proof
// nothing but idle calls.
func (w *simWeek) settings(confirm bool) {
	h := w.sim.house
	h.Poll = []time.Duration{60, 60, 90, 45, 30}[w.roll("world", 5)] * time.Minute
	h.Look = []time.Duration{1, 2, 3, 4}[w.roll("world", 4)] * time.Hour
	h.Help, h.Confirm = true, confirm
	if w.roll("world", 2) == 0 {
		h.Inbound = 300
	}
	for i := range h.Charges {
		c := &h.Charges[i]
		c.Bot.Script = bots.Script{Command: []string{c.Bot.Name}, Service: true}
		c.Pipeline.Stations = slices.Clone(c.Pipeline.Stations)
		w.tune(&c.Pipeline, "opt_out", fmt.Sprintf("inbox_age = %q", h.Poll+10*time.Minute))
		w.tune(&c.Pipeline, "consent", `mention_allow = { p0 = "5000" }`)
		w.oracle.bars(c.Bot)
		w.wanted[c.Bot.Name] = map[string]bool{}
	}
	w.house = h
}

// tune gives one guard of a pipeline other settings.
func (w *simWeek) tune(p *guards.Pipeline, name, settings string) {
	_, g, err := guards.New(name)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := toml.Decode(settings, g); err != nil {
		w.t.Fatal(err)
	}
	if bad := g.Check(); len(bad) > 0 {
		w.t.Fatalf("%s: %v", name, bad)
	}
	for i := range p.Stations {
		if p.Stations[i].Rule.Name == name {
			p.Stations[i].Guard = g
			return
		}
	}
	w.t.Fatalf("no guard %s", name)
}

// way is a process's own way to X.
func (w *simWeek) way(road *pipes) runner.Platform {
	x, err := platform.New(platform.Options{BaseURL: "http://127.0.0.1:1", Dial: road.dial, Tier: bots.Enterprise, Accounts: w.sim.accounts,
		Consumer: w.sim.keys, Now: w.clock.now, Media: w.media.sent})
	if err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	w.byway = x
	w.mu.Unlock()
	return &weekPlatform{x, w}
}

func (w *simWeek) open() *ledger.Ledger {
	l, err := ledger.Open(w.path, ledger.Options{Trust: true, Watch: 5 * time.Minute})
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// roll is a die of somebody's own.
func (w *simWeek) roll(who string, n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.dice[who]
	if d == nil {
		h := fnv.New64a()
		h.Write([]byte(who))
		d = rand.New(rand.NewPCG(w.seed, h.Sum64()))
		w.dice[who] = d
	}
	return d.IntN(n)
}

// tell counts something.
func (w *simWeek) tell(m map[string]int, what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m[what]++
}

// What the oracle asks of X's truth.

// authorOf is who wrote a post; "" for one that is not there.
func (w *simWeek) authorOf(post string) string {
	p, err := w.x.PostByID(post)
	if err != nil {
		return ""
	}
	return p.AuthorID
}

// wrote says whether a person wrote a message to a bot since an instant.
func (w *simWeek) wrote(person, bot string, since time.Time) bool {
	return slices.ContainsFunc(w.x.Messages(person, w.idOf(bot)), func(m sandbox.Message) bool {
		return m.SenderID == person && !m.CreatedAt.Before(since)
	})
}

// named says whether a post is by a person, speaks to a bot, and is no older than an instant.
func (w *simWeek) named(post, bot string, since time.Time) bool {
	p, err := w.x.PostByID(post)
	if err != nil || p.CreatedAt.Before(since) {
		return false
	}
	if slices.Contains(p.Mentions, w.idOf(bot)) {
		return true
	}
	for _, of := range []string{p.ReplyTo, p.QuoteOf} {
		if to, err := w.x.PostByID(of); err == nil && to.AuthorID == w.idOf(bot) {
			return true
		}
	}
	return false
}

// undisclosed says since when a bot's bio has disclosed nothing.
func (w *simWeek) undisclosed(bot string) (since time.Time, bad bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	since, bad = w.bios[bot]
	return since, bad
}
