package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestThePageIsWhatTheRunsSaid keeps docs/promises.md from drifting.
func TestThePageIsWhatTheRunsSaid(t *testing.T) {
	want, err := page("../..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../docs/promises.md")
	if err != nil || string(got) != want {
		t.Errorf("docs/promises.md is not what tests and runs say; run `make promises` (%v)", err)
	}
}

// TestEveryPromiseHasItsTests wants P1 to P12, each with tests that bear its name and
// with runs that exist.
func TestEveryPromiseHasItsTests(t *testing.T) {
	p, err := readPromises()
	if err != nil {
		t.Fatal(err)
	}
	tests, err := promiseTests("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Promise) != 12 {
		t.Errorf("%d promises", len(p.Promise))
	}
	for _, pr := range p.Promise {
		if len(tests[pr.ID]) == 0 {
			t.Errorf("%s has no test that bears its name", pr.ID)
		}
		if pr.Unproven == "" || pr.Held == "" || pr.Says == "" {
			t.Errorf("%s is not told whole", pr.ID)
		}
		for _, run := range pr.Runs {
			if !slices.ContainsFunc(p.Run, func(r struct{ ID, Says string }) bool { return r.ID == run }) {
				t.Errorf("%s names the run %s, and there is none", pr.ID, run)
			}
		}
	}
}

func TestPromisesAreReadFromTestNames(t *testing.T) {
	for name, want := range map[string]string{
		"TestP4P5KilledAtAnyMoment": "P4 P5", "TestP10Budget": "P10", "TestP1AScript": "P1", "TestWeeks": "", "TestP13Nothing": "", "TestPage": "",
	} {
		if got := strings.Join(promisesIn(name), " "); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestNumbersAreGrouped(t *testing.T) {
	for in, want := range map[string]string{"7": "7", "1234": "1,234", "1234567": "1,234,567", "0.25": "0.25", "": ""} {
		if got := grouped(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestPartsOfARunAreAddedUp(t *testing.T) {
	dir := t.TempDir()
	for name, weeks := range map[string]string{"weeks.json": "100", "weeks-2.json": "40", "weekdays.json": "7"} {
		r := Run{Passed: 1, Figures: map[string]map[string]string{"TestWeeks": {"weeks": weeks, "share": "0.5"}}}
		if err := keep(r, dir+"/docs/runs/"+name); err != nil {
			t.Fatal(err)
		}
	}
	all, err := readRuns(dir, "weeks")
	if err != nil || len(all) != 2 {
		t.Fatalf("%d runs, %v", len(all), err)
	}
	if sum := together(all)["TestWeeks"]; sum["weeks"] != "140" || sum["share"] != "(see below)" {
		t.Errorf("together %v", sum)
	}
}
