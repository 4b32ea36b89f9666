package host

import (
	"context"
	"fmt"
)

// Check starts the plugin of spec, hands it its configuration and ends it: what a schema allows may still be something
// that the plugin refuses. Nothing is polled.
func (h *Host) Check(ctx context.Context, spec Spec) error {
	if err := spec.check(); err != nil {
		return err
	}
	done, err := h.enter()
	if err != nil {
		return err
	}
	defer done()
	s := newSource(h, spec, func() {})
	p, err := s.launch(ctx)
	if err != nil {
		return fmt.Errorf("source %q: %s", spec.Name, s.text.line(err.Error()))
	}
	p.stop()
	return nil
}
