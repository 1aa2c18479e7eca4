// Package example is a house of whole bots in three languages, with real earthquakes
// and a few simulated people, as `heed demo` unpacks it.
package example

import "embed"

// Files is the house: its heed.toml, scripts and data.
//
//go:embed heed.toml people.json *.sh *.py *.jsonl desk/main.go
var Files embed.FS
