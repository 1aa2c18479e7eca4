package sandbox

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// xDocument is X's own description of its API. Its licence keeps it out of here.
const xDocument = "../../../shared/reference/x-openapi-2.166.json"

// described are endpoints with tests of their own beside their code: the stream's answer
// does not end, so that there is no body to hold.
var described = []string{"/2/activity/stream"}

// apiCase is one request. A lawful one gets its 2xx, an unlawful one a 400; where
// told, X's document refuses it too.
type apiCase struct {
	method, path, body string
	ctype              string // of the body; empty: JSON
	unlawful           bool
	refused            bool // by the document as well
}

// contract checks exchanges against X's document.
type contract struct {
	*stage
	doc    *openapi3.T
	router routers.Router
	lawful map[string]int // by our route
	wrong  map[string]int
	ops    map[string]bool
}

func openContract(s *stage) *contract {
	s.Helper()
	b, err := os.ReadFile(xDocument)
	if err != nil {
		s.Skipf("X's OpenAPI document is not beside the repository: %v", err)
	}
	doc := must[*openapi3.T](s.T)(openapi3.NewLoader().LoadFromData(b))
	ok(s.T, doc.Validate(s.Context(), openapi3.DisableExamplesValidation(), openapi3.DisableSchemaDefaultsValidation(), openapi3.DisableSchemaPatternValidation()))
	router := must[routers.Router](s.T)(gorillamux.NewRouter(doc))
	k := &contract{s, doc, router, map[string]int{}, map[string]int{}, map[string]bool{}}
	k.exempt()
	k.asForm()
	return k
}

// request is a case as a call to X.
func (k *contract) request(c apiCase) *http.Request {
	k.Helper()
	r, err := http.NewRequestWithContext(k.Context(), c.method, "https://api.x.com"+c.path, strings.NewReader(c.body))
	ok(k.T, err)
	if c.body != "" {
		r.Header.Set("Content-Type", cmp.Or(c.ctype, "application/json"))
	}
	return r
}

// send makes a call as the bot, or as the app itself where a route is the app's alone.
func (k *contract) send(c apiCase, rt *route) got {
	k.Helper()
	r, h := k.request(c), k.bot.http
	if rt.appOnly && rt.scopes == nil {
		h = &http.Client{Transport: lead{must[*url.URL](k.T)(url.Parse(k.url))}}
		r.Header.Set("Authorization", "Bearer "+k.app.Bearer)
	}
	res, err := h.Do(r)
	ok(k.T, err)
	return must[got](k.T)(readAnswer(res))
}

// run makes one request and holds it and its answer against the document.
func (k *contract) run(c apiCase) got {
	k.Helper()
	r := k.request(c)
	at, params, err := k.router.FindRoute(r)
	if err != nil {
		k.Fatalf("%s %s: not in the document: %v", c.method, c.path, err)
	}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: at,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}}
	err = openapi3filter.ValidateRequest(k.Context(), in)
	if !c.unlawful && err != nil || c.refused && err == nil {
		k.Errorf("%s %s %s: by the document: %v", c.method, c.path, c.body, err)
	}
	rt, _ := match(c.method, r.URL.Path)
	if rt == nil {
		k.Fatalf("%s %s: not served", c.method, c.path)
	}
	g := k.send(c, rt)
	name := rt.method + " " + rt.pattern
	if c.unlawful {
		k.wrong[name]++
		k.problem(c, g)
		return g
	}
	k.lawful[name]++
	k.ops[at.Operation.OperationID] = true
	if g.status/100 != 2 {
		k.Errorf("%s %s: got %d %s", c.method, c.path, g.status, g.raw)
		return g
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: g.status, Header: g.header, Options: in.Options}
	out.Body = io.NopCloser(bytes.NewReader([]byte(g.raw)))
	if err := openapi3filter.ValidateResponse(k.Context(), out); err != nil {
		k.Errorf("%s %s: the answer: %v\n%s", c.method, c.path, err, g.raw)
	}
	return g
}

// problem holds an error's body against the document's Problem by hand: bodies sent
// as application/json do not fit the schema the document names for them.
func (k *contract) problem(c apiCase, g got) {
	k.Helper()
	if g.status != 400 {
		k.Errorf("%s %s %s: got %d %s, want 400", c.method, c.path, c.body, g.status, g.raw)
	}
	schema := k.doc.Components.Schemas["Problem"].Value
	for _, name := range schema.Required {
		if g.str(name) == "" {
			k.Errorf("%s %s: the problem has no %s: %s", c.method, c.path, name, g.raw)
		}
	}
	if _, known := schema.Discriminator.Mapping[g.str("type")]; !known {
		k.Errorf("%s %s: a problem of type %q", c.method, c.path, g.str("type"))
	}
	if v, there := g.body["status"]; there && v != float64(g.status) {
		k.Errorf("%s %s: status %v in a %d", c.method, c.path, v, g.status)
	}
	if g.str("detail") == "" {
		k.Errorf("%s %s: the problem has no detail", c.method, c.path)
	}
}

const (
	allPost = "tweet.fields=attachments,author_id,conversation_id,created_at,entities,id,in_reply_to_user_id,lang,note_tweet,paid_partnership,possibly_sensitive,public_metrics,referenced_tweets,reply_settings,source,text" +
		"&poll.fields=duration_minutes,end_datetime,id,options,voting_status"
	allUser   = "user.fields=affiliation,connection_status,created_at,description,entities,id,location,most_recent_tweet_id,name,parody,profile_image_url,protected,public_metrics,receives_your_dm,subscription_type,url,username,verified,verified_type"
	postWide  = allPost + "&" + allUser + "&expansions=author_id,referenced_tweets.id,referenced_tweets.id.author_id,in_reply_to_user_id,entities.mentions.username,attachments.poll_ids"
	everyDM   = "dm_event.fields=created_at,dm_conversation_id,entities,event_type,id,sender_id,text&expansions=sender_id&" + allUser
	strayWord = `"stray":1`
)

func TestServesXsOpenAPI(t *testing.T) {
	s := setup(t, Options{Tier: Enterprise})
	k := openContract(s)
	ok(t, s.w.SetDMOpen("ann", true))
	ok(t, s.w.SetDMOpen("deskbot", true))
	asked := must[string](t)(s.w.Mention("ann", "deskbot", "see https://example.com #tag $TAG & more"))
	must[string](t)(s.w.DM("ann", "deskbot", "hello https://example.com"))
	long := must[Credentials](t)(s.w.AddBot(s.app.ID, User{Username: "longbot", Subscription: "Premium", Verified: true}))
	s.client(long).do("POST", "/2/tweets", body(map[string]any{"text": "@deskbot " + strings.Repeat("long ", 100)}))

	made := k.run(apiCase{method: "POST", path: "/2/tweets", body: `{"text":"one & two"}`}).str("data", "id")
	answer := k.run(apiCase{method: "POST", path: "/2/tweets", body: replyTo(asked, "an answer")}).str("data", "id")
	poll := k.run(apiCase{method: "POST", path: "/2/tweets", body: `{"text":"choose","poll":{"options":["a","b"],"duration_minutes":5},"made_with_ai":true}`}).str("data", "id")
	k.run(apiCase{method: "POST", path: "/2/tweets", body: body(map[string]any{"text": "look", "quote_tweet_id": asked})})
	back := must[string](t)(s.w.Reply("bob", made, "really?"))
	me, ann := "/2/users/"+s.botID, s.ann.ID
	for _, c := range []apiCase{
		{method: "GET", path: "/2/tweets?ids=" + made + "," + answer + "," + poll + ",5&" + postWide},
		{method: "GET", path: "/2/tweets/" + answer + "?" + postWide},
		{method: "GET", path: "/2/tweets/" + made},
		{method: "GET", path: "/2/tweets/5"},
		{method: "PUT", path: "/2/tweets/" + back + "/hidden", body: `{"hidden":true}`},
		{method: "GET", path: "/2/users/me?" + allUser},
		{method: "GET", path: "/2/users/me"},
		{method: "GET", path: "/2/users?ids=" + ann + "," + s.botID + ",5&" + allUser},
		{method: "GET", path: "/2/users/by/username/deskbot?" + allUser + "&expansions=affiliation.user_id"},
		{method: "GET", path: "/2/users/by/username/nobody"},
		{method: "GET", path: "/2/users/" + ann + "?" + allUser},
		{method: "POST", path: me + "/following", body: `{"target_user_id":"` + ann + `"}`},
		{method: "DELETE", path: me + "/following/" + ann},
		{method: "POST", path: me + "/likes", body: `{"tweet_id":"` + asked + `"}`},
		{method: "GET", path: me + "/liked_tweets?max_results=5&" + postWide},
		{method: "DELETE", path: me + "/likes/" + asked},
		{method: "POST", path: me + "/retweets", body: `{"tweet_id":"` + asked + `"}`},
		{method: "GET", path: me + "/tweets?max_results=5&exclude=replies&" + postWide},
		{method: "GET", path: me + "/tweets?max_results=5&" + postWide},
		{method: "GET", path: "/2/users/" + s.bob.ID + "/mentions?max_results=5"},
		{method: "GET", path: me + "/mentions?max_results=100&since_id=1&" + postWide},
		{method: "DELETE", path: me + "/retweets/" + asked},
		{method: "POST", path: me + "/muting", body: `{"target_user_id":"` + ann + `"}`},
		{method: "DELETE", path: me + "/muting/" + ann},
		{method: "POST", path: "/2/dm_conversations/with/" + ann + "/messages", body: `{"text":"hi"}`},
		{method: "GET", path: "/2/dm_events?" + everyDM},
		{method: "GET", path: "/2/dm_events?max_results=1"},
		{method: "GET", path: "/2/dm_conversations/with/" + ann + "/dm_events?event_types=MessageCreate&" + everyDM},
		{method: "DELETE", path: "/2/tweets/" + made},

		{method: "POST", path: "/2/tweets", body: `{"text":"x",` + strayWord + `}`, refused: true},
		{method: "POST", path: "/2/tweets", body: `{"text":"x","poll":{"options":["a"],"duration_minutes":5}}`, refused: true},
		{method: "POST", path: "/2/tweets", body: `{"text":"x","poll":{"options":["a","b"],"duration_minutes":4}}`, refused: true},
		{method: "POST", path: "/2/tweets", body: `{"text":"x","media":{"media_ids":["1"],"tagged_user_ids":"5"}}`, refused: true},
		{method: "POST", path: "/2/tweets", body: `{"text":"x","reply":{}}`, refused: true},
		{method: "GET", path: "/2/tweets?ids=one", refused: true},
		{method: "GET", path: "/2/tweets/one", refused: true},
		{method: "DELETE", path: "/2/tweets/one", refused: true},
		{method: "PUT", path: "/2/tweets/" + back + "/hidden", body: `{"hidden":true,` + strayWord + `}`},
		{method: "PUT", path: "/2/tweets/" + back + "/hidden", body: `{"hidden":"yes"}`, refused: true},
		{method: "GET", path: "/2/users/me?fields=all"},
		{method: "GET", path: "/2/users?ids=one", refused: true},
		{method: "GET", path: "/2/users/by/username/a-b", refused: true},
		{method: "GET", path: "/2/users/one", refused: true},
		{method: "POST", path: me + "/following", body: `{"target_user_id":"` + ann + `",` + strayWord + `}`},
		{method: "POST", path: me + "/following", body: `{"target_user_id":"one"}`, refused: true},
		{method: "DELETE", path: me + "/following/one", refused: true},
		{method: "POST", path: me + "/likes", body: `{"tweet_id":"one"}`, refused: true},
		{method: "GET", path: me + "/liked_tweets?max_results=3", refused: true},
		{method: "DELETE", path: me + "/likes/one", refused: true},
		{method: "POST", path: me + "/retweets", body: `{"tweet_id":5}`, refused: true},
		{method: "DELETE", path: me + "/retweets/one", refused: true},
		{method: "GET", path: me + "/tweets?max_results=3", refused: true},
		{method: "GET", path: me + "/tweets?exclude=likes", refused: true},
		{method: "GET", path: me + "/mentions?max_results=3", refused: true},
		{method: "GET", path: me + "/mentions?since_id=one", refused: true},
		{method: "POST", path: me + "/muting", body: `{}`, refused: true},
		{method: "DELETE", path: me + "/muting/one", refused: true},
		{method: "POST", path: "/2/dm_conversations/with/" + ann + "/messages", body: `{"text":""}`, refused: true},
		{method: "POST", path: "/2/dm_conversations/with/one/messages", body: `{"text":"hi"}`, refused: true},
		{method: "GET", path: "/2/dm_events?max_results=101", refused: true},
		{method: "GET", path: "/2/dm_conversations/with/one/dm_events", refused: true},
		{method: "GET", path: "/2/dm_conversations/with/" + ann + "/dm_events?event_types=Smile", refused: true},
	} {
		c.unlawful = c.refused || strings.Contains(c.body, "stray") || strings.Contains(c.path, "fields=all")
		k.run(c)
	}
	k.media()
	k.events()
	k.whole()
}

// whole holds that every endpoint the document has was asked both ways.
func (k *contract) whole() {
	k.Helper()
	served := 0
	for _, name := range Routes() {
		method, pattern, _ := strings.Cut(name, " ")
		skip := false
		for _, prefix := range described {
			skip = skip || strings.HasPrefix(pattern, prefix)
		}
		r, err := http.NewRequest(method, "https://api.x.com"+strings.NewReplacer(":username", "a", ":id", "1", ":target", "1").Replace(pattern), nil)
		ok(k.T, err)
		if _, _, err := k.router.FindRoute(r); err != nil || skip {
			k.Logf("%s: not checked against the document here (%v)", name, err)
			continue
		}
		served++
		if k.lawful[name] == 0 || k.wrong[name] == 0 {
			k.Errorf("%s: %d lawful and %d unlawful requests, want one of each", name, k.lawful[name], k.wrong[name])
		}
	}
	total, wrong := 0, 0
	for _, n := range k.lawful {
		total += n
	}
	for _, n := range k.wrong {
		wrong += n
	}
	k.Logf("%d routes served, %d operations of X's document validated: %d lawful exchanges, %d unlawful ones", served, len(k.ops), total, wrong)
}

func body(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
