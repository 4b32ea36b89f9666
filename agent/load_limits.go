package agent

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/quorate/quorate/internal/host"
)

// What "limits" takes. A plugin in Go alone takes some 35 MiB and 10 descriptors; the kernel's own default for
// descriptors is 1,048,576 at most.
const (
	leastMemory    = 64 << 20
	mostMemory     = 1 << 40
	leastFiles     = 32
	mostFiles      = 1 << 20
	leastProcesses = 1
	mostProcesses  = 4096
)

// limits reads what a source's plugin may hold.
func (l *loader) limits(b *hcl.Block, s *SourceConfig) {
	if s.Limits != (host.Limits{}) {
		l.fail(b.DefRange, "Duplicate block", "A source has one limits block.")
		return
	}
	a, _ := l.content(b, "limits")
	s.Limits = host.Limits{
		Memory:    a.bytes("memory", host.DefaultMemory, leastMemory, mostMemory),
		Files:     a.integer("files", host.DefaultFiles, leastFiles, mostFiles),
		Processes: a.integer("processes", host.DefaultProcesses, leastProcesses, mostProcesses),
	}
}

// units are those of sizes: powers of 1,024.
var units = []struct {
	name string
	size int64
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

// bytes reads a size with its unit.
func (a attrs) bytes(name string, def, lo, hi int64) int64 {
	var s string
	r, ok := a.into(name, cty.String, &s)
	if !ok {
		return def
	}
	for _, u := range units {
		number, is := strings.CutSuffix(s, u.name)
		if !is {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		switch {
		case err != nil || n < 0:
		case n > hi/u.size || n*u.size < lo:
			a.fail(r, "Size out of range", "%q is %s; it takes %s to %s.", name, a.given(name, s), sized(lo), sized(hi))
			return def
		default:
			return n * u.size
		}
	}
	a.fail(r, "Not a size", "%q is %s; it takes a whole number with its unit, such as \"512MiB\" or \"1GiB\".", name, a.given(name, s))
	return def
}

// sized writes a size as it is configured.
func sized(n int64) string {
	for _, u := range units {
		if n >= u.size && n%u.size == 0 {
			return strconv.FormatInt(n/u.size, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}
