package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"heed/runner"
)

// open lets all speak, until stop.
func (w *crashWorld) open() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	w.t.Cleanup(cancel)
	var all sync.WaitGroup
	actors := []func(context.Context, *rand.Rand){w.people, w.verbs, w.approver, w.door}
	for _, bot := range crashNATS {
		actors = append(actors, func(ctx context.Context, d *rand.Rand) { w.publisher(ctx, d, bot) })
	}
	for i, act := range actors {
		all.Go(func() { act(ctx, rand.New(rand.NewPCG(w.seed, uint64(i)+1))) })
	}
	return func() {
		cancel()
		all.Wait()
		write(w.t, filepath.Join(w.dir, "quiet"), "", 0o644) // the scripts' turn to be still
	}
}

// every calls step again and again, with pauses of about d between.
func every(ctx context.Context, dice *rand.Rand, d time.Duration, step func(n int)) {
	for n := 0; ; n++ {
		select {
		case <-time.After(time.Duration((0.5 + dice.Float64()) * float64(d))):
			step(n)
		case <-ctx.Done():
			return
		}
	}
}

// people talk to bots, say STOP to some and START to others.
func (w *crashWorld) people(ctx context.Context, d *rand.Rand) {
	every(ctx, d, 100*time.Millisecond, func(n int) {
		if n%50 == 0 {
			w.lay()
		}
		who, bot := talkers+d.IntN(crashPeople), crashBots[d.IntN(len(crashBots))]
		text, word := "what of "+wordsOf(fmt.Sprint("asked", n, w.seed)), d.IntN(16)
		switch {
		case word == 0:
			text = "STOP"
		case word < 3:
			text = "START"
		case word < 9:
			who += []int{byVerb, byDoor}[d.IntN(2)] - talkers
		}
		person := fmt.Sprintf("p%d", who)
		var err error
		if d.IntN(3) == 0 {
			_, err = w.x.DM(person, bot, text)
		} else {
			_, err = w.x.Mention(person, bot, "@"+bot+" "+text)
		}
		if err != nil {
			w.t.Errorf("%s to %s: %v", person, bot, err)
			return
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if id := fmt.Sprint(who); word < 3 {
			w.said[id] = word == 0
		}
	})
}

// publisher is a program elsewhere with a bot's own key. What is not acknowledged it
// says again.
func (w *crashWorld) publisher(ctx context.Context, d *rand.Rand, bot string) {
	var nc *nats.Conn
	defer func() {
		if nc != nil {
			nc.Close()
		}
	}()
	every(ctx, d, 700*time.Millisecond, func(n int) {
		in, key := w.wish(d, bot, n)
		line, err := json.Marshal(in)
		if err != nil {
			w.t.Error(err)
			return
		}
		for ctx.Err() == nil {
			if nc == nil {
				nc = w.connect(bot)
			}
			if nc != nil && acknowledged(nc, bot, line) {
				break
			}
			pause(50 * time.Millisecond)
		}
		if ctx.Err() != nil {
			return
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.acked[key] = true
		if in["hold"] == true {
			w.held = append(w.held, key)
		}
	})
}

func (w *crashWorld) wish(d *rand.Rand, bot string, n int) (map[string]any, runner.Ref) {
	key := fmt.Sprintf("n%d", n)
	in := map[string]any{"key": key, "action": "post", "text": wordsOf(fmt.Sprint(bot, " ", n, " by nats ", w.seed))}
	switch d.IntN(10) {
	case 0, 1, 2:
		in["hold"] = true
	case 3, 4:
		in = map[string]any{"key": key, "action": "follow", "target": map[string]any{"user_id": fmt.Sprint(talkers + d.IntN(crashPeople))}}
	}
	return in, runner.Ref{Bot: bot, Key: key}
}

// connect needs the key that heed makes when it first starts.
func (w *crashWorld) connect(bot string) *nats.Conn {
	opt, err := nats.NkeyOptionFromSeed(filepath.Join(w.dir, "state", "nats", "creds", bot+".nk"))
	if err != nil {
		return nil
	}
	nc, err := nats.Connect("nats://"+w.nats, opt, nats.CustomInboxPrefix("_INBOX."+bot), nats.MaxReconnects(-1),
		nats.ReconnectWait(30*time.Millisecond), nats.ReconnectBufSize(-1))
	if err != nil {
		return nil
	}
	return nc
}

func acknowledged(nc *nats.Conn, bot string, line []byte) bool {
	m, err := nc.Request("heed.v1.intent."+bot, line, 700*time.Millisecond)
	if err != nil {
		return false
	}
	var ack struct {
		Stream string
		Seq    uint64
		Error  any
	}
	return json.Unmarshal(m.Data, &ack) == nil && ack.Error == nil && ack.Stream != "" && ack.Seq > 0
}

// verb runs one command line; some of them are killed.
func (w *crashWorld) verb(d *rand.Rand, args ...string) bool {
	cmd := exec.Command(heedBinary(w.t), args...)
	cmd.Dir, cmd.Env = w.dir, append(os.Environ(), w.env...)
	if err := cmd.Start(); err != nil {
		w.t.Error(err)
		return false
	}
	if d.IntN(6) == 0 {
		go func() { pause(logTime(d, time.Millisecond, 300*time.Millisecond)); _ = cmd.Process.Kill() }()
	}
	return cmd.Wait() == nil
}

// verbs opt people out by the command line, and let bots rest.
func (w *crashWorld) verbs(ctx context.Context, d *rand.Rand) {
	next := 0
	every(ctx, d, 1500*time.Millisecond, func(n int) {
		own := rand.New(rand.NewPCG(w.seed, uint64(100+n)))
		if n%5 == 4 {
			bot := crashBots[d.IntN(len(crashBots))]
			w.verb(own, "pause", bot, "--for", "1s")
			w.verb(own, "resume", bot)
			return
		}
		if next >= crashPeople {
			return
		}
		if person := fmt.Sprint(byVerb + next); w.verb(own, "optout", "add", person) {
			w.optedOut(person)
			next++
		}
	})
}

func (w *crashWorld) optedOut(person string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.outs[person] = time.Now()
}

// approver approves what is held.
func (w *crashWorld) approver(ctx context.Context, d *rand.Rand) {
	every(ctx, d, time.Second, func(n int) {
		w.mu.Lock()
		if len(w.held) == 0 {
			w.mu.Unlock()
			return
		}
		key := w.held[d.IntN(len(w.held))]
		w.mu.Unlock()
		if w.verb(rand.New(rand.NewPCG(w.seed, uint64(10000+n))), "approve", key.Bot+"/"+key.Key) {
			w.mu.Lock()
			w.approved[key] = true
			w.mu.Unlock()
		}
	})
}

// door opts people out over HTTP, while heed dies behind it.
func (w *crashWorld) door(ctx context.Context, d *rand.Rand) {
	client := &http.Client{Timeout: 2 * time.Second}
	next := 0
	every(ctx, d, 500*time.Millisecond, func(int) {
		token, err := os.ReadFile(filepath.Join(w.dir, "state", "web.token"))
		if err != nil || next >= crashPeople {
			return
		}
		person := fmt.Sprint(byDoor + next)
		req, err := http.NewRequestWithContext(ctx, "POST", "http://"+w.web+"/v1/opt-outs", strings.NewReader(`{"user_id":"`+person+`"}`))
		if err != nil {
			w.t.Error(err)
			return
		}
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
		req.Header.Set("Content-Type", "application/json")
		answer, err := client.Do(req)
		if err != nil {
			return // nobody is there
		}
		_ = answer.Body.Close()
		switch {
		case answer.StatusCode == 200:
			w.optedOut(person)
			next++
		case answer.StatusCode < 500:
			w.t.Errorf("the door answered %s", answer.Status)
		}
	})
}

// readers read the ledger with several verbs at once, for at least some time.
func (w *crashWorld) readers(d time.Duration) {
	for _, args := range [][]string{{"held"}, {"optout", "list"}, {"log", "-n", "500"}} {
		go w.verb(rand.New(rand.NewPCG(w.seed, 0)), args...)
	}
	pause(d)
}
