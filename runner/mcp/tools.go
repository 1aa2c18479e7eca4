package mcp

import (
	"context"
	_ "embed"
	"encoding/json"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// tool is what an agent can ask for.
type tool struct {
	name, title, says string
	schema            string
	writes            bool
	do                func(context.Context, json.RawMessage) (answer, error)
}

// proposeSchema is the contract's form of an intent, as one object without conditions:
// many agents' programs take no other. What depends on the action is told when it is wrong.
//
//go:embed propose.json
var proposeSchema string

const (
	oneIntent = `{"type":"object","additionalProperties":false,"minProperties":1,"maxProperties":1,"properties":{
		"key":{"type":"string","minLength":1,"maxLength":200,"description":"The key it was proposed under."},
		"id":{"type":"string","minLength":8,"maxLength":64,"description":"heed's id of it, or the last 8 or more characters."}}}`
	howMany = `{"type":"object","additionalProperties":false,"properties":{
		"limit":{"type":"integer","minimum":1,"maximum":50,"default":20,"description":"How many of the last ones."}}}`
	nothing = `{"type":"object","additionalProperties":false,"properties":{}}`
)

// tools are all that there are. None approves, resumes, pauses or sets anything.
func (s *server) tools() []tool {
	held := " Nothing is sent before a person of the operator has approved it: the answer is then held, and status tells when it is done."
	if s.NoHold {
		held = " Guards decide: the answer is done, deferred, held for a person, or denied with the reason."
	}
	return []tool{
		{"propose", "Propose an act on X", "Propose one act of the bot on X: a post, reply, message, like, follow and so on." + held +
			" Give each a key of your own: the same key again is the same intent and is never done twice.", proposeSchema, true, s.propose},
		{"status", "How an intent stands", "Say how one of the bot's intents stands: its state, the last verdict, its outcome, and what follows.", oneIntent, false, s.status},
		{"explain", "Why an intent stands so", "Tell all about one of the bot's intents: every guard's finding with its numbers, what would change it, the rules behind it and their sources.", oneIntent, false, s.explain},
		{"list_guards", "What guards ask", "List the guards that judge the bot's intents, what each demands, the rules it serves, and which actions the bot may want at all.", nothing, false, s.listGuards},
		{"recent", "The bot's last intents", "List the bot's last intents, newest first, with their states.", howMany, false, s.recent},
	}
}

func (t tool) tool() *sdk.Tool {
	no, yes := false, true
	a := &sdk.ToolAnnotations{Title: t.title, ReadOnlyHint: !t.writes, OpenWorldHint: &no}
	if t.writes { // a delete is an act too; the same key again changes nothing
		a.DestructiveHint, a.IdempotentHint, a.OpenWorldHint = &yes, true, &yes
	}
	return &sdk.Tool{Name: t.name, Title: t.title, Description: t.says, InputSchema: json.RawMessage(t.schema), Annotations: a}
}
