// Command desk answers people who mention it or write to it, about the earthquakes
// in its file. It says one thing to one question and never speaks first.
//
// FEED is the file of earthquakes, one JSON object a line.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

type quake struct {
	ID    string  `json:"id"`
	Mag   float64 `json:"mag"`
	Place string  `json:"place"`
	Depth float64 `json:"depth_km"`
}

type event struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Mention *struct {
		PostID string `json:"post_id"`
		Text   string `json:"text"`
	} `json:"mention"`
	DM *struct {
		UserID string `json:"user_id"`
		Text   string `json:"text"`
	} `json:"dm"`
}

type intent struct {
	Action string            `json:"action"`
	Key    string            `json:"key"`
	Cause  string            `json:"cause"`
	Target map[string]string `json:"target"`
	Text   string            `json:"text"`
}

func main() {
	quakes, err := load(os.Getenv("FEED"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "E!", err)
		os.Exit(78) // nothing but other settings will help
	}
	out := json.NewEncoder(os.Stdout)
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	for in.Scan() { // stdin ends when heed wants the script to stop
		var e event
		if err := json.Unmarshal(in.Bytes(), &e); err != nil {
			fmt.Fprintln(os.Stderr, "W! an event cannot be read:", err)
			continue
		}
		if answer, ok := answer(quakes, e); ok {
			if err := out.Encode(answer); err != nil {
				os.Exit(1)
			}
		}
	}
}

func load(path string) ([]quake, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var quakes []quake
	for dec := json.NewDecoder(f); dec.More(); {
		var q quake
		if err := dec.Decode(&q); err != nil {
			return nil, fmt.Errorf("%s: quake %d: %w", path, len(quakes)+1, err)
		}
		quakes = append(quakes, q)
	}
	if len(quakes) == 0 {
		return nil, fmt.Errorf("%s: holds no earthquake", path)
	}
	return quakes, nil
}

// answer makes one answer to one question, bound to the event that asked it.
func answer(quakes []quake, e event) (intent, bool) {
	switch {
	case e.Type == "mention" && e.Mention != nil:
		return intent{Action: "reply", Key: "answer-" + e.ID, Cause: e.ID,
			Target: map[string]string{"post_id": e.Mention.PostID}, Text: say(quakes, e.Mention.Text)}, true
	case e.Type == "dm" && e.DM != nil:
		return intent{Action: "dm", Key: "answer-" + e.ID, Cause: e.ID,
			Target: map[string]string{"user_id": e.DM.UserID}, Text: say(quakes, e.DM.Text) + " Send STOP to end messages."}, true
	}
	return intent{}, false
}

// say looks for a place that the question names; without one it tells the strongest.
func say(quakes []quake, question string) string {
	question = strings.ToLower(question)
	best, where, count := quakes[0], "", 0
	for _, q := range quakes {
		region := q.Place[strings.LastIndex(q.Place, ",")+1:]
		region = strings.TrimSpace(region)
		if strings.Contains(question, strings.ToLower(region)) {
			if where != region {
				best, where, count = q, region, 0
			}
			count++
		} else if where != "" {
			continue
		}
		if q.Mag > best.Mag {
			best = q
		}
	}
	if where == "" {
		return fmt.Sprintf("%d earthquakes this week. The strongest: M%.1f, %s, %.0f km deep.", len(quakes), best.Mag, best.Place, best.Depth)
	}
	return fmt.Sprintf("%s: %d this week. The strongest: M%.1f, %s, %.0f km deep.", where, count, best.Mag, best.Place, best.Depth)
}
