package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
	"heed/runner/web/webtest"
)

// morning is a desk as an operator may find it: of each kind something waits.
func morning() *waitingDesk {
	plain := heldCase("tide-14", "High tide today: 14:32 (4.1 m).")
	plain.Intent.Media, plain.Media, plain.Intent.MadeWithAI = nil, nil, false
	plain.Intent.Action, plain.Intent.Target, plain.Intent.Cause, plain.Intent.ExpiresAt = bots.Post, bots.Target{}, "", now.Add(48*time.Hour)
	plain.Verdict.Findings[0] = guards.Finding{Guard: "asked", Effect: guards.Hold, Code: "asked.person", Because: "the bot asked for a person's eye: first of a new season", Remedy: "a person approves or rejects it: heed approve KEY, heed reject KEY", Rules: []string{"A14", "P4"}}
	again := heldCase("us2000crkq", "M 5.6 - 73km ESE of Lata, Solomon Islands\nhttps://earthquake.usgs.gov/earthquakes/eventpage/us2000crkq")
	again.Attempts, again.Detail, again.Verdict = 1, "the answer was lost, and no such post was found on the account by 14:32:10", nil
	return &waitingDesk{cases: []runner.Case{plain, heldCase("k1", nasty), again},
		reviews: []runner.PersonRow{{User: "2244994945", Kind: "review", Choice: guards.Choice{At: now, How: "dm", Scope: "*", Event: "1800000000000000001", Rule: "may be a stop: en.leave"}}},
		halts:   []guards.Halt{{Kind: guards.Latched, Scope: "quakes", By: "heed", Reason: "X answered 403: the account is suspended", At: now.Add(-time.Hour)}}}
}

// enter opens a tab that is signed in.
func enter(tab *webtest.Tab, r *rig) {
	tab.Goto("http://" + r.addr + r.link("ann"))
	tab.Has("h1", "Needs you")
}

func TestBrowserNeedsYou(t *testing.T) {
	webtest.Each(t, func(t *testing.T, tab *webtest.Tab) {
		w := morning()
		r, _ := signedInRig(t, w)
		enter(tab, r)
		tab.Until(`document.getElementById("live").textContent === "● live"`)
		tab.Has("#waits", "5 need you")
		tab.Shot("needs")
		tab.Axe()
		tab.SkipLink()
		if left := tab.Unreached(); len(left) > 0 {
			t.Errorf("the Tab key does not come to %q", left)
		}
		tab.Follow("#i7 form[action='/approve'] button")
		tab.Has("h1", "Approve")
		tab.Has("#main", "@quakes", "High tide today: 14:32 (4.1 m).")
		tab.Shot("approve")
		tab.Axe()
		tab.Follow("form[action='/approve/now'] button")
		tab.Has(".did", "approved quakes/tide-14")
		tab.Follow("#i2 form[action='/reject'] button")
		tab.Type("input[name=reason]", "it hides what it is")
		tab.Shot("reject")
		tab.Axe()
		tab.Follow("form[action='/reject/now'] button")
		tab.Has(".did", "rejected quakes/k1")
		tab.Click(".card input[name=looked][form], #latches ~ .cards input[name=looked]")
		tab.Follow("form[action='/needs/resume'] button")
		tab.Follow("form[action='/needs/opt-out'] button")
		tab.Has(".did", "2244994945 is contacted by no bot")
		want := fmt.Sprint([]string{"approve tide-14 ann " + w.cases[0].Hash, "reject k1 ann it hides what it is", "resume quakes [latch] ann",
			"out 2244994945 * dashboard 1800000000000000001 by ann"})
		if got := fmt.Sprint(w.done()); got != want {
			t.Errorf("%s", got)
		}
	})
}

// Without script every action works the same.
func TestBrowserWithoutScript(t *testing.T) {
	tab := webtest.Open(t, webtest.Views[0])
	w := morning()
	r, _ := signedInRig(t, w)
	tab.NoScript()
	enter(tab, r)
	tab.Has("#live", "as of")
	tab.Click("#i7 input[name=pick]")
	tab.Click("#i10 input[name=pick]")
	tab.Follow(".several button[formaction='/approve']")
	tab.Has("#main", "These 2 are exactly", "High tide today", "Solomon Islands")
	tab.Follow("form[action='/approve/now'] button")
	tab.Has(".did", "approved quakes/tide-14, quakes/us2000crkq")
	if got := len(w.done()); got != 2 {
		t.Errorf("%v", w.done())
	}
}

// What changes comes in by itself, and leaves alone what a person is at: the focus, what
// is ticked, what is unfolded.
func TestBrowserALivePageLeavesAPersonAlone(t *testing.T) {
	tab := webtest.Open(t, webtest.Views[2])
	w := morning()
	r, _ := signedInRig(t, w)
	enter(tab, r)
	tab.Until(`document.getElementById("live").textContent === "● live"`)
	tab.Click("#i2 summary")
	tab.Click("#i2 input[name=pick]")
	tab.Until(`document.activeElement.name === "pick"`)
	w.change(func() {
		c := heldCase("a-new-one", "Low tide")
		w.cases = append([]runner.Case{c}, w.cases[1:]...)
		w.cases = append(w.cases, heldCase("yet-another-one", "Slack"))
		close(w.changed)
		w.changed = make(chan struct{})
	})
	tab.Until(`document.getElementById("waits").textContent === "6 need you" && !!document.getElementById("i9") && !document.getElementById("i7")`)
	var at struct {
		Ticked, Open bool
		Focus        string
	}
	tab.Eval(`({Ticked: document.querySelector("#i2 input[name=pick]").checked, Open: document.querySelector("#i2 details").open, Focus: document.activeElement.closest(".card")?.id || ""})`, &at)
	if !at.Ticked || !at.Open || at.Focus != "i2" {
		t.Errorf("after the change: %+v", at)
	}
	var ticked int
	if tab.Eval(`document.querySelectorAll("input[name=pick]:checked").length`, &ticked); ticked != 1 {
		t.Errorf("%d are ticked", ticked)
	}
}

// Whoever is not signed in is told how to get in.
func TestBrowserSignIn(t *testing.T) {
	webtest.Each(t, func(t *testing.T, tab *webtest.Tab) {
		r, _ := signedInRig(t, &waitingDesk{})
		tab.Forgive("401")
		tab.Goto("http://" + r.addr + "/needs")
		tab.Has("#main", "heed dashboard")
		tab.Shot("sign-in")
		tab.Axe()
		link := r.link("ann")
		tab.Goto("http://" + r.addr + link)
		tab.Has("#main", "Nothing waits for you")
		tab.Shot("nothing")
		tab.Axe()
		tab.Follow("form[action='/sign-out'] button")
		tab.Goto("http://" + r.addr + link)
		if !strings.Contains(tab.Text("#main"), "has been used") {
			t.Error("the link is good twice")
		}
	})
}
