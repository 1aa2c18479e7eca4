package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// shelf is a ledger that holds what a test puts there, whatever it is asked for.
type shelf struct {
	cases []runner.Case
	pages []runner.LogPage
	asked []runner.Ref
}

func (b *shelf) Case(_ context.Context, ref runner.Ref) (runner.Case, error) {
	b.asked = append(b.asked, ref)
	for _, c := range b.cases {
		if c.Key == ref.Key || c.ID == ref.ID {
			return c, nil
		}
	}
	return runner.Case{}, runner.ErrNotFound
}

func (b *shelf) Log(context.Context, runner.LogQuery) (runner.LogPage, error) {
	if len(b.pages) == 0 {
		return runner.LogPage{}, nil
	}
	p := b.pages[0]
	b.pages = b.pages[1:]
	return p, nil
}

// session is an agent's of the bot tides.
func session(t *testing.T, b Book, emit func(context.Context, []byte, func([]byte) error) error) *server {
	return &server{life: t.Context(), calls: rate.NewLimiter(rate.Inf, 1), room: make(chan struct{}, proposals),
		Options: Options{Bot: "tides", Book: b, Emit: emit, Charge: func() (runner.Charge, error) {
			return runner.Charge{Bot: bots.Bot{Name: "tides", Actions: []bots.Action{bots.Post}}, Pipeline: guards.Default()}, nil
		}}}
}

func caseOf(bot, key string, in bots.Intent, state runner.State) runner.Case {
	in.Key = key
	return runner.Case{Claim: runner.Claim{Bot: bot, Key: key, ID: "id-of-" + key, Intent: in}, State: state}
}

// TestAProposalIsHeldUnlessTheOperatorSaidOtherwise: whatever the agent asks for.
func TestAProposalIsHeldUnlessTheOperatorSaidOtherwise(t *testing.T) {
	for _, noHold := range []bool{false, true} {
		for _, asked := range []string{``, `,"hold":false`, `,"hold":true`} {
			var line []byte
			s := session(t, &shelf{}, func(_ context.Context, l []byte, each func([]byte) error) error {
				line = l
				return each([]byte(`{"queued":true,"key":"k"}`))
			})
			s.NoHold = noHold
			if _, err := s.propose(t.Context(), json.RawMessage(`{"action":"post","text":"High tide."`+asked+`}`)); err != nil {
				t.Fatal(err)
			}
			in, err := bots.DecodeIntent(line)
			if want := !noHold || strings.Contains(asked, "true"); err != nil || in.Hold != want {
				t.Errorf("no hold %t, asked %q: %s, %v", noHold, asked, line, err)
			}
		}
	}
}

// TestAProposalWaitsForItsVerdictAndNoLonger: a heed that says nothing is not waited for.
func TestAProposalWaitsForItsVerdictAndNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := func(queued bool) func(context.Context, []byte, func([]byte) error) error {
			return func(ctx context.Context, _ []byte, each func([]byte) error) error {
				if queued {
					if err := each([]byte(`{"queued":true,"key":"k"}`)); err != nil {
						return err
					}
				}
				<-ctx.Done()
				return ctx.Err()
			}
		}
		args := json.RawMessage(`{"action":"post","text":"High tide.","key":"k"}`)
		begin := time.Now()
		a, err := session(t, &shelf{}, silent(true)).propose(t.Context(), args)
		if st, ok := a.data.(standing); err != nil || !ok || st.Key != "k" || st.State != runner.Waiting || time.Since(begin) != verdictWithin {
			t.Errorf("taken, and no verdict: %+v, %v after %s", a, err, time.Since(begin))
		}
		if _, err := session(t, &shelf{}, silent(false)).propose(t.Context(), args); err == nil || !strings.Contains(err.Error(), "again under the same key") {
			t.Errorf("not even taken: %v", err)
		}
		s := session(t, &shelf{}, silent(true))
		life, leave := context.WithCancel(t.Context())
		s.life = life
		leave()
		begin = time.Now()
		if _, err := s.propose(t.Context(), args); err != nil || time.Since(begin) != 0 {
			t.Errorf("the agent has left: %v after %s", err, time.Since(begin))
		}
		for range proposals {
			s.room <- struct{}{}
		}
		if _, err := s.propose(t.Context(), args); err == nil || !strings.Contains(err.Error(), "nothing was done") {
			t.Errorf("a proposal too many: %v", err)
		}
	})
}

func TestWhatHeedDidNotTakeIsToldInItsWords(t *testing.T) {
	full := errors.New("heed did not take the intent: too many unread intents")
	s := session(t, &shelf{}, func(context.Context, []byte, func([]byte) error) error { return full })
	if _, err := s.propose(t.Context(), json.RawMessage(`{"action":"post","text":"a"}`)); !errors.Is(err, full) {
		t.Errorf("told %v", err)
	}
	s.Emit = func(context.Context, []byte, func([]byte) error) error { return nil }
	if _, err := s.propose(t.Context(), json.RawMessage(`{"action":"post","text":"a"}`)); err == nil {
		t.Error("silence was taken for a yes")
	}
}

// TestNothingOfAnotherBotIsTold: even where a ledger hands it over.
func TestNothingOfAnotherBotIsTold(t *testing.T) {
	b := &shelf{cases: []runner.Case{caseOf("quakes", "q-1", bots.Intent{Action: bots.Post, Text: "A quake."}, runner.Done)}}
	s := session(t, b, nil)
	for name, do := range map[string]func(context.Context, json.RawMessage) (answer, error){"status": s.status, "explain": s.explain} {
		for _, args := range []string{`{"key":"q-1"}`, `{"id":"id-of-q-1"}`} {
			if a, err := do(t.Context(), json.RawMessage(args)); err == nil || !strings.Contains(err.Error(), "the bot tides has no intent") {
				t.Errorf("%s %s: %+v, %v", name, args, a, err)
			}
		}
	}
	for _, ref := range b.asked {
		if ref.Bot != "tides" {
			t.Errorf("asked for %+v", ref)
		}
	}
}

// P7: neither a message's words nor those of a post are in any answer.
func TestP7AnAgentIsToldNoWords(t *testing.T) {
	secret := "the words that were meant for one person"
	c := caseOf("tides", "m", bots.Intent{Action: bots.DM, Text: secret, Reason: secret, Target: bots.Target{UserID: "42"}}, runner.Done)
	c.Stored = []byte(`{"text":"` + secret + `"}`)
	c.Answer = &runner.Answer{Outcome: runner.Landed, PostID: "9"}
	c.Verdict = &guards.Verdict{Effect: guards.Allow, Code: "pipeline.allowed", Message: "none objects", Findings: []guards.Finding{{Guard: "consent", Effect: guards.Allow}}}
	b := &shelf{cases: []runner.Case{c}, pages: []runner.LogPage{{Records: []runner.Record{{ID: c.ID, Key: "m"}}}}}
	s := session(t, b, func(_ context.Context, _ []byte, each func([]byte) error) error {
		return errors.Join(each([]byte(`{"queued":true,"key":"m"}`)), each([]byte(`{"v":1,"type":"verdict","verdict":{"key":"m","decision":"allow"}}`)))
	})
	for args, do := range map[string]func(context.Context, json.RawMessage) (answer, error){
		`{"key":"m"}`: s.status, `{"id":"id-of-m"}`: s.explain, `{"limit":3}`: s.recent,
		`{"action":"dm","key":"m","target":{"user_id":"42"},"text":"` + secret + `"}`: s.propose} {
		a, err := do(t.Context(), json.RawMessage(args))
		data, bad := json.Marshal(a.data)
		if err != nil || bad != nil || strings.Contains(string(data)+a.text, "meant for") || !strings.Contains(string(data)+a.text, "m") {
			t.Errorf("%s: %s %s %v", args, data, a.text, err)
		}
		if strings.Contains(string(data), "x.com") {
			t.Errorf("%s: a message has an address: %s", args, data)
		}
	}
}

func TestRecentIsBounded(t *testing.T) {
	b := &shelf{}
	for i := range 40 {
		var p runner.LogPage
		for j := range 3 {
			c := caseOf("tides", fmt.Sprintf("k%d-%d", i, j), bots.Intent{Action: bots.Post}, runner.Done)
			b.cases = append(b.cases, c)
			p.Records = append(p.Records, runner.Record{ID: c.ID}, runner.Record{ID: c.ID})
		}
		p.Older = int64(100 - i)
		b.pages = append(b.pages, p)
	}
	s := session(t, b, nil)
	for limit, want := range map[int]int{1: 1, 4: 4, 50: 3 * recentPages} {
		s.Book = &shelf{cases: b.cases, pages: b.pages}
		a, err := s.recent(t.Context(), json.RawMessage(fmt.Sprintf(`{"limit":%d}`, limit)))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(a.data.(map[string]any)["intents"].([]brief)); got != want {
			t.Errorf("limit %d: %d intents, want %d", limit, got, want)
		}
	}
	for _, limit := range []string{"0", "51", "-1", `"many"`, "1.5"} {
		if _, err := s.recent(t.Context(), json.RawMessage(`{"limit":`+limit+`}`)); err == nil {
			t.Errorf("limit %s was taken", limit)
		}
	}
}

// TestEveryStateSaysWhatFollows: and each is told apart.
func TestEveryStateSaysWhatFollows(t *testing.T) {
	seen := map[string]runner.State{}
	for _, state := range []runner.State{runner.Waiting, runner.Deferred, runner.Held, runner.Denied, runner.Doing, runner.Done, runner.Failed, runner.Unknown, runner.Cancelled, runner.Expired} {
		says := standingOf(caseOf("tides", "k", bots.Intent{Action: bots.Post}, state)).Next
		if other, twice := seen[says]; says == "" || twice {
			t.Errorf("%s says %q, and so does %s", state, says, other)
		}
		seen[says] = state
	}
}

// TestTheSchemaIsTheContracts: what an agent may fill in has the contract's form.
func TestTheSchemaIsTheContracts(t *testing.T) {
	type object struct {
		Properties map[string]map[string]any `json:"properties"`
		Additional *bool                     `json:"additionalProperties"`
	}
	var ours, theirs object
	if err := json.Unmarshal([]byte(proposeSchema), &ours); err != nil {
		t.Fatal(err)
	}
	if ours.Additional == nil || *ours.Additional {
		t.Error("further fields are allowed")
	}
	fields := strings.Split(intentFields, ", ")
	if len(fields) != len(ours.Properties) {
		t.Errorf("%d fields are told, and %d are there", len(fields), len(ours.Properties))
	}
	for _, f := range fields {
		if ours.Properties[f] == nil {
			t.Errorf("there is no field %s", f)
		}
	}
	text, err := os.ReadFile("../../shared/contract/intent.schema.json")
	if err != nil {
		t.Skip("the contract's schema is not here")
	}
	if err := json.Unmarshal(text, &theirs); err != nil {
		t.Fatal(err)
	}
	for _, heeds := range []string{"v", "type", "id"} {
		delete(theirs.Properties, heeds)
	}
	if len(theirs.Properties) != len(ours.Properties) {
		t.Errorf("%d fields, and the contract has %d", len(ours.Properties), len(theirs.Properties))
	}
	for name, want := range theirs.Properties {
		got := ours.Properties[name]
		if name == "target" { // theirs refers to a definition
			continue
		}
		for key, value := range want {
			if key != "description" && key != "items" && !reflect.DeepEqual(got[key], value) {
				t.Errorf("%s: %s is %v, and the contract has %v", name, key, got[key], value)
			}
		}
	}
}
