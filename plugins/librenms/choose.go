package librenms

import (
	"context"
	"fmt"
)

// choose keeps the devices that groups, include and exclude ask for.
func (s *Source) choose(ctx context.Context, devices []seen) ([]seen, error) {
	var members map[string]bool
	for _, name := range s.config.Groups {
		ids, err := s.api.group(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("read device group %q: %w", name, advise(err))
		}
		if members == nil {
			members = map[string]bool{}
		}
		for _, id := range ids {
			members[id] = true
		}
	}
	var chosen []seen
	for _, d := range devices {
		if (members == nil || members[d.id]) && s.filter.Passes(names(d.row)...) {
			chosen = append(chosen, d)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf(`none of LibreNMS' %d devices is left: check "groups", "include" and "exclude"`, len(devices))
	}
	return chosen, nil
}
