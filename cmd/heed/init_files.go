package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"heed/config"
)

const gitignore = ".gitignore"

// files are all that is to be written.
func (in *first) files(l language, settings string) ([]starterFile, error) {
	var files []starterFile
	if !in.own {
		in.Command, in.Service, in.People = l.start(in.Bot), true, "people.json"
		var err error
		if files, err = firstFiles(in.Start, l); err != nil {
			return nil, err
		}
	}
	ignore, err := starterFiles.ReadFile("starter/gitignore")
	if l.build != nil {
		ignore = append(ignore, "bin/\n"...) // what is built
	}
	return append([]starterFile{{settings, config.Starter(in.Start)}}, append(files, starterFile{gitignore, ignore})...), err
}

// ignores looks at a .gitignore that is there already: it is the operator's, and stays
// so. lacks are the folders that it does not name.
func ignores(dir string) (lacks []string, there bool) {
	text, err := os.ReadFile(filepath.Join(dir, gitignore))
	if err != nil {
		return nil, false
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		lines = append(lines, strings.Trim(strings.TrimSpace(line), "/"))
	}
	for _, want := range []string{"state", "secrets"} {
		if !slices.Contains(lines, want) {
			lacks = append(lacks, want+"/")
		}
	}
	return lacks, true
}

// writeNew writes files that are not there yet, all or none. later are the files that
// will be made of them: they must not be there either.
func writeNew(dir string, files []starterFile, later []string) (err error) {
	var there []string
	names := slices.Clone(later)
	for _, f := range files {
		names = append(names, f.path)
	}
	for _, name := range names {
		path := filepath.Join(dir, name)
		switch _, err := os.Lstat(path); {
		case err == nil:
			there = append(there, path)
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	switch {
	case len(there) == 1:
		return fmt.Errorf("%s: is there already; nothing was written; --dir names another folder", there[0])
	case len(there) > 1:
		return fmt.Errorf("%s: are there already; nothing was written; --dir names another folder", strings.Join(there, ", "))
	}
	var written []string
	defer func() {
		if err != nil {
			for _, path := range written {
				_ = os.Remove(path)
			}
		}
	}()
	for _, f := range files {
		path := filepath.Join(dir, f.path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return err
		}
		written = append(written, path)
		_, err = out.Write(f.text)
		if err = errors.Join(err, out.Close()); err != nil {
			return err
		}
	}
	return nil
}
