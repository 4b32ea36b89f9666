package agent

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// metrics reads what is shown at /metrics, and returns the blocks that are about something else.
func (l *loader) metrics(blocks hcl.Blocks) (others hcl.Blocks) {
	var first *hcl.Block
	for _, b := range blocks {
		switch {
		case b.Type != "metrics":
			others = append(others, b)
		case first != nil:
			l.fail(b.DefRange, "Duplicate block", "The agent has one metrics block.")
		default:
			first = b
			a, _ := l.content(b, "metrics")
			a.into("devices", cty.Bool, &l.cfg.MetricsDevices)
		}
	}
	return others
}
