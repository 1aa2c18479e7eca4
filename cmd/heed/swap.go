package main

import (
	"context"
	"sync/atomic"

	"heed/bots"
	"heed/guards"
	"heed/runner"
	"heed/runner/platform"
)

// swap is a platform that can be replaced while calls are under way, so that a reload
// can bring bots with credentials of their own.
type swap struct{ now atomic.Pointer[platform.X] }

var _ runner.Platform = (*swap)(nil)

func (s *swap) Do(ctx context.Context, c runner.Claim) runner.Answer { return s.now.Load().Do(ctx, c) }

func (s *swap) Find(ctx context.Context, c runner.Claim) (runner.Found, error) {
	return s.now.Load().Find(ctx, c)
}

func (s *swap) Listen(ctx context.Context, bot, cursor string) ([]runner.Said, string, error) {
	return s.now.Load().Listen(ctx, bot, cursor)
}

func (s *swap) Profile(ctx context.Context, bot string) (guards.Profile, error) {
	return s.now.Load().Profile(ctx, bot)
}

func (s *swap) Author(ctx context.Context, bot string, post bots.PostID) (runner.Authorship, error) {
	return s.now.Load().Author(ctx, bot, post)
}
