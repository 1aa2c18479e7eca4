package ledger

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

const backupStamp = "20060102T150405Z"

// BackupName is a name that tells when a ledger's backup was made.
func BackupName(path string, at time.Time) string {
	return stem(path) + "-" + at.UTC().Format(backupStamp) + ".db"
}

func stem(path string) string {
	return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
}

// datedBackups lists what BackupName named in a folder, oldest first.
func datedBackups(path, dir string) (names []string, err error) {
	ours := regexp.MustCompile(`^` + regexp.QuoteMeta(stem(path)) + `-\d{8}T\d{6}Z\.db$`)
	all, err := os.ReadDir(dir)
	for _, e := range all {
		if e.Type().IsRegular() && ours.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, err
}

// PruneBackups deletes all but the newest copies that BackupName named in a folder.
func PruneBackups(path, dir string, keep int) (gone []string, err error) {
	names, err := datedBackups(path, dir)
	if err != nil || keep < 1 {
		return nil, err
	}
	for _, name := range names[:max(0, len(names)-keep)] {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return gone, fmt.Errorf("ledger: %w", err)
		}
		gone = append(gone, filepath.Join(dir, name))
	}
	return gone, nil
}

// newestBackup is what stands beside a ledger to restore it from.
func newestBackup(path string) string {
	dir := filepath.Dir(path)
	for _, at := range []string{dir, filepath.Join(dir, "backups")} {
		if names, _ := datedBackups(path, at); len(names) > 0 {
			return filepath.Join(at, names[len(names)-1]) + " (the newest beside it)"
		}
	}
	return "FILE (there is none beside it)"
}
