package scripts

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heed/bots"
)

func TestReadable(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"there.sh", "there.js", "tool"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	t.Chdir(t.TempDir()) // paths start at the script's folder, not here
	for _, c := range []struct {
		command string
		ok      bool
	}{
		{"sh there.sh", true},
		{"sh -eu there.sh an-argument", true},
		{"/bin/bash " + filepath.Join(dir, "there.sh"), true},
		{"sh gone.sh", false},
		{"sh -eu gone.sh there.sh", false},
		{"/usr/bin/bash ./gone.sh", false},
		{"python3 gone.py", false},
		{"python3.13 -u gone.py", false},
		{"python3 -uB there.sh", true},
		{"node gone.js", false},
		{"node there", true}, // node adds .js
		{"node --enable-source-maps --max-old-space-size=64 gone.js", false},
		{"sh tool", true}, // on the search path
		{"sh ./gone/tool", false},
		{"python3 tool.py", false},
		// What heed does not understand, it does not accuse.
		{"sh -c gone", true},
		{"python3 -m gone", true},
		{"python3 -W ignore gone.py", true},
		{"node --require gone gone.js", true},
		{"node -e 1", true},
		{"sh", true},
		{"perl gone.pl", true},
		{"./gone", true}, // Startable says that
		{"", true},
	} {
		s := bots.Script{Command: strings.Fields(c.command), Dir: dir}
		err := Readable(s)
		if (err == nil) != c.ok {
			t.Errorf("%q: %v", c.command, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "gone") && !strings.Contains(err.Error(), "tool.py") || !strings.Contains(err.Error(), dir)) {
			t.Errorf("%q: does not say which file: %v", c.command, err)
		}
	}
}
