package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate/device"
)

type maintenanceCmd struct {
	Start maintenanceStartCmd `cmd:"" help:"Begin maintenance of devices or groups now."`
	End   maintenanceEndCmd   `cmd:"" help:"End a window by its name, or all windows of a device."`
	List  maintenanceListCmd  `cmd:"" help:"List the windows that are open or will come, from the running agent."`
}

// ordered is what the agent answers to an order.
type ordered struct {
	Devices []device.Name `json:"devices"`
	Until   time.Time     `json:"until"`
	Still   []device.Name `json:"still"`
}

type maintenanceStartCmd struct {
	configFlag
	Targets []string `arg:"" name:"device-or-group" help:"Devices, by name, id or address, or groups of the configuration."`
	For     string   `required:"" help:"How long: 90m, 2h, 3d. It ends by itself, also where the agent does not run." placeholder:"DURATION"`
	Reason  string   `help:"What it is for; recorded." placeholder:"TEXT"`
}

func (c *maintenanceStartCmd) Run(ctx context.Context, p *Program) error {
	d, err := parseSpan(c.For)
	if err != nil || d <= 0 {
		return failWith(exitUsage, fmt.Errorf("--for %q is no duration; it takes one above zero, such as 90m, 2h or 3d", c.For))
	}
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var answer ordered
	order := map[string]any{"targets": c.Targets, "for": device.Duration(d), "reason": c.Reason}
	if err := cl.post(ctx, "/control/maintenance/start", order, &answer); err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "in maintenance until %s: %s\n", answer.Until.Local().Format(clockForm), listNames(answer.Devices))
	return nil
}

type maintenanceEndCmd struct {
	configFlag
	Target string `arg:"" name:"name-or-device" help:"The name of a window, or a device."`
	Reason string `help:"Why it ends; recorded." placeholder:"TEXT"`
}

func (c *maintenanceEndCmd) Run(ctx context.Context, p *Program) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var answer ordered
	if err := cl.post(ctx, "/control/maintenance/end", map[string]string{"target": c.Target, "reason": c.Reason}, &answer); err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "maintenance ended: %s\n", listNames(answer.Devices))
	if len(answer.Still) > 0 {
		fmt.Fprintf(p.Stdout, "still in another window: %s\n", listNames(answer.Still))
	}
	return nil
}

type maintenanceListCmd struct {
	readFlags
	JSON bool `name:"json" help:"A JSON list."`
}

func (c *maintenanceListCmd) Run(ctx context.Context, p *Program) error {
	var windows []device.Maintenance
	if err := c.list(ctx, "/api/v1/maintenance", &windows); err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(windows)
	}
	if len(windows) == 0 {
		fmt.Fprintln(p.Stdout, "no maintenance, now or to come")
		return nil
	}
	p.table("MAINTENANCE\tNOW\tNEXT\tSCHEDULE\tDEVICES\tREASON", func(w *tabwriter.Writer) {
		for _, m := range windows {
			devices := listNames(m.Devices)
			if len(m.Unknown) > 0 {
				devices = strings.TrimPrefix(devices+", not known: "+strings.Join(m.Unknown, ", "), ", ")
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", printable(m.Name), nowOf(m), nextOf(m), scheduleOf(m), printable(devices), printable(m.Reason))
		}
	})
	return nil
}

// clockForm is a time on the wall clock of whoever reads.
const clockForm = "2006-01-02 15:04:05"

func nowOf(m device.Maintenance) string {
	switch {
	case m.Active && m.Until.IsZero():
		return "yes"
	case m.Active:
		return "until " + m.Until.Local().Format(clockForm)
	case !m.Until.IsZero():
		return "ended early"
	}
	return "no"
}

func nextOf(m device.Maintenance) string {
	if m.NextStart.IsZero() {
		return "-"
	}
	return m.NextStart.Local().Format("Mon 2006-01-02 15:04") + " for " + age(m.NextEnd.Sub(m.NextStart))
}

func scheduleOf(m device.Maintenance) string {
	switch {
	case m.Schedule != "":
		return m.Schedule + " " + m.Timezone
	case m.Scheduled:
		return "once"
	}
	return "by hand"
}

func listNames(names []device.Name) string {
	words := make([]string, len(names))
	for i, n := range names {
		words[i] = printable(n.Name)
	}
	return strings.Join(words, ", ")
}

// parseSpan reads a duration as Go does, and whole days as well: 90m, 2h, 3d.
func parseSpan(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n := 0
		if _, err := fmt.Sscanf(days+"!", "%d!", &n); err != nil || n < -36500 || n > 36500 {
			return 0, fmt.Errorf("%q is no number of days", text)
		}
		return time.Duration(n) * 24 * time.Hour, nil
	}
	return time.ParseDuration(text)
}

type ackCmd struct {
	configFlag
	Device string `arg:"" help:"Name, id or address."`
	Reason string `help:"What is being done about it; recorded." placeholder:"TEXT"`
	Clear  bool   `help:"Nobody knows of it any longer."`
}

func (c *ackCmd) Run(ctx context.Context, p *Program) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var answer ordered
	order := map[string]any{"device": c.Device, "reason": c.Reason, "clear": c.Clear}
	if err := cl.post(ctx, "/control/acknowledge", order, &answer); err != nil {
		return err
	}
	if c.Clear {
		fmt.Fprintf(p.Stdout, "no longer acknowledged: %s\n", listNames(answer.Devices))
		return nil
	}
	fmt.Fprintf(p.Stdout, "acknowledged until it is well again: %s\n", listNames(answer.Devices))
	return nil
}
