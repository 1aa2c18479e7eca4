// Command heed runs bot accounts that heed people.
//
// Flags, wiring, and one file a verb; the work is in the other rooms.
package main

import (
	"fmt"
	"os"
	_ "time/tzdata" // quiet hours name zones, and a small machine may have none

	"heed/runner/scripts"
)

func main() {
	scripts.Shim() // a bot's program passes through here on its way into its sandbox
	if err := scripts.Harden(); err != nil {
		fmt.Fprintln(os.Stderr, "heed:", err)
		os.Exit(exitFailed)
	}
	os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
