package guards

import (
	"testing"

	"heed/bots"
)

func TestPrivacyLink(t *testing.T) {
	operator := func(text string, changes ...edit) edit {
		return func(in *bots.Intent, f *Facts) {
			in.Text, f.Bot.House.Operator.PrivacyURL = text, "https://harbour.org/Privacy/"
			for _, c := range changes {
				c(in, f)
			}
		}
	}
	try(t, "privacy_link", []trial{
		{"without a policy there is nothing to link", bots.DM, nil, Allow, ""},
		{"a first answer without the link is told", bots.DM, operator("At 12:40"), Hold, "privacy_link.missing"},
		{"one with the link passes", bots.DM, operator("At 12:40. See https://harbour.org/privacy"), Allow, ""},
		{"a bare one will do", bots.DM, operator("harbour.org/Privacy/ says more"), Allow, ""},
		{"another page of the host will not", bots.DM, operator("https://harbour.org/tides"), Hold, "privacy_link.missing"},
		{"a later answer needs none", bots.DM, operator("At 12:40", func(_ *bots.Intent, f *Facts) { f.Answered = 1 }), Allow, ""},
		{"nor does what answers no message", bots.DM, operator("At 12:40", func(_ *bots.Intent, f *Facts) { f.Cause = nil }), Allow, ""},
		{"nor what answers a post", bots.DM, operator("At 12:40", func(_ *bots.Intent, f *Facts) { f.Cause.Kind = ByMention }), Allow, ""},
		{"nor does heed's own confirmation", bots.DM, operator("You will hear no more", func(_ *bots.Intent, f *Facts) { f.Origin = Confirmation }), Allow, ""},
	})
}
