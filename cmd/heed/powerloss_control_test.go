package main

import (
	"bufio"
	"context"
	"database/sql/driver"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"

	"heed/runner"
	"heed/runner/bus"
)

// The controls: with settings that sync later, the same disk loses what was
// acknowledged. A writer is a process of its own, which says a number for each thing
// that it was acknowledged; the power goes after the twentieth.

const (
	writerVar  = "HEED_TEST_WRITER" // what the writer writes to
	writerPath = "HEED_TEST_WRITER_PATH"
	writerAcks = 20
)

// TestWriterOnTheForgetfulDisk is what the writer's process runs.
func TestWriterOnTheForgetfulDisk(t *testing.T) {
	what, path := os.Getenv(writerVar), os.Getenv(writerPath)
	if what == "" {
		t.Skip("this is run by the tests of the forgetful disk, in a process of its own")
	}
	var put func(int) error
	switch kind, how, _ := strings.Cut(what, " "); kind {
	case "nats":
		every, err := time.ParseDuration(how)
		if err != nil {
			t.Fatal(err)
		}
		b, err := bus.Open(t.Context(), bus.Options{Dir: path, SyncInterval: every})
		if err != nil {
			t.Fatal(err)
		}
		put = func(n int) error {
			return b.Publish(context.Background(), "one", runner.Frame{Run: "r", First: n, Lines: [][]byte{[]byte("x")}})
		}
	case "sqlite":
		db, err := (&sqlite3.SQLiteDriver{}).Open(path + "?_journal_mode=WAL&_synchronous=" + how)
		if err != nil {
			t.Fatal(err)
		}
		c := db.(*sqlite3.SQLiteConn)
		if _, err := c.Exec(`CREATE TABLE t (n INTEGER PRIMARY KEY)`, nil); err != nil {
			t.Fatal(err)
		}
		put = func(n int) error {
			_, err := c.Exec(fmt.Sprintf(`INSERT INTO t VALUES (%d)`, n), nil)
			return err
		}
	}
	for n := range writerAcks {
		if err := put(n); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("acknowledged %d\n", n)
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // until the power goes
}

// writeAndCut lets a writer write, cuts the power, and gives the disk as it is then,
// as a folder on a usual one.
func writeAndCut(t *testing.T, what string) (dir string) {
	t.Helper()
	d, disk := onDisk(t, true)
	if err := os.Mkdir(filepath.Join(disk, "state"), 0o700); err != nil {
		t.Fatal(err)
	}
	syncFolder(t, disk)
	cmd := exec.Command(os.Args[0], "-test.run=^TestWriterOnTheForgetfulDisk$")
	cmd.Env = append(os.Environ(), writerVar+"="+what, writerPath+"="+filepath.Join(disk, "state", "it"))
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	acks := 0
	for sc := bufio.NewScanner(out); acks < writerAcks && sc.Scan(); {
		if strings.HasPrefix(sc.Text(), "acknowledged") {
			acks++
		} else {
			t.Log(sc.Text())
		}
	}
	d.cut(0, nil)
	_ = cmd.Process.Kill()
	d.release()
	_ = cmd.Wait() // killed, as was meant
	d.unmount(t, disk)
	if acks != writerAcks {
		t.Fatalf("the writer ended by itself after %d", acks)
	}
	dir = filepath.Join(t.TempDir(), "after")
	if err := d.copyTo(dir); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "state", "it")
}

func framesLeft(t *testing.T, dir string) (n int) {
	t.Helper()
	b, err := bus.Open(t.Context(), bus.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }() // it was only read
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	seen := map[int]bool{}
	end := runner.Frame{Run: "r", First: writerAcks, Lines: [][]byte{[]byte("end")}}
	if err := b.Publish(ctx, "one", end); err != nil {
		t.Fatal(err)
	}
	_ = b.Receive(ctx, func(d runner.Delivery) {
		if seen[d.Frame.First] = true; d.Frame.First == writerAcks {
			cancel()
		}
	})
	return len(seen) - 1
}

func rowsLeft(t *testing.T, file string) int {
	t.Helper()
	if _, err := os.Stat(file); err != nil {
		return 0
	}
	if askSQLite(t, file, `SELECT count(*) FROM sqlite_schema WHERE name = 't'`) == int64(0) {
		return 0
	}
	n, _ := askSQLite(t, file, `SELECT count(*) FROM t`).(int64)
	return int(n)
}

// askSQLite gives the one value that a query of a file answers.
func askSQLite(t *testing.T, file, query string) driver.Value {
	t.Helper()
	db, err := (&sqlite3.SQLiteDriver{}).Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.(*sqlite3.SQLiteConn).Query(query, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	dest := make([]driver.Value, 1)
	if err := rows.Next(dest); err != nil {
		t.Fatal(err)
	}
	if b, ok := dest[0].([]byte); ok {
		return string(b)
	}
	return dest[0]
}

func TestTheForgetfulDiskForgetsWhatNATSSyncsLater(t *testing.T) {
	for how, lost := range map[string]bool{"0s": false, "1m": true} {
		left := framesLeft(t, writeAndCut(t, "nats "+how))
		t.Logf("[nats] sync %s: %d of %d acknowledged frames are left", how, left, writerAcks)
		if lost != (left < writerAcks) {
			t.Errorf("[nats] sync %s: %d of %d are left", how, left, writerAcks)
		}
		t.Attr("nats_lost_with_sync_"+how, strconv.Itoa(writerAcks-left))
	}
}

func TestTheForgetfulDiskForgetsWhatSQLiteSyncsLater(t *testing.T) {
	for how, lost := range map[string]bool{"FULL": false, "NORMAL": true} {
		left := rowsLeft(t, writeAndCut(t, "sqlite "+how))
		t.Logf("synchronous %s: %d of %d acknowledged rows are left", how, left, writerAcks)
		if lost != (left < writerAcks) {
			t.Errorf("synchronous %s: %d of %d are left", how, left, writerAcks)
		}
		t.Attr("sqlite_lost_with_"+strings.ToLower(how), strconv.Itoa(writerAcks-left))
	}
}
