package trial

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"heed/bots"
	"heed/config"
	"heed/guards"
)

// Read reads the cases of a file for the bots of a house. With any mistake in it there are
// no cases, and all mistakes.
func Read(path string, cfg *config.Config) ([]Case, config.Problems) {
	sheet := config.ReadSheet(path)
	var top struct {
		Bot string `toml:"bot"`
	}
	sheet.Root().Fill(&top, "case")
	if top.Bot != "" {
		if _, found := (&reader{cfg: cfg, row: sheet.Root()}).bot([]string{"bot"}, top.Bot); !found {
			top.Bot = "" // told once
		}
	} else if len(cfg.Bots) == 1 {
		top.Bot = cfg.Bots[0].Name
	}
	var cases []Case
	names := map[string]int{}
	for _, row := range sheet.Rows("case") {
		c := readCase(cfg, row, top.Bot, sheet.Root().Refused("bot"))
		if first, twice := names[c.Name]; twice && c.Name != "" {
			row.Bad([]string{"name"}, fmt.Sprintf("%q is the name of the case in line %d too", c.Name, first), "call one of the two otherwise")
		}
		names[c.Name] = c.Line
		cases = append(cases, c)
	}
	problems := sheet.Problems()
	if len(cases) == 0 && len(problems) == 0 {
		sheet.Root().Bad(nil, "has no cases", "write [[case]]; heed test --help shows one")
		problems = sheet.Problems()
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return cases, nil
}

// reader makes one case of its table.
type reader struct {
	cfg   *config.Config
	row   config.Row
	table caseTable
	Case
}

// readCase makes one case. Where it names no bot the file does, or has been refused for it.
func readCase(cfg *config.Config, row config.Row, bot string, refused bool) Case {
	r := &reader{cfg: cfg, row: row, table: caseTable{Bot: bot, Facts: freshTable()}}
	row.Fill(&r.table)
	r.File, r.Line = row.Place()
	if r.Name = r.table.Name; strings.TrimSpace(r.Name) == "" && !row.Refused("name") {
		row.Bad([]string{"name"}, "is missing", "say in a few words what the case shows")
	}
	found := false
	if r.table.Bot != "" {
		r.Bot, found = r.bot([]string{"bot"}, r.table.Bot)
	} else if row.Absent("bot") && !refused {
		row.Bad([]string{"bot"}, "is missing", config.DidYouMean("", cfg.BotNames()))
	}
	r.expect()
	if _, ok := row.Table("intent"); !ok {
		if row.Absent("intent") {
			row.Bad([]string{"intent"}, "is missing", `like intent = { action = "post", text = "…" }`)
		}
		return r.Case
	}
	for key, t := range map[string]time.Time{"not_before": r.table.Intent.NotBefore, "expires_at": r.table.Intent.ExpiresAt} {
		r.zoned([]string{"intent", key}, t)
	}
	r.Intent = r.table.Intent.intent(row)
	stored, err := r.Intent.Encode()
	if err != nil {
		row.Bad([]string{"intent"}, err.Error(), "")
	}
	r.Hash = bots.Hash(stored)
	if found {
		r.facts()
	}
	return r.Case
}

// bad tells a mistake at a path of the case.
func (r *reader) bad(path []string, hint, format string, args ...any) {
	r.row.Bad(path, fmt.Sprintf(format, args...), hint)
}

// fact is the path of something in the case's facts. Numbers are places in a list.
func fact(path ...any) []string {
	out := []string{"facts"}
	for _, p := range path {
		if i, ok := p.(int); ok {
			out = append(out, "["+strconv.Itoa(i)+"]")
		} else {
			out = append(out, fmt.Sprint(p))
		}
	}
	return out
}

func (r *reader) bot(path []string, name string) (config.Bot, bool) {
	i := slices.IndexFunc(r.cfg.Bots, func(b config.Bot) bool { return b.Name == name })
	if i < 0 {
		r.bad(path, config.DidYouMean(name, r.cfg.BotNames()), "%q is no bot of %s", name, r.cfg.Path)
		return config.Bot{}, false
	}
	return r.cfg.Bots[i], true
}

// oneOf refuses a word that is none of names. An empty one was left out, or refused already.
func (r *reader) oneOf(path []string, word string, names ...string) {
	if word != "" && !slices.Contains(names, word) {
		r.bad(path, config.Meant(word, names), "%q is none of %s", word, strings.Join(names, ", "))
	}
}

func (r *reader) expect() {
	t := &r.table
	effects := guards.EffectNames()
	switch {
	case t.Expect == "" && !r.row.Refused("expect"):
		r.bad([]string{"expect"}, "one of "+strings.Join(effects, ", "), "is missing")
	case !slices.Contains(effects, t.Expect):
		r.oneOf([]string{"expect"}, t.Expect, effects...)
	default:
		_ = r.Expect.Effect.UnmarshalText([]byte(t.Expect)) // it is one of them
	}
	for key, v := range map[string]string{"code": t.Code, "rule": t.Rule} {
		if v != "" && r.Expect.Effect == guards.Allow {
			r.bad([]string{key}, "leave it out", "has no effect: what is allowed bears no %s", key)
		}
	}
	if t.Code != "" {
		r.code([]string{"code"}, t.Code)
	}
	if t.Rule != "" {
		ids := guards.ClauseIDs()
		if !slices.Contains(ids, t.Rule) {
			r.bad([]string{"rule"}, config.DidYouMean(t.Rule, ids), "%q is no rule", t.Rule)
		}
	}
	r.Expect.Code, r.Expect.Rule = t.Code, t.Rule
}

// code refuses what no guard can say.
func (r *reader) code(path []string, code string) {
	names := guards.RuleNames()
	if guard, _, _ := strings.Cut(code, "."); !slices.Contains(names, guard) {
		r.bad(path, config.DidYouMean(guard, names), "%q is no guard's code", code)
	}
}

// zoned refuses a time that means another moment on another machine.
func (r *reader) zoned(path []string, t time.Time) {
	switch t.Location().String() {
	case "datetime-local", "date-local", "time-local":
		r.bad(path, "like "+Noon.Format(time.RFC3339), "has no zone")
	}
}

// ago is how long back something was; it may not lie ahead.
func (r *reader) ago(path []string, d time.Duration) time.Time {
	if d < 0 {
		r.bad(path, "", "%s; must be 0 or more", d)
	}
	return r.Facts.Now.Add(-d)
}
