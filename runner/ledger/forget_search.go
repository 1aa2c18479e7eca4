package ledger

import (
	"context"
	"database/sql/driver"
	"slices"
	"strings"

	"heed/bots"
	"heed/runner"
)

// longID is how long an id must be to be looked for within sentences: a shorter one is as
// likely to be a plain number there.
const longID = 6

// names says whether text holds the id as a whole number, not within a longer one. A short
// id must be all of the text, stand in quotes, or in a list of ids.
func (o *oblivion) names(text string) bool {
	if len(o.id) < longID {
		return text == o.id || strings.Contains(text, `"`+o.id+`"`) || listOfIDs(text, o.id)
	}
	return wholeNumber(text, o.id)
}

func wholeNumber(text, id string) bool {
	digit := func(b byte) bool { return '0' <= b && b <= '9' }
	for from := 0; ; {
		i := strings.Index(text[from:], id)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(id)
		if (i == 0 || !digit(text[i-1])) && (end == len(text) || !digit(text[end])) {
			return true
		}
		from = i + 1
	}
}

func listOfIDs(text, id string) (has bool) {
	for _, f := range strings.Fields(text) {
		if !bots.IsSnowflake(f) {
			return false
		}
		has = has || f == id
	}
	return has
}

// named says whether one of some values names them.
func (o *oblivion) named(values []driver.Value) bool {
	return slices.ContainsFunc(values, func(v driver.Value) bool {
		switch v := v.(type) {
		case string:
			return o.names(v)
		case []byte:
			return o.names(string(v))
		}
		return false
	})
}

// anyNames says whether one of the next n columns names them.
func (o *oblivion) anyNames(r *row, n int) bool {
	r.i += n
	return o.named(r.v[r.i-n : r.i])
}

// holds makes the condition that one of the columns has the id somewhere in it. Whether as
// a whole number is looked at afterwards.
func holds(columns string) string {
	var all []string
	for _, c := range strings.Fields(columns) {
		all = append(all, "instr("+c+", ?1) > 0")
	}
	return "(" + strings.Join(all, " OR ") + ")"
}

const (
	intentHolds  = `i.key i.id i.target_user i.target_post i.person i.cause i.template i.post_id i.detail i.refusal i.approval i.answer i.stored`
	verdictHolds = `j.verdict j.facts`
	lineHolds    = `r.user r.post r.message r.remedy`
	heardHolds   = `h.event h.user h.post h.thread h.mentions h.spent_by`
	authorHolds  = `a.post a.user a.names`
	choiceHolds  = `c.user c.event c.first_event c.rule c.ended_by c.reason`
)

func columnsOf(list string) string { return strings.Join(strings.Fields(list), ", ") }
func columnCount(list string) int  { return len(strings.Fields(list)) }

// The parameters of these are the id, the person whose posts are meant too (or nobody),
// and where the page begins.
var (
	forgetIntents = sql(`SELECT i.seq, i.state, a.user, ` + columnsOf(intentHolds+" "+verdictHolds) + `
		FROM intents i LEFT JOIN judgements j ON j.seq = i.seq LEFT JOIN authors a ON a.post = i.target_post AND a.user = ?2
		WHERE i.seq > ?3 AND (a.user IS NOT NULL OR ` + holds(intentHolds+" "+verdictHolds) + `) ORDER BY i.seq LIMIT 64`)
	forgetLines = sql(`SELECT r.n, r.seq, a.user, ` + columnsOf(lineHolds) + ` FROM records r LEFT JOIN authors a ON a.post = r.post AND a.user = ?2
		WHERE r.n > ?3 AND (a.user IS NOT NULL OR ` + holds(lineHolds) + `) ORDER BY r.n LIMIT 256`)
	forgetHeard = sql(`SELECT h.bot, h.event, a.user, ` + columnsOf(heardHolds) + ` FROM inbound h LEFT JOIN authors a ON a.post = h.thread AND a.user = ?2
		WHERE (h.bot, h.event) > (?3, ?4) AND (a.user IS NOT NULL OR ` + holds(heardHolds) + `) ORDER BY h.bot, h.event LIMIT 256`)
	forgetPosts = sql(`SELECT a.post, ` + columnsOf(authorHolds) + ` FROM authors a
		WHERE a.post > ?2 AND ` + holds(authorHolds) + ` ORDER BY a.post LIMIT 256`)
	forgetChoices = sql(`SELECT c.n, (c.ended_at IS NULL AND c.user = ?1 AND instr(' opt_out review ', ' ' || c.kind || ' ') > 0 AND c.event = '' AND c.first_event = ''), ` + columnsOf(choiceHolds) + ` FROM choices c WHERE c.n > ?2 AND ` + holds(choiceHolds) + ` ORDER BY c.n LIMIT 256`)
	forgetActs    = sql(`SELECT c.seq FROM acts c LEFT JOIN authors a ON a.post = c.target_post AND a.user = ?2
		WHERE c.seq > ?3 AND (a.user IS NOT NULL OR c.target_user = ?1 OR c.target_post = ?1) ORDER BY c.seq LIMIT 256`)
)

// heardKey names an event that was heard.
type heardKey struct{ bot, event string }

// traces are the rows that an erasure is about.
type traces struct {
	intents  []int64
	verdicts []int64
	under    []int64 // intents on their way
	acts     []int64 // whose intents say nothing any more
	lines    []int64
	heard    []heardKey
	posts    []string
	choices  []int64
}

// spared are the intents on their way, whose rows stay.
func (f *traces) spared() map[int64]bool {
	out := map[int64]bool{}
	for _, seq := range f.under {
		out[seq] = true
	}
	return out
}

// search walks the whole ledger for them in one state of it, page by page; no writer
// waits for that.
func (o *oblivion) search(ctx context.Context, l *Ledger) (f *traces, err error) {
	f = &traces{}
	err = l.read(ctx, func(c *conn) error {
		for _, part := range []func(context.Context, *conn, *traces) error{o.searchIntents, o.searchLines, o.searchHeard, o.searchRest} {
			if err := part(ctx, c, f); err != nil {
				return err
			}
		}
		return nil
	})
	return f, err
}

// pages runs a statement again and again from where the last page ended, until one is empty.
func pages(ctx context.Context, page func() (more bool, err error)) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if more, err := page(); err != nil || !more {
			return err
		}
	}
}

func (o *oblivion) searchIntents(ctx context.Context, c *conn, f *traces) error {
	last := int64(0)
	return pages(ctx, func() (more bool, err error) {
		err = c.each(forgetIntents, func(r *row) {
			more = true
			last = r.num()
			state, theirs := runner.State(r.str()), r.next() != nil
			theirs = o.anyNames(r, columnCount(intentHolds)) || theirs
			named := o.anyNames(r, columnCount(verdictHolds))
			switch {
			case theirs && (state == runner.Doing || state == runner.Unknown):
				f.under = append(f.under, last)
			case theirs:
				f.intents = append(f.intents, last)
			case named:
				f.verdicts = append(f.verdicts, last)
			}
		}, o.id, o.User, last)
		return more, err
	})
}

func (o *oblivion) searchLines(ctx context.Context, c *conn, f *traces) error {
	spared := f.spared()
	last := int64(0)
	return pages(ctx, func() (more bool, err error) {
		err = c.each(forgetLines, func(r *row) {
			more = true
			last = r.num()
			seq, theirs := r.num(), r.next() != nil
			theirs = o.anyNames(r, columnCount(lineHolds)) || theirs
			if theirs && !spared[seq] {
				f.lines = append(f.lines, last)
			}
		}, o.id, o.User, last)
		return more, err
	})
}

func (o *oblivion) searchHeard(ctx context.Context, c *conn, f *traces) error {
	var last heardKey
	return pages(ctx, func() (more bool, err error) {
		err = c.each(forgetHeard, func(r *row) {
			more = true
			last = heardKey{r.str(), r.str()}
			theirs := r.next() != nil
			if o.anyNames(r, columnCount(heardHolds)) || theirs {
				f.heard = append(f.heard, last)
			}
		}, o.id, o.User, last.bot, last.event)
		return more, err
	})
}

// searchRest looks for choices, acts, and posts: these last, because they tell which
// posts are theirs.
func (o *oblivion) searchRest(ctx context.Context, c *conn, f *traces) error {
	spared := f.spared()
	lastChoice, lastAct, lastPost := int64(0), int64(0), ""
	err := pages(ctx, func() (more bool, err error) {
		err = c.each(forgetChoices, func(r *row) {
			more = true
			lastChoice = r.num()
			if bare := r.flag(); o.anyNames(r, columnCount(choiceHolds)) && !bare {
				f.choices = append(f.choices, lastChoice)
			}
		}, o.id, lastChoice)
		return more, err
	})
	if err != nil {
		return err
	}
	err = pages(ctx, func() (more bool, err error) {
		err = c.each(forgetActs, func(r *row) {
			more = true
			lastAct = r.num()
			if !spared[lastAct] {
				f.acts = append(f.acts, lastAct)
			}
		}, o.id, o.User, lastAct)
		return more, err
	})
	if err != nil {
		return err
	}
	return pages(ctx, func() (more bool, err error) {
		err = c.each(forgetPosts, func(r *row) {
			more = true
			if lastPost = r.str(); o.anyNames(r, columnCount(authorHolds)) {
				f.posts = append(f.posts, lastPost)
			}
		}, o.id, lastPost)
		return more, err
	})
}
