package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heed/cmd/heed/bench"
)

func (a *app) benchCmd() *cobra.Command {
	var scale float64
	var dir, keep string
	cmd := &cobra.Command{
		Use:   "bench [NAME ...]",
		Short: "Measure heed on this machine, beside what the machine can do",
		Long:  "Measures what heed costs here; without a NAME, all of it. It needs no settings, uses\nfiles of its own alone, and calls nobody.\n\n" + benchList(),
		RunE: func(_ *cobra.Command, names []string) error {
			chosen, err := benches(names)
			if err != nil {
				return err
			}
			if scale <= 0 || scale > 100 {
				return usage("--scale %g: give a number above 0, up to 100", scale)
			}
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
			defer stop()
			return a.bench(ctx, chosen, dir, scale, keep)
		},
	}
	cmd.Flags().Float64Var(&scale, "scale", 1, "how much to measure: 1 is what the targets name, 0.1 a tenth")
	cmd.Flags().StringVar(&dir, "dir", "", "a `folder` on the disk to measure; it is left as it was (default: the temporary folder)")
	cmd.Flags().StringVar(&keep, "keep", "", "a `file` to keep the figures in, as JSON")
	return cmd
}

// bench runs the chosen ones and tells their figures, JSON as they come.
func (a *app) bench(ctx context.Context, chosen []bench.Bench, dir string, scale float64, keep string) (err error) {
	tmp, err := os.MkdirTemp(dir, "heed-bench-")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	heed, err := os.Executable()
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	o := bench.Options{Dir: tmp, Heed: heed, Scale: scale,
		Say: func(format string, args ...any) { fmt.Fprintf(a.errs, format+"\n", args...) }}
	report := bench.Report{Command: "heed bench", Heed: version, Machine: bench.Machine(), Began: time.Now().UTC().Truncate(time.Second)}
	for _, b := range chosen {
		o.Say("%s: %s", b.Name, b.Says)
		got, err := b.Run(ctx, o)
		if err != nil {
			return fmt.Errorf("bench %s: %w", b.Name, err)
		}
		report.Figures = append(report.Figures, got...)
		for _, f := range got {
			if a.json {
				if err := json.NewEncoder(a.out).Encode(f); err != nil {
					return err
				}
			}
		}
	}
	if report.Seconds = int(time.Since(report.Began).Seconds()); keep != "" {
		if err := report.Keep(keep); err != nil {
			return fmt.Errorf("bench: %w", err)
		}
	}
	if a.json {
		return nil
	}
	return bench.Table(a.out, report.Figures)
}

// benches are those of the names; all without one.
func benches(names []string) (chosen []bench.Bench, err error) {
	for _, b := range bench.All() {
		if len(names) == 0 {
			chosen = append(chosen, b)
		}
	}
	for _, name := range names {
		found := false
		for _, b := range bench.All() {
			if b.Name == name {
				chosen, found = append(chosen, b), true
			}
		}
		if !found {
			return nil, usage("%q is no bench; there are:\n%s", name, benchList())
		}
	}
	return chosen, nil
}

func benchList() string {
	var list strings.Builder
	for _, b := range bench.All() {
		fmt.Fprintf(&list, "  %-12s %s\n", b.Name, b.Says)
	}
	return list.String()
}
