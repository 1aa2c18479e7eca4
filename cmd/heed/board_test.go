package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// board is as much of a Grafana dashboard as a person reads from it.
type board struct {
	UID        string `json:"uid"`
	Templating struct {
		List []struct{ Name, Query any } `json:"list"`
	} `json:"templating"`
	Panels []panel `json:"panels"`
}

type panel struct {
	ID          int               `json:"id"`
	Type        string            `json:"type"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	DataSource  map[string]string `json:"datasource"`
	GridPos     struct{ X, Y, W, H int }
	FieldConfig struct {
		Defaults struct{ Unit string }
	} `json:"fieldConfig"`
	Targets []struct{ RefID, Expr, LegendFormat string }
}

// The board's units, by what a metric's name says of its own.
var boardUnits = []string{"bytes", "cpm", "dateTimeAsIso", "none", "ops", "s"}

var legendLabel = regexp.MustCompile(`\{\{(\w+)\}\}`)

// Every panel shows what heed tells, in a unit that fits, says what it shows, and has a
// place of its own.
func TestBoard(t *testing.T) {
	b := readBoard(t)
	var exprs []string
	for _, p := range b.Panels {
		for _, q := range p.Targets {
			exprs = append(exprs, q.Expr)
		}
	}
	all, ids, panels := measures(t, labelWords(exprs)), map[int]bool{}, 0
	for i, p := range b.Panels {
		if ids[p.ID] || p.ID == 0 {
			t.Errorf("%q: the id %d is not its own", p.Title, p.ID)
		}
		ids[p.ID] = true
		for _, other := range b.Panels[:i] {
			if overlap(p, other) {
				t.Errorf("%q lies on %q", p.Title, other.Title)
			}
		}
		if p.GridPos.W < 1 || p.GridPos.H < 1 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("%q is out of the board: %+v", p.Title, p.GridPos)
		}
		if p.Type == "row" {
			continue
		}
		panels++
		if p.Title == "" || len(p.Description) < 15 || len(p.Targets) == 0 || p.DataSource["uid"] != "${datasource}" {
			t.Errorf("%q: title, description, targets, or the data source that a person chose is missing", p.Title)
		}
		for _, q := range p.Targets {
			for _, wrong := range append(unmeasured(q.Expr, all), misfit(p.FieldConfig.Defaults.Unit, q.Expr)...) {
				t.Errorf("%q: %s: %s", p.Title, q.Expr, wrong)
			}
			for _, l := range legendLabel.FindAllStringSubmatch(q.LegendFormat, -1) {
				if !slices.Contains(readPromQL(q.Expr).groups, l[1]) {
					t.Errorf("%q: the legend names the label %s, by which nothing is grouped", p.Title, l[1])
				}
			}
		}
	}
	if panels < 15 {
		t.Errorf("only %d panels", panels)
	}
}

// Prometheus's own tool can read every expression of the board.
func TestBoardByPromtool(t *testing.T) {
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not here: Prometheus itself has not read the board's expressions")
	}
	var rules strings.Builder
	rules.WriteString("groups:\n- name: board\n  rules:\n")
	for _, p := range readBoard(t).Panels {
		for i, q := range p.Targets {
			fmt.Fprintf(&rules, "  - {record: 'panel:%d:%d', expr: %q}\n", p.ID, i, strings.ReplaceAll(q.Expr, "$__rate_interval", "5m"))
		}
	}
	file := filepath.Join(t.TempDir(), "board.yml")
	write(t, file, rules.String(), 0o600)
	if out, err := exec.Command(tool, "check", "rules", file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func readBoard(t *testing.T) (b board) {
	t.Helper()
	text, err := os.ReadFile("dist/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	// This reader refuses what is doubled and what comes after the end.
	if err := json.Unmarshal(text, &b, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, v := range b.Templating.List {
		names = append(names, fmt.Sprint(v.Name))
		if query := fmt.Sprint(v.Query); strings.Contains(query, "label_values") {
			inner := query[strings.Index(query, "label_values(")+len("label_values("):]
			expr, label, _ := strings.Cut(inner[:strings.LastIndex(inner, ")")], ", ")
			all := measures(t, nil)
			if wrong := unmeasured(expr, all); wrong != nil || label != "instance" && all[readPromQL(expr).selects[0].metric][label] == nil {
				t.Errorf("the variable %v: %s: %v", v.Name, query, wrong)
			}
		}
	}
	for _, p := range b.Panels {
		for _, q := range p.Targets {
			for _, used := range boardVariable(q.Expr) {
				if !slices.Contains(names, used) {
					t.Errorf("%q uses $%s, which the board has not", p.Title, used)
				}
			}
		}
	}
	return b
}

func boardVariable(expr string) (names []string) {
	for _, part := range strings.Split(expr, "$")[1:] {
		if name := nameIn.FindString(part); name != "" && name != "__rate_interval" {
			names = append(names, name)
		}
	}
	return names
}

func overlap(a, b panel) bool {
	return a.GridPos.X < b.GridPos.X+b.GridPos.W && b.GridPos.X < a.GridPos.X+a.GridPos.W &&
		a.GridPos.Y < b.GridPos.Y+b.GridPos.H && b.GridPos.Y < a.GridPos.Y+a.GridPos.H
}

// misfit says why a unit is not that of an expression: seconds and bytes are named by
// their metrics, a count of a minute is sixty times a rate.
func misfit(unit, expr string) (wrong []string) {
	if !slices.Contains(boardUnits, unit) {
		return []string{fmt.Sprintf("the unit %q is not on the list", unit)}
	}
	metric, rate := readPromQL(expr).selects[0].metric, strings.Contains(expr, "rate(")
	want := "none"
	switch {
	case strings.Contains(expr, "heed_tables_"):
		want = "dateTimeAsIso"
	case strings.HasSuffix(metric, "_bytes"):
		want = "bytes"
	case strings.HasSuffix(metric, "_seconds") || strings.HasSuffix(metric, "_bucket"):
		want = "s"
	case rate && strings.HasPrefix(expr, "60 * "):
		want = "cpm"
	case rate:
		want = "ops"
	}
	if unit != want {
		return []string{fmt.Sprintf("the unit is %q, not %q", unit, want)}
	}
	return nil
}
