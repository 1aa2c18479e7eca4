package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"heed/runner/sandbox"
)

// agent is an MCP client whose server is the built program, as an agent's program has it.
type agent struct {
	t   *testing.T
	cmd *exec.Cmd
	*sdk.ClientSession
}

// newAgent starts `heed mcp` in another folder than the settings', as agents do.
func newAgent(t *testing.T, dir, bot string, flags ...string) *agent {
	t.Helper()
	cmd := exec.Command(heedBinary(t), append([]string{"mcp", "--config", filepath.Join(dir, "heed.toml"), "--bot", bot}, flags...)...)
	cmd.Dir = t.TempDir()
	session, err := sdk.NewClient(&sdk.Implementation{Name: "test"}, nil).Connect(t.Context(), &sdk.CommandTransport{Command: cmd}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &agent{t, cmd, session}
}

// call asks a tool, and gives its structured answer and its text.
func (a *agent) call(tool, args string) (data map[string]any, text string, bad bool) {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), 30*time.Second)
	defer cancel()
	res, err := a.CallTool(ctx, &sdk.CallToolParams{Name: tool, Arguments: json.RawMessage(args)})
	if err != nil {
		a.t.Fatalf("%s %s: %v", tool, args, err)
	}
	for _, c := range res.Content {
		text += c.(*sdk.TextContent).Text
	}
	data, _ = res.StructuredContent.(map[string]any)
	return data, text, res.IsError
}

// becomes asks for an intent's status until it has the state.
func (a *agent) becomes(key, state string) map[string]any {
	a.t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	for tick := time.NewTicker(600 * time.Millisecond); ; {
		data, text, _ := a.call("status", fmt.Sprintf(`{"key":%q}`, key))
		if data["state"] == state {
			return data
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			a.t.Fatalf("%s is not %s: %s", key, state, text)
		}
	}
}

// idle is a script that says nothing and hears everything.
const idle = "#!/bin/sh\ncat >/dev/null\n"

// agentsHouse runs a heed with a bot for an agent and another bot, which has posted. A bot
// may post perHour times in an hour.
func agentsHouse(t *testing.T, perHour int) (x *stage, dir string, env []string, p *process) {
	t.Helper()
	x = newStage(t, sandbox.Options{})
	dir = t.TempDir()
	env = x.settings(t, dir, "[guards.consent]\nx_approval_ref = \"case 7\"\n", "one", "two")
	change(t, dir, "per_hour = 2000", fmt.Sprintf("per_hour = %d", perHour))
	change(t, dir, "mode = \"live\"", "mode = \"live\"\nai_generated = true")
	write(t, filepath.Join(dir, "one.sh"), idle, 0o755)
	write(t, filepath.Join(dir, "two.sh"), oneShot(`{"action":"post","key":"secret-of-two","text":"The second bot counts the gulls of the pier."}`), 0o755)
	p = start(t, dir, env, "run")
	p.until(60*time.Second, `one +script +script.started`, `two +outcome +DONE +post`)
	return x, dir, env, p
}

// TestAnAgentProposesAndAPersonDecides: what an agent proposes waits until a person has
// approved it at the desk; the agent has no tool for that.
func TestAnAgentProposesAndAPersonDecides(t *testing.T) {
	x, dir, _, p := agentsHouse(t, 10)
	posts := len(x.Acts(""))
	a := newAgent(t, dir, "one")
	tools, err := a.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range tools.Tools {
		names = append(names, tool.Name)
	}
	if want := []string{"explain", "list_guards", "propose", "recent", "status"}; !slices.Equal(want, slices.Sorted(slices.Values(names))) {
		t.Fatalf("the tools are %q", names)
	}
	data, text, bad := a.call("propose", `{"action":"post","key":"tide-14","text":"High tide today: 14:32.","reason":"the daily table"}`)
	if bad || data["state"] != "held" || !strings.Contains(text, "heed approve one/tide-14") || strings.Contains(text, "High tide") {
		t.Fatalf("proposed: %v %s", data, text)
	}
	data, text, bad = a.call("explain", `{"key":"tide-14"}`)
	if found, _ := json.Marshal(data["findings"]); bad || !strings.Contains(string(found), `"asked.person"`) || !strings.Contains(string(found), `"id":"P4"`) ||
		!strings.Contains(string(found), `"source":"Developer Policy`) || !strings.Contains(text, "to change it: a person approves") {
		t.Errorf("explained: %s %s", found, text)
	}
	if n := len(x.Acts("")); n != posts {
		t.Fatalf("%d acts before anybody approved", n-posts)
	}
	if out, code := heed(t, dir, "", "approve", "one/tide-14"); code != exitOK {
		t.Fatalf("approve: exit %d: %s", code, out)
	}
	data = a.becomes("tide-14", "done")
	outcome, _ := data["outcome"].(map[string]any)
	if acts := x.Acts(""); len(acts) != posts+1 || outcome["post_id"] == "" || outcome["url"] == "" || data["approved"] != true {
		t.Errorf("posted: %v, %d acts", data, len(acts)-posts)
	}
	if data, text, _ := a.call("propose", `{"action":"post","key":"tide-14","text":"Another text under the same key."}`); data["state"] != "done" || !strings.Contains(text, "used before") {
		t.Errorf("the same key again: %v %s", data, text)
	}
	data, _, _ = a.call("recent", `{"limit":5}`)
	if list, _ := data["intents"].([]any); len(list) != 1 || list[0].(map[string]any)["key"] != "tide-14" {
		t.Errorf("recent: %v", data)
	}
	data, _, _ = a.call("list_guards", `{}`)
	if all, _ := data["guards"].([]any); len(all) < 20 || data["every_proposal_is_held"] != true {
		t.Errorf("guards: %v", data)
	}
	// What is another bot's does not exist for this one.
	for _, tool := range []string{"status", "explain"} {
		for _, args := range []string{`{"key":"secret-of-two"}`, `{"key":"two/secret-of-two"}`, fmt.Sprintf(`{"id":%q}`, idOf(t, dir, "two/secret-of-two"))} {
			if data, text, bad := a.call(tool, args); !bad || !strings.Contains(text, "the bot one has no intent") || strings.Contains(fmt.Sprint(data, text), "gulls") {
				t.Errorf("%s %s: %v %s", tool, args, data, text)
			}
		}
	}
	a.goes(func() { _ = a.Close() })
	p.end(syscall.SIGTERM, 30*time.Second)
}

// goes waits for the server's end, which is an orderly one.
func (a *agent) goes(how func()) {
	a.t.Helper()
	how()
	_ = a.Wait()
	if code := a.cmd.ProcessState.ExitCode(); code != exitOK {
		a.t.Errorf("heed mcp ended with %d", code)
	}
}

func idOf(t *testing.T, dir, key string) string {
	t.Helper()
	out, code := heed(t, dir, "", "why", key, "--json")
	var c struct{ ID string }
	if err := json.Unmarshal([]byte(out), &c); err != nil || code != exitOK {
		t.Fatalf("exit %d, %v: %s", code, err, out)
	}
	return c.ID
}
