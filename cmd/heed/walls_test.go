package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestWalls(t *testing.T) {
	for _, c := range []struct {
		says string
		sign sign
		want string
	}{
		{"a kernel without Landlock", sandboxWall(0), bad},
		{"one that lets signals out", sandboxWall(5), warning},
		{"a newer one", sandboxWall(7), good},
		{"memory that others can read", memoryWall(false), bad},
		{"memory that they cannot", memoryWall(true), good},
		{"root", userWall(0), warning},
		{"a user", userWall(1000), good},
	} {
		if c.sign.Level != c.want || (c.sign.Do == "") != (c.want == good) {
			t.Errorf("%s: %+v", c.says, c.sign)
		}
	}
}

// TestWhatBoundsMemoryAsAWhole: the least limit on the way up counts, and no limit is one.
func TestWhatBoundsMemoryAsAWhole(t *testing.T) {
	for _, c := range []struct {
		says, cgroup string
		files        map[string]string
		want         string
	}{
		{"no cgroups", "", nil, warning},
		{"none sets a limit", "0::/a/b\n", map[string]string{"sys/fs/cgroup/a/b/memory.max": "max\n", "sys/fs/cgroup/a/memory.max": "max\n"}, warning},
		{"its own", "0::/a/b\n", map[string]string{"sys/fs/cgroup/a/b/memory.max": "2147483648\n", "sys/fs/cgroup/a/memory.max": "max\n"}, "take 2048 MiB"},
		{"one above it is less", "0::/a/b\n", map[string]string{"sys/fs/cgroup/a/b/memory.max": "2147483648\n", "sys/fs/cgroup/a/memory.max": "1073741824\n"}, "take 1024 MiB"},
		{"the first version, without a limit", "4:memory:/x\n", map[string]string{"sys/fs/cgroup/memory/x/memory.limit_in_bytes": "9223372036854771712\n"}, warning},
		{"the first version, with one", "5:cpu:/x\n4:memory:/x\n", map[string]string{"sys/fs/cgroup/memory/x/memory.limit_in_bytes": "536870912\n"}, "take 512 MiB"},
	} {
		root := t.TempDir()
		write(t, filepath.Join(root, "proc/self/cgroup"), c.cgroup, 0o600)
		for path, text := range c.files {
			write(t, filepath.Join(root, path), text, 0o600)
		}
		s := cgroupWall(root)
		if s.Level != c.want && (s.Level != good || !strings.Contains(s.Says, c.want)) {
			t.Errorf("%s: %+v", c.says, s)
		}
	}
}
