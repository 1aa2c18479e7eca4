package guards

import (
	"slices"
	"testing"
	"time"
)

func TestTablesGrowOld(t *testing.T) {
	day := 24 * time.Hour
	if old := TablesAreOld(AsOf); len(old) != 0 {
		t.Errorf("on the day the rules were read, these tables are old: %v", old)
	}
	if old, want := TablesAreOld(AsOf.Add(MaxPolicyAge+365*day)), []string{"rules", "limits", "prices", "words"}; !slices.Equal(old, want) {
		t.Errorf("a year after they should be renewed, old are %v, want %v", old, want)
	}
	for name, asOf := range map[string]time.Time{"rules": AsOf, "limits": limitsAsOf, "prices": pricesAsOf} {
		if slices.Contains(TablesAreOld(asOf.Add(MaxPolicyAge)), name) {
			t.Errorf("%s are old one moment too soon", name)
		}
		if !slices.Contains(TablesAreOld(asOf.Add(MaxPolicyAge+time.Second)), name) {
			t.Errorf("%s are not old after %s", name, MaxPolicyAge)
		}
	}
}
