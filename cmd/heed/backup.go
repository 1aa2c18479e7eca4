package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heed/runner"
	"heed/runner/ledger"
)

func (a *app) backupCmd() *cobra.Command {
	var keep int
	var force bool
	cmd := &cobra.Command{
		Use:   "backup FILE|FOLDER/",
		Short: "Copy the ledger, beside a running heed too, and check the copy",
		Long: "Writes the ledger as it is now to FILE, or under a dated name into FOLDER/, checks the\n" +
			"copy and says what it holds. docs/backup.md tells what a backup is for, and what not.",
		Example: "  heed backup /mnt/other/heed.db\n  heed backup backups/ --keep 14\n  heed backup verify /mnt/other/heed.db\n  heed backup restore /mnt/other/heed.db",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("keep") && keep < 1 {
				return usage("backup: --keep %d: must be 1 or more", keep)
			}
			return a.backup(cmd, args[0], keep, force)
		},
	}
	cmd.Flags().IntVar(&keep, "keep", 0, "of the dated copies in FOLDER/ keep the newest N (default: all)")
	cmd.Flags().BoolVar(&force, "force", false, "replace FILE")
	cmd.AddCommand(&cobra.Command{
		Use:   "verify FILE",
		Short: "Read a whole backup and say what it holds; writes nothing",
		Long: "Reads every page of a backup and walks its record of decisions. Exit 1: it cannot be restored, or its\n" +
			"record does not agree with itself.",
		Example: "  heed backup verify backups/heed-20261129T060000Z.db",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			w := a.working("backup verify", "")
			b, err := ledger.VerifyBackup(args[0])
			w.end()
			if err != nil {
				return missing(err)
			}
			word := "is sound"
			if b.Faults > 0 {
				word = "can be read"
			}
			return errors.Join(a.print(b, "%s %s: %s", b.Path, word, holds(b)), faulty(b))
		},
	}, &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup in the ledger's place, and pause every bot; what was there is kept beside it",
		Long: "Puts a backup in the ledger's place; stop heed run first. Opt-outs that were recorded since are taken\n" +
			"up from their journal and from the ledger that was there. Every bot is paused until you resume it.",
		Example: "  heed backup restore backups/heed-20261129T060000Z.db",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.restore(args[0]) },
	})
	return cmd
}

func (a *app) backup(cmd *cobra.Command, target string, keep int, force bool) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	path, now := cfg.Ledger.Path, time.Now()
	dir := ""
	if info, err := os.Stat(target); strings.HasSuffix(target, "/") || err == nil && info.IsDir() {
		dir = filepath.Clean(target)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		target = filepath.Join(dir, ledger.BackupName(path, now))
	} else if keep > 0 {
		return usage("backup: --keep is for a folder: write %s/", target)
	}
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	w := a.working("backup", "bytes")
	b, err := ledger.MakeBackup(ctx, path, target, now, ledger.BackupOptions{Force: force, Progress: w.set})
	w.end()
	if err != nil {
		return missing(err)
	}
	if err := rememberBackup(cfg, b); err != nil {
		fmt.Fprintln(a.errs, "heed: the copy is made, and heed doctor will not know of it:", err)
	}
	var gone []string
	if keep > 0 {
		if gone, err = ledger.PruneBackups(path, dir, keep); err != nil {
			return err
		}
	}
	took := time.Since(now).Round(time.Millisecond)
	if a.json {
		return json.NewEncoder(a.out).Encode(struct {
			ledger.Backup
			TookMS  int64    `json:"took_ms"`
			Deleted []string `json:"deleted,omitempty"`
		}{b, took.Milliseconds(), gone})
	}
	for _, name := range gone {
		fmt.Fprintf(a.errs, "deleted %s\n", name)
	}
	if err := faulty(b); err != nil {
		fmt.Fprintln(a.errs, "heed:", err)
	}
	return a.print(b, "%s: %s; took %s", b.Path, holds(b), took)
}

func holds(b ledger.Backup) string {
	return fmt.Sprintf("%d bytes, of %s, schema %d, %d intents (%d not settled), %d opt-outs, head %s",
		b.Bytes, stamp(b.At), b.Schema, b.Intents, b.Pending, b.OptOuts, b.Head)
}

// faulty says what SQLite does not see: that rows were changed past heed, or by a disk.
func faulty(b ledger.Backup) error {
	if b.Faults == 0 {
		return nil
	}
	return fmt.Errorf("%s: its record of decisions does not agree with itself in %d places; an older backup may: see heed audit verify", b.Path, b.Faults)
}

// missing gives a file that is not there its exit code.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return exit{exitNotFound, err}
	}
	return err
}

func (a *app) restore(file string) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	w := a.working("backup restore", "")
	r, err := ledger.Restore(cfg.Ledger.Path, file, a.actor(), time.Now(), ledger.Options{Retention: cfg.Ledger.Retention})
	w.end()
	if err != nil {
		return missing(err)
	}
	if a.json {
		return a.print(r, "")
	}
	for _, name := range r.Aside {
		fmt.Fprintf(a.errs, "kept: %s\n", name)
	}
	if r.Unread != "" {
		fmt.Fprintf(a.errs, "of what was there no opt-outs could be read: %s\n", r.Unread)
	}
	return a.print(r, "%s stands again as in %s: %s\nopt-outs since: %d lines of the journal taken up, %d more read from what was there\n%s paused: %s",
		cfg.Ledger.Path, file, holds(r.Backup), r.TakenUp, r.Salvaged, runner.ScopeName(runner.EveryBot), r.Reason)
}
