package guards

import (
	"fmt"
	"math"
	"strings"
)

// Money is an amount in millionths of a US dollar.
type Money int64

// Dollar is one US dollar.
const Dollar Money = 1_000_000

// Dollars makes money of a number of dollars, rounded to the nearest millionth.
func Dollars(d float64) Money { return Money(math.Round(d * float64(Dollar))) }

// String writes $0.015, $12.50: at least two digits of cents, no needless zeros.
func (m Money) String() string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	s := fmt.Sprintf("%06d", m%Dollar)
	s = s[:2] + strings.TrimRight(s[2:], "0")
	return fmt.Sprintf("%s$%d.%s", sign, m/Dollar, s)
}
