package runner

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

var measured = regexp.MustCompile(`(?i)latency|elapsed|took|duration|uptime|availab`)

// P8: nothing that is kept or told of a call to X has a place for how long it took.
func TestP8NoAnswerHasAPlaceForADuration(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(of reflect.Type) {
		for of.Kind() == reflect.Slice || of.Kind() == reflect.Pointer || of.Kind() == reflect.Map {
			of = of.Elem()
		}
		if of.Kind() != reflect.Struct || seen[of] || !strings.HasPrefix(of.PkgPath(), "heed/") {
			return
		}
		seen[of] = true
		for i := range of.NumField() {
			f := of.Field(i)
			if f.Type == reflect.TypeFor[time.Duration]() || measured.MatchString(f.Name) {
				t.Errorf("%s.%s could hold a measurement of X", of, f.Name)
			}
			walk(f.Type)
		}
	}
	for _, of := range []reflect.Type{reflect.TypeFor[Answer](), reflect.TypeFor[Closing](), reflect.TypeFor[Found](), reflect.TypeFor[Record]()} {
		walk(of)
	}
	if len(seen) < 5 {
		t.Errorf("only %d types were looked at", len(seen))
	}
}
