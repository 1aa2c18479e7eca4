package guards

import (
	"testing"

	"heed/bots"
)

// The name of a lane holds all that tells it apart: two windows never share a name.
func TestLaneNames(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range append(bots.Actions(), "") {
		for _, app := range []bool{false, true} {
			for _, day := range []bool{false, true} {
				if a == "" && !app {
					continue // a user has no limit over all calls
				}
				l := Lane{Name: LaneName(a, app, day)}
				if of, isApp, isDay := l.place(); of != a || isApp != app || isDay != day || l.OfApp() != app || seen[l.Name] {
					t.Errorf("%q is read as %q %v %v", l.Name, of, isApp, isDay)
				}
				seen[l.Name] = true
				for _, b := range bots.Actions() {
					if l.leads(b) != (Lane{Name: LaneName(a, app, !day)}).leads(b) {
						t.Errorf("%q binds %s otherwise than its other window", l.Name, b)
					}
				}
			}
		}
	}
	for _, name := range []string{LaneCredits, LaneUsage} {
		if !(Lane{Name: name}).OfApp() || seen[name] {
			t.Errorf("%q is not the app's alone", name)
		}
	}
	for _, name := range []string{"", "nonsense", "nonsense.day", ".day", "post.hour"} {
		for _, a := range bots.Actions() {
			if (Lane{Name: name}).leads(a) {
				t.Errorf("%q binds %s", name, a)
			}
		}
	}
}
