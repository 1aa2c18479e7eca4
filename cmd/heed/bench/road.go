package bench

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The whole road: lines of bots, put on the bus, through intake, ledger and every guard to
// an act that is written down, on a platform that answers at once; everything durable as
// by default. Beside each round stands what the same machine does bare.

// roadCase is one load on the road.
type roadCase struct {
	bots  int
	lines int  // of a frame; 1: over TCP with a bot's own credential, as programs elsewhere do
	wait  bool // all is on the road before heed begins to take it
	pace  int  // intents a second, over all bots; 0: as fast as the road takes them
	half  bool // at half the pace that a bare queue took in the same round
}

func (c roadCase) String() string {
	s := fmt.Sprintf("%d bots", c.bots)
	if c.bots == 1 {
		s = "1 bot"
	}
	switch {
	case c.wait:
		s += ", waiting on the road"
	case c.lines == 1:
		s += ", NATS"
	default:
		s += ", scripts"
	}
	switch {
	case c.half:
		s += ", half a bare queue's pace"
	case c.pace > 0:
		s += fmt.Sprintf(", %d/s", c.pace)
	}
	return s
}

const (
	// roadMost is how many posts a round may have: X allows an app 10,000 a day, and the
	// guard of X's limits cannot be told otherwise. Each round is a house of its own.
	roadMost = 9_500
	// roadEach is how many of them one bot may post: X allows 100 in a quarter of an hour.
	roadEach   = 95
	roadRounds = 3
	roadPace   = 2_000
	scriptRoad = 19 // lines of one frame of a script that has much to say
)

// roadCases are measured one after the other, with the bare measures between them.
var roadCases = []roadCase{
	{bots: 256, lines: 1, wait: true},
	{bots: 256, lines: 1},
	{bots: 256, lines: scriptRoad},
	{bots: 256, lines: 1, pace: roadPace},
	{bots: 256, lines: 1, half: true},
	{bots: 16, lines: 1},
	{bots: 16, lines: scriptRoad},
	{bots: 1, lines: 1},
	{bots: 1, lines: scriptRoad},
}

// measured is one round of one case.
type measured struct {
	rate     float64 // intents a second, from the first published to the last written down
	p50, p99 float64 // ms from publish to verdict
	cpu      float64 // µs of the processor for one intent, the bots' part included
	bytes    int     // that the ledger keeps of one intent
}

func road(ctx context.Context, o Options) ([]Figure, error) {
	rounds := map[roadCase][]measured{}
	bare := map[string][]float64{}
	all := min(roadRounds, o.of(roadRounds, 1))
	for round := range all {
		for i, c := range roadCases {
			o.say("round %d of %d: %s", round+1, all, c)
			load := c
			if c.half {
				load.pace = halfOf(bare[bareLive])
			}
			m, err := roadRound(ctx, o, fmt.Sprintf("road-%d-%d", round, i), load)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c, err)
			}
			rounds[c] = append(rounds[c], m)
			var beside []ceiling
			switch {
			case i == bareAfter:
				beside = ceilings
			case c.half:
				beside = []ceiling{{bareHalf, queue(bareLoad{always: true, live: true, pace: load.pace, half: true})}}
			}
			for _, b := range beside {
				o.say("round %d of %d: bare, %s", round+1, all, b.name)
				got, err := b.run(ctx, filepath.Join(o.Dir, fmt.Sprint("bare-", round, "-", b.name)), o.of(roadMost, 200), m.bytes)
				if err != nil {
					return nil, fmt.Errorf("bare, %s: %w", b.name, err)
				}
				for name, v := range got {
					bare[name] = append(bare[name], v)
				}
			}
		}
	}
	return roadFigures(rounds, bare), nil
}

// bareAfter is the case after which the bare measures of a round are taken: amid those
// that are held against them.
const bareAfter = 1

// halfOf is half of the latest of some paces.
func halfOf(paces []float64) int { return max(1, int(paces[len(paces)-1]/2)) }

// roadFigures puts the ratios first: they are what another machine can be held against.
func roadFigures(rounds map[roadCase][]measured, bare map[string][]float64) []Figure {
	figure := func(of, name string, v float64, unit string) Figure {
		return Figure{Bench: "road", Case: of, Name: name, Value: v, Unit: unit}
	}
	var ratios, rest []Figure
	for _, c := range roadCases {
		of := c.String()
		each := func(get func(measured) float64) (all []float64) {
			for _, m := range rounds[c] {
				all = append(all, get(m))
			}
			return all
		}
		rest = append(rest, figure(of, "processor", median(each(func(m measured) float64 { return m.cpu })), "µs/intent"))
		rates := each(func(m measured) float64 { return m.rate })
		p50s, p99s := each(func(m measured) float64 { return m.p50 }), each(func(m measured) float64 { return m.p99 })
		p50, p99 := median(p50s), median(p99s)
		if c.half {
			ratios = append(ratios, figure(of, "publish to verdict/bare publish to pull, p50", median(ratiosOf(p50s, bare[bareHalf+", p50"])), Ratio),
				figure(of, "publish to verdict/bare publish to pull, p99", median(ratiosOf(p99s, bare[bareHalf+", p99"])), Ratio))
			rest = append(rest, figure(of, "intents", median(rates), "intents/s"),
				figure(of, "publish to verdict, p50", p50, "ms"), figure(of, "publish to verdict, p99", p99, "ms"))
			continue
		}
		if c.pace > 0 {
			ratios = append(ratios, figure(of, "publish to verdict, p50", p50, "ms").atMost(1),
				figure(of, "publish to verdict, p99", p99, "ms").atMost(10))
			rest = append(rest, figure(of, "intents", median(rates), "intents/s"))
			continue
		}
		best := figure(of, "road/bare pull and ack", median(ratiosOf(rates, bare[barePull])), Ratio)
		if c.bots == 256 {
			best = best.atLeast(0.5)
		}
		ratios = append(ratios, best,
			figure(of, "road/bare publish, pull and ack", median(ratiosOf(rates, bare[bareLive])), Ratio),
			figure(of, "road/bare insert", median(ratiosOf(rates, bare[bareInsert])), Ratio))
		rest = append(rest, figure(of, "intents", median(rates), "intents/s"),
			figure(of, "publish to verdict, p50", p50, "ms"), figure(of, "publish to verdict, p99", p99, "ms"))
	}
	for _, name := range slices.Sorted(maps.Keys(bare)) {
		unit := "/s"
		if strings.HasSuffix(name, "p50") || strings.HasSuffix(name, "p99") {
			unit = "ms"
		}
		rest = append(rest, figure("bare", name, median(bare[name]), unit))
	}
	return append(ratios, rest...)
}

// ratiosOf holds each round against the bare measure of the same round.
func ratiosOf(of, by []float64) (out []float64) {
	for i := range of {
		out = append(out, of[i]/by[i])
	}
	return out
}

// roadRound lets one house take one load.
func roadRound(ctx context.Context, o Options, name string, c roadCase) (m measured, err error) {
	n := min(c.bots*roadEach, roadMost)
	n = max(c.bots, int(float64(n)*min(1, o.Scale))) / c.bots * c.bots
	h, err := openRoad(ctx, filepath.Join(o.Dir, name), c.bots, n)
	if err != nil {
		return m, err
	}
	defer func() {
		if again := h.close(); err == nil {
			err = again
		}
	}()
	lines := roadLines(c.bots, n)
	speak := h.publish
	if c.lines == 1 {
		speakers, hangUp, err := h.dial(c.bots)
		if err != nil {
			return m, err
		}
		defer hangUp()
		speak = speakers.publish
	}
	if c.wait {
		if err := speak(ctx, lines, c); err != nil {
			return m, err
		}
	}
	began, used := time.Now(), processor()
	h.open()
	if !c.wait {
		if err := speak(ctx, lines, c); err != nil {
			return m, err
		}
	}
	if err := h.await(ctx); err != nil {
		return m, err
	}
	m.rate = float64(n) / time.Since(began).Seconds()
	m.cpu = float64((processor() - used).Microseconds()) / float64(n)
	if m.p50, m.p99 = h.latencies(began, c.wait); m.p50 <= 0 {
		return m, fmt.Errorf("no intent was judged")
	}
	m.bytes, err = h.keptBytes(ctx)
	return m, err
}

// roadLine is one line of one bot.
type roadLine struct {
	bot  int
	n    int // over all bots
	text []byte
}

// roadLines are n posts, the bots taking turns, none like another.
func roadLines(bots, n int) []roadLine {
	lines := make([]roadLine, n)
	for i := range lines {
		lines[i] = roadLine{bot: i % bots, n: i,
			text: []byte(`{"action":"post","key":"` + strconv.Itoa(i) + `","text":"` + unlike(i) + `"}`)}
	}
	return lines
}
