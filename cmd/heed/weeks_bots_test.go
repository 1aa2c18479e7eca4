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

func (simScripts) Media(bot, path string) (io.ReadCloser, error) {
	return nil, fmt.Errorf("%s has no %s: nobody shows pictures here", bot, path)
}

func (s simScripts) Keep(ctx context.Context, bot bots.Bot, io runner.ScriptIO) error {
	for run := 0; ctx.Err() == nil; run++ {
		wait := time.NewTimer(time.Duration(60+s.w.roll(3600)) * time.Second)
		var in map[string]any
		select {
		case line := <-io.Events:
			in = s.answer(line)
		case <-wait.C:
			in = s.w.whim(bot.Name)
		case <-ctx.Done():
		}
		wait.Stop()
		if in == nil {
			continue
		}
		s.w.say(ctx, bot.Name, in, io)
	}
	return nil
}

func (w *simWeek) say(ctx context.Context, bot string, in map[string]any, io runner.ScriptIO) {
	line, err := json.Marshal(in)
	if err != nil {
		w.t.Error(err)
		return
	}
	if io.Lines(ctx, runner.Frame{Lines: [][]byte{line}}) == nil {
		w.mu.Lock()
		w.wanted[bot][in["key"].(string)] = true
		w.mu.Unlock()
	}
}

// answer answers most people, and some of them twice.
func (s simScripts) answer(line []byte) map[string]any {
	var e bots.Event
	if json.Unmarshal(line, &e) != nil {
		return nil
	}
	key := fmt.Sprintf("a-%s-%d", e.ID, s.w.roll(3)/2)
	text := fmt.Sprintf("Number %d is %s.", s.w.roll(1000), fact(s.w.roll(1_000_000)))
	switch {
	case e.Mention != nil:
		return map[string]any{"action": "reply", "key": key, "cause": e.ID, "text": text, "target": map[string]any{"post_id": e.Mention.PostID}}
	case e.DM != nil:
		return map[string]any{"action": "dm", "key": key, "cause": e.ID, "text": text, "target": map[string]any{"user_id": e.DM.UserID}}
	}
	return nil
}

// whim is what a bot wants of its own accord.
func (w *simWeek) whim(bot string) map[string]any {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.n++
	person := strconv.Itoa(5000 + w.dice.IntN(simPeople))
	in := map[string]any{"key": fmt.Sprintf("k%d", w.n)}
	if w.dice.IntN(20) == 0 {
		in["key"] = fmt.Sprintf("k%d", 1+w.dice.IntN(w.n)) // a key that was used before
	}
	switch w.dice.IntN(12) {
	case 0, 1, 2, 3, 4:
		in["action"], in["text"] = "post", fmt.Sprintf("%s %s %s: %s today.", fact(w.n), fact(w.n*7), bot, fact(w.n*13))
		w.texts = append(w.texts, in["text"].(string))
	case 5, 6:
		in["action"], in["text"] = "post", "nothing new"
		if len(w.texts) > 0 {
			in["text"] = w.texts[w.dice.IntN(len(w.texts))] + "!!" // what somebody said already
		}
	case 7:
		in["action"], in["target"] = "follow", map[string]any{"user_id": person}
	case 8:
		in["action"], in["target"] = "unfollow", map[string]any{"user_id": person}
	case 9:
		in["action"], in["text"], in["target"] = "dm", "Have you seen "+fact(w.n)+"?", map[string]any{"user_id": person}
	case 10:
		posts := w.x.Posts(person)
		if len(posts) == 0 {
			return nil
		}
		in["action"], in["target"] = "repost", map[string]any{"post_id": posts[w.dice.IntN(len(posts))].ID}
	case 11:
		in["action"], in["text"] = "post", fmt.Sprintf("Hello @p%d, %s!", w.dice.IntN(simPeople), fact(w.n))
	}
	return in
}
