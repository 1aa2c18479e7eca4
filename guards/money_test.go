package guards

import (
	"encoding/json"
	"math"
	"testing"
)

func TestMoneyIsWrittenForPeople(t *testing.T) {
	for m, want := range map[Money]string{
		0: "$0.00", 1: "$0.000001", 10: "$0.00001", 1000: "$0.001", 10_000: "$0.01", 15_000: "$0.015", 200_000: "$0.20",
		Dollar: "$1.00", 12*Dollar + 500_000: "$12.50", 9999*Dollar + 999_999: "$9999.999999", -15_000: "-$0.015", -Dollar: "-$1.00",
	} {
		if got := m.String(); got != want {
			t.Errorf("%d: %q, want %q", int64(m), got, want)
		}
	}
}

func TestMoneyIsMadeOfDollars(t *testing.T) {
	for usd, want := range map[float64]Money{0: 0, 0.015: 15_000, 0.2: 200_000, 0.1 + 0.2: 300_000, 10_000: 10_000 * Dollar, 0.0000004: 0, 0.0000006: 1, -0.015: -15_000} {
		if got := Dollars(usd); got != want {
			t.Errorf("%v dollars: %d, want %d", usd, int64(got), int64(want))
		}
	}
	sum := Money(0)
	for range 1000 {
		sum += Dollars(0.015)
	}
	if sum != 15*Dollar {
		t.Errorf("a thousand posts cost %s: money must not lose fractions", sum)
	}
}

func TestMoneyIsAPlainNumberInJSON(t *testing.T) {
	for _, m := range []Money{0, 15_000, -1, math.MaxInt64} {
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var back Money
		if err := json.Unmarshal(b, &back); err != nil || back != m {
			t.Errorf("%d became %s and then %d: %v", int64(m), b, int64(back), err)
		}
	}
	if b, _ := json.Marshal(Verdict{Cost: Dollars(0.2)}); string(b) == "" || !json.Valid(b) {
		t.Errorf("%s", b)
	} else {
		var v struct{ Cost int64 }
		if json.Unmarshal(b, &v); v.Cost != 200_000 {
			t.Errorf("a verdict of 20 cents says %d in %s", v.Cost, b)
		}
	}
	var m Money
	if json.Unmarshal([]byte("0.015"), &m) == nil {
		t.Error("a fraction was taken for micro-dollars")
	}
}
