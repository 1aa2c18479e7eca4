package bench

import (
	"fmt"
	"maps"
	"slices"

	"github.com/BurntSushi/toml"

	"heed/guards"
)

// raised are the operator's own numbers, set to X's or beyond, and money: with the
// defaults no bot could do as much as is measured. X's limits themselves stand as they are.
var raised = map[string]string{
	"post_rate":   "per_hour = 2400\nper_day = 2400\nreplies_per_day = 2400",
	"follow_rate": "per_hour = 400\nper_day = 400\nall_per_day = 400",
	"budget":      "usd_per_day = 10000\nusd_per_month = 10000\nall_usd_per_day = 10000\nall_usd_per_month = 10000",
}

// lawful is every guard with its defaults, but for what is raised.
func lawful() (guards.Pipeline, error) { return with(guards.Default(), raised) }

// with gives guards other settings.
func with(p guards.Pipeline, settings map[string]string) (guards.Pipeline, error) {
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		i := slices.IndexFunc(p.Stations, func(s guards.Station) bool { return s.Rule.Name == name })
		if i < 0 {
			return p, fmt.Errorf("there is no guard %s", name)
		}
		if _, err := toml.Decode(settings[name], p.Stations[i].Guard); err != nil {
			return p, fmt.Errorf("guards.%s: %w", name, err)
		}
		if faults := p.Stations[i].Guard.Check(); len(faults) > 0 {
			return p, fmt.Errorf("guards.%s: %v", name, faults)
		}
	}
	return p, nil
}
