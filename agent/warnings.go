package agent

import (
	"context"
	"fmt"
	"slices"

	"github.com/quorate/quorate/internal/leakcheck"
)

// Warnings says what a valid configuration leaves to be wished for: secrets that no leak check can tell from the words of
// a text, so that a post may show them. It names the source and never the secret.
func (c *Config) Warnings(ctx context.Context, d Describer, types []string) ([]string, error) {
	_, settings, err := c.Settings(ctx, d, types)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, s := range c.Sources {
		weak := 0
		for _, secret := range settings[s.Name].Secrets {
			v := secret.Reveal()
			if len(leakcheck.New(leakcheck.Registry{"tokens": {v}}).Check("text", []byte("It is "+v+" here."))) == 0 {
				weak++
			}
		}
		if weak > 0 {
			all = append(all, fmt.Sprintf("source %q: %d of its secrets is a common word, or so short that it stands in any text: nobody can keep it out of a post; choose a longer one", s.Name, weak))
		}
	}
	return slices.Compact(all), nil
}
