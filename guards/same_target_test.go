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
	in, f := readyCase(bots.Repost)
	did("quakes", bots.Repost, time.Hour, "done")(&in, &f)
	got := (&sameTarget{Window: 720 * time.Hour}).Judge(in, f)
	if !strings.Contains(got.Because, "quakes") || !strings.Contains(got.Because, "k9") || !cites(got, "D4") {
		t.Errorf("%q %v", got.Because, got.Rules)
	}
	settings(t, "same_target", map[string]func(*sameTarget){"no window": func(g *sameTarget) { g.Window = 0 }})
	tighter(t, "same_target",
		map[string]func(*sameTarget){"a shorter window": func(g *sameTarget) { g.Window = 700 * time.Hour }},
		map[string]func(*sameTarget){"a longer window": func(g *sameTarget) { g.Window = 800 * time.Hour }})
}
