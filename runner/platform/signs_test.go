package platform

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"heed/runner"
)

// bioCanary stands in a bio and may not be found in anything that is told.
const bioCanary = "quill marzipan #nobots"

func TestSigns(t *testing.T) {
	for name, row := range map[string]struct {
		user string // members beside the id
		want runner.Signs
	}{
		"nothing but the account":            {``, runner.Signs{Known: true}},
		"a marker in the bio":                {`,"description":"` + bioCanary + `"`, runner.Signs{Known: true, Marker: "bio.test"}},
		"a marker behind a shortened link":   {`,"description":"https://t.co/a","entities":{"description":{"urls":[{"url":"https://t.co/a","expanded_url":"quill marzipan #nobots"}]}}`, runner.Signs{Known: true, Marker: "bio.test"}},
		"a bio without":                      {`,"description":"boats & bread"`, runner.Signs{Known: true}},
		"bonds that are none":                {`,"connection_status":[]`, runner.Signs{Known: true}},
		"bonds of another kind":              {`,"connection_status":["blocking","muting","following","followed_by"]`, runner.Signs{Known: true}},
		"a block, should X ever show one":    {`,"connection_status":["followed_by","blocked_by"]`, runner.Signs{Known: true, Blocks: true}},
		"bonds that cannot be read":          {`,"connection_status":"blocked_by"`, runner.Signs{Known: true}},
		"bonds that are null":                {`,"connection_status":null,"receives_your_dm":null`, runner.Signs{Known: true}},
		"takes messages":                     {`,"receives_your_dm":true`, runner.Signs{Known: true}},
		"takes none":                         {`,"receives_your_dm":false`, runner.Signs{Known: true, NoDM: true}},
		"an odd word about messages":         {`,"receives_your_dm":"no"`, runner.Signs{Known: true}},
		"all of it":                          {`,"description":"` + bioCanary + `","connection_status":["blocked_by"],"receives_your_dm":false`, runner.Signs{Known: true, Marker: "bio.test", Blocks: true, NoDM: true}},
		"a user that cannot be read at all":  {`,"username":5`, runner.Signs{}},
		"odd bonds hide no other sign":       {`,"connection_status":{"x":1},"receives_your_dm":false`, runner.Signs{Known: true, NoDM: true}},
		"an automated account may want none": {`,"affiliation":{"description":"Automated"},"receives_your_dm":false`, runner.Signs{Known: true, NoDM: true}},
	} {
		includes := `"includes":{"users":[{"id":"600"` + row.user + `},{"id":"601","receives_your_dm":false,"description":"` + bioCanary + `"}]}`
		id := idAt(time.Minute)
		f := newFake(t, map[string]http.HandlerFunc{
			mentionsCall:      reply(200, `{"data":[{"id":"`+id+`","author_id":"600","text":"@tidesbot hi"}],`+includes+`,"meta":{}}`),
			messagesCall:      reply(200, `{"data":[{"id":"`+id+`","sender_id":"600","text":"hi","dm_conversation_id":"500-600"}],`+includes+`,"meta":{}}`),
			"GET /2/tweets/7": reply(200, `{"data":{"id":"7","author_id":"600"},`+includes+`}`),
		})
		x := newX(t, f.URL)
		x.marker = func(bio string) string {
			if strings.Contains(bio, bioCanary) {
				return "bio.test"
			}
			return ""
		}
		said, cursor := listen(t, x, "")
		if len(said) != 2 || said[0].Signs != row.want || said[1].Signs != row.want {
			t.Errorf("%s: heard %+v, want %+v", name, said, row.want)
		}
		who, err := x.Author(t.Context(), "tides", "7")
		if err != nil || who.Signs != row.want || who.Author != "600" {
			t.Errorf("%s: author %+v, %v, want %+v", name, who, err, row.want)
		}
		if told := fmt.Sprintf("%+v %s %+v", said, cursor, who); strings.Contains(told, "quill") || strings.Contains(told, "marzipan") {
			t.Errorf("%s: the bio is told: %s", name, told)
		}
		for _, c := range f.all() {
			if c.query.Get("user.fields") != personFields || !strings.Contains(c.query.Get("expansions"), map[bool]string{true: "sender_id", false: "author_id"}[c.path == "/2/dm_events"]) {
				t.Errorf("%s: %s asks for %v", name, c.path, c.query)
			}
		}
	}
}

// A bio goes into no error either, whatever else is wrong with an answer.
func TestNoErrorTellsABio(t *testing.T) {
	users := `"includes":{"users":[{"id":"600","description":"` + bioCanary + `"}]}`
	f := newFake(t, map[string]http.HandlerFunc{
		mentionsCall:      reply(200, `{"data":[{"id":"7","text":"x"}],`+users+`}`),
		messagesCall:      reply(200, `{"data":[{"id":"7","text":"x"}],`+users+`}`),
		"GET /2/tweets/7": reply(200, `{"data":{"id":"7"},`+users+`}`),
	})
	x := newX(t, f.URL)
	_, _, err1 := x.Listen(t.Context(), "tides", "")
	_, err2 := x.Author(t.Context(), "tides", "7")
	for _, err := range []error{err1, err2} {
		if err == nil || strings.Contains(err.Error(), "marzipan") {
			t.Errorf("%v", err)
		}
	}
}

// The bot's own account shows no signs against itself, and nobody else's stand for the author's.
func TestSignsOfOtherAccounts(t *testing.T) {
	f := newFake(t, map[string]http.HandlerFunc{
		"GET /2/tweets/7": reply(200, `{"data":{"id":"7","author_id":"500"},"includes":{"users":[{"id":"500","receives_your_dm":false,"description":"`+bioCanary+`"}]}}`),
		"GET /2/tweets/8": reply(200, `{"data":{"id":"8","author_id":"600"},"includes":{"users":[{"id":"601","receives_your_dm":false}]}}`),
	})
	x := newX(t, f.URL)
	x.marker = func(string) string { return "bio.test" }
	if who, err := x.Author(t.Context(), "tides", "7"); err != nil || who.Signs != (runner.Signs{Known: true}) {
		t.Errorf("its own post: %+v, %v", who, err)
	}
	if who, err := x.Author(t.Context(), "tides", "8"); err != nil || who.Signs != (runner.Signs{}) {
		t.Errorf("an author whom X did not show: %+v, %v", who, err)
	}
}

func TestProfileCounts(t *testing.T) {
	for name, row := range map[string]struct {
		metrics              string
		followers, following int
		counted              bool
	}{
		"both":                   {`{"followers_count":12,"following_count":7,"tweet_count":9,"listed_count":0}`, 12, 7, true},
		"an account without any": {`{"followers_count":0,"following_count":0}`, 0, 0, true},
		"one is missing":         {`{"followers_count":12}`, 0, 0, false},
		"one is odd":             {`{"followers_count":12,"following_count":"7"}`, 0, 0, false},
		"one is below nothing":   {`{"followers_count":12,"following_count":-1}`, 0, 0, false},
		"no numbers":             {`5`, 0, 0, false},
		"nothing":                {`null`, 0, 0, false},
	} {
		f := newFake(t, map[string]http.HandlerFunc{"GET /2/users/me": reply(200, `{"data":{"id":"500","username":"tidesbot","public_metrics":`+row.metrics+`}}`)})
		p, err := newX(t, f.URL).Profile(t.Context(), "tides")
		if err != nil || p.Counted != row.counted || p.Followers != row.followers || p.Following != row.following || p.UserID != "500" {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
		if !strings.Contains(f.all()[0].query.Get("user.fields"), "public_metrics") {
			t.Errorf("%s: the numbers are not asked for", name)
		}
	}
}
