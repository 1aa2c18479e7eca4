package runner

import (
	"context"
	"testing"

	"heed/bots"
)

// TestWhatIsHeardBeforeAScriptStartsWaitsForIt: scripts start a little after the first
// looks, which may show what people said while heed was off.
func TestWhatIsHeardBeforeAScriptStartsWaitsForIt(t *testing.T) {
	over, end := context.WithCancel(t.Context())
	end() // so that nothing of the lane begins
	for command, want := range map[string]int{"desk.sh": 1, "": 0} {
		r := &Runner{Ledger: &notes{}, Bus: silent{}, Log: func(Record) {}, root: over, ready: newReadiness(), through: make(chan struct{}, 1)}
		c := Charge{Bot: bots.Bot{Name: "desk"}}
		if command != "" {
			c.Bot.Script.Command = []string{command}
		}
		r.mu.Lock()
		l := r.open(c)
		r.mu.Unlock()
		l.out.put(bots.Event{V: 1, Type: bots.Mention, ID: "post:1", Bot: "desk"})
		if n := len(l.out.lines); n != want {
			t.Errorf("command %q: %d events wait, want %d", command, n, want)
		}
		r.running.Wait()
	}
}

// silent is a bus that nobody listens to.
type silent struct{ Bus }

func (silent) Tell(string, []byte) {}
