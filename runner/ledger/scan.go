package ledger

import (
	"database/sql/driver"
	"fmt"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// row is read column by column, in the order of the statement. NULL reads as zero.
type row struct {
	v []driver.Value
	i int
}

func (r *row) next() driver.Value {
	v := r.v[r.i]
	r.i++
	return v
}

func (r *row) str() string {
	switch v := r.next().(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	return ""
}

func (r *row) blob() []byte {
	switch v := r.next().(type) {
	case []byte:
		return v
	case string:
		return []byte(v)
	}
	return nil
}

func (r *row) num() int64 {
	n, _ := r.next().(int64)
	return n
}

func (r *row) flag() bool { return r.num() != 0 }

func (r *row) when() time.Time {
	if n, ok := r.next().(int64); ok {
		return time.UnixMilli(n).UTC()
	}
	return time.Time{}
}

// null is text of which the empty one is stored as NULL.
type null string

// values turns our types into the driver's. The zero time is NULL.
func values(args []any) []driver.Value {
	out := make([]driver.Value, len(args))
	for i, a := range args {
		out[i] = value(a)
	}
	return out
}

func value(a any) driver.Value {
	switch v := a.(type) {
	case nil:
		return nil
	case string:
		return v
	case null:
		if v == "" {
			return nil
		}
		return string(v)
	case int:
		return int64(v)
	case int64:
		return v
	case guards.Money:
		return int64(v)
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v.UnixMilli()
	case []byte:
		if v == nil {
			return nil
		}
		return v
	case bots.Action:
		return string(v)
	case bots.UserID:
		return string(v)
	case bots.PostID:
		return string(v)
	case runner.State:
		return string(v)
	case runner.RecordKind:
		return string(v)
	case guards.HaltKind:
		return string(v)
	case guards.InviteKind:
		return string(v)
	case guards.Origin:
		return string(v)
	}
	panic(fmt.Sprintf("ledger: a %T cannot be stored", a))
}
