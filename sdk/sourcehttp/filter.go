package sourcehttp

import (
	"fmt"
	"net/netip"
	"path"
	"strings"
)

// Filter says which devices of a monitor a source speaks of.
type Filter struct{ include, exclude []matcher }

type matcher struct {
	glob   string
	prefix netip.Prefix
}

// NewFilter reads the patterns of the attributes include and exclude. A pattern is an address range such as
// 192.0.2.0/24, or a text in which * stands for any characters and ? for one, compared without regard to case.
func NewFilter(include, exclude []string) (Filter, error) {
	in, err := matchers("include", include)
	if err != nil {
		return Filter{}, err
	}
	out, err := matchers("exclude", exclude)
	return Filter{include: in, exclude: out}, err
}

func matchers(attribute string, patterns []string) ([]matcher, error) {
	var ms []matcher
	for i, p := range patterns {
		if strings.TrimSpace(p) == "" {
			return nil, fmt.Errorf("%q: element %d is empty", attribute, i+1)
		}
		m := matcher{glob: fold(p)}
		if prefix, err := netip.ParsePrefix(strings.TrimSpace(p)); err == nil {
			m.prefix = prefix.Masked()
		} else if _, err := path.Match(m.glob, ""); err != nil {
			return nil, fmt.Errorf("%q: %q is no pattern: use * and ?, or a range such as 192.0.2.0/24", attribute, p)
		}
		ms = append(ms, m)
	}
	return ms, nil
}

// fold also takes the special meaning from the slash, which path.Match would not let * stand for.
func fold(s string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(s)), "/", "\x00")
}

// Passes reports whether a device that is known by these names and addresses belongs to the source: one of them is
// included, or nothing is, and none of them is excluded.
func (f Filter) Passes(names ...string) bool {
	return (len(f.include) == 0 || matches(f.include, names)) && !matches(f.exclude, names)
}

func matches(ms []matcher, names []string) bool {
	for _, m := range ms {
		for _, n := range names {
			if n == "" {
				continue
			}
			if m.prefix.IsValid() {
				if a, err := netip.ParseAddr(strings.TrimSpace(n)); err == nil && m.prefix.Contains(a.Unmap().WithZone("")) {
					return true
				}
			} else if ok, err := path.Match(m.glob, fold(n)); err == nil && ok {
				return true
			}
		}
	}
	return false
}
