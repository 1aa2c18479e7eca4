package sandbox

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/michimani/gotwi"
	ask "github.com/michimani/gotwi/fields"
	"github.com/michimani/gotwi/tweet/managetweet"
	managetypes "github.com/michimani/gotwi/tweet/managetweet/types"
	"github.com/michimani/gotwi/tweet/retweet"
	retweettypes "github.com/michimani/gotwi/tweet/retweet/types"
	"github.com/michimani/gotwi/tweet/timeline"
	timelinetypes "github.com/michimani/gotwi/tweet/timeline/types"
	"github.com/michimani/gotwi/user/userlookup"
	lookuptypes "github.com/michimani/gotwi/user/userlookup/types"
)

// The client that heed uses must read everything the sandbox says as it reads X.
func TestGotwiUnderstandsTheSandbox(t *testing.T) {
	s := setup(t, Options{Limits: []Limit{{Method: "POST", Route: "/2/tweets", User15: 4, App24: 10, Headers: true}}})
	base := must[*url.URL](t)(url.Parse(s.url))
	c := s.bot.creds
	x := must[*gotwi.Client](t)(gotwi.NewClient(&gotwi.NewClientInput{
		HTTPClient:           &http.Client{Transport: lead{base}},
		AuthenticationMethod: gotwi.AuthenMethodOAuth1UserContext,
		APIKey:               c.ConsumerKey, APIKeySecret: c.ConsumerSecret,
		OAuthToken: c.AccessToken, OAuthTokenSecret: c.AccessSecret,
	}))
	ctx := t.Context()
	me := must[*lookuptypes.GetMeOutput](t)(userlookup.GetMe(ctx, x, &lookuptypes.GetMeInput{
		UserFields: ask.UserFieldList{ask.UserFieldDescription, ask.UserFieldPublicMetrics, ask.UserFieldCreatedAt, ask.UserFieldProtected},
	}))
	if *me.Data.ID != s.botID || *me.Data.Description != "A bot by @ann & co <x>" || !me.Data.CreatedAt.Equal(start) {
		t.Errorf("me: %+v", me.Data)
	}

	asked := must[string](t)(s.w.Mention("bob", "deskbot", "see https://example.com/q & tell"))
	mentions := must[*timelinetypes.ListMentionsOutput](t)(timeline.ListMentions(ctx, x, &timelinetypes.ListMentionsInput{
		ID: s.botID, MaxResults: 50, SinceID: "1",
		TweetFields: ask.TweetFieldList{ask.TweetFieldAuthorID, ask.TweetFieldEntities, ask.TweetFieldCreatedAt, ask.TweetFieldReferencedTweets, ask.TweetFieldPublicMetrics},
		Expansions:  ask.ExpansionList{ask.ExpansionAuthorID},
	}))
	if len(mentions.Data) != 1 || *mentions.Data[0].ID != asked || *mentions.Data[0].Entities.URLs[0].ExpandedURL != "https://example.com/q" || *mentions.Includes.Users[0].Username != "bob" {
		t.Errorf("mentions: %+v", mentions.Data)
	}

	text := "two  spaces & more"
	in := managetypes.CreateInput{Text: &text, Reply: &managetypes.CreateInputReply{InReplyToTweetID: asked}}
	made := must[*managetypes.CreateOutput](t)(managetweet.Create(ctx, x, &in))
	if gotwi.StringValue(made.Data.ID) == "" || *made.Data.Text != "@bob two  spaces &amp; more" {
		t.Errorf("created: %+v", made.Data)
	}
	var refused *gotwi.GotwiError
	in = managetypes.CreateInput{Text: &text, Reply: &managetypes.CreateInputReply{InReplyToTweetID: asked}}
	if _, err := managetweet.Create(ctx, x, &in); !errors.As(err, &refused) || refused.StatusCode != 403 || refused.Detail != msgDuplicate {
		t.Errorf("a duplicate: %v", err)
	}
	rt := retweettypes.CreateInput{ID: s.botID, TweetID: asked}
	must[*retweettypes.CreateOutput](t)(retweet.Create(ctx, x, &rt))
	rt = retweettypes.CreateInput{ID: s.botID, TweetID: asked}
	if _, err := retweet.Create(ctx, x, &rt); !errors.As(err, &refused) || refused.StatusCode != 400 || refused.APIErrors[0].Message != msgReposted {
		t.Errorf("a second repost: %v", err)
	}
	for range 2 {
		more := "more " + time.Duration(len(s.w.Calls())).String()
		must[*managetypes.CreateOutput](t)(managetweet.Create(ctx, x, &managetypes.CreateInput{Text: &more}))
	}
	if _, err := managetweet.Create(ctx, x, &managetypes.CreateInput{Text: &text}); !errors.As(err, &refused) || refused.StatusCode != 429 ||
		refused.RateLimitInfo == nil || !refused.RateLimitInfo.ResetAt.Equal(s.clock.now().Add(quarter)) {
		t.Errorf("over the limit: %v", err)
	}
	lines := must[*timelinetypes.ListTweetsOutput](t)(timeline.ListTweets(ctx, x, &timelinetypes.ListTweetsInput{ID: s.botID, MaxResults: 100}))
	if len(lines.Data) != 4 || *lines.Meta.ResultCount != 4 {
		t.Errorf("timeline: %d posts", len(lines.Data))
	}
}
