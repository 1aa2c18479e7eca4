package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"heed/guards"
)

// lastProbe is how many look-ups an act of unknown outcome gets, over about ten
// minutes: what X shows may lag behind what it did.
const lastProbe = 4

// probes looks for the traces of acts whose outcome is unknown. It never sends
// anything: what cannot be found is held for a person (promise P4).
func (l *lane) probes(ctx context.Context) time.Time {
	for l.unlatched(ctx, "") {
		c, ok, next, err := l.runner.Ledger.Probe(ctx, l.name, l.runner.now())
		switch {
		case err != nil && ctx.Err() == nil:
			l.fault("reconcile.ledger", err)
			sleep(ctx, time.Now().Add(patience))
		case err == nil && ok:
			l.probe(ctx, c)
		case err == nil:
			return l.runner.timer(next) // nobody but this lane's own turns makes an outcome unknown
		}
	}
	return time.Time{}
}

func (l *lane) probe(ctx context.Context, c Claim) {
	found, err := l.runner.Platform.Find(ctx, c)
	for _, s := range found.Said { // a STOP may be among it, and the inbox be read much later
		if s.Kind != guards.ByDM {
			l.runner.hearStop(ctx, s)
			continue
		}
		if err := l.hear(ctx, s); err != nil {
			l.fault("reconcile.hear", err)
		}
	}
	if ctx.Err() != nil {
		return
	}
	var locked *Locked
	if errors.As(err, &locked) {
		l.latch(locked)
	}
	out := Closing{Seq: c.Seq, At: l.runner.now(), Code: "reconcile.found"}
	switch {
	case err == nil && found.There:
		out.State = Done
		out.Answer = Answer{Outcome: Landed, PostID: found.PostID, Code: out.Code}
	case c.Probes < lastProbe:
		return // the ledger has set the next look
	case err != nil:
		out.State, out.Code = Held, "reconcile.unreadable"
		out.Detail = fmt.Sprintf("whether it was done cannot be read: %v", err)
	case found.Sure:
		out.State, out.Code = Held, "reconcile.absent"
		out.Detail = fmt.Sprintf("looked %d times, the account does not show it; approve to send it again", c.Probes)
	default:
		out.State, out.Code = Held, "reconcile.untold"
		out.Detail = fmt.Sprintf("looked %d times, what X shows does not tell; see for yourself, then approve or reject", c.Probes)
	}
	l.settle(out, c)
}
