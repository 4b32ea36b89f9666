package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/quorate/quorate/agent"
)

type validateCmd struct {
	Paths []string `arg:"" name:"path" help:"Files or folders of one configuration."`
}

func (c *validateCmd) Run(ctx context.Context, p *Program) error {
	cfg, err := agent.Load(c.Paths, agent.LoadOptions{})
	if err == nil {
		err = p.checkSettings(ctx, cfg)
	}
	if err != nil {
		fmt.Fprintln(p.Stderr, err)
		return exitQuietly(exitFailed)
	}
	return nil
}

// checkSettings asks every source's plugin what it thinks of its settings.
func (p *Program) checkSettings(ctx context.Context, cfg *agent.Config) error {
	h, done, err := p.temporaryHost()
	if err != nil {
		return err
	}
	defer done()
	if err := cfg.Validate(ctx, h, p.types()); err != nil {
		return err
	}
	warnings, err := cfg.Warnings(ctx, h, p.types())
	for _, w := range warnings {
		fmt.Fprintf(p.Stderr, "warning: %s\n", printable(w))
	}
	return err
}

type fmtCmd struct {
	Check bool     `help:"Change nothing; exit 1 if something would change."`
	List  bool     `help:"Print the names of the files that change."`
	Paths []string `arg:"" name:"path" help:"Files, folders, or - for standard input."`
}

func (c *fmtCmd) Run(p *Program) error {
	if len(c.Paths) == 1 && c.Paths[0] == "-" {
		return c.stream(p)
	}
	changed := false
	for _, path := range c.Paths {
		err := filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() || file != path && !strings.HasSuffix(file, ".hcl") {
				return nil
			}
			differs, err := c.file(p, file)
			changed = changed || differs
			return err
		})
		if err != nil {
			return fmt.Errorf("format %s: %w", path, err)
		}
	}
	if c.Check && changed {
		return exitQuietly(exitFailed)
	}
	return nil
}

func (c *fmtCmd) stream(p *Program) error {
	src, err := io.ReadAll(p.Stdin)
	if err != nil {
		return fmt.Errorf("read standard input: %w", err)
	}
	out, err := agent.Format("standard input", src)
	if err != nil {
		return err
	}
	if c.Check {
		if !bytes.Equal(src, out) {
			return exitQuietly(exitFailed)
		}
		return nil
	}
	_, err = p.Stdout.Write(out)
	return err
}

// file formats one file in place: written beside it and renamed, so that a crash leaves the old or the new one.
func (c *fmtCmd) file(p *Program, path string) (bool, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	out, err := agent.Format(path, src)
	if err != nil {
		return false, err
	}
	if bytes.Equal(src, out) {
		return false, nil
	}
	if c.Check || c.List {
		fmt.Fprintln(p.Stdout, path)
	}
	if c.Check {
		return true, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return false, err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".fmt-*")
	if err != nil {
		return false, err
	}
	_, err = tmp.Write(out)
	err = errors.Join(err, tmp.Chmod(info.Mode().Perm()), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return true, err
}
