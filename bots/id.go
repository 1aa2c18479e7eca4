package bots

import (
	"strconv"
	"time"
)

// UserID and PostID are X's snowflake ids. They are strings: they do not fit a JavaScript number.
type (
	UserID string
	PostID string
)

// URL is where X shows the post.
func (p PostID) URL() string { return "https://x.com/i/status/" + string(p) }

const snowflakeEpoch = 1288834974657 // milliseconds; X's own epoch

// IsSnowflake says whether s is one to twenty ASCII digits.
func IsSnowflake(s string) bool {
	if len(s) < 1 || len(s) > 20 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// SnowflakeAt is the lowest id that the platform can have made at t or later.
func SnowflakeAt(t time.Time) string {
	ms := t.UnixMilli() - snowflakeEpoch
	if ms <= 0 {
		return "1"
	}
	return strconv.FormatInt(ms<<22, 10)
}

// SnowflakeTime is when the platform made the id; the zero time for what is no snowflake.
func SnowflakeTime(id string) time.Time {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(n>>22 + snowflakeEpoch).UTC()
}
