package guards

import (
	"strings"
	"time"

	"heed/bots"
)

// hostile are facts and intents that ask every guard for its refusals.
func hostile() (cases []struct {
	in bots.Intent
	f  Facts
}) {
	add := func(a bots.Action, changes ...edit) {
		in, f := readyCase(a)
		for _, c := range changes {
			c(&in, &f)
		}
		cases = append(cases, struct {
			in bots.Intent
			f  Facts
		}{in, f})
	}
	for _, a := range bots.Actions() {
		add(a)
		add(a, func(in *bots.Intent, f *Facts) { *f = Facts{} })
		add(a, func(in *bots.Intent, f *Facts) { *f = Facts{Now: noon} })
		add(a, func(in *bots.Intent, f *Facts) { *in = bots.Intent{Action: a} })
		add(a, func(in *bots.Intent, f *Facts) { count(Default().Needs(*in), f, 100000) })
		add(a, func(in *bots.Intent, f *Facts) {
			in.Hold = true
			in.Text = "I am human @someone $A $B https://bit.ly/x RT to win jo@example.org https://amzn.to/x fuck"
			in.Media = []bots.Media{{Path: "a.png", Alt: "a"}}
			f.Bot.House.Operator.PrivacyURL = "https://harbour.example/privacy"
			f.Halts = []Halt{{Kind: Latched, Scope: "*", At: noon}, {Kind: Paused, Scope: "tides", At: noon, Until: noon.Add(time.Hour)}}
			f.Contacts = []Person{{ID: asker, OptOut: &Choice{At: noon}, Review: &Choice{At: noon}, DMClosed: true}}
			f.Alike = []Alike{{Bot: "quakes", Key: "k", Action: a, At: noon, State: "done", Score: 1, Exact: true, Target: in.Target, Shared: []string{"a"}}}
			f.Same = []Act{{Bot: "quakes", Key: "k", Action: a, At: noon, State: "done"}, {Bot: "tides", Key: "l", Action: bots.Follow, At: noon, State: "done"}}
			f.Lanes = []Lane{{Name: string(a), Stopped: true, Reset: noon.Add(time.Hour)}, {Name: "app", Limit: 3, Reset: noon.Add(time.Minute)}}
			f.Profile = Profile{Bio: "not a bot"}
			f.Unknown = true
		})
		add(a, func(in *bots.Intent, f *Facts) {
			in.Text = strings.Repeat("潮\u202e", 300)
			f.Profile.Bio = "hello"
			f.Contacts = nil
			f.Cause = &Invitation{}
		})
		add(a, func(in *bots.Intent, f *Facts) {
			f.Bot.House.Environment = bots.Staging
			f.Bot.Owner = bots.OwnedByOther
			f.Cause = nil
			f.InboxAt = time.Time{}
		})
		add(a, func(in *bots.Intent, f *Facts) { f.Contacts = []Person{{}, {}}; f.Bot.Actions = nil })
	}
	add("dance")
	add("")
	return cases
}
