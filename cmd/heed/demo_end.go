package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"heed/runner"
)

// approval is the last act's end: what waits is shown, and waits for a person, who is
// told how to say yes. With --auto the demo says it, as the command line would.
func (s *teller) approval(ctx context.Context, t *told, held runner.Record) error {
	c, err := s.ledger.Case(ctx, runner.Ref{Bot: held.Bot, Key: held.Key})
	if err != nil {
		return err
	}
	wait := s.within
	if s.auto {
		if err := s.approve(ctx, s.ledger, c, c.Hash); err != nil {
			return err
		}
	} else {
		wait = s.wait
		name := c.Bot + "/" + c.Key
		s.tell(t, fmt.Sprintf("it waits %s for you. Say yes in the dashboard, under \"Needs you\", or in another terminal:", wait))
		s.paste(s.command("approve", name, "--hash", fmt.Sprintf("%.12s", c.Hash)))
		s.tell(t, "or say no:")
		s.paste(s.command("reject", name))
		s.tell(t, "a new link into the dashboard, should the first have ended:")
		s.paste(s.command("dashboard"))
	}
	said, err := s.await(ctx, held.N, wait, []expected{{bot: c.Bot, key: c.Key}})
	switch {
	case !s.auto && errors.Is(err, errMissing):
		s.tell(t, fmt.Sprintf("nobody said anything within %s, and nothing was sent: it stays held until you do", wait))
		return nil
	case err != nil:
		return err
	case said[0].State == runner.Cancelled:
		s.tell(t, "you said no, and it was never sent: "+said[0].Message)
		return nil
	case said[0].State != runner.Waiting:
		return fmt.Errorf("%s/%s was neither approved nor rejected: %s %s", c.Bot, c.Key, said[0].State, said[0].Message)
	}
	s.tell(t, "approved, for exactly these bytes: "+said[0].Message)
	done, err := s.await(ctx, said[0].N, s.within, []expected{{kind: runner.RecOutcome, bot: c.Bot, key: c.Key, state: runner.Done}})
	if err != nil {
		return err
	}
	s.tell(t, fmt.Sprintf("every guard judged it once more, and it was posted as %s", done[0].PostID))
	return nil
}

// summary says what happened, and how to ask why.
func (s *teller) summary() {
	s.say("demo", "THE END. What happened, and how to ask why:")
	for _, t := range s.acts {
		s.say("demo", "  %d %s: %s", t.Act, t.Name, cmp.Or(t.sum, t.Told[len(t.Told)-1]))
		for _, name := range t.Intents {
			s.paste(s.command("why", name))
		}
	}
	s.say("demo", "who asked to be left alone, and all that was recorded:")
	s.paste(s.command("optout", "list"))
	s.paste(s.command("log", "-n", "1000"))
	if !s.auto {
		s.say("demo", "the house goes on, and so does its dashboard; ctrl-C ends")
	}
}

// paste says a line that a person can take into a terminal as it stands.
func (s *teller) paste(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.errs, "    %s\n", line)
}

// command is a line for a shell: this program, by the name under which it was started.
func (s *teller) command(verb string, args ...string) string {
	words := append([]string{os.Args[0], verb}, args...)
	words = append(words, "--config", s.config)
	for i, w := range words {
		words[i] = shellWord(w)
	}
	return strings.Join(words, " ")
}
