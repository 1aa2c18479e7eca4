package scripts

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"heed/bots"
	"heed/runner"
)

const (
	maxClients  = 16
	maxRequest  = bots.MaxLine + 1024
	requestTime = 10 * time.Second // to send the request, to get it onto the road, to take one line
	longestWait = time.Hour
	socketName  = "emit.sock"
)

// socket is where a script, or `heed emit`, hands in one intent at a time.
//
// Its name cannot be guessed, and lies where no script may list names: kernels before
// Landlock 9 cannot keep one bot's script from connecting to another's socket by path.
type socket struct {
	g    *keeping
	path string
	l    net.Listener

	ctx    context.Context // ends with the socket
	cancel context.CancelFunc
	work   sync.WaitGroup
	places chan struct{}
}

func listen(g *keeping) (*socket, error) {
	s := &socket{g: g, places: make(chan struct{}, maxClients)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	g.clearEarlier()
	dir, err := os.MkdirTemp(runtimeDir(), "heed-") // mode 0700
	if err != nil {
		return nil, err
	}
	s.path = filepath.Join(dir, socketName)
	if s.l, err = net.Listen("unix", s.path); err != nil {
		removeSocket(s.path)
		return nil, err
	}
	if err := errors.Join(os.Chmod(s.path, 0o600), os.WriteFile(g.marker(g.bot.Name), []byte(s.path), 0o600)); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// runtimeDir is where the system wants sockets. The paths of state folders can be
// longer than a socket's address may be.
func runtimeDir() string {
	for _, name := range []string{"RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"} {
		if dir, _, _ := strings.Cut(os.Getenv(name), ":"); filepath.IsAbs(dir) && len(dir) < 60 {
			return dir
		}
	}
	return os.TempDir()
}

// marker is the file that names a bot's socket. It stands beside the bot's folder: what
// is in there a script may turn into a link to something that is not its own.
func (k *Keeper) marker(bot string) string { return k.StateDir(bot) + ".socket" }

// clearEarlier removes what a heed that was killed has left: its socket, and processes
// that got away from their run.
func (g *keeping) clearEarlier() {
	old, err := os.ReadFile(g.marker(g.bot.Name))
	if err != nil || filepath.Base(string(old)) != socketName {
		return
	}
	removeSocket(string(old))
	if n := endEarlier(string(old)); n > 0 {
		g.report(runner.ScriptReport{Level: "warn", Code: "script.left",
			Text: fmt.Sprintf("%d processes that ran on since an earlier heed were ended", n)})
	}
}

func removeSocket(path string) {
	_ = os.Remove(path)
	_ = os.Remove(filepath.Dir(path))
}

// Socket finds the socket of a bot that heed keeps now.
func Socket(stateDir, bot string) (string, error) {
	path, err := os.ReadFile(filepath.Join(stateDir, "bots", bot+".socket"))
	if err != nil {
		return "", fmt.Errorf("bot %s has no open socket: %w", bot, err)
	}
	return string(path), nil
}

func (s *socket) close() {
	s.cancel()
	_ = s.l.Close()
	removeSocket(s.path)
	_ = os.Remove(s.g.marker(s.g.bot.Name))
}

func (s *socket) serve() {
	defer s.work.Wait()
	for {
		conn, err := s.l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			if s.g.opts.Wait(s.ctx, time.Second) != nil { // too many open files, say
				return
			}
			continue
		}
		select {
		case s.places <- struct{}{}:
			s.work.Go(func() {
				defer func() { <-s.places }()
				s.client(conn)
			})
		default:
			answer(conn, map[string]any{"error": fmt.Sprintf("%d clients wait already; try again", maxClients)})
			_ = conn.Close()
		}
	}
}

// client serves one connection: one request, its answer, and if asked for what
// becomes of the intent.
func (s *socket) client(conn net.Conn) {
	ctx, cancel := context.WithTimeout(s.ctx, longestWait)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	defer conn.Close()
	_ = conn.SetReadDeadline(time.Now().Add(requestTime))
	in := bufio.NewReaderSize(conn, 4096)
	request, err := readLine(in, maxRequest)
	if err != nil {
		answer(conn, map[string]any{"error": err.Error()})
		return
	}
	intent, waits, err := parseRequest(request)
	if err != nil {
		answer(conn, map[string]any{"error": err.Error()})
		return
	}
	lines, stop := s.g.events.waitFor(intent.Key)
	defer stop()
	if err := s.send(ctx, intent); err != nil {
		answer(conn, map[string]any{"error": err.Error()})
		return
	}
	if !answer(conn, map[string]any{"queued": true, "key": intent.Key}) || !waits {
		return
	}
	// A client that leaves ends the wait.
	_ = conn.SetReadDeadline(time.Time{})
	s.work.Go(func() {
		defer cancel()
		_, _ = in.Discard(1)
	})
	for {
		select {
		case <-ctx.Done():
			return
		case l := <-lines:
			if !tell(conn, l) || isLast(l) {
				return
			}
		}
	}
}

func (s *socket) send(ctx context.Context, in bots.Intent) error {
	stored, err := in.Encode()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	return s.g.io.Lines(ctx, runner.Frame{Run: "emit:" + uuid.NewString(), First: 1, Lines: [][]byte{stored}})
}

// parseRequest reads a request, and gives an intent without a key one of its own.
func parseRequest(request []byte) (in bots.Intent, waits bool, err error) {
	var r struct {
		Intent jsontext.Value `json:"intent"`
		Wait   bool           `json:"wait"`
	}
	if err := jsonv2.Unmarshal(request, &r, jsonv2.RejectUnknownMembers(true)); err != nil || r.Intent == nil {
		return in, false, errors.New(`request: must be one line {"intent":{…},"wait":false}`)
	}
	if in, err = bots.DecodeIntent(r.Intent); err != nil {
		return in, false, err
	}
	if in.Key == "" {
		in.Key = "emit:" + uuid.NewString()
	}
	return in, r.Wait, nil
}

// isLast says whether an event line settles its intent for the one who waits.
func isLast(l []byte) bool {
	var ev bots.Event
	if json.Unmarshal(l, &ev) != nil {
		return false
	}
	return ev.Outcome != nil || ev.Verdict != nil && ev.Verdict.Decision != "allow"
}

func answer(conn net.Conn, v map[string]any) bool {
	l, err := json.Marshal(v)
	return err == nil && tell(conn, l)
}

func tell(conn net.Conn, l []byte) bool {
	_ = conn.SetWriteDeadline(time.Now().Add(requestTime))
	_, err := conn.Write(append(bytes.Clone(l), '\n'))
	return err == nil
}

// readLine reads one line of at most so many bytes.
func readLine(in *bufio.Reader, most int) ([]byte, error) {
	var l []byte
	for {
		piece, err := in.ReadSlice('\n')
		if l = append(l, piece...); len(l) > most {
			return nil, fmt.Errorf("request: more than %d bytes", most)
		}
		if err == nil {
			return bytes.TrimSpace(l), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, fmt.Errorf("request: no whole line: %w", err)
		}
	}
}
