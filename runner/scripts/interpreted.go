package scripts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"heed/bots"
)

// flagsAlone are the flags that may stand before the file which an interpreter reads,
// and take no word after them. Behind any other flag heed does not look for a file.
var flagsAlone = map[string]*regexp.Regexp{
	"sh":     regexp.MustCompile(`^-[abefhmnuvxC]+$`),
	"python": regexp.MustCompile(`^-[bBdEIOPqRsSuvx]+$`),
	"node":   regexp.MustCompile(`^--((enable|no|trace)-[a-z-]+|[a-z-]+=.*)$`),
}

// interpreter is the name that flagsAlone has for a program: python for /usr/bin/python3.13.
func interpreter(program string) string {
	name := strings.TrimRight(filepath.Base(program), "0123456789.")
	switch name {
	case "bash", "dash", "ash", "ksh", "zsh":
		return "sh"
	case "pypy":
		return "python"
	case "nodejs":
		return "node"
	}
	return name
}

// Readable says why the file that a script's interpreter is told to read cannot be read
// here; nil when it can, and where the command names no such file.
func Readable(s bots.Script) error {
	if len(s.Command) == 0 {
		return nil
	}
	kind := interpreter(s.Command[0])
	flags := flagsAlone[kind]
	if flags == nil {
		return nil
	}
	for _, word := range s.Command[1:] {
		if flags.MatchString(word) {
			continue
		}
		if strings.HasPrefix(word, "-") {
			return nil
		}
		return there(kind, word, s)
	}
	return nil
}

func there(kind, word string, s bots.Script) error {
	file := word
	if !filepath.IsAbs(file) {
		file = filepath.Join(s.Dir, file)
	}
	f, err := os.Open(file)
	if err == nil {
		return f.Close()
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is told to read %s: %w", s.Command[0], word, err)
	}
	switch kind {
	case "node": // it adds the ending itself
		if _, err := os.Stat(file + ".js"); err == nil {
			return nil
		}
	case "sh": // shells look on the search path for a bare name
		if _, err := program(word, s.Dir, []string{"PATH=" + searchPath(s)}); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%s is told to read %s, and %s does not exist", s.Command[0], word, file)
}
