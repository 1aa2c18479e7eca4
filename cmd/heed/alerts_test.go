package main

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// alerts is a file of Prometheus's rules. What is not of this form is refused.
type alerts struct {
	Groups []struct {
		Name  string  `yaml:"name"`
		Rules []alert `yaml:"rules"`
	} `yaml:"groups"`
}

type alert struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations struct {
		Summary string `yaml:"summary"`
		Do      string `yaml:"what_to_do"`
	} `yaml:"annotations"`
}

const alertsFile = "dist/heed.rules.yml"

func readAlerts(t *testing.T) (all []alert) {
	t.Helper()
	text, err := os.ReadFile(alertsFile)
	if err != nil {
		t.Fatal(err)
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	var file alerts
	if err := dec.Decode(&file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		all = append(all, g.Rules...)
	}
	if len(all) < 10 {
		t.Fatalf("%d alerts", len(all))
	}
	return all
}

var (
	duration   = regexp.MustCompile(`^([1-9][0-9]*[smhd])?$`)
	usedLabel  = regexp.MustCompile(`\$labels\.([a-z_]+)`)
	shownVerbs = regexp.MustCompile("`heed ([^`]*)`")
)

// Every alert asks for what heed tells, can be understood, and says what to do with verbs
// that there are.
func TestAlerts(t *testing.T) {
	rules := readAlerts(t)
	var exprs []string
	for _, r := range rules {
		exprs = append(exprs, r.Expr)
	}
	all, names := measures(t, labelWords(exprs)), map[string]bool{}
	for _, r := range rules {
		if names[r.Alert] || !strings.HasPrefix(r.Alert, "Heed") {
			t.Errorf("%q: a name begins with Heed, and is used once", r.Alert)
		}
		names[r.Alert] = true
		for _, wrong := range unmeasured(r.Expr, all) {
			t.Errorf("%s: %s", r.Alert, wrong)
		}
		if !duration.MatchString(r.For) {
			t.Errorf("%s: for %q is no duration", r.Alert, r.For)
		}
		if s := r.Labels["severity"]; len(r.Labels) != 1 || s != "page" && s != "ticket" {
			t.Errorf("%s: labels %v: one severity, page or ticket", r.Alert, r.Labels)
		}
		if len(r.Annotations.Summary) < 20 || len(r.Annotations.Do) < 40 {
			t.Errorf("%s: summary %q, what_to_do %q", r.Alert, r.Annotations.Summary, r.Annotations.Do)
		}
		for _, l := range usedLabel.FindAllStringSubmatch(r.Annotations.Summary+r.Annotations.Do, -1) {
			if !slices.Contains(labelsLeft(r.Expr, all), l[1]) {
				t.Errorf("%s: its text uses the label %s, which its answer has not", r.Alert, l[1])
			}
		}
		for _, verb := range shownVerbs.FindAllStringSubmatch(r.Annotations.Do, -1) {
			tryVerb(t, r.Alert, verb[1])
		}
	}
}

// labelsLeft are those that an answer to the expression bears.
func labelsLeft(expr string, all measured) (left []string) {
	q := readPromQL(expr)
	if strings.Contains(expr, "sum by") {
		return q.groups
	}
	for _, s := range q.selects {
		for l := range all[s.metric] {
			left = append(left, l)
		}
	}
	return append(left, scraped...)
}

// tryVerb reads a command line as heed does, without doing anything.
func tryVerb(t *testing.T, where, line string) {
	t.Helper()
	root := (&app{}).root()
	cmd, rest, err := root.Find(strings.Fields(line))
	if err == nil && cmd == root {
		t.Errorf("%s: heed %s: no verb", where, line)
		return
	}
	if err == nil {
		err = cmd.ParseFlags(rest)
	}
	if err == nil {
		err = cmd.ValidateArgs(cmd.Flags().Args())
	}
	if err != nil {
		t.Errorf("%s: heed %s: %v", where, line, err)
	}
}

// Every alert is among those that figures are written for.
func TestEveryAlertIsTried(t *testing.T) {
	text, err := os.ReadFile("testdata/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range readAlerts(t) {
		if !strings.Contains(string(text), `alertname="`+r.Alert+`"`) {
			t.Errorf("%s: testdata/alerts.yml has no figures from which it comes", r.Alert)
		}
	}
}

// Prometheus's own tool takes the file, and alerts come from what they should come from.
func TestAlertsByPromtool(t *testing.T) {
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not here: Prometheus itself has not read the alerts, nor tried them on figures")
	}
	for _, args := range [][]string{{"check", "rules", alertsFile}, {"test", "rules", "testdata/alerts.yml"}} {
		if out, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}
