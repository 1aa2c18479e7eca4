package ledger

import (
	"errors"
	"fmt"

	"heed/guards"
	"heed/runner"
)

// check refuses what only a mistake of ours could hand over.
func check(e runner.Entry) error {
	switch {
	case e.Bot == "":
		return errors.New("names no bot")
	case e.At.IsZero():
		return errors.New("has no time")
	case e.Refusal != "" && e.Key == "":
		return errors.New("a refused line needs to say where it stood")
	case e.Refusal == "" && (e.Intent.Key == "" || e.Intent.ID == ""):
		return errors.New("an intent needs its key and id")
	case e.Refusal == "" && len(e.Stored) == 0:
		return errors.New("an intent needs its bytes")
	case e.Origin != guards.ByBot && e.Origin != guards.ForHelp && e.Origin != guards.Confirmation:
		return fmt.Errorf("%.20q is no origin of an intent", string(e.Origin))
	case len(e.Media) > 0 && (len(e.Media) != len(e.Intent.Media) || len(e.Media) > maxFiles):
		return fmt.Errorf("has %d files of the %d that its intent names; %d are possible", len(e.Media), len(e.Intent.Media), maxFiles)
	}
	for i, m := range e.Media {
		if m.SHA256 == "" {
			return fmt.Errorf("file %d has no hash", i+1)
		}
	}
	return nil
}
