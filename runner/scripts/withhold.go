package scripts

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"

	"heed/bots"
)

const (
	maxMessages  = 64   // direct messages that are recognised, the latest of a bot
	maxFragments = 1024 // of one message
	fragment     = 12   // bytes that are seldom alike by chance
	shortest     = 4    // bytes
)

// messages knows the direct messages that a script was told lately, so that a script
// which prints what it reads, or twice as much as a fragment of it, does not put them
// into heed's log (promise P7). What a script rewrites is not recognised. They are
// kept in memory only.
type messages struct {
	mu   sync.Mutex
	last [][]string // per message the pieces by which it is recognised
}

// note remembers an event line, if it is a direct message.
func (m *messages) note(event []byte) {
	var ev bots.Event
	if !bytes.Contains(event, []byte(`"dm"`)) || json.Unmarshal(event, &ev) != nil || ev.DM == nil {
		return
	}
	pieces := fragments(ev.DM.Text)
	if raw, err := json.Marshal(ev.DM.Text); err == nil {
		pieces = append(pieces, fragments(strings.Trim(string(raw), `"`))...)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last = append(m.last, pieces); len(m.last) > maxMessages {
		m.last = m.last[1:]
	}
}

// fragments cuts each line of a text into pieces. A text of a few letters is
// recognised in quotes only, since it stands in many a word.
func fragments(text string) (out []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch n := len(line); {
		case n == 0:
		case n < shortest:
			out = append(out, `"`+line+`"`, `'`+line+`'`)
		case n <= fragment:
			out = append(out, line)
		default:
			out = append(out, line[n-fragment:])
			for i := 0; i+fragment <= n && len(out) < maxFragments; i += fragment {
				out = append(out, line[i:i+fragment])
			}
		}
	}
	return out[:min(len(out), maxFragments)]
}

// in says whether a line repeats a part of such a message.
func (m *messages) in(line string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, pieces := range m.last {
		for _, p := range pieces {
			if strings.Contains(line, p) {
				return true
			}
		}
	}
	return false
}
