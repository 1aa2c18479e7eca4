package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"github.com/BurntSushi/toml"
)

const (
	maxFile  = 1 << 20 // bytes of one file
	maxDepth = 32      // of nested brackets and of dots in a key; parsing costs their cube
)

// source is one file that was read.
type source struct {
	name  string // as the user would write it
	dir   string // absolute: what the file's relative paths start from
	md    toml.MetaData
	top   map[string]toml.Primitive
	where *locator
}

// readBounded reads a regular file of at most limit bytes. It does not wait for the
// writer of a pipe.
func readBounded(path string, limit int64) ([]byte, os.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		var pe *os.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, info, errors.New("is no regular file")
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("is larger than %d bytes", limit)
	}
	return data, info, err
}

// read parses a file; nil when it cannot be, which has been reported.
func (l *loader) read(path string) *source {
	whole := func(what, hint string) *source {
		l.problems = append(l.problems, Problem{File: path, Line: 1, Col: 1, What: what, Hint: hint})
		return nil
	}
	data, _, err := readBounded(path, maxFile)
	if err != nil {
		hint := ""
		if errors.Is(err, os.ErrNotExist) {
			hint = "heed init writes one; --config names another place"
		}
		return whole("cannot be read: "+err.Error(), hint)
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return whole("cannot be read: "+err.Error(), "")
	}
	if at, deep := tooDeep(data); deep {
		p := locate(data[:at]).pos(at)
		l.problems = append(l.problems, Problem{File: path, Line: p.line, Col: p.col,
			What: fmt.Sprintf("is nested deeper than %d levels", maxDepth)})
		return nil
	}
	src := &source{name: path, dir: dir}
	src.md, err = toml.Decode(string(data), &src.top)
	if err != nil {
		l.problems = append(l.problems, syntaxProblem(path, data, err))
		return nil
	}
	src.where = locate(data)
	return src
}

// tooDeep finds brackets or dotted keys nested beyond maxDepth, outside strings and
// comments. It decides nothing about meaning: it only keeps the parser's work bounded.
func tooDeep(data []byte) (int, bool) {
	depth, dots := 0, 0
	for i := 0; i < len(data); i++ {
		switch c := data[i]; c {
		case '#':
			for i+1 < len(data) && data[i+1] != '\n' {
				i++
			}
		case '"', '\'':
			i = skipString(data, i)
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case '.':
			dots++
		case '=', ',':
			dots = 0
		case '\n':
			dots = 0
		}
		if depth > maxDepth || dots > maxDepth {
			return i, true
		}
	}
	return 0, false
}

// skipString gives the last byte of the string that begins at i.
func skipString(data []byte, i int) int {
	quote := data[i : i+1]
	if triple := bytes.Repeat(quote, 3); bytes.HasPrefix(data[i:], triple) {
		quote = triple
	}
	for j := i + len(quote); j < len(data); j++ {
		switch {
		case data[j] == '\\' && quote[0] == '"':
			j++
		case data[j] == '\n' && len(quote) == 1:
			return j - 1
		case bytes.HasPrefix(data[j:], quote):
			return j + len(quote) - 1
		}
	}
	return len(data) - 1
}

var (
	quoted   = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`)
	keyTwice = regexp.MustCompile(`^Key '(.*)' (?:has already been defined|was already created)`)
)

// unquote leaves out what the parser quotes, but for single characters.
func unquote(s string) string {
	return quoted.ReplaceAllStringFunc(s, func(q string) string {
		if len(q) > len(`'\n'`)+1 {
			return "…"
		}
		return q
	})
}

// syntaxProblem words what the parser said. The parser quotes what it stumbled over,
// which may be a secret without its quotation marks, so values are left out.
func syntaxProblem(path string, data []byte, err error) Problem {
	p := Problem{File: path, Line: 1, Col: 1, What: "is no TOML"}
	var pe toml.ParseError
	if !errors.As(err, &pe) {
		return p
	}
	p.Line, p.Col = max(1, pe.Position.Line), max(1, pe.Position.Col)
	what := pe.Message
	switch {
	case keyTwice.MatchString(what):
		p.Key, what = keyTwice.FindStringSubmatch(what)[1], "the key stands twice"
		p.Col = firstColumn(data, p.Line)
		p.Hint = firstPlace(data, p)
	case strings.HasSuffix(what, " is out of range for int64"), strings.HasSuffix(what, " is out of range for float64"):
		p.Key, what = pe.LastKey, "the number is out of range"
	case strings.HasPrefix(what, "expected value"), strings.HasPrefix(what, "invalid datetime"):
		p.Key, p.Hint = pe.LastKey, `a text stands in "quotation marks"`
	}
	p.What = oneLine("is no TOML: " + unquote(what))
	p.Key = oneLine(p.Key)
	return p
}

// firstPlace says where a key that was defined twice stands first.
func firstPlace(data []byte, p Problem) string {
	where := locate(data)
	if path := strings.Split(p.Key, "."); p.Key != "" && where.has(path) {
		if first := where.at(path); first.line < p.Line {
			return fmt.Sprintf("it stands first at %d:%d", first.line, first.col)
		}
	}
	return "keep one of the two"
}

// firstColumn is where the text of a line begins.
func firstColumn(data []byte, line int) int {
	lines := bytes.SplitN(data, []byte("\n"), line+1)
	if len(lines) < line {
		return 1
	}
	return 1 + len(lines[line-1]) - len(bytes.TrimLeft(lines[line-1], " \t"))
}

// oneLine bounds a text and takes line breaks and other control characters from it.
func oneLine(s string) string {
	const limit = 200
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if runes := []rune(s); len(runes) > limit {
		s = string(runes[:limit]) + "…"
	}
	return s
}
