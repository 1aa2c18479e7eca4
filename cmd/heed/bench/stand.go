package bench

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"heed/runner/sandbox"
)

// stand is the sandboxed X of a bench, in this process: what it costs is none of heed's.
type stand struct {
	world *sandbox.World
	url   string
	creds map[string]sandbox.Credentials // by handle without @
	end   context.CancelFunc
	ended chan error
}

// openStand opens an X in which so many bots of a fleet have accounts.
func openStand(ctx context.Context, n int) (*stand, error) {
	script := sandbox.Script{App: sandbox.ScriptApp{Name: "Bench Lab"}}
	for i := range n {
		script.Bots = append(script.Bots, sandbox.User{Username: fleetHandle(i), Bio: "A bot by Bench Lab"})
	}
	s := &stand{world: sandbox.New(sandbox.Options{Tier: sandbox.Enterprise, Seed: 1}), ended: make(chan error, 1)}
	var err error
	if s.creds, err = s.world.Seat(script); err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.url = "http://" + ln.Addr().String()
	ctx, s.end = context.WithCancel(ctx)
	go func() { s.ended <- sandbox.Serve(ctx, ln, s.world) }()
	return s, nil
}

func (s *stand) close() error {
	s.end()
	return <-s.ended
}

func fleetHandle(i int) string { return fmt.Sprintf("fleet%dbot", i) }

// house writes the settings of a fleet into a new folder: bots that all run a command in
// one way. It gives their secrets as variables of the environment.
func (s *stand) house(dir string, n int, runs string) (env []string, err error) {
	var b strings.Builder
	fmt.Fprintf(&b, "[operator]\nname = \"Bench Lab\"\nprivacy_url = \"https://bench.example/privacy\"\n"+
		"[x]\nenvironment = \"production\"\ntier = \"enterprise\"\nuse_case = \"Measuring.\"\napi_url = %q\n"+
		"consumer_key = { env = \"BENCH_KEY\" }\nconsumer_secret = { env = \"BENCH_SECRET\" }\n[web]\nlisten = \"\"\n", s.url)
	for i := range n {
		c := s.creds[fleetHandle(i)]
		fmt.Fprintf(&b, "[bots.fleet%d]\nhandle = \"@%s\"\npurpose = \"Number %d of a fleet that is measured.\"\nmode = \"live\"\n"+
			"command = [\"sleep\", \"infinity\"]\n%s\nactions = [\"post\", \"reply\", \"dm\"]\n"+
			"access_token = { env = \"BENCH_TOKEN_%d\" }\naccess_secret = { env = \"BENCH_SECRET_%d\" }\n", i, fleetHandle(i), i, runs, i, i)
		env = append(env, fmt.Sprintf("BENCH_TOKEN_%d=%s", i, c.AccessToken), fmt.Sprintf("BENCH_SECRET_%d=%s", i, c.AccessSecret))
		if i == 0 {
			env = append(env, "BENCH_KEY="+c.ConsumerKey, "BENCH_SECRET="+c.ConsumerSecret)
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return env, os.WriteFile(filepath.Join(dir, "heed.toml"), []byte(b.String()), 0o600)
}
