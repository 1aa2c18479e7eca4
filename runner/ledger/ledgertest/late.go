package ledgertest

import (
	"fmt"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// X may show an older message after a newer one. What counts is when the person wrote.
var _ = add("P3: a START that is older than the STOP, and heard later, lifts nothing for the very bot it was said to", func(b *bench) {
	for i, scope := range []string{"*", "tides"} {
		who := bots.UserID(fmt.Sprint(50 + i))
		start := runner.Word{Meaning: runner.WantsIn, Rule: "en.start", Scope: "tides"}
		b.hear("tides", "stop-"+scope, who, stop(scope), at(3*time.Minute))
		b.hear("tides", "late-"+scope, who, start, at(2*time.Minute))
		b.enter("tides", "before-"+scope, dm(who, "a"), at(4*time.Minute))
		f := b.facts(bot("tides"), guards.Needs{Contacts: true}, at(4*time.Minute))
		if p := f.Contacts[0]; p.ID != who || p.OptOut == nil || !p.OptOut.At.Equal(at(3*time.Minute)) {
			b.Fatalf("scope %s: the STOP does not stand: %+v", scope, p)
		}
		b.hear("tides", "back-"+scope, who, start, at(5*time.Minute))
		f = b.facts(bot("tides"), guards.Needs{Contacts: true}, at(6*time.Minute))
		if p := f.Contacts[0]; p.ID != who || p.OptOut != nil {
			b.Fatalf("scope %s: a START after the STOP does not bring the person back: %+v", scope, p)
		}
	}
})

// The desk's clock may be put back. X's own is the one that messages are dated by.
var _ = add("P3: an opt-out at a desk whose clock is behind X's is not lifted by a START from before it", func(b *bench) {
	start := runner.Word{Meaning: runner.WantsIn, Rule: "en.start", Scope: "tides"}
	b.hear("tides", "talk", "61", runner.Word{}, at(2*time.Hour))
	if _, err := b.Desk.OptOut(b.ctx(), "62", guards.Choice{At: at(time.Minute), How: "cli", Scope: "*"}); err != nil {
		b.Fatal(err)
	}
	b.hear("tides", "start", "62", start, at(time.Hour))
	b.hear("tides", "unread", "62", start, at(3*time.Hour))
	b.enter("tides", "k", dm("62", "a"), at(4*time.Hour))
	f := b.facts(bot("tides"), guards.Needs{Contacts: true}, at(4*time.Hour))
	if p := f.Contacts[0]; p.OptOut == nil {
		b.Fatalf("the opt-out does not stand: %+v", p)
	}
	b.hear("tides", "back", "62", start, at(5*time.Hour))
	f = b.facts(bot("tides"), guards.Needs{Contacts: true}, at(6*time.Hour))
	if p := f.Contacts[0]; p.OptOut != nil {
		b.Fatalf("a START from long after does not bring them back: %+v", p)
	}
})
