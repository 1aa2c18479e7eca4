// Package mcp lets an AI agent speak for one bot, over the Model Context Protocol. To heed
// an agent is a bot like any other: it proposes, looks, and is told why. Nothing here can
// approve, resume or set anything, for nothing here reaches what could.
//
// Every answer is about the one bot that the operator named. The words of an intent are
// not told again, and no other person's ever come this far.
package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/time/rate"

	"heed/bots"
	"heed/runner"
)

// The bounds of an agent. What it may have done is bounded by guards, as for every bot.
const (
	maxMessage    = bots.MaxLine + 4096 // bytes of one message to heed
	callsAtOnce   = 16                  // further ones are not read until one is answered
	callsAMinute  = 60
	proposals     = 4 // that wait for a verdict at once, of the 16 that a bot's socket has room for
	verdictWithin = 10 * time.Second
	lastAnswers   = 2 * time.Second // for calls under way when the agent leaves, then for their answers to be read
)

// Book is what is read of the ledger.
type Book interface {
	Case(ctx context.Context, key runner.Ref) (runner.Case, error)
	Log(ctx context.Context, q runner.LogQuery) (runner.LogPage, error)
}

// Options say for whom an agent speaks, and by which doors. All but NoHold are needed.
type Options struct {
	Bot     string
	Version string // of heed
	// Charge is the bot with its guards, by the settings as they are now.
	Charge func() (runner.Charge, error)
	Book   Book
	// Emit hands an intent to the running heed, and gives each what comes back until it is
	// settled or needs somebody or some time, as `heed emit --wait` does. Its errors say
	// what to do.
	Emit func(ctx context.Context, intent []byte, each func(line []byte) error) error
	// NoHold lets guards alone decide on proposals; otherwise each waits for a person.
	NoHold bool
}

// server is one agent's session.
type server struct {
	Options
	life  context.Context // ends when the agent has left
	calls *rate.Limiter
	room  chan struct{} // for proposals under way
}

// Serve answers the agent until it closes in, or ctx ends. Nothing but messages of the
// protocol is written to out.
func Serve(ctx context.Context, o Options, in io.Reader, out io.Writer) error {
	c, err := o.Charge()
	if err != nil {
		return err
	}
	life, leave := context.WithCancel(ctx)
	defer leave()
	s := &server{Options: o, life: life, calls: rate.NewLimiter(rate.Every(time.Minute/callsAMinute), callsAMinute),
		room: make(chan struct{}, proposals)}
	srv := sdk.NewServer(&sdk.Implementation{Name: "heed", Title: "heed, for the bot " + o.Bot, Version: o.Version},
		&sdk.ServerOptions{Instructions: s.instructions(c.Bot), Capabilities: &sdk.ServerCapabilities{Tools: &sdk.ToolCapabilities{}}})
	srv.AddReceivingMiddleware(onlyTools)
	for _, t := range s.tools() {
		srv.AddTool(t.tool(), s.call(t.do))
	}
	ended := make(chan error, 1)
	go func() {
		ended <- srv.Run(ctx, door{sdk.IOTransport{Reader: io.NopCloser(in), Writer: unclosed{out}, MaxLineLength: maxMessage}, leave})
	}()
	select {
	case err = <-ended:
	case <-life.Done():
		select {
		case err = <-ended:
		case <-time.After(lastAnswers): // nobody reads the answers
		}
	}
	if ctx.Err() != nil || errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("mcp: %w", err)
	}
	return nil
}

func (s *server) instructions(b bots.Bot) string {
	held := "Every proposal waits until a person of the operator has approved it; you cannot approve anything."
	if s.NoHold {
		held = "Guards decide on each proposal; what they hold waits for a person, and you cannot approve it."
	}
	return fmt.Sprintf("You speak for the bot %s (%s) of %s on X. Its purpose: %s. You propose acts; heed judges each at the instant it would do it. "+
		"%s A refusal is final for its key: explain says what would change the answer. Never try to get around one.",
		b.Name, b.Handle, b.House.Operator.Name, b.Purpose, held)
}

// onlyTools refuses every request of the protocol that an agent does not need here.
func onlyTools(next sdk.MethodHandler) sdk.MethodHandler {
	return func(ctx context.Context, method string, req sdk.Request) (sdk.Result, error) {
		switch method {
		case "initialize", "ping", "server/discover", "tools/list", "tools/call":
			return next(ctx, method, req)
		}
		if strings.HasPrefix(method, "notifications/") {
			return next(ctx, method, req)
		}
		return nil, &jsonrpc.Error{Code: jsonrpc.CodeMethodNotFound, Message: fmt.Sprintf("heed offers tools alone, and no %.60q", method)}
	}
}

// answer is what a tool says: a value for programs, and the same in short for people.
type answer struct {
	data any
	text string
	bad  bool // the call has failed; a refusal of an intent is no failure
}

// call runs a tool within the agent's bounds.
func (s *server) call(do func(context.Context, json.RawMessage) (answer, error)) sdk.ToolHandler {
	return func(ctx context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		a, err := answer{}, fmt.Errorf("more than %d calls in a minute: wait a few seconds, then go on; nothing was done", callsAMinute)
		if s.calls.Allow() {
			args := req.Params.Arguments
			if len(args) == 0 {
				args = json.RawMessage("{}")
			}
			a, err = do(ctx, args)
		}
		if err != nil {
			a = answerTo(err)
		}
		return &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: a.text}}, StructuredContent: a.data, IsError: a.bad}, nil
	}
}

// answerTo tells an error to the agent, every mistake with its place.
func answerTo(err error) answer {
	a := answer{data: map[string]any{"error": err.Error()}, text: err.Error(), bad: true}
	var m *mistaken
	if errors.As(err, &m) {
		a.data = map[string]any{"error": m.head, "mistakes": m.all}
	}
	return a
}
