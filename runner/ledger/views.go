package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"heed/runner"
)

// walk is how many numbers of the log one page looks through, and how many choices.
const walk = 20_000

var (
	oldestRecord = sql(`SELECT min(n) FROM records`)
	logPage      = sql(`SELECT r.n, r.at, r.kind, r.bot, i.id, i.key, i.action, r.state, r.code, r.message, r.remedy, r.user, r.post, r.rules, r.erased
		FROM records r LEFT JOIN intents i ON i.seq = r.seq
		WHERE r.n < ?1 AND r.n > ?2 AND (?3 = '' OR r.bot = ?3) AND (?4 = '' OR instr(?4, ' ' || r.kind || ' ') > 0)
		AND (?5 = '' OR instr(?5, ' ' || r.state || ' ') > 0) AND (?6 = '' OR r.code = ?6 OR substr(r.code, 1, length(?6) + 1) = ?6 || '.')
		AND (?7 = '' OR instr(' ' || r.rules || ' ', ' ' || ?7 || ' ') > 0)
		AND (?8 = '' OR instr(lower(coalesce(i.key, '') || ' ' || coalesce(r.code, '') || ' ' || coalesce(r.message, '')), ?8) > 0)
		ORDER BY r.n DESC LIMIT ?9`)
	newestChoices = sql(`SELECT n, ` + choiceColumns + ` FROM choices WHERE kind = ? AND n < ? AND ended_at IS NULL ORDER BY n DESC LIMIT ?`)
	choicesFrom   = sql(`SELECT n, ` + choiceColumns + ` FROM choices WHERE user >= ?1 AND user < ?2
		AND (user > ?3 OR kind > ?4 OR kind = ?4 AND n > ?5) AND ended_at IS NULL ORDER BY user, kind, n LIMIT ?6`)
	countChoices = sql(`SELECT count(*) FROM (SELECT 1 FROM choices WHERE kind = ? AND ended_at IS NULL LIMIT ?)`)
	queued       = sql(`SELECT bot, count(*) FROM (SELECT bot FROM intents WHERE state = ? LIMIT ?) GROUP BY bot`)
)

// among writes words as logPage looks for them.
func among[T ~string](words []T) string {
	if len(words) == 0 {
		return ""
	}
	out := " "
	for _, w := range words {
		out += string(w) + " "
	}
	return out
}

func pageLimit(n int) int {
	if n <= 0 {
		return 100
	}
	return min(n, 1000)
}

// lowerASCII does what SQLite's lower does.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// Log is a page of the record, newest first.
func (l *Ledger) Log(ctx context.Context, q runner.LogQuery) (p runner.LogPage, err error) {
	limit := pageLimit(q.Limit)
	err = l.read(ctx, func(c *conn) error {
		var oldest, newest int64
		for q, n := range map[*query]*int64{oldestRecord: &oldest, newestRecord: &newest} {
			if _, err := c.first(q, func(r *row) { *n = r.num() }); err != nil {
				return err
			}
		}
		top := newest + 1
		if q.Before > 0 {
			top = min(top, q.Before)
		}
		low := max(top-walk-1, q.After)
		if err := c.each(logPage, func(r *row) { p.Records = append(p.Records, scanRecord(r)) }, top, low, q.Bot, among(q.Kinds), among(q.States),
			q.Code, q.Rule, lowerASCII(q.Text), limit); err != nil {
			return err
		}
		p.Older = low + 1
		if len(p.Records) == limit {
			p.Older = p.Records[limit-1].N
		}
		if p.Older <= max(oldest, q.After+1) {
			p.Older = 0
		}
		p.Short = p.Older > 0 && len(p.Records) < limit
		return nil
	})
	return p, err
}

// numbered is a choice with its number.
type numbered struct {
	n int64
	runner.PersonRow
}

func scanNumbered(r *row) numbered { return numbered{r.num(), scanChoice(r)} }

// Choices is a page of people's choices in force.
func (l *Ledger) Choices(ctx context.Context, q runner.ChoiceQuery) (p runner.ChoicePage, err error) {
	if q.Begin != "" && !runner.UserPrefix(q.Begin) {
		return p, fmt.Errorf("ledger: %.40q begins no user id: they are 1 to 20 digits", q.Begin)
	}
	if len(q.Kinds) == 0 {
		q.Kinds = []string{optOut, optIn, review}
	}
	q.Limit = pageLimit(q.Limit)
	err = l.read(ctx, func(c *conn) error {
		if q.Begin != "" {
			p, err = choicesByID(c, q)
		} else {
			p, err = choicesByAge(c, q)
		}
		return err
	})
	return p, err
}

func choicesByAge(c *conn, q runner.ChoiceQuery) (p runner.ChoicePage, err error) {
	before := int64(1 << 62)
	if q.After != "" {
		if before, err = strconv.ParseInt(q.After, 10, 64); err != nil {
			return p, fmt.Errorf("ledger: %.40q is no page of choices", q.After)
		}
	}
	var all []numbered
	for _, kind := range q.Kinds {
		if err := c.each(newestChoices, func(r *row) { all = append(all, scanNumbered(r)) }, kind, before, q.Limit+1); err != nil {
			return p, err
		}
	}
	slices.SortFunc(all, func(a, b numbered) int { return cmp.Compare(b.n, a.n) })
	for i, x := range all {
		if i == q.Limit {
			p.Next = strconv.FormatInt(all[i-1].n, 10)
			break
		}
		p.Rows = append(p.Rows, x.PersonRow)
	}
	return p, nil
}

func choicesByID(c *conn, q runner.ChoiceQuery) (p runner.ChoicePage, err error) {
	from, kind, n := q.Begin, "", int64(0)
	past := ""
	if q.After != "" {
		var number string
		parts := strings.Split(q.After, " ")
		if len(parts) != 3 {
			return p, fmt.Errorf("ledger: %.40q is no page of choices", q.After)
		}
		past, kind, number = parts[0], parts[1], parts[2]
		if n, err = strconv.ParseInt(number, 10, 64); err != nil || !strings.HasPrefix(past, q.Begin) {
			return p, fmt.Errorf("ledger: %.40q is no page of choices", q.After)
		}
		from = past
	}
	var last numbered
	seen, full := 0, false
	// ':' comes after the last digit.
	err = c.each(choicesFrom, func(r *row) {
		if full {
			return
		}
		if len(p.Rows) == q.Limit {
			full = true
			return
		}
		last = scanNumbered(r)
		seen++
		if slices.Contains(q.Kinds, last.Kind) {
			p.Rows = append(p.Rows, last.PersonRow)
		}
	}, from, q.Begin+":", past, kind, n, walk)
	if full || seen == walk {
		p.Next = fmt.Sprintf("%s %s %d", last.User, last.Kind, last.n)
	}
	return p, err
}

// ChoiceCounts counts the choices in force by kind.
func (l *Ledger) ChoiceCounts(ctx context.Context) (map[string]int, error) {
	out := map[string]int{}
	err := l.read(ctx, func(c *conn) error {
		for _, kind := range []string{optOut, optIn, review} {
			if _, err := c.first(countChoices, func(r *row) { out[kind] = int(r.num()) }, kind, runner.MostCounted); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// Queues says how much waits of every bot.
func (l *Ledger) Queues(ctx context.Context) (out []runner.Queue, err error) {
	by := map[string]*runner.Queue{}
	err = l.read(ctx, func(c *conn) error {
		for state, of := range map[runner.State]func(*runner.Queue) *int{
			runner.Waiting: func(q *runner.Queue) *int { return &q.Waiting }, runner.Deferred: func(q *runner.Queue) *int { return &q.Deferred },
			runner.Held: func(q *runner.Queue) *int { return &q.Held }, runner.Unknown: func(q *runner.Queue) *int { return &q.Unknown },
		} {
			err := c.each(queued, func(r *row) {
				bot := r.str()
				if by[bot] == nil {
					by[bot] = &runner.Queue{Bot: bot}
				}
				*of(by[bot]) = int(r.num())
			}, state, runner.MostCounted)
			if err != nil {
				return err
			}
		}
		return nil
	})
	for _, q := range by {
		out = append(out, *q)
	}
	slices.SortFunc(out, func(a, b runner.Queue) int { return strings.Compare(a.Bot, b.Bot) })
	return out, err
}
