package scripts

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"heed/bots"
)

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// environ is all that a script finds in its environment. Nothing of heed's own gets
// in but the search path, language and time zone: credentials may be there.
func (g *keeping) environ(run string) []string {
	env := map[string]string{"PATH": defaultPath, "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
	for _, name := range []string{"PATH", "LANG", "TZ"} {
		if v := os.Getenv(name); v != "" {
			env[name] = v
		}
	}
	maps.Copy(env, g.bot.Script.Env)
	maps.Copy(env, map[string]string{
		"HOME": g.state, "TMPDIR": g.tmp(), "HEED_BOT": g.bot.Name, "HEED_RUN": run,
		"HEED_STATE_DIR": g.state, "HEED_SOCKET": g.socket.path, "HEED_PROTO": "1",
	})
	var list []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}

// Startable says why a script's program could not be started here; nil when it could.
func Startable(s bots.Script) error {
	if len(s.Command) == 0 {
		return errors.New("no command is named")
	}
	_, err := program(s.Command[0], s.Dir, []string{"PATH=" + searchPath(s)})
	return err
}

// searchPath is where a script's programs are looked for.
func searchPath(s bots.Script) string { return cmp.Or(s.Env["PATH"], os.Getenv("PATH"), defaultPath) }

// program finds the file of a command: a name with a slash from the bot's folder, a
// bare name on the script's search path.
func program(command, dir string, env []string) (string, error) {
	if strings.Contains(command, "/") {
		if !filepath.IsAbs(command) {
			command = filepath.Join(dir, command)
		}
		return command, executable(command)
	}
	for _, v := range env {
		path, ok := strings.CutPrefix(v, "PATH=")
		if !ok {
			continue
		}
		for _, d := range filepath.SplitList(path) {
			if file := filepath.Join(d, command); filepath.IsAbs(file) && executable(file) == nil {
				return file, nil
			}
		}
		return "", fmt.Errorf("command %q is not on the search path %s; for a file of %s write ./%s", command, path, dir, command)
	}
	return "", fmt.Errorf("command %q: no search path", command)
}

func executable(file string) error {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("command %s does not exist", file)
	case err != nil:
		return err
	case info.IsDir() || info.Mode()&0o111 == 0:
		return fmt.Errorf("command %s is not executable; chmod +x makes it so", file)
	}
	return nil
}
