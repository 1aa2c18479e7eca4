package guards

import (
	"fmt"
	"time"

	"heed/bots"
)

func init() {
	register(Rule{
		Name:    "halt",
		Says:    "nothing is done for a bot that a person has stopped, or that heed stopped because X suspended, locked or refused it",
		Clauses: []string{"A8", "A9", "A14", "P3"},
		Firm:    true,
	}, func() Guard { return &halt{} })
	Declare(Clause{ID: "A8", Says: "when X suspends or restricts an app or account, stop, use no other app or key, and appeal",
		Source: SourceConduct + "; " + SourceFAQ, Served: []Service{ByGuard}, Tests: []string{"guards TestHalt", "guards TestP12LatchHasNoEndAndNamesTheWayOut"},
		Operator: "appeal through X's policy support form, and register no other app or account meanwhile"})
	Declare(Clause{ID: "A9", Says: "a suspended app shows as error 32 and similar refusals",
		Source: SourceFAQ, Served: []Service{ByGuard}, Tests: []string{"guards TestHalt"},
		Operator: "an app that rests for more than 365 days may be suspended: keep an eye on one that you do not use"})
}

type halt struct{}

func (*halt) Check() []string         { return nil }
func (*halt) Needs(bots.Intent) Needs { return Needs{} } // Facts always tells the halts
func (*halt) Judge(_ bots.Intent, f Facts) Finding {
	worst := Pass()
	for _, h := range f.Halts {
		if h.over(f.Now) {
			continue
		}
		found := h.finding()
		// Of several halts the one that ends last speaks; an open end is the latest.
		if worst.Effect == Allow || !worst.Until.IsZero() && (found.Until.IsZero() || found.Until.After(worst.Until)) {
			worst = found
		}
	}
	return worst
}

// over says whether a pause has ended by itself. Other kinds never do.
func (h Halt) over(now time.Time) bool {
	return h.Kind == Paused && !h.Until.IsZero() && !h.Until.After(now)
}

func (h Halt) finding() Finding {
	lift := "heed resume " + h.Scope
	if h.Scope == "*" {
		lift = "heed resume '*'" // bare, a shell would expand it
	}
	if h.Kind == Latched {
		lift += " --latch"
	}
	who := h.Scope
	if h.Scope == "*" {
		who = "every bot"
	}
	by, reason := h.By, h.Reason
	if by == "" {
		by = "heed"
	}
	if reason == "" {
		reason = "no reason was given"
	}
	said := func(did string) string {
		return fmt.Sprintf("%s was %s by %s at %s: %s", who, did, by, moment(h.At), reason)
	}
	var f Finding
	switch h.Kind {
	case Paused:
		if h.Until.IsZero() {
			f = Deferred("halt.paused", said("paused"), "lift it with: "+lift, time.Time{})
		} else {
			f = Deferred("halt.paused", said("paused")+"; until "+moment(h.Until), "wait, or lift it with: "+lift, h.Until)
		}
		f = f.Citing("A14")
	case Latched:
		f = Deferred("halt.latched", said("stopped"),
			"settle it with X first (no other app or key may be used meanwhile), then lift it with: "+lift, time.Time{}).Citing("A8", "A9", "P3")
	default: // a kind nobody knows stops like a person's halt
		f = Deferred("halt.halted", said("halted"), "lift it with: "+lift, time.Time{}).Citing("A14")
	}
	return f.With("scope", h.Scope).With("kind", string(h.Kind))
}
