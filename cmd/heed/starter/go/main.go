// A bot for heed: it says hello once, and answers who mentions it.
//
// heed gives events on stdin and takes wishes on stdout, one JSON object a line. It
// judges each wish, and does itself what is allowed; there is no key of X's here.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strconv"
)

type event struct {
	Type    string `json:"type"`
	ID      string `json:"id"`
	Bot     string `json:"bot"`
	Mention struct {
		PostID string `json:"post_id"`
	} `json:"mention"`
	Verdict struct {
		Key, Decision, Message string
	} `json:"verdict"`
}

type target struct {
	PostID string `json:"post_id,omitempty"`
}

type intent struct {
	Action   string            `json:"action"`
	Key      string            `json:"key"`             // names the thing for ever: said again, it is the same
	Cause    string            `json:"cause,omitempty"` // what is answered; without it an answer is refused
	Target   target            `json:"target,omitzero"`
	Text     string            `json:"text"`
	Template string            `json:"template,omitempty"` // with facts: how texts that look alike differ
	Facts    map[string]string `json:"facts,omitempty"`
}

func main() {
	log.SetFlags(0) // what is logged stands in heed's log, with its time
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var e event
		if err := in.Decode(&e); errors.Is(err, io.EOF) {
			return // heed wants the bot to stop
		} else if err != nil {
			log.Fatal("E! ", err)
		}
		if err := on(e, out); err != nil {
			log.Fatal("E! ", err) // heed starts it again, after a pause
		}
	}
}

func on(e event, out *json.Encoder) error {
	switch e.Type {
	case "hello":
		return out.Encode(intent{Action: "post", Key: "hello", Text: "Hello, I am " + e.Bot + ", a bot. Ask me something."})
	case "mention":
		n, err := oneMore(filepath.Join(os.Getenv("HEED_STATE_DIR"), "asked")) // the only folder it may write to
		if err != nil {
			return err
		}
		return out.Encode(intent{Action: "reply", Key: "answer-" + e.ID, Cause: e.ID, Target: target{e.Mention.PostID},
			Text:     fmt.Sprintf("Thank you for asking. That was question %d.", n),
			Template: "answer", Facts: map[string]string{"question": strconv.Itoa(n)}})
	case "verdict":
		if v := e.Verdict; v.Decision != "allow" && v.Decision != "duplicate" { // duplicate: the key was used before
			log.Printf("W! %s %s %s", v.Key, v.Decision, v.Message)
		}
	}
	return nil
}

// oneMore counts a question. The file is replaced as a whole: an end half way spoils nothing.
func oneMore(file string) (int, error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		b = []byte("0")
	} else if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(string(b))
	if err != nil {
		return 0, err
	}
	n++
	if err := os.WriteFile(file+".new", []byte(strconv.Itoa(n)), 0o600); err != nil {
		return 0, err
	}
	return n, os.Rename(file+".new", file)
}
