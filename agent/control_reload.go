package agent

import "context"

// ReloadCommand asks for a reload.
type ReloadCommand struct {
	// DryRun asks only what it would change.
	DryRun bool `json:"dry_run,omitempty"`
}

func (a *Agent) commandReload(ctx context.Context, c ReloadCommand) (*Reloaded, error) {
	done, err := a.Reload(ctx, c.DryRun)
	if err != nil {
		return nil, &mistake{err.Error()} // nothing has changed, and the text says why
	}
	return done, nil
}
