package sandbox

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// kinds are what the judge found, in order.
func kinds(w *World) string {
	var all []string
	for _, v := range w.Violations() {
		all = append(all, string(v.Kind))
	}
	return strings.Join(all, " ")
}

// claimAndDo claims a write and makes it.
func claimAndDo(s *stage, c Claim, method, path, body string) got {
	s.Helper()
	c.UserID = s.botID
	s.w.Claimed(c)
	return s.bot.do(method, path, body)
}

func TestAWriteIsHeldAgainstItsClaim(t *testing.T) {
	hello := Claim{Intent: "desk/1", Action: "post", Text: "hello"}
	for name, c := range map[string]struct {
		claim        Claim
		method, path string
		body, want   string
	}{
		"as claimed":            {hello, "POST", "/2/tweets", `{"text":"hello"}`, ""},
		"one byte altered":      {hello, "POST", "/2/tweets", `{"text":"hellO"}`, "altered"},
		"a picture more":        {hello, "POST", "/2/tweets", `{"text":"hello","media":{"media_ids":["77"]}}`, "altered"},
		"a reply instead":       {hello, "POST", "/2/tweets", `{"text":"hello","reply":{"in_reply_to_tweet_id":"77"}}`, "altered"},
		"nothing that is JSON":  {hello, "POST", "/2/tweets", `hello`, "altered"},
		"another person":        {Claim{Intent: "desk/2", Action: "follow", TargetUser: "1"}, "POST", "ME/following", `{"target_user_id":"BOB"}`, "altered"},
		"the person":            {Claim{Intent: "desk/2", Action: "follow", TargetUser: "BOB"}, "POST", "ME/following", `{"target_user_id":"BOB"}`, ""},
		"unfollowing instead":   {Claim{Intent: "desk/2", Action: "follow", TargetUser: "BOB"}, "DELETE", "ME/following/BOB", "", "altered"},
		"a message":             {Claim{Intent: "desk/3", Action: "dm", TargetUser: "BOB", Text: "hi"}, "POST", "/2/dm_conversations/with/BOB/messages", `{"text":"hi"}`, ""},
		"a message to another":  {Claim{Intent: "desk/3", Action: "dm", TargetUser: "1", Text: "hi"}, "POST", "/2/dm_conversations/with/BOB/messages", `{"text":"hi"}`, "altered"},
		"what no intent claims": {hello, "POST", "ME/muting", `{"target_user_id":"BOB"}`, "altered"},
		"a read":                {hello, "GET", "ME", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := setup(t, Options{Tier: Enterprise})
			real := strings.NewReplacer("ME", "/2/users/"+s.botID, "BOB", s.bob.ID)
			c.claim.TargetUser = real.Replace(c.claim.TargetUser)
			claimAndDo(s, c.claim, c.method, real.Replace(c.path), real.Replace(c.body))
			if got := kinds(s.w); got != c.want {
				t.Errorf("found %q, want %q: %+v", got, c.want, s.w.Violations())
			}
			for _, v := range s.w.Violations() {
				if strings.Contains(v.Detail, "hell") || v.Intent != c.claim.Intent {
					t.Errorf("a violation shows a text, or not whose it is: %+v", v)
				}
			}
		})
	}
}

func TestAWriteNeedsAClaimOfItsOwn(t *testing.T) {
	s := setup(t, Options{Tier: Enterprise})
	two := s.anotherBot("second")
	s.bot.do("POST", "/2/tweets", `{"text":"before anybody tells claims"}`)
	if got := kinds(s.w); got != "" {
		t.Fatalf("found %q in a world without claims", got)
	}
	claimAndDo(s, Claim{Intent: "desk/1", Action: "post", Text: "one"}, "POST", "/2/tweets", `{"text":"one"}`)
	two.do("POST", "/2/tweets", `{"text":"mine"}`)
	if got := kinds(s.w); got != "unclaimed" {
		t.Errorf("found %q of an account without a claim", got)
	}
	s.bot.do("POST", "/2/tweets", `{"text":"one"}`) // X refuses a duplicate; it was sent all the same
	if got := kinds(s.w); got != "unclaimed sent_twice" {
		t.Errorf("found %q of a second call", got)
	}
	acts := s.w.Acts(s.botID)
	if c, ok := s.w.ClaimOf(acts[len(acts)-1].Seq); !ok || c.Intent != "desk/1" || !c.Claimed.Equal(s.clock.now()) || !c.Came.Equal(c.Claimed) || s.w.Landed("desk/1") != 1 {
		t.Errorf("the act is of %+v (%t)", c, ok)
	}
}

func TestACallThatNoAnswerCameOfIsJudgedToo(t *testing.T) {
	s := setup(t, Options{Tier: Enterprise})
	f := preset(t, "drop_before")
	f.Method, f.Count = http.MethodPost, 1
	s.fault(f)
	s.w.Claimed(Claim{Intent: "desk/1", UserID: s.botID, Action: "post", Text: "one"})
	_, _ = s.bot.try("POST", "/2/tweets", `{"text":"two"}`)
	if got := kinds(s.w); got != "altered" {
		t.Errorf("found %q", got)
	}
}

func TestOneIntentLandsOnce(t *testing.T) {
	s := setup(t, Options{Tier: Enterprise, DuplicateWindow: -1})
	for range 2 { // each call has a claim, as after an approval that nobody should have given
		s.expect(claimAndDo(s, Claim{Intent: "desk/1", Action: "post", Text: "one"}, "POST", "/2/tweets", `{"text":"one"}`), 201, "")
	}
	if got := kinds(s.w); got != "acted_twice" {
		t.Errorf("found %q", got)
	}
	if err := s.w.Reset(""); err != nil || s.w.Landed("desk/1") != 0 {
		t.Errorf("an empty world knows of claims: %v", err)
	}
}

func TestALowerHeaderBindsTheNextWrite(t *testing.T) {
	s := setup(t, Options{Tier: Enterprise})
	f := Exhausted(s.clock.now().Add(10 * time.Minute))
	f.Method, f.Count = http.MethodPost, 1
	s.fault(f)
	got := s.bot.do("POST", "/2/tweets", `{"text":"one"}`)
	s.expect(got, 201, "")
	if got.header.Get("x-rate-limit-remaining") != "0" {
		t.Fatalf("headers %v", got.header)
	}
	s.bot.do("DELETE", "/2/users/"+s.botID+"/following/"+s.bob.ID, "") // another lane
	if got := kinds(s.w); got != "" {
		t.Errorf("found %q", got)
	}
	s.clock.add(9 * time.Minute)
	s.bot.do("POST", "/2/tweets", `{"text":"two"}`)
	if got := kinds(s.w); got != "past_headers" {
		t.Errorf("found %q before the reset", got)
	}
	s.clock.add(2 * time.Minute)
	s.bot.do("POST", "/2/tweets", `{"text":"three"}`)
	if got := kinds(s.w); got != "past_headers" {
		t.Errorf("found %q after the reset", got)
	}
}

// A late answer waits by itself; what is done late is done although nobody waits.
func TestLateAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(Options{})
		for _, c := range []struct {
			preset   string
			patience time.Duration
			took     time.Duration
			answered bool
		}{
			{"just_in_time", 20 * time.Second, 19 * time.Second, true},
			{"too_late", 20 * time.Second, 20 * time.Second, false},
			{"done_late", 20 * time.Second, 45 * time.Second, true},
		} {
			f := preset(t, c.preset)
			began := time.Now()
			ended := w.waited(t, &f, c.patience)
			if took := time.Since(began); took != c.took || ended == c.answered {
				t.Errorf("%s: after %s, ended %t; want %s and %t", c.preset, took, ended, c.took, !c.answered)
			}
		}
	})
}

// waited strikes a call whose client has some patience, and says whether that ended it.
func (w *World) waited(t *testing.T, f *Fault, patience time.Duration) bool {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/2/tweets", nil)
	return w.strike(httptest.NewRecorder(), r, f, &answer{status: 201})
}
