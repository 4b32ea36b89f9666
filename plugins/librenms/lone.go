package librenms

import (
	"context"
	"time"
)

// watchLone remembers since when devices fail the ping alone.
func (s *Source) watchLone(devices []seen, now time.Time) {
	is := map[string]time.Time{}
	for _, d := range devices {
		if lone(d) {
			since, ok := s.loneSince[d.id]
			if !ok {
				since = now
			}
			is[d.id] = since
		}
	}
	s.loneSince = is
}

// triesBoth reports whether the server tries ping and SNMP in each poll, which 26.7 was the first to do. Where the
// release cannot be known it is taken for an older one.
func (s *Source) triesBoth(ctx context.Context) bool {
	if s.asked.IsZero() || s.now().Sub(s.asked) > day {
		v, err := s.api.version(ctx)
		if err != nil {
			v = ""
		}
		s.release, s.asked = v, s.now()
	}
	year, month, ok := release(s.release)
	return ok && (year > 26 || year == 26 && month >= 7)
}
