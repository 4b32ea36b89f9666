package sanitize

import (
	"cmp"
	"slices"
	"strings"
)

// Report remembers what was replaced by what, each value once. It holds private values: it is for the owner's own
// copy, and only its counts may be published.
type Report struct{ swaps map[swapKey]string }

type swapKey struct {
	kind  Kind
	value string
}

// Swap is one private value and what stands for it in the published text.
type Swap struct {
	Kind          Kind
	Real, Fiction string
}

// Add remembers a value that was replaced.
func (r *Report) Add(k Kind, value, fiction string) {
	if r.swaps == nil {
		r.swaps = map[swapKey]string{}
	}
	r.swaps[swapKey{k, value}] = fiction
}

// Count returns how many different values of the kinds were replaced.
func (r *Report) Count(kinds ...Kind) int {
	seen := map[swapKey]bool{}
	for key := range r.swaps {
		if slices.Contains(kinds, key.kind) {
			seen[swapKey{key.kind, strings.ToLower(key.value)}] = true
		}
	}
	return len(seen)
}

// Swaps returns all of them in order of the fictional value.
func (r *Report) Swaps() []Swap {
	var out []Swap
	for key, fiction := range r.swaps {
		out = append(out, Swap{key.kind, key.value, fiction})
	}
	slices.SortFunc(out, func(a, b Swap) int {
		return cmp.Or(strings.Compare(a.Fiction, b.Fiction), strings.Compare(a.Real, b.Real), strings.Compare(string(a.Kind), string(b.Kind)))
	})
	return out
}
