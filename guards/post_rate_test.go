package guards

import (
	"strings"
	"testing"
	"time"

	"heed/bots"
)

func TestPostRate(t *testing.T) {
	try(t, "post_rate", []trial{
		{"the first post passes", bots.Post, nil, Allow, ""},
		{"the thirteenth of an hour waits", bots.Post, used("post_rate.hour", 12, time.Minute), Defer, "post_rate.hour_full"},
		{"a repost stands in the same window", bots.Repost, used("post_rate.hour", 12, time.Minute), Defer, "post_rate.hour_full"},
		{"the fifty-first of a day waits", bots.Quote, used("post_rate.day", 50, time.Hour), Defer, "post_rate.day_full"},
		{"replies have a window of their own", bots.Reply, used("post_rate.hour", 12, time.Minute), Allow, ""},
		{"and it ends too", bots.Reply, used("post_rate.replies_day", 200, time.Hour), Defer, "post_rate.replies_day_full"},
		{"so does that of messages", bots.DM, used("post_rate.dms_day", 200, time.Hour), Defer, "post_rate.dms_day_full"},
		{"and that of a day", bots.Repost, used("post_rate.day", 50, time.Hour), Defer, "post_rate.day_full"},
		{"so does that of deletions", bots.Delete, used("post_rate.deletes_day", 50, time.Hour), Defer, "post_rate.deletes_day_full"},
		{"what was not counted may be full", bots.Post, func(_ *bots.Intent, f *Facts) { f.Used = nil }, Hold, "post_rate.hour_unread"},
	})
}

func TestBulkDeletionsAskFirst(t *testing.T) {
	try(t, "post_rate", []trial{
		{"a deletion now and then needs nobody", bots.Delete, used("post_rate.deletes_day", 4, time.Hour), Allow, ""},
		{"the sixth of a day is bulk, and waits for a person", bots.Delete, used("post_rate.deletes_day", 5, time.Hour), Hold, "post_rate.bulk_delete"},
		{"deletions that were not counted may be bulk", bots.Delete, func(_ *bots.Intent, f *Facts) { f.Used = nil }, Hold, "post_rate.deletes_day_unread"},
	})
	g := &postRate{DeletesPerDay: 10}
	judgeOne(t, g, trial{"none unasked", bots.Delete, nil, Hold, "post_rate.bulk_delete"})
	judgeOne(t, g, trial{"an approval opens no full window", bots.Delete, used("post_rate.deletes_day", 10, time.Hour), Defer, "post_rate.deletes_day_full"})
	in, f := readyCase(bots.Delete)
	used("post_rate.deletes_day", 7, time.Hour)(&in, &f)
	got := Default()
	f.Approval = &Approval{By: "ana", At: noon, Hash: "h", Codes: []string{"post_rate.bulk_delete"}}
	if v := got.Judge(in, "h", f); v.Effect != Allow {
		t.Errorf("approved, and %s by %s", v.Effect, v.Code)
	}
	f.Approval = nil
	v := got.Judge(in, "h", f)
	if v.Effect != Hold || !strings.Contains(v.Message, "cannot be brought back") || !strings.Contains(v.Message, "7 posts") {
		t.Errorf("%s: %s", v.Effect, v.Message)
	}
}

func TestPostRateSettings(t *testing.T) {
	settings(t, "post_rate", map[string]func(*postRate){
		"posts above X's ceiling":    func(g *postRate) { g.PerDay = 2401 },
		"replies above it":           func(g *postRate) { g.RepliesPerDay = 2401 },
		"messages above it":          func(g *postRate) { g.DMsPerDay = 501 },
		"a negative":                 func(g *postRate) { g.PerHour = -1 },
		"unasked beyond it":          func(g *postRate) { g.DeletesUnasked = -1 },
		"deletions beyond all sense": func(g *postRate) { g.DeletesPerDay = 5000 },
	})
	tighter(t, "post_rate",
		map[string]func(*postRate){
			"more an hour":   func(g *postRate) { g.PerHour++ },
			"more a day":     func(g *postRate) { g.PerDay++ },
			"more replies":   func(g *postRate) { g.RepliesPerDay++ },
			"more messages":  func(g *postRate) { g.DMsPerDay++ },
			"more unasked":   func(g *postRate) { g.DeletesUnasked++ },
			"more deletions": func(g *postRate) { g.DeletesPerDay++ },
		},
		map[string]func(*postRate){"fewer": func(g *postRate) { *g = postRate{} }})
}
