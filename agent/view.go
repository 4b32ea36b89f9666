package agent

import (
	"context"
	"errors"

	"github.com/quorate/quorate/device"
)

// Events returns at most limit recorded events behind seq after. It may be called once OnReady was.
func (a *Agent) Events(ctx context.Context, after int64, limit int) ([]device.Event, error) {
	return a.store.Events(ctx, after, limit)
}

// Devices returns every device as of the last commit. It may be called once OnReady was.
func (a *Agent) Devices() []device.Current { return (&reader{a}).Devices(now()) }

// Scores returns the scoreboard as of the last commit. It may be called once OnReady was.
func (a *Agent) Scores() device.Scoreboard { return a.pipe.Scores() }

// Draft asks the blog sink for its draft now. It returns where the post lies and where its private original does.
func (a *Agent) Draft(ctx context.Context) (post, original string, err error) {
	blogs := a.generation().blogs
	if len(blogs) == 0 {
		return "", "", errors.New("the configuration has no sink \"blog\" block: there is no post to draft")
	}
	return blogs[0].draft(ctx)
}
