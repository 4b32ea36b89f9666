package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/internal/store"
)

// recordFlags say whose record a command is about.
type recordFlags struct {
	configFlag
	Data string `help:"Data folder of the agent, in place of the configuration's." placeholder:"DIR"`
}

func (c recordFlags) dir() (string, error) {
	if c.Data != "" {
		return c.Data, nil
	}
	cfg, err := c.load()
	if err != nil {
		return "", err
	}
	return cfg.DataDir, nil
}

// recordError gives what the store says of a database its exit code.
func recordError(err error) error {
	for _, of := range []error{store.ErrNewer, store.ErrForeign, store.ErrCorrupt, store.ErrLocked} {
		if errors.Is(err, of) {
			return dataError(&agent.DataError{Err: err})
		}
	}
	return err
}

type backupCmd struct {
	recordFlags
	To       string `arg:"" placeholder:"FILE|FOLDER" help:"File to write, or folder in which backups are named by their time."`
	Keep     int    `help:"How many backups of the folder are kept, this one included; 0 keeps all." placeholder:"N"`
	NoVerify bool   `name:"no-verify" help:"Do not read the copy back."`
	JSON     bool   `name:"json" help:"What was done as JSON."`
}

// Run copies the record, beside a running agent or without one.
func (c *backupCmd) Run(ctx context.Context, p *Program) error {
	if c.Keep < 0 {
		return failWith(exitUsage, fmt.Errorf("--keep is %d; it takes a number from 0", c.Keep))
	}
	dir, err := c.dir()
	if err != nil {
		return err
	}
	began := time.Now()
	done, err := store.Backup(ctx, dir, c.To, began, store.BackupOptions{Keep: c.Keep, Unverified: c.NoVerify})
	took := time.Since(began)
	if done.Path == "" {
		return recordError(err)
	}
	if c.JSON {
		return errors.Join(err, p.printJSON(backupAnswer{
			Path: done.Path, Bytes: done.Bytes, Rows: done.Rows, Events: done.Events, LastInstant: done.Last, Version: done.Version,
			Took: took.Seconds(), Verified: !c.NoVerify, Removed: done.Removed,
		}))
	}
	checked := ", read back and whole"
	if c.NoVerify {
		checked = ", not read back"
	}
	fmt.Fprintf(p.Stdout, "%s: %s in %s%s\n", done.Path, copied(done), took.Round(time.Millisecond), checked)
	for _, old := range done.Removed {
		fmt.Fprintf(p.Stdout, "removed %s\n", old)
	}
	return err
}

// backupAnswer is what --json prints.
type backupAnswer struct {
	Path        string    `json:"path"`
	Bytes       int64     `json:"bytes"`
	Rows        int64     `json:"rows"`
	Events      int64     `json:"events"`
	LastInstant time.Time `json:"last_instant,omitzero"`
	Version     int       `json:"version"`
	Took        float64   `json:"took"` // seconds
	Verified    bool      `json:"verified"`
	Removed     []string  `json:"removed,omitempty"`
}

// copied says in short what a database file holds.
func copied(c store.Copied) string {
	until := "nothing judged yet"
	if !c.Last.IsZero() {
		until = "up to " + c.Last.Local().Format(clockForm)
	}
	return fmt.Sprintf("%d rows, %d events, %s, %.1f MB", c.Rows, c.Events, until, float64(c.Bytes)/1e6)
}

type restoreCmd struct {
	recordFlags
	File   string `arg:"" help:"Backup to bring back."`
	DryRun bool   `name:"dry-run" help:"Read the backup and say what would be done."`
}

// Run puts a backup in the place of the record. The agent must not run.
func (c *restoreCmd) Run(ctx context.Context, p *Program) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	r, err := store.Restore(ctx, dir, c.File, time.Now(), c.DryRun)
	switch {
	case errors.Is(err, store.ErrLocked):
		return recordError(fmt.Errorf("%w; stop the agent first", err))
	case err != nil:
		return recordError(err)
	case c.DryRun:
		fmt.Fprintf(p.Stdout, "%s is whole: %s\n", c.File, copied(r.Copied))
	default:
		fmt.Fprintf(p.Stdout, "%s: %s\n", r.Path, copied(r.Copied))
	}
	if r.Aside != "" {
		kept := "is"
		if c.DryRun {
			kept = "would be"
		}
		fmt.Fprintf(p.Stdout, "what was there %s kept as %s\n", kept, r.Aside)
	}
	if !c.DryRun {
		fmt.Fprintln(p.Stdout, "next: start the agent")
	}
	return nil
}
