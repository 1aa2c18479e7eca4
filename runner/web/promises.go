package web

import (
	"net/http"
	"slices"
	"strings"
)

// promisesPage shows what heed's promises rest on here: disk, clock, road, ledger, walls.
var promisesPage = page{path: "/promises", name: "Promises", file: "promises", show: (*site).promises}

// Sign is one thing that was looked at, as heed doctor has it.
type Sign struct {
	Level string // good, warning or bad
	About string // "disk"
	Says  string
	Do    string // what to do; "" where nothing is to be done
}

// Setting is one setting in use.
type Setting struct {
	Guard string
	Mode  string // enforce or watch; off
	Key   string // "" where the guard has no settings
	Value string
	Place string // file:line:col; "" for a default
}

// checkup is what the page shows.
type checkup struct {
	Bad, Warning, Good []Sign
}

func (d *site) promises(r *http.Request) (any, error) {
	var c checkup
	if d.Signs == nil {
		return c, nil
	}
	for _, s := range d.Signs(r.Context()) {
		switch s.Level {
		case "good":
			c.Good = append(c.Good, s)
		case "warning":
			c.Warning = append(c.Warning, s)
		default: // a level that nobody knows is looked at first
			c.Bad = append(c.Bad, s)
		}
	}
	for _, signs := range [][]Sign{c.Bad, c.Warning, c.Good} {
		slices.SortStableFunc(signs, func(a, b Sign) int { return strings.Compare(a.About, b.About) })
	}
	return c, nil
}

// signs are a part of the page: its signs under a heading.
type signs struct {
	Class, Title, Sign string
	Signs              []Sign
}
