package guards

import (
	"time"

	"heed/guards/words"
)

// TablesAreOld names the tables that should be renewed by now: rules, limits, prices,
// words, in this order. Each is old when its day lies more than MaxPolicyAge back, or
// cannot be read. Rule A15.
func TablesAreOld(now time.Time) []string {
	wordsAsOf, err := time.Parse(time.DateOnly, words.AsOf())
	if err != nil {
		wordsAsOf = time.Time{}
	}
	var old []string
	for _, table := range []struct {
		name string
		asOf time.Time
	}{{"rules", AsOf}, {"limits", limitsAsOf}, {"prices", pricesAsOf}, {"words", wordsAsOf}} {
		if now.Sub(table.asOf) > MaxPolicyAge {
			old = append(old, table.name)
		}
	}
	return old
}
