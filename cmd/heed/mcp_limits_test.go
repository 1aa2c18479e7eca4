package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"heed/runner/sandbox"
	"heed/runner/scripts"
)

// TestAnAgentIsToldEveryMistakeAndEveryRefusal: guards decide alone where the operator
// said so, and what is wrong is told with its field, its rule and the way out.
func TestAnAgentIsToldEveryMistakeAndEveryRefusal(t *testing.T) {
	x, dir, env, p := agentsHouse(t, 10)
	posts := len(x.Acts(""))
	a := newAgent(t, dir, "one", "--no-hold")
	data, text, bad := a.call("propose", `{"action":"post","key":"free","text":"The ferry leaves at seven."}`)
	if bad || data["state"] != "done" || len(x.Acts("")) != posts+1 {
		t.Errorf("guards alone: %v %s", data, text)
	}
	data, text, _ = a.call("propose", `{"action":"post","key":"asked","hold":true,"text":"The ferry rests on Sundays, it seems."}`)
	if data["state"] != "held" {
		t.Errorf("a hold that was asked for: %v %s", data, text)
	}
	data, text, bad = a.call("propose", `{"action":"post","key":"copy","text":"The second bot counts the gulls of the pier."}`)
	if bad || data["state"] != "denied" {
		t.Fatalf("a copy of another bot's post: %v %s", data, text)
	}
	data, text, bad = a.call("explain", `{"key":"copy"}`)
	if found, _ := json.Marshal(data["findings"]); bad || !strings.Contains(string(found), `"result":"deny"`) || !strings.Contains(string(found), `"remedy":"`) ||
		!strings.Contains(string(found), `"source":"`) || !strings.Contains(text, "to change it: ") {
		t.Errorf("explained: %s %s", found, text)
	}

	for args, says := range map[string][]string{
		`{"action":"shout","text":7,"bot":"two","reply_to":"5"}`:                            {"action: ", "it is one of post, ", "text: a number", "bot: ", "you speak for the bot one", "reply_to: ", `"target": {"post_id": "…"}`},
		`{"action":"reply","key":"k","id":"i","target":{"post_id":1}}`:                      {"target.post_id: a number", "as a string of digits", "text: a reply needs", "id: is heed's"},
		`{"action":"post","text":"a","expires_at":"2020-01-01T00:00:00Z","key":"late"}`:     {"is past"},
		`{"action":"post","text":"a","key":"pic","media":[{"path":"../one.sh","alt":"a"}]}`: {"media[0]"},
		`{"action":"post","text":"a","text":"b"}`:                                           {"twice"},
	} {
		data, text, bad := a.call("propose", args)
		for _, s := range says {
			if !bad || !strings.Contains(text, s) || data["mistakes"] == nil {
				t.Errorf("%s: %q is not in %q (%v)", args, s, text, data)
			}
		}
	}
	for tool, args := range map[string]string{"status": `{"key":"a","id":"b"}`, "explain": `{}`, "recent": `{"limit":51}`, "list_guards": `{"bot":"two"}`} {
		if data, text, bad := a.call(tool, args); !bad || data["mistakes"] == nil {
			t.Errorf("%s %s: %v %s", tool, args, data, text)
		}
	}

	// A heed that has ended is told as such, and what it knew can still be read.
	if code := p.end(syscall.SIGTERM, 30*time.Second); code != exitOK {
		t.Fatalf("heed ended with %d", code)
	}
	if _, text, bad := a.call("propose", `{"action":"post","text":"Anybody there?","key":"gone"}`); !bad || !strings.Contains(text, "heed run") || strings.Contains(text, ".sock") {
		t.Errorf("without a heed: %s", text)
	}
	if data, text, bad := a.call("status", `{"key":"free"}`); bad || data["state"] != "done" {
		t.Errorf("without a heed: %v %s", data, text)
	}
	p = start(t, dir, env, "run") // another heed, with other sockets
	p.until(60*time.Second, `one +script +script.started`, `turns begin`)
	if data, text, bad := a.call("propose", `{"action":"post","text":"The ferry leaves at nine again.","key":"gone"}`); bad || data["state"] != "done" {
		t.Errorf("with the next heed: %v %s", data, text)
	}
	a.goes(func() { _ = a.cmd.Process.Signal(syscall.SIGINT) })
	p.end(syscall.SIGTERM, 30*time.Second)
}

// TestP1AScriptIsNoAgent: a bot's script that starts heed mcp speaks neither for another
// bot nor for its own.
func TestP1AScriptIsNoAgent(t *testing.T) {
	if scripts.LandlockVersion() == 0 {
		t.Skip("this kernel has no Landlock")
	}
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "[guards.consent]\nx_approval_ref = \"case 7\"\n", "one", "two")
	change(t, dir, "mode = \"live\"", "mode = \"live\"\nai_generated = true")
	ask := func(bot string) string {
		return "heed mcp --bot " + bot + " </dev/null >out 2>err; echo \"mcp for " + bot + ": exit $?, $(wc -c <out) bytes out, $(tail -n 1 err)\" >&2\n"
	}
	write(t, filepath.Join(dir, "one.sh"), "#!/bin/sh\nconfig=$PWD/heed.toml; cd \"$HEED_STATE_DIR\"; alias heed=\"heed --config $config\"\n"+
		"until [ -e go ]; do sleep 0.1; done\n"+ask("two")+ask("one")+"cat >/dev/null\n", 0o755)
	write(t, filepath.Join(dir, "two.sh"), idle, 0o755)
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `one +script +script.started`, `two +script +script.started`) // their sockets are there
	write(t, filepath.Join(dir, "state", "bots", "one", "go"), "", 0o600)
	p.until(60*time.Second, `mcp for one: exit`)
	for _, bot := range []string{"one", "two"} {
		if out, code := heed(t, dir, "", "mcp", "--bot", bot); code != exitOK {
			t.Errorf("the operator's own for %s: exit %d: %s", bot, code, out)
		}
		if p.count("mcp for "+bot+": exit 6, 0 bytes out, heed: heed cannot be reached") != 1 {
			t.Errorf("a script became the agent of %s", bot)
		}
	}
	p.end(syscall.SIGTERM, 30*time.Second)
}

// TestAFloodingAgentIsLimited: it gets as far as its calls and its bot's guards allow, and
// is answered each time.
func TestAFloodingAgentIsLimited(t *testing.T) {
	const perHour, asked = 10, 120
	x, dir, _, p := agentsHouse(t, perHour)
	posts := len(x.Acts(""))
	a := newAgent(t, dir, "one", "--no-hold")
	var mu sync.Mutex
	var flood sync.WaitGroup
	answers := map[string]int{}
	for at := range 8 {
		flood.Go(func() {
			for i := at; i < asked; i += 8 {
				data, text, bad := a.call("propose", fmt.Sprintf(`{"action":"post","key":"f%d","text":%q}`, i, wordsOf(fmt.Sprint("flood ", i))))
				kind := fmt.Sprint(data["state"])
				switch {
				case strings.HasPrefix(text, "more than 60 calls in a minute"):
					kind = "rate"
				case strings.HasPrefix(text, "4 proposals wait"):
					kind = "busy"
				case bad:
					kind = text
				}
				mu.Lock()
				answers[kind]++
				mu.Unlock()
			}
		})
	}
	flood.Wait()
	if n := len(x.Acts("")) - posts; n != answers["done"] || n > perHour || n < 1 {
		t.Errorf("%d posts: %v", n, answers)
	}
	if answers["rate"] == 0 || answers["done"]+answers["deferred"]+answers["rate"]+answers["busy"] != asked {
		t.Errorf("answers: %v", answers)
	}
	t.Log(answers)
	a.goes(func() { _ = a.Close() })
	p.end(syscall.SIGTERM, 30*time.Second)
}

// TestMCPStarts: what is wrong with the command line, the settings or the house is told
// by the exit code, and nothing is said on stdout.
func TestMCPStarts(t *testing.T) {
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	x.settings(t, dir, "[guards.consent]\nx_approval_ref = \"case 7\"\n", "tides", "plain")
	change(t, dir, "handle = \"@tides\"", "handle = \"@tides\"\nai_generated = true")
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"mcp", exitUsage, "bot"}, {"mcp --bot tide", exitUsage, `did you mean "tides"?`}, {"mcp --bot weather", exitUsage, "[plain tides]"},
		{"mcp --bot plain", exitConfig, "ai_generated = true"}, {"mcp --bot tides", exitUnreachable, "heed run"}, {"mcp --bot tides --config none.toml", exitConfig, "none.toml"},
	} {
		cmd := exec.Command(heedBinary(t), strings.Fields(c.args)...)
		cmd.Dir = dir
		var errs strings.Builder
		cmd.Stderr = &errs
		out, _ := cmd.Output()
		if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(errs.String(), c.says) || len(out) > 0 {
			t.Errorf("%s: exit %d: %s; on stdout %q", c.args, code, &errs, out)
		}
	}
}

// TestMCPSpeaksNothingElse: on the wire there are lines of the protocol alone, requests of
// other kinds are refused, and a message beyond all bounds ends the session.
func TestMCPSpeaksNothingElse(t *testing.T) {
	_, dir, _, p := agentsHouse(t, 10)
	cmd := exec.Command(heedBinary(t), "mcp", "--config", filepath.Join(dir, "heed.toml"), "--bot", "one")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	lines := bufio.NewScanner(out)
	ask := func(request string) (answer struct {
		JSONRPC       string
		Result, Error json.RawMessage
	}) {
		t.Helper()
		if _, err := io.WriteString(in, request+"\n"); err != nil {
			t.Fatal(err)
		}
		if !lines.Scan() || json.Unmarshal(lines.Bytes(), &answer) != nil || answer.JSONRPC != "2.0" {
			t.Fatalf("%s: answered %q", request, lines.Text())
		}
		return answer
	}
	ask(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`)
	if _, err := io.WriteString(in, `{"jsonrpc":"2.0","method":"notifications/initialized"}`+"\n"); err != nil {
		t.Fatal(err)
	}
	for i, method := range []string{"resources/list", "prompts/list", "logging/setLevel", "approve", "completion/complete", "subscriptions/listen"} {
		if a := ask(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":{}}`, i+2, method)); a.Error == nil {
			t.Errorf("%s: %s", method, a.Result)
		}
	}
	if a := ask(`{"jsonrpc":"2.0","id":20,"method":"tools/call","params":{"name":"approve","arguments":{"key":"a"}}}`); a.Error == nil {
		t.Errorf("a tool that is none: %s", a.Result)
	}
	big := `{"jsonrpc":"2.0","id":21,"method":"tools/call","params":{"name":"propose","arguments":{"action":"post","text":"` + strings.Repeat("a", 1<<21)
	_, _ = io.WriteString(in, big)
	for lines.Scan() {
		if !json.Valid(lines.Bytes()) {
			t.Errorf("on stdout: %q", lines.Text())
		}
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitFailed {
		t.Errorf("ended with %d", code)
	}
	p.end(syscall.SIGTERM, 30*time.Second)
}
