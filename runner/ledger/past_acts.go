package ledger

import (
	"fmt"
	"time"

	"heed/bots"
	"heed/runner"
)

var (
	pastIntent = sql(`INSERT INTO intents (seq, bot, key, id, action, state, pending, entered_at, expires_at, claimed_at, ended_at, attempts,
		target_user, target_post, person, cause, template, post_id, hash, said, answer, stored, recent)
		VALUES (?, ?, ?, ?, ?, 'done', 0, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	pastClaim = sql(`INSERT INTO acts (seq, attempt, bot, action, dry, at, state, target_user, target_post, cost) VALUES (?, 1, ?, ?, 0, ?, 'done', ?, ?, ?)`)
	pastLine  = sql(`INSERT INTO records (n, seq, at, kind, bot, state, code, link, proof, salt, sealed, erased, hash, user)
		VALUES (?, ?, ?, 'verdict', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
)

// made is an act with what of it can be worked out away from the writer.
type made struct {
	PastAct
	at     int64
	hash   string
	answer string
}

// acts writes them in groups as large as those that Sweep takes.
func (f *filler) acts() error {
	groups, stop := make(chan []made, 8), make(chan struct{})
	defer close(stop)
	failed := make(chan error, 1)
	go func() {
		defer close(groups)
		for n := 0; n < f.Acts; n += sweepBatch {
			group, err := f.make(n, min(n+sweepBatch, f.Acts))
			if err != nil {
				failed <- err
				return
			}
			select {
			case groups <- group:
			case <-stop:
				return
			}
		}
	}()
	began, told := time.Now(), 0
	for group := range groups {
		if err := f.group(group); err != nil {
			return err
		}
		if told++; told%1000 == 0 {
			f.Say("%d of %d acts written after %s", f.seq, f.Acts, time.Since(began).Round(time.Second))
		}
	}
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

func (f *filler) make(from, to int) ([]made, error) {
	out := make([]made, 0, to-from)
	for n := from; n < to; n++ {
		at := f.Until.Add(-time.Duration(f.Acts-n) * f.Step)
		a, err := f.Act(n, at)
		if err != nil {
			return nil, err
		}
		m := made{PastAct: a, at: at.UnixMilli(), hash: bots.Hash(a.Entry.Stored)}
		answer, err := landed(a.Post)
		if err != nil {
			return nil, err
		}
		m.answer = string(answer)
		out = append(out, m)
	}
	return out, nil
}

// group writes acts that were swept together, or none of which was.
func (f *filler) group(group []made) error {
	last := group[len(group)-1].at
	old := last < f.horizon.UnixMilli()
	sweep := int64(0) // place of the record of their sweep
	if old {
		sweep = f.l.end.link + 2*int64(len(group)) + 1
	}
	var verdicts []*line
	for i := range group {
		x, err := f.act(&group[i], sweep)
		if err != nil {
			return err
		}
		verdicts = append(verdicts, x)
	}
	if !old {
		return nil
	}
	told := lineOf(runner.Record{At: time.UnixMilli(last).Add(f.Retention), Kind: runner.RecAudit, Code: "audit.swept", Message: sweptSays})
	told.proof = []byte(erasedWords + " " + places(verdicts))
	f.swept = f.l.end.n
	return f.put(told)
}

// act writes one act; sweep is the place of the record that its words were swept, 0 where
// they were not. It gives the record of its verdict.
func (f *filler) act(m *made, sweep int64) (*line, error) {
	f.seq++
	e, in, at := m.Entry, m.Entry.Intent, time.UnixMilli(m.at).UTC()
	it := &intent{seq: f.seq, bot: e.Bot, id: in.ID, hash: m.hash, person: m.Person}
	if err := f.told(m, it, sweep); err != nil {
		return nil, err
	}
	form := f.forms[in.Action]
	if form == nil {
		return nil, fmt.Errorf("ledger: a past with a %s needs a case of one", in.Action)
	}
	var stored any
	if sweep == 0 {
		stored = e.Stored
	}
	if _, err := f.exec(pastIntent, it.seq, e.Bot, in.Key, in.ID, in.Action, e.At, in.ExpiresAt, m.at, m.at,
		null(in.Target.UserID), null(in.Target.PostID), null(m.Person), null(in.Cause), null(in.Template), null(m.Post), m.hash, form.said, m.answer, stored, sweep == 0); err != nil {
		return nil, err
	}
	if _, err := f.exec(pastClaim, it.seq, e.Bot, in.Action, m.at, null(in.Target.UserID), null(in.Target.PostID), form.cost); err != nil {
		return nil, err
	}
	verdict, err := form.judged(f.tx, it, at, sweep)
	if err != nil {
		return nil, err
	}
	return verdict, f.logOf(it, runner.Record{At: at, Kind: runner.RecOutcome, Bot: e.Bot, State: runner.Done, User: m.Person, PostID: m.Post}, nil)
}

// told writes what was heard before the act, its entry, and whose its post is; of what
// was swept nothing but the numbers of the lines that are gone.
func (f *filler) told(m *made, it *intent, sweep int64) error {
	if sweep != 0 {
		if f.l.end.n++; m.Heard != nil {
			f.l.end.n++
		}
		return nil
	}
	if h := m.Heard; h != nil {
		if _, err := f.exec(addInbound, h.Bot, h.Event, h.Kind, h.From, h.Post, h.At, h.Summons, h.Automated, h.Thread, joinIDs(h.Mentions)); err != nil {
			return err
		}
		if _, err := f.exec(spend, it.id, h.Bot, h.Event); err != nil {
			return err
		}
		if _, err := f.exec(putAuthor, h.Post, h.From, joinIDs(h.Mentions), h.At); err != nil {
			return err
		}
		if err := f.log(0, heardRecord(*h)); err != nil {
			return err
		}
	}
	if m.Post != "" && m.Entry.Intent.Action.Writes() && m.Self != "" {
		if _, err := f.exec(putAuthor, m.Post, m.Self, "", m.at); err != nil {
			return err
		}
	}
	return f.log(it.seq, runner.Record{At: m.Entry.At, Kind: runner.RecEntered, Bot: m.Entry.Bot, State: runner.Waiting})
}
