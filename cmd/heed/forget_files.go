package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"heed/config"
	"heed/runner"
	"heed/runner/ledger"
)

// holding is a file in which an id still stands.
type holding struct {
	File     string `json:"file"`
	Times    int    `json:"times"`
	Expected bool   `json:"expected"`
	Says     string `json:"says"`
}

// searchFiles looks for an id byte by byte in all that heed keeps: the ledger's folder,
// which holds the bots' own and by default that of NATS, and that of NATS elsewhere.
func searchFiles(ctx context.Context, cfg *config.Config, id string, done runner.Forgotten, read func(bytes int64)) (found []holding, err error) {
	roots := []string{stateDir(cfg)}
	if cfg.NATS.URL == "" && !within(cfg.NATS.Dir, roots[0]) {
		roots = append(roots, cfg.NATS.Dir)
	}
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case errors.Is(err, fs.ErrNotExist): // it went while heed works
				return nil
			case err != nil:
				found = append(found, holding{File: path, Says: fmt.Sprintf("it cannot be searched: %v", err)})
				return nil
			case !e.Type().IsRegular():
				return nil
			}
			n, err := timesIn(path, id, read)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				found = append(found, holding{File: path, Says: fmt.Sprintf("it cannot be searched: %v", err)})
			}
			if n > 0 {
				found = append(found, whose(cfg, path, n, done))
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return found, err
		}
	}
	return found, nil
}

func within(path, root string) bool {
	rel, err := filepath.Rel(root, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// whose says what a file is in which the id was found, and what to do.
func whose(cfg *config.Config, path string, n int, done runner.Forgotten) holding {
	s := holding{File: path, Times: n}
	file := cfg.Ledger.Path
	switch {
	case slices.Contains([]string{file, file + "-wal", file + "-shm"}, path):
		s.Expected = done.Kept > 0 && len(done.Elsewhere) == 0
		switch {
		case s.Expected:
			s.Says = "the opt-out or review that is kept, and no other row"
		case len(done.Elsewhere) > 0:
			s.Says = "the rows told above"
		default:
			s.Says = "old bytes between its rows; run this again when nobody else has the ledger open"
		}
	case path == ledger.Journal(file):
		s.Expected = done.Kept > 0
		s.Says = "the journal of opt-outs, which keeps what the ledger keeps"
	case within(path, cfg.NATS.Dir):
		s.Says = "messages between bots and heed; they go when heed has taken them and runs on, so run this again later"
	case within(path, filepath.Join(stateDir(cfg), "bots")):
		s.Says = "a bot's own folder, which its script writes; heed does not edit it, its author must"
	case strings.HasPrefix(path, file+"."):
		s.Says = "a copy of the ledger as it was; delete it when it is not needed, or open it with heed and forget there, too"
	default:
		s.Says = "no file that heed knows how to edit; delete it, or take the id out"
	}
	return s
}

// sqliteHeader begins every SQLite file. Its cells stand side by side, so that an id may
// have another's digits next to it.
const (
	sqliteHeader = "SQLite format 3\x00"
	longID       = 6 // as a shorter one may be any number
)

// timesIn counts an id in a file: as a whole number, in a database anywhere.
func timesIn(path, id string, read func(bytes int64)) (n int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, len(sqliteHeader))
	got, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, err
	}
	database := string(head[:got]) == sqliteHeader || strings.HasSuffix(path, "-wal")
	return countID(io.MultiReader(bytes.NewReader(head[:got]), counted{f, read}), id, !(database && len(id) >= longID))
}

// counted tells of every byte that is read.
type counted struct {
	io.Reader
	tell func(bytes int64)
}

func (c counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.tell(int64(n))
	return n, err
}

// countID reads piece by piece; whole: only where no digit stands beside it.
func countID(r io.Reader, id string, whole bool) (n int, err error) {
	digit := func(b byte) bool { return '0' <= b && b <= '9' }
	what, buf := []byte(id), make([]byte, 1<<20)
	before, kept := byte(' '), 0 // the byte before buf, and what is left of the last piece
	for {
		got, err := r.Read(buf[kept:])
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return n, err
		}
		piece := buf[:kept+got]
		i := 0
		for {
			at := bytes.Index(piece[i:], what)
			if at < 0 || !end && i+at+len(what) == len(piece) { // the byte behind it is not read yet
				break
			}
			at += i
			prev, next := before, byte(' ')
			if at > 0 {
				prev = piece[at-1]
			}
			if at+len(what) < len(piece) {
				next = piece[at+len(what)]
			}
			if !whole || !digit(prev) && !digit(next) {
				n++
			}
			i = at + 1
		}
		if end {
			return n, nil
		}
		from := max(i, len(piece)-len(what)) // what may be the beginning of one, and was not counted
		if from > 0 {
			before = piece[from-1]
		}
		kept = copy(buf, piece[from:])
	}
}
