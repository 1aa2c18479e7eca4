package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"heed/bots/example"
)

// telling is how the story is told.
type telling struct {
	auto   bool          // a person's yes is given by the demo itself, and it ends after the story
	fast   bool          // no pauses for reading
	within time.Duration // an act happens within this, or has failed
	wait   time.Duration // for a person's yes or no
}

func (a *app) demoCmd() *cobra.Command {
	var dir string
	var length time.Duration
	how := telling{within: time.Minute, wait: 2 * time.Minute}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Tell a story with real bots in a sandboxed X: consent, STOP, a copy, a burst, a bio, an approval",
		Long: "demo unpacks a house of five small bots, runs it against heed's own X, and tells six acts as they\n" +
			"happen. It needs no account and no network. Watch it in the dashboard, whose link it prints.\n" +
			"An act that does not happen within its bound ends the demo with exit code 1.",
		Example: "  heed demo\n  heed demo --auto\n  heed demo --dir /tmp/story --fast",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if how.within <= 0 || how.wait < 0 || length < 0 {
				return usage("demo: --within must be more than 0, --wait and --for not less")
			}
			return a.demo(cmd.Context(), dir, length, how)
		},
	}
	f := cmd.Flags()
	f.StringVar(&dir, "dir", "heed-demo", "where to unpack; a new or an empty folder")
	f.DurationVar(&length, "for", 0, "end after so long; a story that is not over by then has failed (default: at ctrl-C)")
	f.BoolVar(&how.auto, "auto", false, "approve by itself, make no pauses, and end after the story")
	f.BoolVar(&how.fast, "fast", false, "make no pauses for reading")
	f.DurationVar(&how.within, "within", how.within, "how long an act may take to happen")
	f.DurationVar(&how.wait, "wait", how.wait, "how long the last act waits for your yes or no")
	return cmd
}

func (a *app) demo(ctx context.Context, dir string, length time.Duration, how telling) error {
	if err := unpack(dir, example.Story()); err != nil {
		return err
	}
	house := *a
	house.config = filepath.Join(dir, "heed.toml")
	if a.json { // stdout is for the acts alone
		house.out = io.Discard
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	if length > 0 {
		var over context.CancelFunc
		ctx, over = context.WithTimeout(ctx, length)
		defer over()
	}
	s := &teller{telling: how, stdout: a.out}
	err := house.run(ctx, defaultDrain, func(ctx context.Context, d *daemon) {
		s.daemon = d
		if s.play(ctx); s.failed != nil || how.auto {
			end()
		}
	})
	if !s.over && s.failed == nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		s.failed = exit{exitFailed, fmt.Errorf("demo: --for %s was over in %s", length, s.where())}
	}
	return errors.Join(err, s.failed)
}

// unpack writes a house into a new or an empty folder: what is there already may be
// another house, and an earlier story is not told again.
func unpack(dir string, house fs.FS) error {
	there, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("demo: %w", err)
	}
	if len(there) > 0 {
		return fmt.Errorf("demo: %s is not empty, and a story begins anew: remove what is there, or name another folder with --dir", dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if err := os.CopyFS(dir, house); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return nil
}
