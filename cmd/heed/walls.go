package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"heed/runner/scripts"
)

// walls are what stands between the bots' scripts and heed, its secrets and the machine
// (promise P1), as far as this machine has it.
func walls() []sign {
	return []sign{sandboxWall(scripts.LandlockVersion()), memoryWall(scripts.Hardened()), userWall(os.Geteuid()), cgroupWall("/")}
}

// warnOfWalls says at the start which of them are missing.
func (d *daemon) warnOfWalls() {
	for _, s := range walls() {
		if s.Level != good {
			d.say("heed", "warning: %s: %s; %s", s.About, s.Says, s.Do)
		}
	}
}

// The version of Landlock that keeps signals, and sockets without a file, in the sandbox.
const signalsScoped = 6

func sandboxWall(abi int) sign {
	switch {
	case abi == 0:
		return sign{bad, "sandbox", "this kernel has no Landlock: scripts can read whatever heed's user can, secrets too (promise P1)",
			"run heed on Linux 5.13 or newer with Landlock on, or give each bot a user of its own"}
	case abi < signalsScoped:
		return sign{warning, "sandbox", fmt.Sprintf("Landlock %d confines the scripts, but they can send signals to heed and end it", abi),
			"run heed on Linux 6.12 or newer"}
	}
	return sign{good, "sandbox", fmt.Sprintf("Landlock %d confines the scripts", abi), ""}
}

func memoryWall(hardened bool) sign {
	if !hardened {
		return sign{bad, "memory", "every program of heed's user can read heed's memory and environment, and a crash may dump them (promises P1, P7)",
			"run heed where prctl PR_SET_DUMPABLE is allowed"}
	}
	return sign{good, "memory", "heed can be traced by root alone, and is never dumped", ""}
}

func userWall(uid int) sign {
	if uid == 0 {
		return sign{warning, "user", "heed runs as root, and so do the scripts; without root's capabilities, but they own root's files",
			"make a user for heed, and run it as that user"}
	}
	return sign{good, "user", fmt.Sprintf("heed and the scripts run as user %d", uid), ""}
}

// cgroupWall says whether something bounds what heed and all scripts take together: the
// limits of a bot are each process's own, or counted once a second.
func cgroupWall(root string) sign {
	if at, bytes := memoryBound(root); bytes > 0 {
		return sign{good, "limits", fmt.Sprintf("heed and the scripts together may take %d MiB of memory (%s)", bytes>>20, at), ""}
	}
	return sign{warning, "limits", "no cgroup bounds what heed and the scripts take together: a bot's limits hold for each of its processes, and for all of them once a second",
		"with systemd: MemoryMax= and TasksMax= in heed's unit"}
}

// boundless is what the first version of cgroups calls no limit: more than any machine has.
const boundless = 1 << 60

// memoryBound is the least limit of a cgroup that this process is in, or one above it; 0
// when there is none to be found.
func memoryBound(root string) (at string, least int64) {
	text, err := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	if err != nil {
		return "", 0
	}
	for l := range bytes.Lines(text) {
		part := strings.SplitN(strings.TrimSpace(string(l)), ":", 3)
		if len(part) != 3 {
			continue
		}
		mount, file := "sys/fs/cgroup", "memory.max"
		if part[1] == "memory" {
			mount, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		} else if part[1] != "" {
			continue
		}
		for dir := filepath.Join("/", part[2]); ; dir = filepath.Dir(dir) {
			path := filepath.Join(root, mount, dir, file)
			b, _ := os.ReadFile(path)
			n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
			if err == nil && n < boundless && (least == 0 || n < least) {
				at, least = path, n
			}
			if dir == "/" {
				break
			}
		}
	}
	return at, least
}
