package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"heed/bots"
	"heed/runner"
)

// simScripts are bots that want much of what they may not.
type simScripts struct{ w *simWeek }

func (s simScripts) Media(_, path string) (io.ReadCloser, error) { return s.w.media.shown(path) }

func (s simScripts) Keep(ctx context.Context, bot bots.Bot, io runner.ScriptIO) error {
	for ctx.Err() == nil {
		wait := time.NewTimer(time.Duration(60+s.w.roll(bot.Name, 3600)) * time.Second)
		var in map[string]any
		select {
		case line := <-io.Events:
			in = s.answer(line, bot.Name)
		case <-wait.C:
			in = s.w.whim(bot.Name, bot.Name)
		case <-ctx.Done():
		}
		wait.Stop()
		if in == nil {
			continue
		}
		lines := [][]byte{s.w.line(in)}
		if s.w.roll(bot.Name, 60) == 0 { // what is no intent stands beside one
			lines = append(lines, []byte(`{"action":"post","text":"twice","text":"over"}`))
			s.w.tell(s.w.sum.Bots, "no intent at all")
		}
		if io.Lines(ctx, runner.Frame{Lines: lines}) == nil {
			s.w.want(bot.Name, lines[:1])
		}
	}
	return nil
}

func (w *simWeek) line(in map[string]any) []byte {
	line, err := json.Marshal(in)
	if err != nil {
		w.t.Error(err)
	}
	return line
}

// want notes what was put on the road: it must never be lost.
func (w *simWeek) want(bot string, lines [][]byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, line := range lines {
		var in struct{ Key string }
		if err := json.Unmarshal(line, &in); err == nil {
			w.wanted[bot][in.Key] = true
		}
	}
}

// answer answers most people, and some of them twice.
func (s simScripts) answer(line []byte, dice string) map[string]any {
	var e bots.Event
	if json.Unmarshal(line, &e) != nil {
		return nil
	}
	roll := func(n int) int { return s.w.roll(dice, n) }
	in := map[string]any{"key": fmt.Sprintf("a-%s-%d", e.ID, roll(3)/2), "cause": e.ID,
		"text": fmt.Sprintf("Number %d is %s.", roll(1000), fact(roll(1_000_000)))}
	switch {
	case e.Mention != nil:
		in["action"], in["target"] = "reply", map[string]any{"post_id": e.Mention.PostID}
	case e.DM != nil:
		in["action"], in["target"] = "dm", map[string]any{"user_id": e.DM.UserID}
	default:
		return nil
	}
	if roll(12) == 0 {
		s.w.picture(in, dice)
	}
	return in
}

// picture hangs a picture on an intent.
func (w *simWeek) picture(in map[string]any, dice string) {
	in["media"] = []any{map[string]any{"path": fmt.Sprintf("p%d.png", w.roll(dice, 1_000_000)), "alt": "Points of many colours"}}
	w.tell(w.sum.Bots, "pictures")
}

// whim is what a bot wants of its own accord.
func (w *simWeek) whim(bot, dice string) map[string]any {
	roll := func(n int) int { return w.roll(dice, n) }
	w.mu.Lock()
	w.n++
	n := w.n
	w.mu.Unlock()
	person := strconv.Itoa(5000 + roll(simPeople))
	in := map[string]any{"key": fmt.Sprintf("k%d", n)}
	if roll(20) == 0 {
		in["key"] = fmt.Sprintf("k%d", 1+roll(n)) // a key that was used before, for something else
	}
	onPost := func(of, action string) map[string]any {
		posts := w.x.Posts(of)
		if len(posts) == 0 {
			return nil
		}
		in["action"], in["target"] = action, map[string]any{"post_id": posts[len(posts)-1-roll(min(len(posts), 20))].ID}
		return in
	}
	switch roll(20) {
	case 0, 1, 2, 3, 4:
		in["action"], in["text"] = "post", w.fresh(bot, n)
		if roll(10) == 0 {
			in["hold"] = true
		}
	case 5:
		w.template(in, n)
	case 6, 7, 8:
		in["action"], in["text"] = "post", w.stale(roll)
	case 9, 10:
		in["action"], in["target"] = "follow", map[string]any{"user_id": person}
	case 11:
		in["action"], in["target"] = "unfollow", map[string]any{"user_id": person}
	case 12, 13:
		in["action"], in["text"], in["target"] = "dm", "Have you seen "+fact(n)+"?", map[string]any{"user_id": person}
	case 14:
		return onPost(person, "repost")
	case 15:
		return onPost(person, "like")
	case 16:
		if onPost(person, "quote") == nil {
			return nil
		}
		in["text"] = fact(n) + " says " + fact(n*3)
	case 17:
		return onPost(w.idOf(bot), "delete")
	case 18:
		in["action"], in["text"] = "post", fmt.Sprintf("Hello @p%d, %s and %s!", roll(4), fact(n), fact(n*5))
	case 19:
		in["action"], in["text"] = "post", w.fresh(bot, n)
		w.picture(in, dice)
	}
	return in
}

// fresh is a text that nobody has said.
func (w *simWeek) fresh(bot string, n int) string {
	text := fmt.Sprintf("%s %s %s: %s today.", fact(n), fact(n*7), bot, fact(n*13))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts = append(w.texts, text)
	return text
}

// stale is what somebody said already, or nearly so.
func (w *simWeek) stale(roll func(int) int) string {
	w.mu.Lock()
	texts := w.texts
	w.mu.Unlock()
	if len(texts) == 0 {
		return "nothing new"
	}
	return texts[len(texts)-1-roll(min(len(texts), 60))] + []string{"!!", "", " Indeed."}[roll(3)]
}

// template fills one sentence with other facts, and sometimes with those of before.
func (w *simWeek) template(in map[string]any, n int) {
	if w.roll("template", 4) == 0 {
		n = n / 8 * 8
	}
	place, depth := fact(n), strconv.Itoa(10+n%600)
	in["action"], in["template"] = "post", "quake"
	in["text"] = fmt.Sprintf("An earthquake was felt near %s at a depth of %s km.", place, depth)
	in["facts"] = map[string]string{"place": place, "depth": depth}
	w.tell(w.sum.Bots, "templates")
}
