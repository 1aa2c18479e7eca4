package guards

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write docs/guards.md anew")

// TestGuardsPage keeps docs/guards.md what the guards say themselves: their name plates,
// the settings with the comments beside them, and what they answer to cases of their tests.
func TestGuardsPage(t *testing.T) {
	const file = "../docs/guards.md"
	page := guardsPage(t)
	got, err := os.ReadFile(file)
	if *update {
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err != nil || string(got) != page {
		t.Errorf("docs/guards.md is not what the guards say; run `make rules` (%v)", err)
	}
}

func guardsPage(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("# Every guard\n\nWhat does heed ask before it acts? Each of these, of every intent that is its matter, at the instant " +
		"of the act. The gravest answer wins: deny, then hold (for a person), then defer (until a time), then allow.\n\n" +
		"This page is written by `make rules`. The answers were given by the guards to cases of their own tests; in use they bear " +
		"your numbers. A guard's settings stand in `[guards.NAME]` for the house and in `[bots.BOT.guards.NAME]` for one bot, " +
		"which may only be stricter. `mode = \"watch\"` tells and does not bind, `mode = \"off\"` does not ask; a firm guard takes neither.\n")
	comments, codes := settingComments(t), codesInSource(t)
	cases := pageCases()
	for _, r := range Rules() {
		_, g, err := New(r.Name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\n## %s\n\nDemands that %s.\n\n%s%s\n", r.Name, r.Says, strengthWords(r), actionWords(r))
		b.WriteString("\n| serves | which says | source |\n|---|---|---|\n")
		for _, id := range r.Clauses {
			c, ok := ClauseOf(id)
			if !ok {
				t.Fatalf("%s: %s is no clause", r.Name, id)
			}
			fmt.Fprintf(&b, "| [%s](policy.md) | %s | %s |\n", id, c.Says, c.Source)
		}
		settingsTable(t, &b, r, g, comments)
		answersTable(t, &b, r, g, cases, codes)
	}
	return b.String()
}

func strengthWords(r Rule) string {
	switch {
	case r.Firm:
		return "It is firm."
	case r.Watched:
		return "It is watched unless the settings say `mode = \"enforce\"`."
	}
	return "It can be watched or switched off."
}

func actionWords(r Rule) string {
	if len(r.Actions) == 0 {
		return " It is asked about every action."
	}
	var names []string
	for _, a := range r.Actions {
		names = append(names, "`"+string(a)+"`")
	}
	return " It is asked about " + strings.Join(names, ", ") + "."
}

func settingsTable(t *testing.T, b *strings.Builder, r Rule, g Guard, comments map[string]string) {
	t.Helper()
	v := reflect.ValueOf(g).Elem()
	rows := 0
	for i := range v.NumField() {
		key := v.Type().Field(i).Tag.Get("toml")
		if key == "" {
			continue
		}
		if rows++; rows == 1 {
			b.WriteString("\n| setting | as delivered | |\n|---|---|---|\n")
		}
		says := comments[v.Type().Name()+"."+v.Type().Field(i).Name]
		if says == "" {
			t.Errorf("%s: the setting %s has no comment", r.Name, key)
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", key, setting(v.Field(i).Interface()), cell(says))
	}
	if rows == 0 {
		b.WriteString("\nIt has no settings.\n")
	}
}

// setting writes a value as TOML has it.
func setting(v any) string {
	switch v := v.(type) {
	case time.Duration:
		return "`\"" + spell(v) + "\"`"
	case string:
		return "`\"" + v + "\"`"
	case bool, int, float64:
		return fmt.Sprintf("`%v`", v)
	}
	switch l := reflect.ValueOf(v); {
	case l.Len() == 0:
		return "none"
	case l.Kind() == reflect.Slice && l.Len() <= 12:
		var words []string
		for i := range l.Len() {
			words = append(words, fmt.Sprintf("%q", fmt.Sprint(l.Index(i).Interface())))
		}
		return "`[" + strings.Join(words, ", ") + "]`"
	default:
		return fmt.Sprintf("%d entries", l.Len())
	}
}

// answersTable puts the cases to the guard and tells each code that came.
func answersTable(t *testing.T, b *strings.Builder, r Rule, g Guard, cases []pageCase, codes []string) {
	t.Helper()
	found := map[string]Finding{}
	s := Station{Rule: r, Guard: g}
	for _, c := range cases {
		if !r.Claims(c.in.Action) {
			continue
		}
		var f Finding
		s.judge(&c.in, "", &c.f, &f)
		if old, ok := found[f.Code]; f.Effect != Allow && (!ok || len(f.Because) < len(old.Because)) {
			found[f.Code] = f
		}
	}
	if len(found) == 0 {
		t.Errorf("%s refuses none of the cases", r.Name)
	}
	b.WriteString("\n| answer | code | what it found | what would change it |\n|---|---|---|---|\n")
	var names []string
	for code := range found {
		names = append(names, code)
	}
	slices.Sort(names)
	for _, code := range names {
		f := found[code]
		fmt.Fprintf(b, "| %s | `%s` | %s | %s |\n", f.Effect, code, cell(f.Because), cell(f.Remedy))
	}
	var more []string
	for _, code := range codes {
		if _, told := found[code]; !told && strings.HasPrefix(code, r.Name+".") {
			more = append(more, "`"+code+"`")
		}
	}
	if len(more) > 0 {
		fmt.Fprintf(b, "\nIts other codes: %s.\n", strings.Join(more, ", "))
	}
}

// settingComments are what the source says of each setting, by "type.Field".
func settingComments(t *testing.T) map[string]string {
	t.Helper()
	says := map[string]string{}
	for _, f := range sources(t) {
		parsed, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			table, ok := spec.Type.(*ast.StructType)
			if !ok {
				return true
			}
			last := ""
			for _, field := range table.Fields.List {
				text := strings.Join(strings.Fields(field.Doc.Text()+" "+field.Comment.Text()), " ")
				if text == "" && last != "" { // one comment for two settings
					text = last
				}
				last = text
				for _, name := range field.Names {
					says[spec.Name.Name+"."+name.Name] = text
				}
			}
			return true
		})
	}
	return says
}

var literalCode = regexp.MustCompile(`(?:Denied|Held|Deferred)\("([a-z_]+\.[a-z_]+)"`)

func codesInSource(t *testing.T) (codes []string) {
	t.Helper()
	for _, f := range sources(t) {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range literalCode.FindAllStringSubmatch(string(b), -1) {
			codes = append(codes, m[1])
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func sources(t *testing.T) (files []string) {
	t.Helper()
	all, err := filepath.Glob("*.go")
	if err != nil || len(all) == 0 {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
}

// cell writes a sentence into a table: no bars, and what cannot be seen as its code.
func cell(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '|':
			b.WriteString(`\|`)
		case r == '<' || r == '[' || r == '*' || r == '_':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
			fmt.Fprintf(&b, "U+%04X", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
