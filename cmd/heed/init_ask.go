package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// terminal says whether somebody can be asked there.
func terminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// askFirst asks for what no flag said: three questions at the most, each with an answer
// that is taken for an empty line. A wrong answer is told, and asked for again.
func (a *app) askFirst(in *first) error {
	lines := bufio.NewScanner(a.in)
	l := languages[in.lang] // a wrong flag is told at the end, with all else
	for _, q := range []struct {
		into      *string
		skip      bool
		says, any string
		check     func() error
	}{
		{&in.Operator, false, "Who answers for the bots", anyOperator, func() error { return in.CheckOperator() }},
		{&in.lang, in.own, "The first bot's language: " + strings.Join(languageNames(), ", "), anyLanguage, func() (err error) {
			l, err = languageOf(in.lang)
			return err
		}},
		{&in.Bot, false, "The first bot's name", anyBot, func() error { return errors.Join(in.CheckBot(), l.check(in.Bot)) }},
	} {
		for *q.into == "" && !q.skip {
			fmt.Fprintf(a.errs, "%s [%s]: ", q.says, q.any)
			if !lines.Scan() {
				return usage("init: no answer, so nothing was written; --no-input asks nothing")
			}
			if *q.into = strings.TrimSpace(lines.Text()); *q.into == "" {
				*q.into = q.any
			}
			if err := q.check(); err != nil {
				fmt.Fprintln(a.errs, err)
				*q.into = ""
			}
		}
	}
	return nil
}
