package platform

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"heed/runner"
)

const me500 = `{"data":{"id":"500","username":"tidesbot"}}`

// two are two bots of one app.
func two(o *Options) {
	o.Accounts["waves"] = Account{Handle: "wavesbot", UserID: me, Token: token, Secret: tokenSecret}
}

func at500(clock *time.Time) func(*Options) {
	return func(o *Options) { o.Now = func() time.Time { return *clock } }
}

// What X told a read to wait for is in the cursor: a heed that is started anew does not
// ask before its time, and then does (promise P11).
func TestP11AStopOutlivesTheProgram(t *testing.T) {
	clock := now
	f := newFake(t, map[string]http.HandlerFunc{
		mentionsCall:      inTurn(reply(429, `{}`, "x-rate-limit-reset", unix(5*time.Minute)), reply(200, nothing)),
		messagesCall:      inTurn(reply(200, nothing, "x-rate-limit-limit", "15", "x-rate-limit-remaining", "2", "x-rate-limit-reset", unix(9*time.Minute)), reply(200, nothing)),
		"GET /2/users/me": inTurn(reply(429, `{}`, "x-rate-limit-reset", unix(7*time.Minute)), reply(200, me500)),
		"GET /2/tweets/7": inTurn(reply(200, `{"data":{"id":"7","author_id":"600"}}`, "x-rate-limit-limit", "900", "x-rate-limit-remaining", "0", "x-rate-limit-reset", unix(8*time.Minute))),
	})
	var wait *runner.Wait
	first := newX(t, f.URL, at500(&clock))
	if _, err := first.Profile(t.Context(), "tides"); !errors.As(err, &wait) {
		t.Fatal(err)
	}
	if _, err := first.Author(t.Context(), "tides", "7"); err != nil {
		t.Fatal(err)
	}
	_, kept, err := first.Listen(t.Context(), "tides", "")
	if !errors.As(err, &wait) || len(f.all()) != 4 {
		t.Fatalf("%v after %d calls", err, len(f.all()))
	}
	for _, c := range []struct {
		read  string
		after time.Duration // until then it rests
		call  func(*X) error
	}{
		{"mentions", 5 * time.Minute, nil},
		{"messages", 3 * time.Minute, nil},
		{"profile", 7 * time.Minute, func(x *X) error { _, err := x.Profile(t.Context(), "tides"); return err }},
		{"post", 8 * time.Minute, func(x *X) error { _, err := x.Author(t.Context(), "tides", "7"); return err }},
	} {
		clock = now.Add(time.Second)
		x := newX(t, f.URL, at500(&clock))
		calls := len(f.all())
		if _, again, err := x.Listen(t.Context(), "tides", kept); !errors.As(err, &wait) || len(f.all()) != calls || again != kept {
			t.Fatalf("at once after the start: %v, %d calls, cursor %s, then %s", err, len(f.all())-calls, kept, again)
		}
		if c.call != nil {
			if err := c.call(x); !errors.As(err, &wait) || !wait.Until.Equal(now.Add(c.after)) || len(f.all()) != calls {
				t.Errorf("%s: %v", c.read, err)
			}
			clock = now.Add(c.after)
			if err := c.call(x); err != nil || len(f.all()) != calls+1 {
				t.Errorf("%s after its reset: %v", c.read, err)
			}
			continue
		}
		if w, ok := x.waiting(x.accounts["tides"], c.read); !ok || !w.Until.Equal(now.Add(c.after)) {
			t.Errorf("%s: %+v, %v", c.read, w, ok)
		}
	}
	clock = now.Add(5 * time.Minute)
	x, calls := newX(t, f.URL, at500(&clock)), len(f.all())
	if _, after, err := x.Listen(t.Context(), "tides", kept); err != nil || len(f.all()) != calls+2 || len(readCursor(after).Rest) != 2 {
		t.Errorf("after the reset: %v, %d calls, %s", err, len(f.all())-calls, after)
	}
}

// A limit of the app and the app's money are every bot's: when X has told one of them to
// stop, no other asks. What one bot has used up does not stop another.
func TestP11TheAppsLimitStopsEveryBot(t *testing.T) {
	for name, row := range map[string]struct {
		h      http.HandlerFunc
		bots   bool // the other bot rests
		others bool // the other read rests
		until  time.Duration
	}{
		"the bot's own window":           {reply(429, `{}`, "x-rate-limit-remaining", "0", "x-rate-limit-reset", unix(time.Minute)), false, false, time.Minute},
		"the app's window":               {reply(429, `{}`, "x-app-limit-24hour-remaining", "0", "x-app-limit-24hour-reset", unix(5*time.Hour)), true, false, 5 * time.Hour},
		"the app's window, as it ends":   {reply(200, me500, "x-app-limit-24hour-limit", "10", "x-app-limit-24hour-remaining", "0", "x-app-limit-24hour-reset", unix(5*time.Hour)), true, false, 5 * time.Hour},
		"the bot's window of a day":      {reply(200, me500, "x-user-limit-24hour-limit", "10", "x-user-limit-24hour-remaining", "0", "x-user-limit-24hour-reset", unix(5*time.Hour)), false, false, 5 * time.Hour},
		"the app's credits":              {reply(402, `{}`), true, true, time.Hour},
		"the app's spend cap":            {reply(403, `{"title":"SpendCapReached","reset_date":"2026-09-13"}`), true, true, time.Hour},
		"the app's cap of the month":     {reply(429, `{"title":"UsageCapExceeded"}`), true, true, 24 * time.Hour},
		"that cap, with a day that ends": {reply(429, `{"title":"UsageCapExceeded","reset_date":"2026-09-13"}`), true, true, 11*24*time.Hour + 12*time.Hour},
	} {
		clock := now
		f := newFake(t, map[string]http.HandlerFunc{
			"GET /2/users/me": inTurn(row.h, reply(200, me500)),
			"GET /2/tweets/7": reply(200, `{"data":{"id":"7","author_id":"600"}}`),
			mentionsCall:      reply(200, nothing), messagesCall: reply(200, nothing),
		})
		x := newX(t, f.URL, two, at500(&clock))
		_, _ = x.Profile(t.Context(), "tides")
		_, cursor, _ := x.Listen(t.Context(), "tides", "")
		y := newX(t, f.URL, two, at500(&clock)) // started anew
		_, _, _ = y.Listen(t.Context(), "tides", cursor)
		for when, x := range map[string]*X{"before": x, "after a start": y} {
			var wait *runner.Wait
			w, rests := x.waiting(x.accounts["tides"], "profile")
			if _, other := x.waiting(x.accounts["waves"], "profile"); !rests || !w.Until.Equal(now.Add(row.until)) || other != row.bots {
				t.Errorf("%s, %s: until %v, the other bot rests: %v", name, when, w.Until, other)
			}
			if _, err := x.Author(t.Context(), "waves", "7"); errors.As(err, &wait) != row.others {
				t.Errorf("%s, %s: another read of another bot: %v", name, when, err)
			}
			clock = now.Add(row.until)
			if _, err := x.Profile(context.Background(), "waves"); err != nil {
				t.Errorf("%s, %s: after its end: %v", name, when, err)
			}
			clock = now
		}
	}
}

// What a cursor brings is believed as far as a limit can reach.
func TestStopsOfAnOddCursor(t *testing.T) {
	x := newX(t, "")
	long := map[string]int64{"": now.Add(time.Hour).Unix(), "mentions": now.Add(9000 * time.Hour).Unix(), "messages": now.Add(-time.Hour).Unix(), "post": -1 << 62}
	x.recall("tides", long)
	if got := x.resting("tides"); len(got) != 1 || got[""] == 0 {
		t.Errorf("%v", got)
	}
	many := map[string]int64{}
	for i := range mostStops + 1 {
		many[string(rune('a'+i))] = now.Add(time.Hour).Unix()
	}
	x = newX(t, "")
	x.recall("tides", many)
	if got := x.resting("tides"); len(got) != 0 {
		t.Errorf("%d stops were believed", len(got))
	}
	_ = x.stop("tides", "mentions", runner.Wait{Until: now.Add(time.Hour)})
	_ = x.stop("tides", "mentions", runner.Wait{Until: now.Add(time.Minute)})
	if w, ok := x.waiting(x.accounts["tides"], "mentions"); !ok || !w.Until.Equal(now.Add(time.Hour)) {
		t.Errorf("an earlier end replaced a later one: %+v", w)
	}
	if len(x.resting("waves")) != 0 {
		t.Error("another bot rests")
	}
}
