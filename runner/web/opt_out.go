package web

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// request is the body of POST /v1/opt-outs.
type request struct {
	User  string  `json:"user_id"`
	Bot   *string `json:"bot"`   // absent: every bot
	Event *string `json:"event"` // where the person's word can be found
}

// reply is what it is answered with.
type reply struct {
	User     bots.UserID `json:"user_id"`
	Scope    string      `json:"scope"`    // a bot's name, or "*" for every bot
	Recalled int         `json:"recalled"` // intents under way to the person that were taken back
	New      bool        `json:"new"`      // false: it was on record already
}

// eventForm holds what may stand for an event: an id and never words, for it is kept.
var eventForm = regexp.MustCompile(`^[A-Za-z0-9._:#/-]{1,100}$`)

// optOuts records that a person is not to be contacted.
func (s *Server) optOuts(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, "", http.MethodPost) {
		return
	}
	in, no := read(r)
	if no == nil {
		no = s.check(in)
	}
	if no != nil {
		fail(w, no.Status, no.Detail, no.Remedy)
		return
	}
	c := guards.Choice{At: s.now(), How: "http", Scope: runner.EveryBot, Rule: "by " + s.by}
	if in.Bot != nil {
		c.Scope = *in.Bot
	}
	if in.Event != nil {
		c.Event = *in.Event
	}
	user := bots.UserID(in.User)
	got, err := s.desk.OptOut(r.Context(), user, c)
	if err != nil {
		s.report(err)
		fail(w, http.StatusServiceUnavailable, "the opt-out may not be on record: "+shorten(err.Error(), 200), "send it again until it is answered with 200: the same opt-out twice is one")
		return
	}
	send(w, "application/json", http.StatusOK, reply{User: user, Scope: c.Scope, Recalled: len(got.Cancelled), New: got.New})
}

// read takes the body strictly: an unknown or repeated key could hide what was meant.
func read(r *http.Request) (in request, no *problem) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return in, &problem{Status: http.StatusUnsupportedMediaType, Detail: "the body does not call itself JSON", Remedy: "send the header Content-Type: application/json"}
	}
	body, err := io.ReadAll(r.Body)
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return in, &problem{Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("the body has more than %d bytes", maxBody), Remedy: "send one person's opt-out at a time"}
	case err != nil:
		return in, &problem{Status: http.StatusBadRequest, Detail: "the body did not arrive whole", Remedy: "send it again"}
	}
	if err := json.Unmarshal(body, &in, json.RejectUnknownMembers(true)); err != nil {
		return in, &problem{Status: http.StatusBadRequest, Detail: "the body " + wrong(err), Remedy: `send one object such as {"user_id":"123"}, with "bot" and "event" where they are wanted`}
	}
	return in, nil
}

// wrong says what a decoder stumbled over, without the body's own words.
func wrong(err error) string {
	var sem *json.SemanticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		return "holds a key twice"
	case errors.Is(err, json.ErrUnknownName):
		return "holds a key that is none of user_id, bot and event"
	case errors.As(err, &sem):
		return "holds a value of a type that cannot stand there; all of them are strings"
	}
	return "is not one well-formed JSON object"
}

// check looks at what was sent. Ids are never guessed: an opt-out under a wrong one
// would bind nobody.
func (s *Server) check(in request) *problem {
	no := &problem{Status: http.StatusUnprocessableEntity}
	known := s.bots()
	switch {
	case !userID(in.User):
		no.Detail, no.Remedy = "user_id is no user id", "send X's id of the person, 1 to 20 digits as a string; a handle can change hands"
	case in.Bot != nil && !slices.Contains(known, *in.Bot):
		no.Detail = fmt.Sprintf("there is no bot %q", shorten(*in.Bot, 60))
		no.Remedy = "name one of " + strings.Join(known, ", ") + ", or leave bot out to opt out of all of them"
	case in.Event != nil && !eventForm.MatchString(*in.Event):
		no.Detail, no.Remedy = "event is no id", "send an id such as a post's or a form's, 1 to 100 of A-Z a-z 0-9 . _ : # / -, and nothing that the person wrote"
	default:
		return nil
	}
	return no
}

// userID says whether this can be X's id of somebody. One with a zero in front is
// another id to the ledger, and nobody's.
func userID(s string) bool { return bots.IsSnowflake(s) && s[0] != '0' }

// person tells what is on record of one person's choices.
func (s *Server) person(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, "an opt-out ends only by the person's own START to a bot, or by a person at the desk with a reason: heed optout rm",
		http.MethodGet, http.MethodHead) {
		return
	}
	user := r.PathValue("user")
	if !userID(user) {
		fail(w, http.StatusUnprocessableEntity, "the path holds no user id", "send X's id of the person, 1 to 20 digits; a handle can change hands")
		return
	}
	rows, err := s.desk.People(r.Context(), runner.PeopleQuery{User: bots.UserID(user), Limit: mostRows})
	if err != nil {
		s.report(err)
		fail(w, http.StatusServiceUnavailable, "the record cannot be read: "+shorten(err.Error(), 200), "try again, and take the person for opted out until then")
		return
	}
	if rows == nil {
		rows = []runner.PersonRow{}
	}
	out := slices.ContainsFunc(rows, func(p runner.PersonRow) bool { return p.Kind == "opt_out" })
	send(w, "application/json", http.StatusOK, struct {
		Out     bool               `json:"opted_out"` // of one bot at least
		Choices []runner.PersonRow `json:"choices"`
	}{out, rows})
}

// mostRows bounds what is told of one person.
const mostRows = 1000
