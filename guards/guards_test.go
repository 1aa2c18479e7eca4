package guards

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"heed/bots"
)

var codeForm = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)+$`)

func TestEveryGuard(t *testing.T) {
	for _, r := range Rules() {
		t.Run(r.Name, func(t *testing.T) {
			if _, err := os.Stat(r.Name + ".go"); err != nil {
				t.Errorf("a guard is one file: %v", err)
			}
			if _, err := os.Stat(r.Name + "_test.go"); err != nil {
				t.Errorf("a guard has its test: %v", err)
			}
			if r.Says == "" || strings.HasSuffix(r.Says, ".") {
				t.Errorf("says %q", r.Says)
			}
			_, g, err := New(r.Name)
			if err != nil {
				t.Fatal(err)
			}
			if wrong := g.Check(); len(wrong) != 0 {
				t.Errorf("defaults are refused: %v", wrong)
			}
			if tight, ok := g.(Tightener); ok {
				if loose := tight.Loosens(g); len(loose) != 0 {
					t.Errorf("the defaults loosen themselves: %v", loose)
				}
			} else if reflect.TypeOf(g).Elem().NumField() > 0 {
				t.Error("has settings, and cannot tell whether a bot loosens them")
			}
			if _, other, _ := New(r.Name); reflect.TypeOf(g).Elem().Size() > 0 && g == other {
				t.Error("two bots share one guard's settings")
			}
			objected := false
			for _, c := range hostile() {
				objected = everyFinding(t, r, g, c.in, c.f) || objected
			}
			if !objected {
				t.Error("never objects to anything: its refusals were not looked at")
			}
		})
	}
}

// everyFinding checks what holds for any answer of any guard.
func everyFinding(t *testing.T, r Rule, g Guard, in bots.Intent, f Facts) (objected bool) {
	t.Helper()
	before := snapshot(t, in, f)
	s := Station{Rule: r, Guard: g}
	var got, again Finding
	s.judge(&in, "", &f, &got)
	if s.judge(&in, "", &f, &again); !reflect.DeepEqual(got, again) {
		t.Errorf("two answers to one question:\n%+v\n%+v", got, again)
	}
	if needs := g.Needs(in); !reflect.DeepEqual(needs, g.Needs(in)) {
		t.Error("two needs for one intent")
	}
	if after := snapshot(t, in, f); after != before {
		t.Errorf("the facts were changed:\n%s\n%s", before, after)
	}
	if strings.HasSuffix(got.Code, ".panic") || strings.HasSuffix(got.Code, ".unjudged") {
		t.Errorf("%s: %s: %s", in.Action, got.Code, got.Because)
	}
	if got.Effect == Allow {
		return false
	}
	if !strings.HasPrefix(got.Code, r.Name+".") || !codeForm.MatchString(got.Code) {
		t.Errorf("code %q", got.Code)
	}
	if got.Because == "" || got.Remedy == "" || strings.HasSuffix(got.Because, ".") || strings.HasSuffix(got.Remedy, ".") {
		t.Errorf("%s: because %q, remedy %q", got.Code, got.Because, got.Remedy)
	}
	if len(got.Rules) == 0 {
		t.Errorf("%s cites nothing", got.Code)
	}
	for _, id := range got.Rules {
		if _, ok := ClauseOf(id); !ok {
			t.Errorf("%s cites %q, which the policy table lacks", got.Code, id)
		}
		if !slices.Contains(r.Clauses, id) {
			t.Errorf("%s cites %s, which is not among its rule's clauses", got.Code, id)
		}
	}
	return true
}

func snapshot(t *testing.T, in bots.Intent, f Facts) string {
	t.Helper()
	b, err := json.Marshal(struct {
		In bots.Intent
		F  Facts
	}{in, f})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestReadyCasesAreAllowed(t *testing.T) {
	for _, a := range bots.Actions() {
		in, f := readyCase(a)
		want := Allow
		switch a {
		case bots.Like:
			want = Hold // a person starts each like
		case bots.HideReply:
			want = Deny
		}
		if v := Default().Judge(in, "h", f); v.Effect != want {
			t.Errorf("%s: %s %s: %s", a, v.Effect, v.Code, v.Message)
		}
	}
}

func TestP2AnyOrderOfGuardsGivesTheSameVerdict(t *testing.T) {
	byGuard := func(v Verdict) Verdict {
		slices.SortFunc(v.Findings, func(a, b Finding) int { return strings.Compare(a.Guard, b.Guard) })
		return v
	}
	shuffled := rand.New(rand.NewPCG(1, 2))
	for _, c := range hostile() {
		p := Default()
		want := byGuard(p.Judge(c.in, "h", c.f))
		for range 5 {
			shuffled.Shuffle(len(p.Stations), func(i, j int) { p.Stations[i], p.Stations[j] = p.Stations[j], p.Stations[i] })
			if got := byGuard(p.Judge(c.in, "h", c.f)); !reflect.DeepEqual(got, want) {
				t.Fatalf("%s: %s %s %s, or in another order %s %s %s", c.in.Action, want.Effect, want.Code, want.Until, got.Effect, got.Code, got.Until)
			}
		}
	}
}

func TestP9ZeroFactsAllowNothing(t *testing.T) {
	for _, a := range bots.Actions() {
		in, ready := readyCase(a)
		for says, f := range map[string]Facts{
			"zero facts":         {},
			"a time and nothing": {Now: noon},
			"a bot and nothing":  {Now: noon, Bot: ready.Bot},
		} {
			if v := Default().Judge(in, "h", f); v.Effect == Allow {
				t.Errorf("%s: %s is allowed", says, a)
			}
		}
	}
	if v := Default().Judge(bots.Intent{}, "", Facts{}); v.Effect == Allow {
		t.Error("the zero intent is allowed")
	}
}

// TestP9EveryMissingFactStops takes away one reading at a time from a good case.
func TestP9EveryMissingFactStops(t *testing.T) {
	for _, a := range []bots.Action{bots.Reply, bots.DM, bots.Quote, bots.Follow, bots.Repost} {
		for says, take := range map[string]func(*Facts){
			"the inbox":   func(f *Facts) { f.InboxAt = time.Time{} },
			"the people":  func(f *Facts) { f.Contacts = nil },
			"the author":  func(f *Facts) { f.Unknown = true },
			"the profile": func(f *Facts) { f.Profile = Profile{} },
			"the windows": func(f *Facts) { f.Used = nil },
			"the clock":   func(f *Facts) { f.Now = time.Time{} },
			"the bot":     func(f *Facts) { f.Bot = bots.Bot{} },
		} {
			in, f := readyCase(a)
			take(&f)
			if v := Default().Judge(in, "h", f); v.Effect == Allow {
				t.Errorf("%s without %s is allowed", a, says)
			}
		}
		_, whole := readyCase(a)
		for name := range whole.Used {
			in, f := readyCase(a)
			delete(f.Used, name)
			// The windows of unverified accounts bind no others: every other one must stop it.
			if v := Default().Judge(in, "h", f); v.Effect == Allow && !strings.Contains(name, "unverified") {
				t.Errorf("%s without the window %s is allowed", a, name)
			}
		}
	}
}

func TestFirmGuardsCannotBeOffOrWatched(t *testing.T) {
	firm := 0
	for _, r := range Rules() {
		if !r.Firm {
			continue
		}
		firm++
		for _, mode := range []Strength{Off, Watch} {
			p := Default()
			for i := range p.Stations {
				if p.Stations[i].Rule.Name == r.Name {
					p.Stations[i].Mode = mode
				}
			}
			for _, c := range hostile() {
				if got, want := p.Judge(c.in, "h", c.f), Default().Judge(c.in, "h", c.f); !reflect.DeepEqual(got, want) {
					t.Fatalf("%s set to %s changes %s from %s to %s", r.Name, mode, c.in.Action, want.Code, got.Code)
				}
				if got, want := p.Needs(c.in), Default().Needs(c.in); !reflect.DeepEqual(got, want) {
					t.Fatalf("%s set to %s is judged without its facts on %s", r.Name, mode, c.in.Action)
				}
			}
		}
	}
	if firm < 6 {
		t.Errorf("%d firm guards", firm)
	}
}

func TestWindowNamesAreUnique(t *testing.T) {
	for _, a := range bots.Actions() {
		in, _ := readyCase(a)
		seen := map[string]bool{}
		for _, w := range Default().Needs(in).Windows {
			if seen[w.Name] {
				t.Errorf("%s: window %s stands twice", a, w.Name)
			}
			seen[w.Name] = true
			if w.Span <= 0 || w.Limit <= 0 || !slices.Contains(w.Actions, a) {
				t.Errorf("%s: %+v", a, w)
			}
		}
	}
}

func TestNewKnowsNoOther(t *testing.T) {
	if _, _, err := New("nonsense"); err == nil {
		t.Error("a guard that does not exist was made")
	}
}
