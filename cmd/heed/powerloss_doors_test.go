package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"heed/runner/scripts"
)

// What counts as heed's word, door by door:
//
//	heed emit              {"queued":true} on the bot's socket
//	NATS over TCP          JetStream's PubAck
//	heed optout, approve   exit code 0
//	the opt-out door       status 200
//	a STOP on X            the line that says who was heard; until then X still has it

// useDoors lets each door be used until the power goes.
func (r *powerRound) useDoors(ctx context.Context, doors *sync.WaitGroup) {
	addr, web := r.told(`NATS listens on (\S+);`), r.told(`opt-outs are taken at (\S+),`)
	token, _ := r.d.read("state/web.token")
	for i, bot := range r.bots {
		doors.Go(func() { r.viaSocket(ctx, bot, i) })
	}
	doors.Go(func() { r.viaNATS(ctx, r.bots[0], addr) })
	doors.Go(func() { r.viaHTTP(ctx, web, strings.TrimSpace(string(token))) })
	doors.Go(func() { r.viaShell(ctx) })
	doors.Go(func() { r.viaX(ctx) })
}

// emit hands in one intent as the script's own `heed emit` does.
func (r *powerRound) emit(ctx context.Context, bot, intent string) error {
	socket, ok := r.d.read("state/bots/" + bot + ".socket")
	if !ok {
		return errors.New("there is no socket")
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return scripts.Emit(ctx, string(socket), json.RawMessage(intent), false, func(line []byte) error {
		var a struct{ Queued bool }
		if json.Unmarshal(line, &a) != nil || !a.Queued {
			return fmt.Errorf("answered %s", line)
		}
		return nil
	})
}

func (r *powerRound) took(bot, key, text string) {
	r.acknowledged(func() { r.intents[[2]string{bot, key}] = text })
}

// viaSocket posts, and writes to people of whom some have opted out.
func (r *powerRound) viaSocket(ctx context.Context, bot string, i int) {
	for n := 0; n < 12 && ctx.Err() == nil; n++ {
		text := r.text()
		key, line := "s"+text[:11], fmt.Sprintf(`"action":"post","text":%q`, text)
		if n%3 == 2 {
			key, line = "m"+text[:11], fmt.Sprintf(`"action":"dm","text":%q,"target":{"user_id":%q}`, text, person((int(text[0])*7+int(text[5])+i)%manyPeople))
		}
		if err := r.emit(ctx, bot, fmt.Sprintf(`{"key":%q,%s}`, key, line)); err != nil {
			return
		}
		r.took(bot, key, text)
	}
}

func (r *powerRound) viaNATS(ctx context.Context, bot, addr string) {
	seed := filepath.Join(r.TempDir(), "seed.nk")
	if os.WriteFile(seed, []byte(r.seeds[bot]), 0o600) != nil {
		return
	}
	opt, err := nats.NkeyOptionFromSeed(seed)
	if err != nil {
		r.Errorf("the key of %s: %v", bot, err)
		return
	}
	nc, err := nats.Connect("nats://"+addr, opt, nats.CustomInboxPrefix("_INBOX."+bot), nats.NoReconnect(), nats.Timeout(10*time.Second))
	if err != nil {
		return
	}
	defer nc.Close()
	for range 20 {
		text := r.text()
		soon, cancel := context.WithTimeout(ctx, 10*time.Second)
		m, err := nc.RequestWithContext(soon, "heed.v1.intent."+bot, fmt.Appendf(nil, `{"action":"post","key":"n%s","text":%q}`, text[:11], text))
		cancel()
		var ack struct {
			Seq   uint64
			Error any
		}
		if err != nil || json.Unmarshal(m.Data, &ack) != nil || ack.Error != nil || ack.Seq == 0 {
			return
		}
		r.took(bot, "n"+text[:11], text)
	}
}

func (r *powerRound) optedOut(who string) {
	r.acknowledged(func() {
		if r.gone[who].IsZero() {
			r.gone[who] = time.Now()
		}
	})
}

// next is somebody who has not opted out yet.
func (r *powerRound) leaver() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range manyPeople {
		if who := person(i); r.gone[who].IsZero() && !r.stops[who] {
			r.stops[who] = false
			return who
		}
	}
	return person(0)
}

func (r *powerRound) viaHTTP(ctx context.Context, url, token string) {
	for range 2 {
		who := r.leaver()
		req, err := http.NewRequestWithContext(ctx, "POST", url, bytes.NewReader(fmt.Appendf(nil, `{"user_id":%q}`, who)))
		if err != nil {
			r.Error(err)
			return
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			return
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return
		}
		r.optedOut(who)
	}
}

// verb runs heed beside the daemon, and says whether it did what it was asked to.
func (r *powerRound) verb(args ...string) bool {
	bin, err := build()
	if err != nil {
		return false
	}
	cmd := exec.Command(bin, args...)
	cmd.Dir = r.dir
	return cmd.Run() == nil
}

// viaShell opts somebody out, and approves what a bot asked to be looked at.
func (r *powerRound) viaShell(ctx context.Context) {
	text := r.text()
	bot, key := r.bots[1], "h"+text[:11]
	if err := r.emit(ctx, bot, fmt.Sprintf(`{"action":"post","hold":true,"key":%q,"text":%q}`, key, text)); err != nil {
		return
	}
	r.took(bot, key, text)
	if who := r.leaver(); r.verb("optout", "add", who) {
		r.optedOut(who)
	}
	if r.verb("approve", bot+"/"+key) {
		r.acknowledged(func() { r.approved[[2]string{bot, key}] = true })
	}
}

// sayStop is somebody who writes STOP to a bot.
func (r *powerRound) sayStop() {
	who := r.leaver()
	if _, err := r.x.DM("p"+who, r.bots[2], "STOP"); err != nil {
		r.Error(err)
		return
	}
	r.mu.Lock()
	r.stops[who] = true
	r.mu.Unlock()
}

// viaX notes whose STOP heed says it has heard.
func (r *powerRound) viaX(ctx context.Context) {
	r.sayStop()
	heard := regexp.MustCompile(`heard .*opt_out user (\d+)`)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-tick.C:
			for _, line := range r.p.said() {
				if m := heard.FindStringSubmatch(line); m != nil && r.waits(m[1]) {
					r.optedOut(m[1])
				}
			}
		case <-r.p.ended:
			return
		}
	}
}

// waits says whether somebody has said STOP and heed has not said that it was heard.
func (r *powerRound) waits(who string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stops[who] && r.gone[who].IsZero()
}
