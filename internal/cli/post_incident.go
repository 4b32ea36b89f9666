package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
)

type postIncidentCmd struct {
	configFlag
	Out   string   `help:"Where to put the report; its picture goes beside it. Without it the report goes to the standard output, and there is no picture." placeholder:"FILE.md"`
	Allow []string `help:"A token that looks like an identifier and may pass." placeholder:"TOKEN" sep:"none"`
	About string   `arg:"" name:"incident" help:"An incident by its id, or a device, whose newest incident is meant."`
}

// Run writes what strangers may read: a report that the leak check refuses is not written, and the command ends with 5.
func (c *postIncidentCmd) Run(ctx context.Context, p *Program) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	order := agent.IncidentOrder{About: c.About, Allowed: c.Allow}
	if c.Out != "" {
		base := filepath.Base(c.Out)
		order.Picture = cmp.Or(device.Slug(strings.TrimSuffix(base, filepath.Ext(base))), "incident") + ".svg"
	}
	var answer blogsink.IncidentReport
	if err := cl.post(ctx, "/control/post/incident", order, &answer); err != nil {
		return err
	}
	if c.Out == "" {
		_, err := fmt.Fprint(p.Stdout, answer.Text)
		return err
	}
	if answer.Picture != "" {
		picture := filepath.Join(filepath.Dir(c.Out), order.Picture)
		if err := os.WriteFile(picture, []byte(answer.Picture), 0o644); err != nil {
			return err
		}
		fmt.Fprintf(p.Stdout, "picture: %s\n", printable(picture))
	}
	if err := os.WriteFile(c.Out, []byte(answer.Text), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "report: %s\n", printable(c.Out))
	return nil
}
