package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heed/cmd/heed/bench"
)

func (a *app) benchCmd() *cobra.Command {
	var scale float64
	var dir, keep string
	cmd := &cobra.Command{
		Use:     "bench [NAME ...]",
		Example: "  heed bench road optout\n  heed bench guards --scale 0.1 --json\n  heed bench history --scale 0.1 --dir /mnt/other --keep figures",
		Short:   "Measure heed on this machine, beside what the machine can do",
		Long:    "Measures what heed costs here; without a NAME, all of it. It needs no settings, uses\nfiles of its own alone (30 GB and half an hour for history, with the scale of 1), and calls\nnobody. A figure that depends on the machine stands beside one of the machine alone.\n\n" + benchList(),
		RunE: func(_ *cobra.Command, names []string) error {
			chosen, err := benches(names)
			if err != nil {
				return err
			}
			if !(scale > 0 && scale <= 100) {
				return usage("--scale %g: give a number above 0, up to 100", scale)
			}
			if keep != "" {
				if err := os.MkdirAll(keep, 0o755); err != nil { // now, and not after an hour
					return fmt.Errorf("--keep: %w", err)
				}
			}
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
			defer stop()
			return a.bench(ctx, chosen, dir, scale, keep)
		},
	}
	cmd.Flags().Float64Var(&scale, "scale", 1, "how much to measure: 1 is what the targets name, 0.1 a tenth")
	cmd.Flags().StringVar(&dir, "dir", "", "a `folder` on the disk to measure; it is left as it was (default: the temporary folder)")
	cmd.Flags().StringVar(&keep, "keep", "", "a `folder` to keep the figures in, one JSON file a bench")
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
	w := a.working("bench", "benches")
	defer w.end()
	w.of(int64(len(chosen)))
	o := bench.Options{Dir: tmp, Heed: heed, Scale: scale, Say: w.say}
	var figures []bench.Figure
	for _, b := range chosen {
		o.Say("%s: %s", b.Name, b.Says)
		began := time.Now()
		got, err := b.Run(ctx, o)
		if err != nil {
			return fmt.Errorf("bench %s: %w", b.Name, err)
		}
		w.add(1)
		if figures = append(figures, got...); a.json {
			enc := json.NewEncoder(a.out)
			enc.SetEscapeHTML(false)
			for _, f := range got {
				if err := enc.Encode(f); err != nil {
					return err
				}
			}
		}
		if keep == "" {
			continue
		}
		r := bench.Report{Bench: b.Name, Command: fmt.Sprintf("heed bench %s --scale %g", b.Name, scale), Heed: version, Machine: bench.Machine(),
			Began: began.UTC().Truncate(time.Second), Seconds: int(time.Since(began).Seconds()), Figures: got}
		if err := r.Keep(keep); err != nil {
			return fmt.Errorf("bench %s: %w", b.Name, err)
		}
	}
	if a.json {
		return nil
	}
	w.end()
	return bench.Table(a.out, a.screen, figures)
}

// benches are those of the names; all without one.
func benches(names []string) (chosen []bench.Bench, err error) {
	all := bench.All()
	if len(names) == 0 {
		return all, nil
	}
	for _, name := range names {
		i := slices.IndexFunc(all, func(b bench.Bench) bool { return b.Name == name })
		if i < 0 {
			var names []string
			for _, b := range all {
				names = append(names, b.Name)
			}
			return nil, usage("%q is no bench; %s", name, meant(name, names))
		}
		chosen = append(chosen, all[i])
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
