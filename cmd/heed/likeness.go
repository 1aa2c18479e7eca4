package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"heed/bots"
	"heed/guards/likeness"
)

func (a *app) likenessCmd() *cobra.Command {
	var stream, deny bool
	var score string
	cmd := &cobra.Command{
		Use:   "likeness",
		Short: "Say whether posts are the same message, as the duplicate guard does",
		Long: "Reads lines of JSON and answers each with one. Pairs:\n" +
			`  {"id","a","b"[,"tmpl","facts_a","facts_b"]}            gives {"dup","sim"}` + "\n" +
			"With --stream, against all that was added before:\n" +
			`  {"op":"add"|"check","id","text"[,"tmpl","facts"]}      a check gives {"dup","of"}` + "\n" +
			"With --score, judges labelled pairs and tells how many it gets right.",
		Example: "  heed likeness < pairs.jsonl\n  heed likeness --stream --deny < texts.jsonl\n  heed likeness --score labelled.jsonl",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			level := likeness.Hold
			if deny {
				level = likeness.Deny
			}
			switch {
			case score != "":
				return a.scoreLikeness(score, level)
			case stream:
				s := streamOf{index: likeness.NewIndex(0), number: map[string]uint64{}, level: level}
				return a.eachLine(s.answer)
			}
			return a.eachLine(func(line []byte) (any, error) { return comparePair(line, level) })
		},
	}
	cmd.Flags().BoolVar(&stream, "stream", false, "check texts against all that were added")
	cmd.Flags().BoolVar(&deny, "deny", false, "call the same what a guard would deny (0.9), not what it would hold (0.5)")
	cmd.Flags().StringVar(&score, "score", "", "a `file` of labelled pairs to judge: also label (dup or distinct) and kind")
	cmd.MarkFlagsMutuallyExclusive("stream", "score")
	return cmd
}

// eachLine answers the lines of standard input, nil with nothing. It writes what it
// has whenever no further line is at hand, so that a person sees each answer. A line
// that is wrong ends it, after all answers before that line.
func (a *app) eachLine(answer func(line []byte) (any, error)) error {
	out := bufio.NewWriter(a.out)
	err := lines(a.in, func(line []byte, more bool) error {
		v, err := answer(line)
		if err == nil && v != nil {
			err = json.NewEncoder(out).Encode(v)
		}
		if err == nil && !more {
			err = out.Flush()
		}
		return err
	})
	return errors.Join(err, out.Flush())
}

// lines hands over each line that is not empty, and whether another one is at hand.
func lines(from io.Reader, do func(line []byte, more bool) error) error {
	r := bufio.NewReaderSize(from, bots.MaxLine+1)
	for n := 1; ; n++ {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return fmt.Errorf("line %d: longer than %d bytes", n, bots.MaxLine)
		}
		if err != nil && err != io.EOF {
			return fmt.Errorf("line %d: %w", n, err)
		}
		// The line must be done before the reader is asked again: it is the reader's own.
		if line = bytes.TrimSpace(line); len(line) > 0 {
			ahead, _ := r.Peek(r.Buffered())
			if wrong := do(line, bytes.IndexByte(ahead, '\n') >= 0); wrong != nil {
				return fmt.Errorf("line %d: %w", n, wrong)
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}

func comparePair(line []byte, level float64) (any, error) {
	var p struct {
		A, B   *string
		Tmpl   string
		FactsA map[string]string `json:"facts_a"`
		FactsB map[string]string `json:"facts_b"`
	}
	if err := json.Unmarshal(line, &p); err != nil {
		return nil, err
	}
	if p.A == nil || p.B == nil {
		return nil, errors.New(`a pair has "a" and "b"`)
	}
	x, y := likeness.Pair{A: *p.A, B: *p.B, Tmpl: p.Tmpl, FactsA: p.FactsA, FactsB: p.FactsB}.Sketches(true)
	sim := likeness.Score(x, y).Score
	return struct {
		Dup bool    `json:"dup"`
		Sim float64 `json:"sim"`
	}{sim >= level, sim}, nil
}

// streamOf is an index whose texts have names.
type streamOf struct {
	index  *likeness.Index
	number map[string]uint64
	names  []string
	level  float64
}

func (s *streamOf) answer(line []byte) (any, error) {
	var q struct {
		Op, ID string
		Text   *string
		Tmpl   string
		Facts  map[string]string
	}
	if err := json.Unmarshal(line, &q); err != nil {
		return nil, err
	}
	if q.Text == nil {
		return nil, errors.New(`there is no "text"`)
	}
	sketch := likeness.NewDeclared(*q.Text, q.Tmpl, q.Facts)
	switch q.Op {
	case "add":
		if q.ID == "" {
			return nil, errors.New(`what is added has an "id"`)
		}
		n, known := s.number[q.ID]
		if !known {
			n = uint64(len(s.names))
			s.names = append(s.names, q.ID)
			s.number[q.ID] = n
		}
		return nil, s.index.Add(n, sketch)
	case "check":
		var found struct {
			Dup bool   `json:"dup"`
			Of  string `json:"of"`
		}
		if best := s.index.Likest(sketch, 1, nil); len(best) > 0 && best[0].Score >= s.level {
			found.Dup, found.Of = true, s.names[best[0].ID]
		}
		return found, nil
	}
	return nil, fmt.Errorf(`op is %.20q; there are "add" and "check"`, q.Op)
}

// scoreLikeness judges labelled pairs, by their texts alone and with declared facts.
func (a *app) scoreLikeness(file string, level float64) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	w := a.working("likeness", "judgements")
	defer w.end()
	var pairs []likeness.Pair
	label := map[string]string{}
	err = lines(f, func(line []byte, _ bool) error {
		var p likeness.Pair
		if err := json.Unmarshal(line, &p); err != nil {
			return err
		}
		if p.Label != "dup" && p.Label != "distinct" || p.Kind == "" {
			return fmt.Errorf("label %.20q and kind %.20q: a labelled pair is dup or distinct, and of a kind", p.Label, p.Kind)
		}
		if was, ok := label[p.Kind]; ok && was != p.Label {
			return fmt.Errorf("kind %.40q is %s here and %s before; a kind has one label", p.Kind, p.Label, was)
		}
		label[p.Kind] = p.Label
		pairs = append(pairs, p)
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if len(pairs) == 0 {
		return fmt.Errorf("%s: no pairs", file)
	}
	w.of(int64(2 * len(pairs)))
	var by [2]likeness.Measure
	for i := range by {
		by[i] = likeness.Measured(pairs, i == 1, level, func(p likeness.Pair) float64 {
			w.add(1)
			x, y := p.Sketches(i == 1)
			return likeness.Score(x, y).Score
		})
	}
	w.end()
	if a.json {
		return a.print(map[string]any{"level": level, "texts": by[0], "facts": by[1]}, "")
	}
	return a.tellScore(by[0], by[1])
}

func (a *app) tellScore(texts, facts likeness.Measure) error {
	out := bufio.NewWriter(a.out)
	fmt.Fprintf(out, "%-20s %5s  %-12s %10s %10s\n", "kind", "n", "", "texts", "with facts")
	for i, k := range texts.Kinds {
		what, note := "false alarms", ""
		if k.Dup {
			what = "recall"
		}
		if k.Apart {
			note = "  not in the totals"
			if !facts.Kinds[i].Apart {
				note += " of texts"
			}
		}
		fmt.Fprintf(out, "%-20s %5d  %-12s %10.3f %10.3f%s\n", k.Name, k.N, what, k.Rate(), facts.Kinds[i].Rate(), note)
	}
	for _, t := range []struct {
		name         string
		texts, facts float64
	}{
		{"precision", texts.Precision, facts.Precision},
		{"recall", texts.Recall, facts.Recall},
		{"F1", texts.F1, facts.F1},
		{"mean false alarms", texts.Alarms, facts.Alarms},
	} {
		fmt.Fprintf(out, "%-39s  %10.4f %10.4f\n", t.name, t.texts, t.facts)
	}
	return out.Flush()
}
