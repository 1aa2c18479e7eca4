package ledger

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"heed/runner"
)

const (
	restorePart   = ".restore-part"    // a copy that is being made ready
	restoring     = ".restoring"       // one that is ready, while it takes the ledger's place
	beforeRestore = ".before-restore-" // and what stood there before
)

// Restored says what a restore did.
type Restored struct {
	Backup   Backup    `json:"backup"`
	At       time.Time `json:"at"`
	Aside    []string  `json:"aside"`    // where what stood there before is now
	Unknown  int       `json:"unknown"`  // intents that may have been done since the backup
	TakenUp  int       `json:"taken_up"` // lines of the journal of opt-outs that the backup lacked
	Salvaged int       `json:"salvaged"` // opt-outs read from the ledger that was replaced
	Unread   string    `json:"unread"`   // why that one could not be read; "" when it was, or none was there
	Reason   string    `json:"reason"`   // of the pause: what a person has to see to
}

// Restore puts a backup in the place of a ledger. What stood there is moved aside, never
// deleted. The backup is older than the world: before anybody can open it, what may have
// been done since is marked unknown, people's opt-outs since are taken up, and every bot
// is paused. by says who does it.
func Restore(path, file, by string, now time.Time, o Options) (r Restored, err error) {
	release, err := Lock(path)
	if err != nil {
		return r, err
	}
	defer release()
	if err := notItself(path, file); err != nil {
		return r, err
	}
	if r.Backup, err = VerifyBackup(file); err != nil {
		return r, err
	}
	r.At = now
	part := path + restorePart
	dropFiles(part) // of a restore that was killed
	defer func() {
		if err != nil {
			dropFiles(part)
		}
	}()
	if err := roomFor(filepath.Dir(path), r.Backup.Bytes); err != nil {
		return r, err
	}
	if err := copyFiles(file, part); err != nil {
		return r, fmt.Errorf("ledger: %s was not restored: %w", path, err)
	}
	if err := makeReady(path, part, by, o, &r); err != nil {
		return r, err
	}
	if _, err := VerifyBackup(part); err != nil {
		return r, err
	}
	r.Aside, err = exchange(path, part, now)
	return r, err
}

func notItself(path, file string) error {
	theirs, err := os.Stat(file)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if mine, err := os.Stat(path); err == nil && os.SameFile(mine, theirs) {
		return fmt.Errorf("ledger: %s is the ledger itself: name a file that heed backup made", file)
	}
	return nil
}

func dropFiles(path string) {
	for _, end := range []string{"", "-wal", "-shm", "-journal"} {
		_ = os.Remove(path + end)
	}
}

// copyFiles copies a database, with its log of pages if there is one.
func copyFiles(from, to string) error {
	for _, end := range []string{"", "-wal"} {
		err := copyFile(from+end, to+end)
		if end != "" && errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// makeReady brings the copy to this heed's schema and then, in one transaction, to what
// is known of the world since.
func makeReady(path, part, by string, o Options, r *Restored) error {
	c, err := openPlain(part, nil)
	if err != nil {
		return err
	}
	if err = migrateSteps(c, part, migrations()); err == nil {
		_, err = c.exec(dropCount, backedUp)
	}
	if err = errors.Join(err, c.close()); err != nil {
		return err
	}
	o.Trust = true // it was verified
	l, err := assemble(part, o)
	if err != nil {
		return err
	}
	l.outs = outs{Journal(path)}
	left, err := silencedIn(path)
	if err != nil {
		r.Unread = err.Error()
	}
	err = l.alone(func(t *tx) error { return t.awake(r, by, left) })
	if err == nil {
		_, err = l.conn.ask(`PRAGMA wal_checkpoint(TRUNCATE)`)
	}
	if err = errors.Join(err, l.conn.close()); err != nil {
		return fmt.Errorf("ledger: %s was not restored: %w", path, err)
	}
	return syncFile(part)
}

// exchange moves what is there aside and the copy into its place. From the first rename
// on, a ledger in this state is not opened by anybody until a restore has ended.
func exchange(path, part string, now time.Time) (aside []string, err error) {
	dir := filepath.Dir(path)
	name := freeName(path + beforeRestore + now.UTC().Format(backupStamp))
	if err := os.Rename(part, path+restoring); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if err := runner.SyncFolder(dir); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		err := os.Rename(path+end, name+end)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return aside, fmt.Errorf("ledger: %w", err)
		}
		aside = append(aside, name+end)
	}
	if err := os.Rename(path+restoring, path); err != nil {
		return aside, fmt.Errorf("ledger: %w", err)
	}
	if err := runner.SyncFolder(dir); err != nil {
		return aside, fmt.Errorf("ledger: %w", err)
	}
	return aside, nil
}

// freeName is a name that stands for none of a database's files yet.
func freeName(want string) string {
	name := want
	for n := 2; ; n++ {
		free := true
		for _, end := range []string{"", "-wal", "-shm"} {
			_, err := os.Lstat(name + end)
			free = free && errors.Is(err, fs.ErrNotExist)
		}
		if free {
			return name
		}
		name = fmt.Sprintf("%s-%d", want, n)
	}
}
