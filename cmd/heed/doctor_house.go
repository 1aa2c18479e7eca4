package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"heed/config"
	"heed/guards"
	"heed/runner"
	"heed/runner/ledger"
)

const (
	lowDisk   = 256 << 20          // bytes: less may end every write
	oldBackup = 7 * 24 * time.Hour // the most that a lost disk should cost
)

func (d *doctor) settings() {
	for _, w := range d.cfg.Warnings {
		d.note(warning, "settings", "", "%s", w)
	}
	missing := d.cfg.Missing(os.LookupEnv)
	for _, p := range missing {
		d.note(bad, "secrets", "set the variable, or write the file with mode 0600", "%s", p)
	}
	if len(missing) == 0 {
		d.note(good, "secrets", "", "every one that the settings name is here")
	}
	if old := oldTables(d.now); old != "" {
		d.note(warning, "tables", "get a newer heed", "%s", old)
	} else {
		d.note(good, "tables", "", "rules as of %s", guards.AsOf.Format(time.DateOnly))
	}
}

// files looks whether others than heed's user may use what is heed's alone.
func (d *doctor) files() {
	store := tokens(d.cfg)
	paths := []string{tokenFile(d.cfg), d.cfg.Ledger.Path + "-wal"}
	for _, path := range private(d.cfg) {
		if path != store.Credentials { // the service manager sees to its own
			paths = append(paths, path)
		}
	}
	kept, _ := filepath.Glob(filepath.Join(store.Dir, "*.json")) // the pattern is sound but for odd folders
	ill := len(d.signs)
	for _, path := range append(paths, kept...) {
		switch info, err := os.Stat(path); {
		case errors.Is(err, fs.ErrNotExist): // a secret that is missing is told already
		case err != nil:
			d.failed("files", err)
		case info.Mode().Perm()&0o077 != 0:
			d.note(bad, "files", "chmod go= "+path, "%s: others than its owner may use it (mode %04o)", path, info.Mode().Perm())
		}
	}
	if info, err := os.Stat(d.cfg.Path); err == nil && info.Mode().Perm()&0o002 != 0 {
		d.note(bad, "files", "chmod o-w "+d.cfg.Path, "%s: everybody may change it (mode %04o)", d.cfg.Path, info.Mode().Perm())
	}
	if len(d.signs) == ill {
		d.note(good, "files", "", "what is heed's alone is closed to others")
	}
}

func (d *doctor) ledger(ctx context.Context) {
	if d.desk == nil {
		return // told where it was opened
	}
	head, err := d.desk.Head(ctx)
	if err != nil {
		d.failed("ledger", err)
		return
	}
	d.note(good, "ledger", "", "can be read, up to decision %d", head.Entry)
}

// lastBackup is what heed keeps of the last copy: beside the ledger, so that nobody
// has to ask where the copies lie.
type lastBackup struct {
	At   time.Time `json:"at"`
	Path string    `json:"path"`
}

func backupNote(cfg *config.Config) string { return cfg.Ledger.Path + ".backup" }

// rememberBackup writes down that a copy was made.
func rememberBackup(cfg *config.Config, b ledger.Backup) error {
	path, err := filepath.Abs(b.Path)
	if err != nil {
		return err
	}
	line, err := json.Marshal(lastBackup{b.At, path})
	if err != nil {
		return err
	}
	return os.WriteFile(backupNote(cfg), append(line, '\n'), 0o600)
}

func (d *doctor) backup() {
	const do = "heed backup FOLDER/, on another disk, once a day"
	text, err := os.ReadFile(backupNote(d.cfg))
	var last lastBackup
	switch {
	case errors.Is(err, fs.ErrNotExist) && d.cfg.X.Local():
		d.note(good, "backup", "", "none was made, and acts stay on this machine")
	case errors.Is(err, fs.ErrNotExist):
		d.note(warning, "backup", do, "none was made: with this disk all opt-outs would be lost")
	case err != nil:
		d.failed("backup", err)
	case json.Unmarshal(text, &last) != nil || last.At.IsZero():
		d.note(warning, "backup", do, "what is noted of the last one cannot be read")
	case d.now.Sub(last.At) > oldBackup:
		d.note(warning, "backup", do, "the last one is of %s, %d days ago (%s)", stamp(last.At), int(d.now.Sub(last.At).Hours()/24), last.Path)
	default:
		d.note(good, "backup", "", "the last one is of %s (%s)", stamp(last.At), last.Path)
	}
}

// disks looks at the room where the ledger with the bots' folders lies, and the road.
func (d *doctor) disks() {
	seen := map[unix.Fsid]bool{}
	for _, dir := range []string{stateDir(d.cfg), d.cfg.NATS.Dir} {
		for !isFolder(dir) && dir != filepath.Dir(dir) {
			dir = filepath.Dir(dir) // heed makes it, on the disk of what is above
		}
		var fs unix.Statfs_t
		if err := unix.Statfs(dir, &fs); err != nil {
			d.note(bad, "disk", "make the folder, or name another in [ledger] path and [nats] dir", "%s: %v", dir, err)
			continue
		}
		if seen[fs.Fsid] {
			continue
		}
		seen[fs.Fsid] = true
		d.signs = append(d.signs, diskSign(dir, fs.Bavail*uint64(fs.Bsize)))
	}
}

func diskSign(dir string, free uint64) sign {
	says := fmt.Sprintf("%d MiB are free at %s", free>>20, dir)
	if free < lowDisk {
		return sign{bad, "disk", says, "make room: a full disk stops everything"}
	}
	return sign{good, "disk", says, ""}
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// clock looks at what the limits and every "at" rest on. What X's own clock says is
// told where X is asked, see account.
func (d *doctor) clock(ctx context.Context) {
	var last time.Time
	if d.desk != nil {
		at, err := lastRecord(ctx, d.desk)
		d.failed("clock", err)
		last = at
	}
	var t unix.Timex // with no mode set it is only read
	state, err := unix.Adjtimex(&t)
	d.signs = append(d.signs, clockSign(d.now, last, err == nil, state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0))
}

const keepTime = "switch on time synchronisation, as with timedatectl set-ntp true"

func clockSign(now, last time.Time, known, synced bool) sign {
	switch {
	case last.Sub(now) > time.Second:
		return sign{bad, "clock", fmt.Sprintf("went back: the last record is of %s, and it is %s", stamp(last), stamp(now)), keepTime + "; heed waits until the record's time has come"}
	case known && !synced:
		return sign{warning, "clock", "the kernel says that nothing keeps it right", keepTime}
	case !known:
		return sign{good, "clock", "is not behind the record; whether something keeps it right cannot be read here", ""}
	}
	return sign{good, "clock", "is kept right, and is not behind the record", ""}
}

// doors looks whether the addresses that heed listens on are free for it, or taken by it.
func (d *doctor) doors() {
	x := d.cfg.X
	for _, door := range []struct{ about, key, address string }{
		{"nats", "[nats] listen", d.cfg.NATS.Listen},
		{"web", "[web] listen", d.cfg.Web.Listen},
		{"events", "[x] webhook_listen", map[bool]string{true: x.WebhookListen}[x.Events == config.ByWebhook]},
	} {
		if door.address != "" {
			d.signs = append(d.signs, doorSign(door.about, door.key, door.address, d.running))
		}
	}
	if d.cfg.NATS.URL == "" {
		return
	}
	d.note(good, "nats", "", "the road is elsewhere: heed run says whether it can be reached")
}

func doorSign(about, key, address string, running bool) sign {
	if running {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return sign{bad, about, fmt.Sprintf("heed runs, and nobody answers at %s", address), "restart heed run: " + key + " was changed, or heed could not listen"}
		}
		_ = c.Close()
		return sign{good, about, "answers at " + address, ""}
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return sign{bad, about, fmt.Sprintf("heed cannot listen on %s: %v", address, err), "end what listens there, or name another address in " + key}
	}
	_ = l.Close()
	return sign{good, about, address + " is free", ""}
}

func (d *doctor) events() {
	x := d.cfg.X
	switch {
	case x.Events == config.ByPoll:
		d.note(good, "events", "", "inboxes are read every %s", x.Poll)
	case x.Sandbox() || x.ConsumerKey.IsSet() && x.ConsumerSecret.IsSet():
		d.note(good, "events", "", "X tells by %s what happens; inboxes are read as well", x.Events)
	default:
		d.note(bad, "events", "set consumer_key and consumer_secret in [x]", "X tells nothing by %s without the app's keys", x.Events)
	}
}

func (d *doctor) halts(ctx context.Context) {
	if d.desk == nil {
		return
	}
	halts, err := d.desk.Halts(ctx, d.now)
	d.failed("halts", err)
	for _, h := range halts {
		do := "heed resume " + h.Scope
		if h.Kind == guards.Latched {
			do = "put it right at X, then heed resume " + h.Scope + " --latch; register no other app or key meanwhile (rule A8)"
		}
		d.note(bad, "halts", strings.ReplaceAll(do, " *", ""), "%s of %s since %s by %s: %s", h.Kind, runner.ScopeName(h.Scope), stamp(h.At), h.By, h.Reason)
	}
}
