package cli

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/quorate/quorate/agent"
)

type supportCmd struct {
	configFlag
	Out    string `help:"File to write; a name with the date in this folder by default." placeholder:"FILE.tar.gz"`
	Events int    `default:"500" help:"How many of the last events it holds."`
}

// Run has the agent make the files, which it masks and checks itself, and packs them.
func (c *supportCmd) Run(ctx context.Context, p *Program) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var answer agent.SupportAnswer
	err = cl.post(ctx, "/control/support", agent.SupportOrder{Events: c.Events}, &answer)
	switch {
	case errors.Is(err, errNotRunning):
		return fmt.Errorf("a bundle needs the agent, which knows what is private: %w; if it does not start, \"quorate validate\" says why", err)
	case err != nil:
		return err
	case answer.Refused != "":
		return failWith(exitRefused, fmt.Errorf("no bundle is written: %s", answer.Refused))
	}
	now := time.Now().UTC()
	out := c.Out
	if out == "" {
		out = now.Format("quorate-support-20060102-150405.tar.gz")
	}
	fmt.Fprintln(p.Stdout, "The bundle holds:")
	for _, f := range answer.Files {
		fmt.Fprintf(p.Stdout, "  %-20s %d bytes\n", f.Name, len(f.Text))
	}
	if err := writeBundle(out, answer.Files, now); err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	fmt.Fprintf(p.Stdout, "\nwritten to %s\nIt holds no secret, and names and addresses in it are fictional. Read it before you pass it on: tar -xzf %[1]s\n", printable(out))
	return nil
}

// writeBundle packs the files. The bundle gets its name when it is whole and on the disk.
func writeBundle(path string, files []agent.SupportFile, at time.Time) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".quorate-support-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := errors.Join(pack(f, files, at), f.Sync(), f.Close()); err != nil { // CreateTemp's mode is 0600
		return err
	}
	return os.Rename(f.Name(), path)
}

// pack writes files into a folder of their own, so that they unpack into one.
func pack(w io.Writer, files []agent.SupportFile, at time.Time) error {
	z := gzip.NewWriter(w)
	t := tar.NewWriter(z)
	for _, f := range files {
		head := &tar.Header{Name: "quorate-support/" + f.Name, Mode: 0o600, Size: int64(len(f.Text)), ModTime: at.Truncate(time.Second)}
		if err := t.WriteHeader(head); err != nil {
			return err
		}
		if _, err := io.WriteString(t, f.Text); err != nil {
			return err
		}
	}
	return errors.Join(t.Close(), z.Close())
}
