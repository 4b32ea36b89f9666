package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/blogsink"
)

type postPreviewCmd struct {
	configFlag
	Out   string   `help:"Where to put the page, - for the standard output. Without it, it goes to the agent's private folder." placeholder:"FILE.html"`
	Allow []string `help:"A token that looks like an identifier and may pass." placeholder:"TOKEN" sep:"none"`
}

func (c *postPreviewCmd) Run(ctx context.Context, p *Program) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var answer blogsink.Preview
	if err := cl.post(ctx, "/control/post/preview", agent.PreviewOrder{Inline: c.Out != "", Allowed: c.Allow}, &answer); err != nil {
		return err
	}
	if c.Out == "-" {
		_, err := fmt.Fprint(p.Stdout, answer.HTML)
		return err
	}
	path := answer.Path
	if c.Out != "" {
		if err := writePrivate(c.Out, []byte(answer.HTML)); err != nil {
			return err
		}
		path = c.Out
	}
	fmt.Fprintf(p.Stdout, "preview: %s\n", printable(path))
	if n := len(answer.Findings); n > 0 {
		fmt.Fprintf(p.Stdout, "the leak check finds %d; with any the post cannot be approved:\n", n)
		p.printPlaces(answer.Findings)
	}
	return nil
}

// writePrivate writes a file that its owner alone may read, also where a file with another mode stands there.
func writePrivate(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = f.Chmod(0o600)
	if err == nil {
		_, err = f.Write(b)
	}
	return errors.Join(err, f.Close())
}

// printPlaces says where findings are, and never what they are.
func (p *Program) printPlaces(places []blogsink.Place) {
	for _, f := range places {
		switch {
		case f.Offset < 0:
			fmt.Fprintf(p.Stdout, "  %s in the name of %s\n", f.Kind, printable(f.File))
		case f.Part != "":
			fmt.Fprintf(p.Stdout, "  %s at line %d of the post, byte %d, %s\n", f.Kind, f.Line, f.Offset, printable(f.Part))
		default:
			fmt.Fprintf(p.Stdout, "  %s at line %d of %s, byte %d\n", f.Kind, f.Line, printable(f.File), f.Offset)
		}
	}
}
