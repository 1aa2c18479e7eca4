package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"heed/bots/example"
)

func (a *app) demoCmd() *cobra.Command {
	var dir string
	var length time.Duration
	cmd := &cobra.Command{
		Use:     "demo",
		Short:   "Unpack the example bots and run them against the sandbox; needs no account",
		Example: "  heed demo\n  heed demo --dir /tmp/demo --for 2m",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := unpack(dir); err != nil {
				return err
			}
			d := &daemon{app: a}
			if err := buildDesk(cmd.Context(), dir); err != nil {
				d.say("demo", "the bot desk is written in Go and was not built, so nobody is answered: %v", err)
			}
			ctx := cmd.Context()
			if length > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, length)
				defer cancel()
			}
			a.config = filepath.Join(dir, "heed.toml")
			d.say("demo", "unpacked in %s; in another terminal: heed log -f --config %s", dir, a.config)
			return a.run(ctx, defaultDrain)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "heed-demo", "where to unpack")
	cmd.Flags().DurationVar(&length, "for", 0, "end after so long (default: at ctrl-C)")
	return cmd
}

// unpack writes the example house. What is there already stays as it is.
func unpack(dir string) error {
	return fs.WalkDir(example.Files, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, path)
		if e.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		b, err := example.Files.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = f.Write(b)
		return errors.Join(err, f.Close())
	})
}

func buildDesk(ctx context.Context, dir string) error {
	bin := filepath.Join("bin", "desk")
	if _, err := os.Stat(filepath.Join(dir, bin)); err == nil {
		return nil
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", bin, filepath.Join("desk", "main.go"))
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %.200s", err, out)
	}
	return nil
}
