package guards

import (
	"fmt"
	"slices"
	"time"

	"heed/bots"
)

// quota is a window with the word for what it counts.
type quota struct {
	Window
	what string // "follows"
}

// alone is a list of one action, for windows that count it alone.
func alone(a bots.Action) []bots.Action {
	if i := slices.Index(actions, a); i >= 0 {
		return actions[i : i+1 : i+1]
	}
	return []bots.Action{a}
}

var actions = bots.Actions()

// windows are what quotas need to be counted.
func windows(qs []quota) Needs {
	n := Needs{Windows: make([]Window, len(qs))}
	for i, q := range qs {
		n.Windows[i] = q.Window
	}
	return n
}

// fill judges a whole set of quotas and keeps the gravest answer; of two
// deferrals the later one, since both must be over.
func fill(qs []quota, f *Facts) Finding {
	worst := Pass()
	for i := range qs {
		if found := qs[i].judge(f.Used, f.Now); found.graver(worst) {
			worst = found
		}
	}
	return worst
}

// judge says whether one more act fits the window.
func (q *quota) judge(used map[string]Use, now time.Time) Finding {
	if q.Limit <= 0 {
		return Denied(q.Name+"_closed", fmt.Sprintf("the settings allow no %s%s", q.what, q.whose()),
			"raise the setting, if policy and the house allow it").With("limit", q.Limit)
	}
	use, counted := used[q.Name]
	if !counted { // promise P9: what was not counted may be full
		return Held(q.Name+"_unread", fmt.Sprintf("the %s%s in the last %s were not counted", q.what, q.whose(), spell(q.Span)),
			"report this as a fault of heed; a person may approve the intent")
	}
	if use.Count < q.Limit {
		return Pass()
	}
	until := leaves(use.Oldest, q.Span, now)
	because := fmt.Sprintf("%d of %d %s%s in the last %s", use.Count, q.Limit, q.what, q.whose(), spell(q.Span))
	return Deferred(q.Name+"_full", because, "nothing: heed tries again when a place is free, at "+moment(until), until).
		With("count", use.Count).With("limit", q.Limit).With("span", spell(q.Span))
}

func (q *quota) whose() string {
	if q.All {
		return " of all bots"
	}
	return ""
}

// leaves is when an act leaves a window: after the whole span when the act is not
// known, and never at this very instant, at which nobody should ask again.
func leaves(act time.Time, span time.Duration, now time.Time) time.Time {
	until := act.Add(span)
	if act.IsZero() {
		until = now.Add(span)
	}
	if !until.After(now) {
		until = now.Add(time.Second)
	}
	return until
}
