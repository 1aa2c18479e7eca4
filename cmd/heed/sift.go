package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"heed/config"
	"heed/guards"
	"heed/runner"
)

// sift is which records a person wants to see. Nothing said wants all.
type sift struct {
	bots, kinds, verdicts []string
	rule, guard           string
	ago                   time.Duration
	from                  time.Time       // of ago; zero: from the beginning
	q                     runner.LogQuery // as much of the choice as the ledger makes by itself
}

func recordKinds() []string {
	var names []string
	for _, k := range runner.RecordKinds() {
		names = append(names, string(k))
	}
	return names
}

// ready refuses words that would select nothing, whatever the record holds, and makes the
// question to the ledger of the others.
func (s *sift) ready(now time.Time) error {
	for _, k := range s.kinds {
		if err := wantOneOf("kind", k, recordKinds()); err != nil {
			return err
		}
		s.q.Kinds = append(s.q.Kinds, runner.RecordKind(k))
	}
	for _, v := range s.verdicts {
		if err := wantOneOf("verdict", v, guards.EffectNames()); err != nil {
			return err
		}
		s.q.Kinds = []runner.RecordKind{runner.RecVerdict}
		s.q.States = append(s.q.States, runner.StatesOf(v)...)
	}
	if s.q.Rule = s.rule; s.rule != "" {
		if err := wantOneOf("rule", s.rule, guards.ClauseIDs()); err != nil {
			return err
		}
	}
	if s.q.Code = s.guard; s.guard != "" {
		name, _, _ := strings.Cut(s.guard, ".")
		if err := wantOneOf("guard", name, guards.RuleNames()); err != nil {
			return err
		}
	}
	if len(s.bots) == 1 { // of several the ledger is asked for all
		s.q.Bot = s.bots[0]
	}
	if s.ago < 0 {
		return usage("--since: %s lies ahead; say how far back, such as 90m or 24h", s.ago)
	}
	if s.ago > 0 {
		s.from = now.Add(-s.ago)
	}
	return nil
}

// wantBots refuses a bot that neither the settings nor the newest records know. A bot that
// was taken out of the settings still has a past.
func (s *sift) wantBots(ctx context.Context, cfg *config.Config, desk runner.Desk) error {
	names := cfg.BotNames()
	for _, b := range s.bots {
		if slices.Contains(names, b) {
			continue
		}
		p, err := desk.Log(ctx, runner.LogQuery{Bot: b, Limit: 1})
		if err != nil {
			return err
		}
		if b == "" || len(p.Records) == 0 {
			return exit{exitNotFound, fmt.Errorf("bot %q: %s has none of this name, and the record tells of none; %s", b, cfg.Path, meant(b, names))}
		}
	}
	return nil
}

// wants says whether a record is to be shown.
func (s *sift) wants(r runner.Record) bool {
	return (len(s.bots) == 0 || slices.Contains(s.bots, r.Bot)) &&
		(len(s.q.Kinds) == 0 || slices.Contains(s.q.Kinds, r.Kind)) &&
		(len(s.q.States) == 0 || slices.Contains(s.q.States, r.State)) &&
		(s.guard == "" || r.Code == s.guard || strings.HasPrefix(r.Code, s.guard+".")) &&
		(s.rule == "" || slices.Contains(r.Rules, s.rule)) &&
		!r.At.Before(s.from)
}
