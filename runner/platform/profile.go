package platform

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// Profile reads the account that the bot's token belongs to. The bio comes with its
// shortened links written out. *runner.Locked when X refuses the credentials, or
// when they belong to another account than the configured one.
func (x *X) Profile(ctx context.Context, bot string) (guards.Profile, error) {
	a, err := x.account(bot)
	if err != nil {
		return guards.Profile{}, err
	}
	b, err := x.ask(ctx, a, question{name: "profile", path: "/2/users/me", query: map[string]string{
		"user.fields": "affiliation,description,entities,protected,public_metrics,verified,verified_type",
	}})
	if err != nil {
		return guards.Profile{}, err
	}
	var u userBody
	if json.Unmarshal(b.Data, &u) != nil || !bots.IsSnowflake(u.ID) {
		return guards.Profile{}, fmt.Errorf("x: profile: the answer names no account")
	}
	id := bots.UserID(u.ID)
	if a.fixed != "" && a.fixed != id {
		return guards.Profile{}, &runner.Locked{Why: fmt.Sprintf("the token belongs to user %s (@%.15s), the settings say %s", id, u.Username, a.fixed)}
	}
	a.learn(id)
	followers, following, counted := u.counts()
	return guards.Profile{
		UserID:    id,
		Handle:    "@" + u.Username,
		Bio:       u.bio(),
		Automated: u.automated(),
		Verified:  u.Verified || u.VerifiedType != "" && u.VerifiedType != "none",
		Protected: u.Protected,
		CheckedAt: x.now().UTC(),
		Counted:   counted,
		Followers: followers,
		Following: following,
	}, nil
}

// Author reads whom a post concerns, and what its author shows about being contacted;
// runner.ErrNotFound when it is gone or hidden.
func (x *X) Author(ctx context.Context, bot string, post bots.PostID) (runner.Authorship, error) {
	var none runner.Authorship
	a, err := x.account(bot)
	if err != nil {
		return none, err
	}
	q := lookup(post)
	q.query["user.fields"] = personFields
	b, err := x.ask(ctx, a, q)
	if err != nil {
		return none, err
	}
	var p postRead
	if len(b.Data) == 0 {
		return none, fmt.Errorf("x: post %.20s: %w", post, runner.ErrNotFound)
	}
	if json.Unmarshal(b.Data, &p) != nil || p.ID != string(post) || !bots.IsSnowflake(p.AuthorID) {
		return none, fmt.Errorf("x: post %.20s: the answer names no author", post)
	}
	_, e := p.full()
	who := runner.Authorship{Author: bots.UserID(p.AuthorID), Signs: x.authorSigns(a, b, bots.UserID(p.AuthorID))}
	for _, m := range e.Mentions {
		if bots.IsSnowflake(m.ID) {
			who.Names = append(who.Names, bots.UserID(m.ID))
		}
	}
	who.Said = x.saidBy(p, b.users())
	return who, nil
}

// saidBy is what a post says to the bots it names.
func (x *X) saidBy(p postRead, people map[string]userBody) (said []runner.Said) {
	for _, name := range slices.Sorted(maps.Keys(x.accounts)) {
		a := x.accounts[name]
		me := a.userID()
		if me == "" { // an id that is not known would be found in every name without one
			continue
		}
		if s, is := a.mention(me, p, people, nil); is && s.Summons {
			s.Signs = x.signs(people, p.AuthorID)
			said = append(said, s)
		}
	}
	return said
}

func lookup(post bots.PostID) question {
	return question{name: "post", path: "/2/tweets/:id", ids: map[string]string{":id": string(post)},
		query: map[string]string{"tweet.fields": "author_id,entities,note_tweet", "expansions": "author_id"}}
}
