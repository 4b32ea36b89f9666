package agent

import (
	"context"
	"time"

	"github.com/quorate/quorate/internal/host"
)

// Validate checks every source's settings: against its plugin's schema, and then by the plugin itself, which knows more
// than a schema can say. The certificate must be there and of use now. Sinks are made once, to see whether the files that they name are of use. Nothing is polled or
// delivered. The error is of type *Problems.
func (c *Config) Validate(ctx context.Context, h *host.Host, types []string) error {
	wrong := c.checkCertificate(time.Now())
	_, settings, err := c.Settings(ctx, h, types)
	if err != nil {
		return joinProblems(wrong, err)
	}
	errs := []error{wrong}
	for _, s := range c.Sources {
		if err := h.Check(ctx, s.spec(settings[s.Name])); err != nil {
			errs = append(errs, c.problem(s, "Refused by the plugin", err.Error()))
		}
	}
	return joinProblems(append(errs, c.checkSinks())...)
}
