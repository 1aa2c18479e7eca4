package main

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
	"heed/runner/ledger"
	"heed/runner/sandbox"
)

// want is one intent of a schedule, and what is due of it.
type want struct {
	bot, key string // key "": named by its place on the road
	action   bots.Action
	text     string
	person   string // whom it is about
	user     string
	post     string
	line     []byte
	at       time.Duration
	consent  bool // its person agreed at the desk to be quoted
	on       bool // it was acknowledged
}

// presets are the kinds of fault that are drawn.
var presets = []string{"server_error", "unavailable", "html_503", "html_200", "empty_200", "empty_json_503", "no_type_502", "problem_json",
	"forbidden", "unauthorized", "redirect_307", "drop_before", "drop_after", "truncate", "hang_before", "hang_after", "error_after",
	"html_after", "empty_after", "rate_no_reset", "rate_bad_reset", "rate_limited", "delay", "delay_processed"}

// routes are where an action is called.
var routes = map[bots.Action][2]string{
	bots.Post: {"POST", "/2/tweets"}, bots.Reply: {"POST", "/2/tweets"}, bots.Quote: {"POST", "/2/tweets"},
	bots.Repost: {"POST", "/2/users/:id/retweets"}, bots.Unrepost: {"DELETE", "/2/users/:id/retweets/:target"},
	bots.Like: {"POST", "/2/users/:id/likes"}, bots.Unlike: {"DELETE", "/2/users/:id/likes/:target"},
	bots.Follow: {"POST", "/2/users/:id/following"}, bots.Unfollow: {"DELETE", "/2/users/:id/following/:target"},
	bots.DM: {"POST", "/2/dm_conversations/with/:id/messages"}, bots.Delete: {"DELETE", "/2/tweets/:id"},
}

// reads are the calls that heed makes beside its acts.
var reads = []string{"/2/users/:id/mentions", "/2/dm_events", "/2/users/me", "/2/tweets/:id", "/2/users/:id/tweets", "/2/users/:id/liked_tweets",
	"/2/users/:id", "/2/dm_conversations/with/:id/dm_events"}

func newSchedule(t *testing.T, seed uint64, path string) *schedule {
	d := rand.New(rand.NewPCG(seed, 11))
	s := &schedule{t: t, path: path, bus: &chanBus{wake: make(chan struct{}, 1)}, sum: newTotals(), witness: newWitness()}
	s.sum.Schedules = 1
	t.Cleanup(func() { time.Sleep(time.Minute) }) // connections that were given up end in their own time
	s.yes = func(ref string) bool { h := fnv.New64a(); fmt.Fprint(h, seed, ref); return h.Sum64()%4 != 0 }
	confirm := d.IntN(2) == 0
	judging := sandbox.Judging{}
	if confirm {
		judging.Confirmations = 1
	}
	s.x = sandbox.New(sandbox.Options{Seed: seed, Tier: sandbox.Enterprise, Lag: []time.Duration{0, 2 * time.Second, 40 * time.Second}[d.IntN(3)],
		Quirks: sandbox.Quirks{RepeatLike403: d.IntN(2) == 0, SecondDeleteOK: d.IntN(2) == 0, BlockedBy: d.IntN(2) == 0}, Judge: judging})
	names := []string{"quakes", "desk", "mirror", "circle"}[:2+d.IntN(3)]
	s.sim = newSimHouse(s.t, s.x, names, wanted)
	s.sim.house.Poll = []time.Duration{2 * time.Minute, 5 * time.Minute, 10 * time.Minute}[d.IntN(3)]
	s.sim.house.Confirm = confirm
	s.net = &brittle{road: s.sim.serve(s.t), cuts: map[int]cut{}, struck: s.witness.cutOff(s.sum)}
	for i := range 2 + d.IntN(2) {
		u, err := s.x.AddUser(sandbox.User{Username: fmt.Sprintf("p%d", i), DMOpen: d.IntN(2) == 0})
		if err != nil {
			s.t.Fatal(err)
		}
		s.people = append(s.people, u)
	}
	whose, what := names, wanted
	if d.IntN(3) == 0 { // one bot's intents of one or two kinds, which share a limit
		i := d.IntN(len(wanted))
		whose, what = names[:1], wanted[i:min(i+2, len(wanted))]
	}
	for i := range 3 + d.IntN(6) {
		s.draw(d, whose, what, i)
	}
	s.befall(d)
	s.leave(d, names)
	slices.SortStableFunc(s.events, byTime)
	time.Sleep(time.Minute) // what people said lies behind the lag
	return s
}

func (s *schedule) must(id string, err error) string {
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// draw makes one want, with what it rests on.
func (s *schedule) draw(d *rand.Rand, names []string, actions []bots.Action, i int) {
	p := s.people[d.IntN(len(s.people))]
	w := &want{bot: names[d.IntN(len(names))], action: actions[d.IntN(len(actions))], person: p.ID,
		at: time.Duration(d.IntN(300_000)) * time.Millisecond}
	if d.IntN(8) > 0 {
		w.key = "k" + strconv.Itoa(i)
	}
	word := fact(1 + d.IntN(1_000_000))
	w.text = fmt.Sprintf("%s %s %s: %s today.", word, fact(1+d.IntN(1_000_000)), w.bot, fact(1+d.IntN(1_000_000)))
	posted := func() string { return s.must(s.x.Post(p.Username, "what I think of "+word)) }
	in := map[string]any{"action": w.action}
	switch w.action {
	case bots.Post:
		w.person = ""
		if d.IntN(5) == 0 && len(s.wants) > 0 { // what another said already
			if text := s.wants[d.IntN(len(s.wants))].text; text != "" {
				w.text = text
			}
		}
	case bots.Reply:
		w.post = s.must(s.x.Mention(p.Username, w.bot, "what about "+word+"?"))
		in["cause"] = "post:" + w.post
	case bots.DM:
		in["cause"] = "dm:" + s.must(s.x.DM(p.Username, w.bot, "tell me about "+word))
		w.user = p.ID
	case bots.Quote:
		w.post, w.consent = posted(), true
	case bots.Repost, bots.Like:
		w.post = posted()
	case bots.Unrepost:
		w.post = posted()
		s.must(s.x.Repost(w.bot, w.post))
	case bots.Unlike:
		w.post = posted()
		s.must("", s.x.Like(w.bot, w.post))
	case bots.Follow:
		w.user = p.ID
	case bots.Unfollow:
		w.user = p.ID
		s.must("", s.x.Follow(w.bot, p.Username))
	case bots.Delete:
		w.post, w.person = s.must(s.x.Post(w.bot, "an old word of "+word)), ""
	}
	if w.action.Writes() {
		in["text"] = w.text
	} else {
		w.text = ""
	}
	if w.key != "" {
		in["key"] = w.key
	}
	if w.post != "" {
		in["target"] = map[string]any{"post_id": w.post}
	} else if w.user != "" {
		in["target"] = map[string]any{"user_id": w.user}
	}
	if d.IntN(12) == 0 {
		in["hold"] = true
	}
	var err error
	if w.line, err = json.Marshal(in); err != nil {
		s.t.Fatal(err)
	}
	s.wants = append(s.wants, w)
	s.event(w.at, fmt.Sprintf("%s wants %s", w.bot, w.line), func() {
		seq := s.bus.seq + 1
		s.must("", s.bus.Publish(context.Background(), w.bot, runner.Frame{Lines: [][]byte{w.line}}))
		w.on = true
		if w.key == "" {
			w.key = fmt.Sprintf("nats:%d:%d:1", time.Time{}.UnixMilli(), seq)
		}
	})
	if d.IntN(3) == 0 {
		seq := uint64(0)
		s.event(w.at, "", func() { seq = s.bus.seq })
		s.event(w.at+time.Duration(d.IntN(1200))*time.Second, "a frame comes again", func() {
			s.bus.again(w.bot, seq, runner.Frame{Lines: [][]byte{w.line}})
			s.sum.Redelivered++
		})
	}
}

func (s *schedule) event(at time.Duration, what string, do func()) {
	s.events = append(s.events, event{at, what, do})
}

// befall draws what goes wrong.
func (s *schedule) befall(d *rand.Rand) {
	for range 2 + d.IntN(6) {
		name := presets[d.IntN(len(presets))]
		var f sandbox.Fault
		if name == "rate_limited" {
			f = sandbox.RateLimited(time.Now().Add(time.Duration(1+d.IntN(20)) * time.Minute))
		} else {
			var err error
			if f, err = sandbox.Preset(name); err != nil {
				s.t.Fatal(err)
			}
		}
		if d.IntN(3) > 0 {
			to := routes[s.wants[d.IntN(len(s.wants))].action]
			f.Method, f.Route = to[0], to[1]
		} else {
			f.Method, f.Route = "GET", reads[d.IntN(len(reads))]
		}
		if name == "unauthorized" && d.IntN(2) == 0 { // it silences a bot: less often
			continue
		}
		f.Nth, f.Count = 1+d.IntN(3)*d.IntN(2), 1+d.IntN(2)
		f.Seen = func(c sandbox.Call) { s.witness.struck(name, c, s.sum) }
		if err := s.x.AddFault(f); err != nil {
			s.t.Fatal(err)
		}
	}
	for range 20 {
		s.event(time.Duration(d.IntN(1500))*time.Second, "", s.x.Release)
	}
	for range d.IntN(4) {
		s.net.cuts[1+d.IntN(60)] = cut{where: []string{"dial", "write", "read"}[d.IntN(3)], after: d.IntN(900)}
	}
	for range d.IntN(4) {
		f := life{steps: -1, pause: time.Duration(d.IntN(2)*d.IntN(120)) * time.Second}
		if d.IntN(2) == 0 {
			f.steps = int64(d.IntN(90))
		} else {
			f.call, f.within = int64(1+d.IntN(25)), time.Duration(d.IntN(3500))*time.Microsecond
		}
		s.lives = append(s.lives, f)
	}
}

// leave draws who asks to be left alone, how, and when.
func (s *schedule) leave(d *rand.Rand, names []string) {
	for _, p := range s.people {
		if d.IntN(2) > 0 {
			continue
		}
		at, bot := time.Duration(d.IntN(600_000))*time.Millisecond, names[d.IntN(len(names))]
		way := []string{"dm", "mention", "desk", "block"}[d.IntN(4)]
		s.event(at, fmt.Sprintf("%s (%s) asks %s to stop: %s", p.Username, p.ID, bot, way), func() {
			s.sum.OptOuts[way]++
			switch way {
			case "dm":
				s.must(s.x.DM(p.Username, bot, "STOP"))
			case "mention":
				s.must(s.x.Mention(p.Username, bot, "@"+bot+" stop"))
			case "block":
				s.must("", s.x.Block(p.Username, bot))
			case "desk":
				_, err := s.l.OptOut(context.Background(), bots.UserID(p.ID), guards.Choice{At: time.Now(), How: "cli", Scope: runner.EveryBot})
				s.must("", err)
				s.witness.stopped(p.ID)
			}
		})
	}
}

// consents are what people agreed to beforehand, at the desk.
func (s *schedule) consents(l *ledger.Ledger) {
	for _, w := range s.wants {
		if !w.consent {
			continue
		}
		for _, c := range s.sim.house.Charges {
			if c.Bot.Name == w.bot {
				s.must("", l.Consent(context.Background(), bots.UserID(w.person), guards.Choice{At: time.Now(), How: "cli", Scope: w.bot,
					Channel: string(bots.Quote), Event: "form:" + w.post, Behaviour: c.Bot.Behaviour()}))
			}
		}
	}
}

// noScripts are for a house whose bots speak over the road alone.
type noScripts struct{}

func (noScripts) Media(bot, path string) (io.ReadCloser, error) {
	return nil, fmt.Errorf("%s has no %s: nobody shows pictures here", bot, path)
}

func (noScripts) Keep(ctx context.Context, _ bots.Bot, _ runner.ScriptIO) error {
	<-ctx.Done()
	return nil
}
