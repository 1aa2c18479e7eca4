package ledger

import (
	"slices"
	"strings"
	"time"

	"heed/bots"
	"heed/guards"
)

// brief is what of the facts is kept for `why` and for judging again. Lists that are
// as long as the house is large are cut to what this intent touches, and a message's
// own words are left out.
func brief(f guards.Facts, in bots.Intent) guards.Facts {
	near := map[bots.UserID]bool{in.Target.UserID: true, f.Bot.UserID: true}
	for _, p := range f.Contacts {
		near[p.ID] = true
	}
	for _, p := range f.Named {
		near[p.ID] = true
	}
	if f.Cause != nil {
		near[f.Cause.From] = true
		for _, m := range f.Cause.Mentions {
			near[m] = true
		}
	}
	own := f.Own
	f.Own = nil
	for id := range near {
		if name, ok := own[id]; ok {
			if f.Own == nil {
				f.Own = map[bots.UserID]string{}
			}
			f.Own[id] = name
		}
	}
	text := strings.ToLower(in.Text)
	f.Bot.House.Bots = nil
	f.Bot.House.Handles = keep(f.Bot.House.Handles, func(h string) bool {
		return sameHandle(h, f.Bot.Handle) || strings.Contains(text, strings.ToLower(strings.TrimPrefix(h, "@")))
	})
	if in.Action == bots.DM {
		f.Alike = slices.Clone(f.Alike)
		for i := range f.Alike {
			f.Alike[i].Shared = nil
		}
	}
	return f
}

// mute leaves out of a message's verdict what may hold words of the message: evidence
// that is neither a number nor a yes, a no or a time.
func mute(v guards.Verdict) guards.Verdict {
	v.Findings = slices.Clone(v.Findings)
	for i, f := range v.Findings {
		var kept map[string]any
		for k, e := range f.Evidence {
			switch e.(type) {
			case int, int64, float64, bool, time.Time, time.Duration:
				if kept == nil {
					kept = map[string]any{}
				}
				kept[k] = e
			}
		}
		v.Findings[i].Evidence = kept
	}
	return v
}

func sameHandle(a, b string) bool {
	return strings.EqualFold(strings.TrimPrefix(a, "@"), strings.TrimPrefix(b, "@"))
}
