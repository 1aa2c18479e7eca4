package guards

import (
	"strings"
	"testing"
	"time"

	"heed/bots"
)

func TestSameTarget(t *testing.T) {
	did := func(bot string, a bots.Action, age time.Duration, state string) edit {
		return func(_ *bots.Intent, f *Facts) {
			f.Same = append(f.Same, Act{Bot: bot, Key: "k9", Action: a, At: noon.Add(-age), State: state})
		}
	}
	try(t, "same_target", []trial{
		{"the first repost passes", bots.Repost, nil, Allow, ""},
		{"a post that another own bot reposted is left", bots.Repost, did("quakes", bots.Repost, time.Hour, "done"), Deny, "same_target.another_bot"},
		{"a person whom another own bot follows is left", bots.Follow, did("quakes", bots.Follow, time.Hour, "done"), Deny, "same_target.another_bot"},
		{"a post that another own bot likes is left", bots.Like, did("quakes", bots.Like, time.Hour, "done"), Deny, "same_target.another_bot"},
		{"a post that another own bot quoted is left", bots.Quote, did("quakes", bots.Quote, time.Hour, "done"), Deny, "same_target.another_bot"},
		{"an act under way counts", bots.Repost, did("quakes", bots.Repost, 0, "doing"), Deny, "same_target.another_bot"},
		{"an act of unknown outcome counts", bots.Repost, did("quakes", bots.Repost, 0, "unknown"), Deny, "same_target.another_bot"},
		{"an act that surely failed does not", bots.Repost, did("quakes", bots.Repost, 0, "failed"), Allow, ""},
		{"another kind of act is another matter", bots.Repost, did("quakes", bots.Quote, time.Hour, "done"), Allow, ""},
		{"what lies before the window is forgotten", bots.Repost, did("quakes", bots.Repost, 721*time.Hour, "done"), Allow, ""},
		{"nobody reposts the same twice", bots.Repost, did("tides", bots.Repost, time.Hour, "done"), Deny, "same_target.twice"},
		{"a second quote by the same bot is the duplicate guard's matter", bots.Quote, did("tides", bots.Quote, time.Hour, "done"), Allow, ""},
		{"the intent itself is not its own forerunner", bots.Repost, func(_ *bots.Intent, f *Facts) {
			f.Same = []Act{{Bot: "tides", Key: "key-1", Action: bots.Repost, At: noon, State: "unknown"}}
		}, Allow, ""},
		{"behind the bot's own act another bot's still counts", bots.Quote, func(in *bots.Intent, f *Facts) {
			did("tides", bots.Quote, time.Hour, "done")(in, f)
			did("quakes", bots.Quote, 2*time.Hour, "done")(in, f)
		}, Deny, "same_target.another_bot"},
	})
	try(t, "same_target", []trial{
		{"a post whose author is not known is a stranger's", bots.Repost, func(in *bots.Intent, f *Facts) {
			f.Unknown, f.Contacts = true, nil
			did("quakes", bots.Repost, time.Hour, "done")(in, f)
		}, Deny, "same_target.another_bot"},
	})
	in, f := readyCase(bots.Repost)
	did("quakes", bots.Repost, time.Hour, "done")(&in, &f)
	got := (&sameTarget{Window: 720 * time.Hour}).Judge(in, f)
	if !strings.Contains(got.Because, "quakes") || !strings.Contains(got.Because, "k9") || !cites(got, "D4") {
		t.Errorf("%q %v", got.Because, got.Rules)
	}
	settings(t, "same_target", map[string]func(*sameTarget){
		"no window":     func(g *sameTarget) { g.Window = 0 },
		"four others":   func(g *sameTarget) { g.FanOut = 4 },
		"fewer than no": func(g *sameTarget) { g.FanOut = -1 },
	})
	tighter(t, "same_target",
		map[string]func(*sameTarget){
			"a shorter window": func(g *sameTarget) { g.Window = 700 * time.Hour },
			"one other more":   func(g *sameTarget) { g.FanOut = 1 },
		},
		map[string]func(*sameTarget){"a longer window": func(g *sameTarget) { g.Window = 800 * time.Hour }})
}

func TestFanOut(t *testing.T) {
	const third, fourth bots.UserID = "1003", "1004"
	ownPost := func(author bots.UserID, reposts ...string) edit {
		return func(_ *bots.Intent, f *Facts) {
			f.Own[third], f.Own[fourth] = "winds", "waves"
			f.Contacts = []Person{{ID: author}}
			for _, bot := range reposts {
				f.Same = append(f.Same, Act{Bot: bot, Key: "k9", Action: bots.Repost, At: noon.Add(-time.Hour), State: "done"})
			}
		}
	}
	try(t, "same_target", []trial{
		{"no other bot reposts the operator's own post, unless the settings say so", bots.Repost, ownPost(sibling), Deny, "same_target.fan_out"},
		{"a bot may repost what it wrote itself", bots.Repost, ownPost(self), Allow, ""},
		{"but once", bots.Repost, ownPost(self, "tides"), Deny, "same_target.twice"},
	})
	two := &sameTarget{Window: 720 * time.Hour, FanOut: 2}
	for _, tr := range []trial{
		{"the first other bot reposts it", bots.Repost, ownPost(sibling), Allow, ""},
		{"the second does", bots.Repost, ownPost(sibling, "winds"), Allow, ""},
		{"the third does not", bots.Repost, ownPost(sibling, "winds", "waves"), Deny, "same_target.fan_out"},
		{"one that did twice is one", bots.Repost, ownPost(sibling, "winds", "winds"), Allow, ""},
		{"its author's own repost is not another's", bots.Repost, ownPost(sibling, "quakes", "winds"), Allow, ""},
		{"no bot does it twice", bots.Repost, ownPost(sibling, "tides"), Deny, "same_target.twice"},
		{"a repost that surely failed is none", bots.Repost, func(in *bots.Intent, f *Facts) {
			ownPost(sibling, "winds", "waves")(in, f)
			f.Same[0].State = "failed"
		}, Allow, ""},
		{"one that lies before the window is forgotten", bots.Repost, func(in *bots.Intent, f *Facts) {
			ownPost(sibling, "winds", "waves")(in, f)
			f.Same[0].At = noon.Add(-800 * time.Hour)
		}, Allow, ""},
		{"a stranger's post is reposted by one bot, as ever", bots.Repost, func(in *bots.Intent, f *Facts) {
			ownPost(asker, "winds")(in, f)
		}, Deny, "same_target.another_bot"},
		{"likes are not shared out", bots.Like, func(in *bots.Intent, f *Facts) {
			ownPost(sibling)(in, f)
			f.Same = []Act{{Bot: "winds", Key: "k9", Action: bots.Like, At: noon.Add(-time.Hour), State: "done"}}
		}, Deny, "same_target.another_bot"},
	} {
		t.Run(tr.says, func(t *testing.T) { judgeOne(t, two, tr) })
	}
	if !two.Needs(bots.Intent{Action: bots.Repost}).Contacts {
		t.Error("the author is not read")
	}
	in, f := readyCase(bots.Repost)
	ownPost(sibling, "winds", "waves")(&in, &f)
	if got := two.Judge(in, f); got.Because != "the post is quakes's own, 2 other bots have reposted it, and 2 may" || !cites(got, "D5") {
		t.Errorf("%q %v", got.Because, got.Rules)
	}
}
