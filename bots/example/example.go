// Package example holds whole bots: a house in three languages, with real earthquakes
// and a few simulated people, and the house of the story that `heed demo` tells.
package example

import (
	"embed"
	"io/fs"
)

// Files is the house that `make run` starts: its heed.toml, scripts and data.
//
//go:embed heed.toml people.json *.sh *.py *.jsonl desk/main.go
var Files embed.FS

//go:embed story
var story embed.FS

// Story is the house of `heed demo`, whose bots are plain sh and act when the story says so.
func Story() fs.FS {
	house, err := fs.Sub(story, "story")
	if err != nil {
		panic(err) // the name is a valid one
	}
	return house
}
