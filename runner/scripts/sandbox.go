package scripts

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"heed/bots"
	"heed/runner"
)

// readable is what programs of a usual system need to run. /proc and /sys are left
// out but for a few counts of memory and processors: /proc/net names sockets, and
// other processes' folders name much more.
var readable = []string{
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt", "/nix/store",
	"/run/systemd/resolve", "/run/resolvconf",
	"/dev/urandom", "/dev/random",
	"/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/uptime", "/proc/loadavg", "/proc/version", "/proc/filesystems",
	"/sys/devices/system/cpu", "/sys/fs/cgroup",
}

var writable = []string{"/dev/null", "/dev/zero", "/dev/full"}

const (
	maxGranted = 2000      // paths
	maxPlan    = 100 << 10 // bytes; the kernel takes 128 KiB as one argument
)

// plan is what the shim does before it becomes the script.
type plan struct {
	List  []string `json:"list"`  // folders whose names may be seen, at any depth
	Read  []string `json:"read"`  // files and folders to read and execute
	Write []string `json:"write"` // files and folders to write to as well
	Exec  string   `json:"exec"`

	Confined bool        `json:"confined"` // without it only the limits hold
	Ender    bool        `json:"ender"`    // start one
	Limits   bots.Limits `json:"limits"`
	Heed     int         `json:"heed"` // the process that the script dies with
	Socket   string      `json:"socket"`
}

// confine makes cmd start through the shim.
func (p *process) confine(cmd *exec.Cmd) error {
	pl := plan{Exec: cmd.Path, Write: append([]string{p.state, filepath.Dir(p.socket.path)}, writable...),
		Confined: p.opts.Sandbox == Landlock, Limits: p.limits, Heed: os.Getpid(), Socket: p.socket.path}
	if pl.Confined {
		pl.Ender = len(cmd.ExtraFiles) > 0
		if LandlockVersion() == 0 {
			p.report(runner.ScriptReport{Run: p.run, Level: "error", Code: "script.unsandboxed",
				Text: "this kernel has no Landlock: the script can read heed's credentials and ledger"})
		}
		deny := append([]string{p.opts.StateDir}, p.opts.Deny()...)
		if err := pl.grant(append(append([]string{cmd.Dir, cmd.Path}, readable...), p.opts.Allow...), deny); err != nil {
			return fmt.Errorf("sandbox: %w", err)
		}
	}
	text, err := json.Marshal(pl)
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	if len(text) > maxPlan {
		return fmt.Errorf("sandbox: too many files beside what a script must not read in %s; put the script in a folder of its own", cmd.Dir)
	}
	cmd.Args = append([]string{shimName, string(text)}, cmd.Args...)
	cmd.Path = "/proc/self/exe" // this very program, even when its file was replaced
	return nil
}

// grant covers every allowed path and none that is denied. Landlock cannot take back
// what a folder grants, so a folder with something denied in it is granted entry by
// entry; what is put there later is not readable. Its names stay visible: Python finds
// a script's modules by listing its folder.
func (p *plan) grant(allow, deny []string) error {
	d := make([]string, 0, 2*len(deny))
	for _, path := range deny {
		abs, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		d = append(d, abs, resolve(abs))
	}
	for _, path := range allow {
		real, err := filepath.EvalSymlinks(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if real, err = filepath.Abs(real); err != nil {
			return err
		}
		if err = p.cover(real, d); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) cover(path string, deny []string) error {
	split := false
	for _, d := range deny {
		// heed.db-wal and token.bak are as secret as heed.db and token.
		if within(path, d) || strings.HasPrefix(path, d+"-") || strings.HasPrefix(path, d+".") {
			return nil
		}
		split = split || within(d, path)
	}
	if !split {
		if len(p.Read) >= maxGranted {
			return fmt.Errorf("more than %d files beside what a script must not read; put the script in a folder of its own", maxGranted)
		}
		p.Read = append(p.Read, path)
		return nil
	}
	p.List = append(p.List, path)
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Type()&fs.ModeSymlink != 0 {
			continue // where it leads is granted for its own sake, or not at all
		}
		if err = p.cover(filepath.Join(path, e.Name()), deny); err != nil {
			return err
		}
	}
	return nil
}

// within says whether path is dir or lies in it.
func within(path, dir string) bool {
	return path == dir || dir == "/" || strings.HasPrefix(path, dir+"/")
}

// resolve follows the links of as much of a path as exists.
func resolve(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if dir := filepath.Dir(path); dir != path {
		return filepath.Join(resolve(dir), filepath.Base(path))
	}
	return path
}
