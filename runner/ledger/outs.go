package ledger

import (
	"cmp"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"time"

	"heed/bots"
	"heed/guards"
)

// outs is the journal of opt-outs: a file of lines beside the ledger, so that a ledger
// that is lost, damaged or restored from an old backup forgets nobody who said stop
// (promise P3). Each line bears a number and a check sum. Whoever reads or writes it
// holds SQLite's write lock on the ledger, which keeps several processes apart; the
// look at its end alone needs none. The zero value is no journal.
type outs struct{ path string }

// Journal is the file of a ledger's journal of opt-outs.
func Journal(path string) string { return path + outsSuffix }

const (
	outsSuffix = ".optouts"
	outsField  = 256     // bytes of a field that comes from elsewhere
	outsBegin  = "begin" // the kind of the first line, which stands for nobody
)

// outLine is one line: a choice that was recorded, or with Ended that such choices ended.
// Of opt-ins only their end is told: one that a lost ledger had is gone, one that its
// backup has may have been taken back.
type outLine struct {
	N     int64       `json:"n"`
	Top   int64       `json:"top"`             // the greatest number up to this line: lifts come late
	Batch int64       `json:"batch,omitempty"` // the number of the first line of its commit
	Kind  string      `json:"kind"`
	Ended bool        `json:"ended,omitempty"`
	User  bots.UserID `json:"user,omitempty"`
	Scope string      `json:"scope,omitempty"`
	At    int64       `json:"at,omitempty"`    // Unix milliseconds
	UpTo  int64       `json:"up_to,omitempty"` // of an end: what is not newer than this
	How   string      `json:"how,omitempty"`
	Event string      `json:"event,omitempty"`
	Rule  string      `json:"rule,omitempty"`
}

// lifts says whether the line lets contact happen again. Such a line is written after
// the ledger's commit, every other one before it: what dies in between errs towards silence.
func (l outLine) lifts() bool { return l.Ended && l.Kind != optIn }

func (l outLine) choice() guards.Choice {
	return guards.Choice{At: time.UnixMilli(l.At).UTC(), How: l.How, Scope: l.Scope, Event: l.Event, Rule: l.Rule}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (l outLine) encode() ([]byte, error) {
	l.Scope, l.How, l.Event, l.Rule = cut(l.Scope, outsField), cut(l.How, outsField), cut(l.Event, outsField), cut(l.Rule, outsField)
	b, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(b, castagnoli), b), nil
}

// decodeOut reads a line without its end; false for one that is not as it was written.
func decodeOut(b []byte) (l outLine, ok bool) {
	if len(b) < 10 || b[8] != ' ' {
		return l, false
	}
	sum, err := strconv.ParseUint(string(b[:8]), 16, 32)
	if err != nil || uint32(sum) != crc32.Checksum(b[9:], castagnoli) || json.Unmarshal(b[9:], &l) != nil {
		return l, false
	}
	if l.Kind == outsBegin {
		return l, true
	}
	return l, l.User != "" && l.Scope != "" && (l.Kind == optOut || l.Kind == review || l.Kind == optIn && l.Ended)
}

// fold leaves of lines in the order of their numbers what is in force, and which opt-ins
// ended: an older backup may still have those.
func fold(lines []outLine) []outLine {
	type key struct {
		user              bots.UserID
		kind, scope, sign string
	}
	keyOf := func(l outLine) key {
		k := key{l.User, l.Kind, l.Scope, ""}
		if shown(l.choice()) { // a sign does not stand in for the person's word
			k.sign = l.How + " " + l.Rule
		}
		return k
	}
	last := map[key]outLine{}
	of := map[bots.UserID][]key{}
	for _, l := range lines {
		k := keyOf(l)
		if !l.lifts() {
			if _, there := last[k]; !there {
				of[l.User] = append(of[l.User], k)
			}
			last[k] = l
			continue
		}
		for _, k := range of[l.User] {
			if was, there := last[k]; there && was.Kind == l.Kind && !was.Ended && (l.Scope == "*" || l.Scope == was.Scope) && was.At <= l.UpTo {
				delete(last, k)
			}
		}
		of[l.User] = slices.DeleteFunc(of[l.User], func(k key) bool { _, there := last[k]; return !there })
	}
	out := make([]outLine, 0, len(last))
	for _, l := range last {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b outLine) int { return cmp.Compare(a.N, b.N) })
	return out
}
