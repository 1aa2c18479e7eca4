package guards

import (
	"slices"
	"strings"
	"testing"
	"time"

	"heed/bots"
)

// answers is a guard with a fixed answer.
type answers struct {
	finding Finding
	panics  bool
}

func (a answers) Check() []string         { return nil }
func (a answers) Needs(bots.Intent) Needs { return Needs{} }
func (a answers) Judge(bots.Intent, Facts) Finding {
	if a.panics {
		panic("index out of range")
	}
	return a.finding
}

func station(name string, f Finding) Station {
	return Station{Rule: Rule{Name: name, Clauses: []string{"A14"}}, Guard: answers{finding: f}}
}

var aPost = bots.Intent{Action: bots.Post, Text: "x"}

func verdict(ss ...Station) Verdict {
	return Pipeline{Policy: "p1", Stations: ss}.Judge(aPost, "hash", Facts{Now: noon, Bot: bots.Bot{Mode: bots.Live}})
}

func TestP2TheGravestFindingWins(t *testing.T) {
	pass, deferred := station("a", Pass()), station("b", Deferred("b.full", "full", "wait", noon.Add(time.Hour)))
	held, denied := station("c", Held("c.odd", "odd", "look")), station("d", Denied("d.no", "no", "never"))
	for _, c := range []struct {
		says     string
		stations []Station
		effect   Effect
		code     string
	}{
		{"one pass allows", []Station{pass}, Allow, "pipeline.allowed"},
		{"a deferral beats a pass", []Station{pass, deferred}, Defer, "b.full"},
		{"a hold beats a deferral", []Station{deferred, held, pass}, Hold, "c.odd"},
		{"a denial beats all", []Station{denied, held, deferred, pass}, Deny, "d.no"},
		{"wherever it stands", []Station{pass, held, deferred, denied}, Deny, "d.no"},
	} {
		v := verdict(c.stations...)
		if v.Effect != c.effect || v.Code != c.code {
			t.Errorf("%s: %s %s", c.says, v.Effect, v.Code)
		}
		if len(v.Findings) != len(c.stations) {
			t.Errorf("%s: %d of %d guards told", c.says, len(v.Findings), len(c.stations))
		}
		if v.Effect != Defer && !v.Until.IsZero() {
			t.Errorf("%s: a %s has a time", c.says, v.Effect)
		}
		if v.Policy != "p1" || !v.At.Equal(noon) || v.Mode != bots.Live {
			t.Errorf("%s: %+v", c.says, v)
		}
	}
}

func TestP2DeferralsTakeTheLatestTime(t *testing.T) {
	at := func(name string, h int) Station {
		return station(name, Deferred(name+".full", "full", "wait", noon.Add(time.Duration(h)*time.Hour)))
	}
	open := station("x", Deferred("x.halted", "halted", "lift it", time.Time{}))
	if v := verdict(at("a", 1), at("b", 3), at("c", 2)); !v.Until.Equal(noon.Add(3*time.Hour)) || v.Code != "b.full" {
		t.Errorf("until %s by %s, want the latest", v.Until, v.Code)
	}
	for _, ss := range [][]Station{{at("a", 1), open}, {open, at("a", 1)}} {
		if v := verdict(ss...); !v.Until.IsZero() || v.Code != "x.halted" {
			t.Errorf("until %s by %s: an open end is the latest", v.Until, v.Code)
		}
	}
	watched := at("w", 9)
	watched.Mode = Watch
	if v := verdict(at("a", 1), watched); !v.Until.Equal(noon.Add(time.Hour)) {
		t.Errorf("until %s: a watched deferral binds", v.Until)
	}
}

func TestWatchTellsAndDoesNotBind(t *testing.T) {
	watched := station("a", Denied("a.no", "no", "never"))
	watched.Mode = Watch
	v := verdict(watched)
	if v.Effect != Allow || !v.Findings[0].Watched || v.Findings[0].Effect != Deny {
		t.Errorf("%+v", v)
	}
	off := station("b", Denied("b.no", "no", "never"))
	off.Mode = Off
	if v := verdict(off, station("c", Pass())); v.Effect != Allow || len(v.Findings) != 1 {
		t.Errorf("a guard that is off was asked: %+v", v)
	}
	for _, mode := range []Strength{Watch, Off} {
		firm := station("f", Denied("f.no", "no", "never"))
		firm.Rule.Firm, firm.Mode = true, mode
		if v := verdict(firm); v.Effect != Deny || v.Findings[0].Watched {
			t.Errorf("a firm guard set to %s does not bind: %+v", mode, v)
		}
	}
}

func TestP6ApprovalReleasesExactlyTheseHoldsOfTheseBytes(t *testing.T) {
	held := []Station{station("a", Held("a.odd", "odd", "look")), station("b", Held("b.odd", "odd", "look"))}
	judge := func(a *Approval, ss ...Station) Verdict {
		return Pipeline{Stations: ss}.Judge(aPost, "hash", Facts{Now: noon, Approval: a})
	}
	both := []string{"a.odd", "b.odd"}
	for _, c := range []struct {
		says     string
		approval *Approval
		stations []Station
		effect   Effect
	}{
		{"both holds approved: free", &Approval{Hash: "hash", Codes: both}, held, Allow},
		{"one of two approved: held", &Approval{Hash: "hash", Codes: both[:1]}, held, Hold},
		{"other bytes approved: held", &Approval{Hash: "other", Codes: both}, held, Hold},
		{"no approval: held", nil, held, Hold},
		{"nothing approved: held", &Approval{Hash: "hash"}, held, Hold},
		{"a denial cannot be approved", &Approval{Hash: "hash", Codes: []string{"d.no"}}, []Station{station("d", Denied("d.no", "no", "never"))}, Deny},
		{"nor a deferral", &Approval{Hash: "hash", Codes: []string{"e.full"}}, []Station{station("e", Deferred("e.full", "full", "wait", noon.Add(time.Hour)))}, Defer},
		{"a denial beside released holds still denies", &Approval{Hash: "hash", Codes: both}, append([]Station{station("d", Denied("d.no", "no", "never"))}, held...), Deny},
	} {
		if v := judge(c.approval, c.stations...); v.Effect != c.effect {
			t.Errorf("%s: %s %s", c.says, v.Effect, v.Code)
		}
	}
}

func TestP9FaultsHold(t *testing.T) {
	panics := Station{Rule: Rule{Name: "a", Clauses: []string{"A14"}}, Guard: answers{panics: true}}
	for _, c := range []struct {
		says     string
		stations []Station
		code     string
	}{
		{"a guard that panics holds", []Station{panics}, "a.panic"},
		{"a guard that panics beside others holds", []Station{station("b", Pass()), panics, station("c", Pass())}, "a.panic"},
		{"a guard without an answer holds", []Station{station("a", Finding{}), station("b", Pass())}, "a.unjudged"},
		{"an effect below all others holds", []Station{station("a", Finding{Effect: -1}), station("b", Pass())}, "a.unjudged"},
		{"an effect above all others holds", []Station{station("a", Finding{Effect: 99}), station("b", Pass())}, "a.unjudged"},
		{"no guards at all hold", nil, "pipeline.empty"},
		{"none that claims the action holds", []Station{{Rule: Rule{Name: "a", Actions: []bots.Action{bots.DM}}, Guard: answers{finding: Pass()}}}, "pipeline.empty"},
	} {
		if v := verdict(c.stations...); v.Effect != Hold || v.Code != c.code {
			t.Errorf("%s: %s %s", c.says, v.Effect, v.Code)
		}
	}
	panics.Rule.Firm = true
	v := verdict(panics)
	if v.Findings[0].Remedy == "" || len(v.Findings[0].Rules) == 0 || !strings.Contains(v.Findings[0].Because, "failed") {
		t.Errorf("promise P10: a fault explains itself: %+v", v.Findings[0])
	}
}

func TestP10FindingsCarryTheirRule(t *testing.T) {
	own := station("a", Denied("a.no", "no", "never").Citing("C2"))
	v := verdict(own, station("b", Denied("b.no", "no", "never")), station("c", Pass()))
	if got := v.Findings[0].Rules; len(got) != 1 || got[0] != "C2" {
		t.Errorf("the finding's own clauses: %v", got)
	}
	if got := v.Findings[1].Rules; len(got) != 1 || got[0] != "A14" {
		t.Errorf("else the rule's: %v", got)
	}
	if v.Findings[2].Guard != "c" || v.Findings[2].Rules != nil {
		t.Errorf("a pass cites nothing: %+v", v.Findings[2])
	}
}

func TestWatchedRulesAreToldAndNotObeyed(t *testing.T) {
	watched := 0
	for _, st := range Default().Stations {
		if st.Rule.Watched && st.Rule.Firm {
			t.Errorf("%s is firm, and watched", st.Rule.Name)
		}
		if st.Mode != st.Rule.Strength() || st.Rule.Watched != (st.Mode == Watch) {
			t.Errorf("%s: %s", st.Rule.Name, st.Mode)
		}
		if st.Rule.Watched {
			watched++
		}
	}
	if watched == 0 {
		t.Error("no rule is watched by default")
	}
	if got := (Rule{Watched: true, Firm: true}).Strength(); got != Enforce {
		t.Errorf("a firm rule is used as %s", got)
	}
	in, f := readyCase(bots.DM)
	f.Bot.House.Operator.PrivacyURL = "https://harbour.example/privacy"
	v := Default().Judge(in, "h", f)
	told := slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Code == "privacy_link.missing" && f.Effect == Hold && f.Watched })
	if v.Effect != Allow || !told {
		t.Errorf("%s %s, told %v", v.Effect, v.Code, told)
	}
}
