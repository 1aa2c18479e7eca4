package guards

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"heed/bots"
)

func init() {
	register(Rule{
		Name:    "quiet_hours",
		Says:    "in the hours that the operator calls quiet nobody is contacted and nothing is posted, but for answers to who writes then",
		Clauses: []string{"A14"},
		Actions: shown,
	}, func() Guard {
		return &quietHours{Zone: "UTC", Actions: slices.Clone(shown), Answers: true}
	})
}

// quietHours follow the clock of their zone: through changes of its time, a quiet hour
// that comes twice is quiet twice, and an end that a change skips comes with the change.
type quietHours struct {
	// From and To are times of day: 22:00 to 07:00. Default: none, and no hour is quiet.
	From string `toml:"from"`
	To   string `toml:"to"`
	// Zone is whose time they are, as Europe/Berlin. Default UTC.
	Zone string `toml:"zone"`
	// Actions are those that wait. Default: all that reach a person or carry a text.
	Actions []bots.Action `toml:"actions"`
	// Answers says whether replies and messages that answer somebody's own pass. Default true.
	Answers bool `toml:"answers"`
}

const day = 24 * time.Hour

// zones are the time zones that were looked up; settings name few.
var zones sync.Map

func zone(name string) (*time.Location, error) {
	if z, known := zones.Load(name); known {
		return z.(*time.Location), nil
	}
	z, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" { // those are this machine's, and another's tomorrow
		return nil, fmt.Errorf("%.60q is no time zone, such as Europe/Berlin or UTC", name)
	}
	zones.Store(name, z)
	return z, nil
}

// timeOfDay reads 07:30 as the time since midnight.
func timeOfDay(s string) (time.Duration, error) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, fmt.Errorf("%.20q is no time of day, such as 07:30", s)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

func (g *quietHours) set() bool { return g.From != "" || g.To != "" }

func (g *quietHours) Check() []string {
	var f faults
	if _, err := zone(g.Zone); err != nil {
		f.add("zone", "%v", err)
	}
	for _, a := range g.Actions {
		if !slices.Contains(shown, a) {
			f.add("actions", "%.40q is no action that contacts or writes", a)
		}
	}
	if len(g.Actions) == 0 {
		f.add("actions", "none; leave from and to out where no hour is quiet")
	}
	if !g.set() {
		return f
	}
	if _, err := timeOfDay(g.From); err != nil {
		f.add("from", "%v", err)
	}
	if _, err := timeOfDay(g.To); err != nil {
		f.add("to", "%v", err)
	}
	if g.From == g.To {
		f.add("to", "%q is from too: no hour would be quiet, or every one; pause the bot instead", g.To)
	}
	return f
}

func (g *quietHours) Loosens(house Guard) []string {
	h, ok := house.(*quietHours)
	if !ok {
		return notOurs(house)
	}
	var l looser
	if !h.set() {
		return nil
	}
	if g.Zone != h.Zone {
		l.add("zone", "%q; the house's hours are those of %s, and hours of two zones drift apart", g.Zone, h.Zone)
	}
	start, length, err := g.span()
	houseStart, houseLength, houseErr := h.span()
	if err != nil || houseErr != nil || (houseStart-start+day)%day+houseLength > length {
		l.add("from", "%q to %q; the house is quiet from %s to %s", g.From, g.To, h.From, h.To)
	}
	for _, a := range h.Actions {
		if !slices.Contains(g.Actions, a) {
			l.add("actions", "%s is missing; the house has it", a)
		}
	}
	if g.Answers && !h.Answers {
		l.add("answers", "true; the house lets answers wait")
	}
	return l
}

// span is when the quiet begins and how long it is, by the clock.
func (g *quietHours) span() (start, length time.Duration, err error) {
	start, err = timeOfDay(g.From)
	if err != nil {
		return 0, 0, err
	}
	end, err := timeOfDay(g.To)
	return start, (end - start + day) % day, err
}

func (g *quietHours) Needs(in bots.Intent) Needs {
	return Needs{Cause: g.set() && g.Answers && in.Cause != ""}
}

func (g *quietHours) Judge(in bots.Intent, f Facts) Finding {
	if f.Now.IsZero() { // promise P9
		return Held("quiet_hours.no_clock", "nobody can tell what time it is", "report this as a fault of heed")
	}
	if !g.set() || !slices.Contains(g.Actions, in.Action) || f.Origin != ByBot {
		return Pass()
	}
	if g.Answers && f.Cause != nil && in.Cause != "" && (in.Action == bots.Reply || in.Action == bots.DM) {
		return Pass()
	}
	z, err := zone(g.Zone)
	start, length, wrong := g.span()
	if err != nil || wrong != nil || length == 0 {
		return Held("quiet_hours.unclear", "nobody can tell when the quiet hours are", "correct the settings: heed check says how")
	}
	end := quietUntil(f.Now.In(z), start, length)
	if !end.After(f.Now) {
		return Pass()
	}
	return Deferred("quiet_hours.quiet", fmt.Sprintf("it is %s in %s, and the hours from %s to %s are quiet", f.Now.In(z).Format("15:04"), g.Zone, g.From, g.To),
		"nothing: heed tries again when they are over, at "+moment(end), end).With("from", g.From).With("to", g.To).With("zone", g.Zone)
}

// maxChanges is how many changes of a zone's time one night is followed through.
const maxChanges = 4

// quietUntil is when the quiet that holds at now ends; now where it is not quiet.
// Between two changes of the zone's time its clock runs evenly.
func quietUntil(now time.Time, start, length time.Duration) time.Time {
	for range maxChanges {
		clock := time.Duration(now.Hour())*time.Hour + time.Duration(now.Minute())*time.Minute +
			time.Duration(now.Second())*time.Second + time.Duration(now.Nanosecond())
		gone := (clock - start + day) % day
		if gone >= length {
			return now
		}
		end := now.Add(length - gone)
		_, change := now.ZoneBounds()
		if change.IsZero() || end.Before(change) {
			return end
		}
		now = change.In(now.Location())
	}
	return now
}
