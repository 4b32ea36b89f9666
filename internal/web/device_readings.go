package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
)

// readingsPart is what the sources measured last, side by side.
type readingsPart struct {
	Columns []string
	Groups  []readingGroup
	Differ  int // rows on which the sources differ notably
}

// readingGroup is the parts of one kind, such as all disks.
type readingGroup struct {
	Kind string
	Rows []readingRow
	// Long says that there are so many that they are folded.
	Long   bool
	Differ int
}

// readingRow is one quantity of one part. Cells are by column; a cell without a source is empty.
type readingRow struct {
	Part, Quantity string
	Cells          []view.ReadingValue
	Differ         bool
}

// shortGroup is how many rows are shown without being asked for.
const shortGroup = 8

func buildReadings(readings []view.Reading) readingsPart {
	var out readingsPart
	refs := map[string]map[string]bool{}
	for _, r := range readings {
		for _, v := range r.Values {
			if refs[v.Source] == nil {
				refs[v.Source] = map[string]bool{}
			}
			refs[v.Source][v.Ref] = true
		}
	}
	name := func(v view.ReadingValue) string {
		if len(refs[v.Source]) > 1 {
			return v.Source + " " + v.Ref
		}
		return v.Source
	}
	for _, r := range readings {
		for _, v := range r.Values {
			if n := name(v); !slices.Contains(out.Columns, n) {
				out.Columns = append(out.Columns, n)
			}
		}
	}
	slices.Sort(out.Columns)
	for _, r := range readings {
		kind, part := splitPart(r.Component)
		i := slices.IndexFunc(out.Groups, func(g readingGroup) bool { return g.Kind == kind })
		if i < 0 {
			i = len(out.Groups)
			out.Groups = append(out.Groups, readingGroup{Kind: kind})
		}
		row := readingRow{Part: part, Quantity: r.Quantity, Cells: make([]view.ReadingValue, len(out.Columns)), Differ: differ(r.Quantity, r.Values)}
		for _, v := range r.Values {
			row.Cells[slices.Index(out.Columns, name(v))] = v
		}
		if row.Differ {
			out.Differ++
			out.Groups[i].Differ++
		}
		out.Groups[i].Rows = append(out.Groups[i].Rows, row)
	}
	for i := range out.Groups {
		g := &out.Groups[i]
		g.Long = len(g.Rows) > shortGroup
		slices.SortStableFunc(g.Rows, func(a, b readingRow) int {
			return cmp.Or(device.CompareNames(a.Part, b.Part), cmp.Compare(a.Quantity, b.Quantity))
		})
	}
	slices.SortStableFunc(out.Groups, func(a, b readingGroup) int { return cmp.Compare(a.Kind, b.Kind) })
	return out
}

// splitPart takes a component apart into its kind and its label; the device itself has neither.
func splitPart(component string) (kind, label string) {
	kind, label, _ = strings.Cut(component, ":")
	return kind, label
}

// partName is what the page calls a kind of part.
func partName(kind string) string {
	if kind == "" {
		return "the device itself"
	}
	return clean(kind)
}
