package bus_test

import (
	"fmt"
	"testing"

	"heed/runner"
	"heed/runner/bus"
)

// TestP5WhatIsRemovedTogetherWasAccepted: frames of many bots are accepted in all kinds of
// order while others are not; after a restart exactly those that were not come again.
func TestP5WhatIsRemovedTogetherWasAccepted(t *testing.T) {
	const bots, frames = 16, 30
	for name, takes := range map[string]func(bot, n int) bool{
		"all":                       func(int, int) bool { return true },
		"all but the very first":    func(bot, n int) bool { return bot+n > 0 },
		"all but one bot's":         func(bot, _ int) bool { return bot != 7 },
		"the first half":            func(_, n int) bool { return n < frames/2 },
		"every other one":           func(bot, n int) bool { return (bot+n)%2 == 0 },
		"none":                      func(int, int) bool { return false },
		"all but one in the middle": func(bot, n int) bool { return bot != 3 || n != 11 },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			b := open(t, bus.Options{Dir: dir})
			for n := range frames {
				for bot := range bots {
					publish(t, b, fmt.Sprintf("bot%d", bot), frame("r", n, "x"))
				}
			}
			r := receive(t, b)
			var late []runner.Delivery
			var left []string
			for n := range frames {
				for bot := range bots {
					d := r.next(t)
					switch {
					case !takes(bot, n):
						left = append(left, fmt.Sprint(d.Bot, " ", d.Frame.First, " ", d.Seq))
					case (bot*7+n)%3 == 0: // not in the order in which they came
						late = append(late, d)
					default:
						must(t, d.Accept())
					}
				}
			}
			for i := range late {
				must(t, late[len(late)-1-i].Accept())
			}
			must(t, b.Close())
			b = open(t, bus.Options{Dir: dir})
			publish(t, b, "last", frame("r", 1, "x"))
			r = receive(t, b)
			for _, want := range left {
				if d := r.next(t); fmt.Sprint(d.Bot, " ", d.Frame.First, " ", d.Seq) != want {
					t.Fatalf("%s %d %d came, and not %s", d.Bot, d.Frame.First, d.Seq, want)
				}
			}
			if d := r.next(t); d.Bot != "last" {
				t.Fatalf("%s %d came again, and was accepted", d.Bot, d.Frame.First)
			}
		})
	}
}

// TestAFrameThatIsNotAcceptedCostsOthersNoRoom: what stands behind it leaves the road too.
func TestAFrameThatIsNotAcceptedCostsOthersNoRoom(t *testing.T) {
	b := open(t, bus.Options{})
	publish(t, b, "slow", frame("r", 1, "x"))
	for i := range bus.MaxUnread {
		publish(t, b, "tides", frame("r", i, "x"))
	}
	r := receive(t, b)
	for range bus.MaxUnread + 1 {
		if d := r.next(t); d.Bot == "tides" {
			must(t, d.Accept())
		}
	}
	n := 0
	eventually(t, "all of tides' room is free again", func() bool {
		if b.Publish(t.Context(), "tides", frame("s", n, "x")) == nil {
			n++
		}
		return n == bus.MaxUnread
	})
}
