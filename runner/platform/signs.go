package platform

import (
	"encoding/json"
	"slices"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

func init() {
	guards.Declare(guards.Clause{ID: "M9", Says: "no place of a person or a post is kept by itself",
		Source: guards.SourcePrivacy + "; " + guards.SourceAgreement + " III.E", Served: []guards.Service{guards.ByMinimum},
		Tests: []string{"runner/platform TestNoPlaceIsAskedFor"}})
}

// personFields is what is asked of a person who speaks to a bot: X's label, and what
// the account shows about being contacted. Places are never asked for (rule M9).
const personFields = "affiliation,connection_status,description,entities,receives_your_dm"

// lax is a member that counts only where it is of the expected type: an odd one says
// nothing, and must not hide the rest of its object.
type lax[T any] struct {
	value T
	said  bool
}

// UnmarshalJSON never fails.
func (l *lax[T]) UnmarshalJSON(b []byte) error {
	var v *T
	if json.Unmarshal(b, &v) == nil && v != nil {
		l.value, l.said = *v, true
	}
	return nil
}

// metricsBody are an account's public numbers.
type metricsBody struct {
	Followers *int `json:"followers_count"`
	Following *int `json:"following_count"`
}

// counts are how many follow the account and how many it follows. ok is false where X
// did not give both.
func (u userBody) counts() (followers, following int, ok bool) {
	m := u.PublicMetrics.value
	if m.Followers == nil || m.Following == nil || *m.Followers < 0 || *m.Following < 0 {
		return 0, 0, false
	}
	return *m.Followers, *m.Following, true
}

// bio is the profile's text with its shortened links written out.
func (u userBody) bio() string {
	return expand(unescaper.Replace(u.Description), u.Entities.Description.URLs)
}

// signs are what a person's account shows about being contacted; none where X showed
// no account. What X leaves out is not known, and never a sign. The bio is read here
// and goes no further. X's list of connections has no word for being blocked: should
// one ever show, it counts.
func (x *X) signs(people map[string]userBody, who string) runner.Signs {
	u, shown := people[who]
	if !shown {
		return runner.Signs{}
	}
	return runner.Signs{
		Known:  true,
		Marker: x.marker(u.bio()),
		Blocks: slices.Contains(u.ConnectionStatus.value, "blocked_by"),
		NoDM:   u.ReceivesYourDM.said && !u.ReceivesYourDM.value,
	}
}

// authorSigns are those of a post's author. The bot's own account shows none: what it
// says about bots is not about itself.
func (x *X) authorSigns(a *account, b answerBody, author bots.UserID) runner.Signs {
	if author == a.userID() {
		return runner.Signs{Known: true}
	}
	return x.signs(b.users(), string(author))
}
