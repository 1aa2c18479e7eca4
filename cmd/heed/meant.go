package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"heed/config"
	"heed/runner"
)

// mostNamed is how many names a sentence lists: more would hide the sentence.
const mostNamed = 30

// meant is the end of a sentence about a word that should have been one of names: which of
// them was most likely meant, or else which there are.
func meant(word string, names []string) string {
	if n := config.Nearest(word, names); n != "" {
		return fmt.Sprintf("did you mean %q?", n)
	}
	return "known: " + listed(names)
}

// nearKey is the end of a sentence about a key that no intent has: the one that was most
// likely meant of those that were entered last. What is far from all of them gets none.
func nearKey(ctx context.Context, desk runner.Desk, word string) (string, error) {
	p, err := desk.Log(ctx, runner.LogQuery{Kinds: []runner.RecordKind{runner.RecEntered}, Limit: logBatch})
	if err != nil {
		return "", err
	}
	var names []string
	for _, r := range p.Records {
		if names = append(names, r.Key); strings.Contains(word, "/") {
			names[len(names)-1] = r.Bot + "/" + r.Key
		}
	}
	if n := config.Nearest(word, names); n != "" {
		return fmt.Sprintf("; did you mean %q?", n), nil
	}
	return "", nil
}

// listed writes names in their order, the first of them where they are many.
func listed(names []string) string {
	switch n := len(names); {
	case n == 0:
		return "none"
	case n > mostNamed:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNamed], ", "), n-mostNamed)
	}
	return strings.Join(names, ", ")
}

// wantOneOf refuses the word of a flag that is none of its values.
func wantOneOf(flag, word string, names []string) error {
	if slices.Contains(names, word) {
		return nil
	}
	return usage("--%s: %.60q is none of its values; %s", flag, word, meant(word, names))
}
