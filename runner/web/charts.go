package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"heed/guards"
	"heed/runner"
)

// chartsPage draws what heed has counted of itself; nothing of X's (promise P8).
var chartsPage = page{path: "/charts", name: "Charts", file: "charts", show: (*site).charts}

type charts struct {
	Bot, Span string
	Bots      []string
	All       []chart
}

// mostNames bounds how many names a chart tells apart.
const mostNames = 12

func (d *site) charts(r *http.Request) (any, error) {
	out := charts{Bot: r.URL.Query().Get("bot"), Span: r.URL.Query().Get("span"), Bots: d.Server.bots()}
	span, step, form, title := 24*time.Hour, time.Hour, "15:04", "Verdicts per hour"
	switch out.Span {
	case "7d":
		span, step, form, title = 7*24*time.Hour, 6*time.Hour, "Jan 2 15:04", "Verdicts per six hours"
	case "":
		out.Span = "24h"
	case "24h":
	default:
		return nil, &problem{Status: http.StatusUnprocessableEntity, Detail: "there is no such span", Remedy: "choose 24 hours or 7 days"}
	}
	// The hour that has begun is shown with what it has so far.
	end := d.now().Truncate(time.Hour).Add(time.Hour)
	month, err := d.Desk.Hours(r.Context(), out.Bot, end.Add(-30*24*time.Hour), end)
	if err != nil {
		return nil, err
	}
	queues, err := d.Desk.Queues(r.Context())
	if err != nil {
		return nil, err
	}
	hours := slices.DeleteFunc(slices.Clone(month), func(h runner.Hour) bool { return h.At.Before(end.Add(-span)) })
	out.All = []chart{
		overTime("verdicts", title, hours, runner.HourVerdicts, guards.EffectNames(), end.Add(-span), end, step, form),
		ranked("refusals", "Refusals by rule", hours, runner.HourRefusals),
		ranked("acts", "Acts by kind", hours, runner.HourActs),
		waiting(queues, out.Bot),
		overTime("opt-outs", "Opt-outs per day, last 30 days", month, runner.HourChoices, []string{"opt_out"}, end.Add(-30*24*time.Hour), end, 24*time.Hour, "Jan 2"),
	}
	if d.Beats != nil {
		now := d.now()
		out.All = append(out.All, beating(d.Beats(now.Add(-24*time.Hour)), now)...)
	}
	return out, nil
}

// beating draws how heed itself did in the last 24 hours: how long the ledger took for a
// turn, and how much waited. The worst minute of each half hour stands for it.
func beating(beats []runner.Beat, now time.Time) []chart {
	const step = 30 * time.Minute
	end := now.Truncate(step).Add(step)
	turns := chart{ID: "ledger", Title: "Ledger time for a turn, last 24 hours", Series: []string{"99 of 100", "half of them"}, Upright: true,
		Unit: func(us int) string {
			return (time.Duration(us) * time.Microsecond).Round(100 * time.Microsecond).String()
		}}
	queue := chart{ID: "queue", Title: "Queue, last 24 hours", Series: []string{"waiting"}, Upright: true, Unit: strconv.Itoa}
	begin := end.Add(-24 * time.Hour)
	for at := begin; at.Before(end); at = at.Add(step) {
		name := at.Local().Format("15:04")
		turns.Bars = append(turns.Bars, column{name, []int{0, 0}})
		queue.Bars = append(queue.Bars, column{name, []int{0}})
	}
	for _, b := range beats {
		if b.At.Before(begin) || !b.At.Before(end) {
			continue
		}
		i := b.At.Sub(begin) / step
		took, long := turns.Bars[i].Values, queue.Bars[i].Values
		took[0], took[1], long[0] = max(took[0], int(b.P99.Microseconds())), max(took[1], int(b.P50.Microseconds())), max(long[0], b.Queue)
	}
	return []chart{turns, queue}
}

// overTime sums hours into steps, a series for each name.
func overTime(id, title string, hours []runner.Hour, of runner.HourKind, names []string, from, to time.Time, step time.Duration, form string) chart {
	c := chart{ID: id, Title: title, Series: names, Upright: true}
	for at := from; at.Before(to); at = at.Add(step) {
		c.Bars = append(c.Bars, column{Name: at.Local().Format(form), Values: make([]int, len(names))})
	}
	for _, h := range hours {
		if i := slices.Index(names, h.Name); h.Of == of && i >= 0 && !h.At.Before(from) && h.At.Before(to) {
			c.Bars[h.At.Sub(from)/step].Values[i] += h.N
		}
	}
	return c
}

// ranked sums by name, the most first; what is beyond the bound is summed up as others.
func ranked(id, title string, hours []runner.Hour, of runner.HourKind) chart {
	c, by := chart{ID: id, Title: title, Series: []string{"count"}}, map[string]int{}
	for _, h := range hours {
		if h.Of == of {
			by[h.Name] += h.N
		}
	}
	for name, n := range by {
		c.Bars = append(c.Bars, column{name, []int{n}})
	}
	slices.SortFunc(c.Bars, func(a, b column) int {
		return cmp.Or(cmp.Compare(b.Values[0], a.Values[0]), cmp.Compare(a.Name, b.Name))
	})
	if len(c.Bars) > mostNames {
		rest := column{"others", []int{0}}
		for _, b := range c.Bars[mostNames-1:] {
			rest.Values[0] += b.Values[0]
		}
		c.Bars = append(c.Bars[:mostNames-1], rest)
	}
	return c
}

// waiting shows what waits now, by bot.
func waiting(queues []runner.Queue, bot string) chart {
	c := chart{ID: "queues", Title: "Waiting now", Series: []string{"waiting", "deferred", "held", "unknown"}}
	for _, q := range queues {
		if bot == "" || q.Bot == bot {
			c.Bars = append(c.Bars, column{q.Bot, []int{q.Waiting, q.Deferred, q.Held, q.Unknown}})
		}
	}
	return c
}
