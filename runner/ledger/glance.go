package ledger

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"

	"heed/bots"
	"heed/runner"
)

// Glimpse is as much of an intent as is shown while somebody types.
type Glimpse struct {
	runner.Ref
	Action bots.Action
	State  runner.State
}

// MostGlimpses is how many of the newest intents one look goes over.
const MostGlimpses = 1000

var (
	glimpses   = sql(`SELECT bot, key, action, state FROM intents WHERE seq > (SELECT max(seq) FROM intents) - ? ORDER BY seq DESC`)
	glimpsesIn = sql(`SELECT bot, key, action, state FROM intents WHERE state = ? ORDER BY seq DESC LIMIT ?`)
)

// Glance lists the newest intents, or the newest in a state. It is for a look in passing,
// beside whatever runs: it reads alone, makes and checks no file, and waits for nobody.
func Glance(path string, in runner.State) (out []Glimpse, err error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if _, err := os.Stat(abs); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	u := url.URL{Path: abs}
	raw, err := (&sqlite3.SQLiteDriver{}).Open("file:" + u.EscapedPath() + "?mode=ro&_query_only=1&_busy_timeout=100&_mutex=no")
	if err != nil {
		return nil, fmt.Errorf("ledger: %s: %w", path, err)
	}
	c := &conn{db: raw.(*sqlite3.SQLiteConn)}
	see := func(r *row) {
		out = append(out, Glimpse{runner.Ref{Bot: r.str(), Key: r.str()}, bots.Action(r.str()), runner.State(r.str())})
	}
	if in == "" {
		err = c.each(glimpses, see, MostGlimpses)
	} else {
		err = c.each(glimpsesIn, see, in, MostGlimpses)
	}
	return out, errors.Join(err, c.close())
}
