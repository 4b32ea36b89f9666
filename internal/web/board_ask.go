package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
)

// asked is what the address of the board asks for: which rows, in which order, under which heads.
type asked struct {
	Query string // q: a part of a name or an address
	Show  string // show: a kind of row
	Group string // group: one group of the configuration
	View  string // view: "groups", "tree"; "" is one list
	Sort  string // sort: a column, with a minus before it the other way round; "" is by need
}

// section is rows under one head; without a name there is one alone.
type section struct {
	Name     string
	Rows     []row
	Problems int
}

// column is a head of the board that orders by it.
type column struct {
	Key, Name string
	URL       string
	Sort      string // aria-sort
}

var sortable = []column{{Key: "name", Name: "Device"}, {Key: "need", Name: "Verdict"}, {Key: "agree", Name: "Agree"}, {Key: "since", Name: "Since"}}

func readAsked(q url.Values) asked {
	a := asked{Query: clean(q.Get("q")), Show: q.Get("show"), Group: q.Get("group"), View: q.Get("view"), Sort: q.Get("sort")}
	if !slices.Contains([]string{"groups", "tree"}, a.View) {
		a.View = ""
	}
	if !slices.ContainsFunc(sortable, func(c column) bool { return c.Key == strings.TrimPrefix(a.Sort, "-") }) || a.Sort == "need" {
		a.Sort = ""
	}
	return a
}

// With is the board's address with one wish changed.
func (a asked) With(key, value string) string {
	switch key {
	case "show":
		a.Show = value
	case "group":
		a.Group = value
	case "view":
		a.View = value
	case "sort":
		a.Sort = value
	}
	q := url.Values{}
	for k, v := range map[string]string{"q": a.Query, "show": a.Show, "group": a.Group, "view": a.View, "sort": a.Sort} {
		if v != "" {
			q.Set(k, v)
		}
	}
	if len(q) == 0 {
		return "/"
	}
	return "/?" + q.Encode()
}

// arrange keeps the rows that are asked for, in the order and under the heads that are.
func (b *board) arrange(a asked) {
	b.Asked = a
	b.Rows = slices.DeleteFunc(b.Rows, func(r row) bool { return !a.wants(r) })
	b.Shown = len(b.Rows)
	slices.SortStableFunc(b.Rows, a.order())
	b.Columns = slices.Clone(sortable)
	for i := range b.Columns {
		c := &b.Columns[i]
		next := c.Key
		switch cmp.Or(a.Sort, "need") {
		case c.Key:
			c.Sort, next = "ascending", "-"+c.Key
		case "-" + c.Key:
			c.Sort = "descending"
		}
		if next == "need" { // what it is without a wish
			next = ""
		}
		c.URL = a.With("sort", next)
	}
	switch a.View {
	case "tree":
		b.Sections = []section{{Rows: tree(b.Rows)}}
	case "groups":
		b.Sections = b.byGroup()
	default:
		b.Sections = []section{{Rows: b.Rows}}
	}
}

func (a asked) wants(r row) bool {
	if a.Group != "" && r.Group != a.Group {
		return false
	}
	switch a.Show {
	case "":
	case "problems":
		if r.rank >= rankUp {
			return false
		}
	case "disputed":
		if r.Standing != device.StandingDisputed {
			return false
		}
	case "redundant":
		if r.Witnesses.Enrolled < 2 {
			return false
		}
	case "unreachable", "maintenance":
		if !slices.Contains(r.Overlays, device.OverlayKind(a.Show)) {
			return false
		}
	default:
		if a.Show != string(r.Status) || slices.Contains(r.Overlays, device.OverlayUnreachable) {
			return false
		}
	}
	if a.Query == "" {
		return true
	}
	q := strings.ToLower(a.Query)
	return slices.ContainsFunc(slices.Concat([]string{r.Name}, r.Addresses, r.Hostnames, r.MACs), func(s string) bool {
		return strings.Contains(strings.ToLower(s), q)
	})
}

// order compares two rows as the address asks.
func (a asked) order() func(x, y row) int {
	way := 1
	key, down := strings.CutPrefix(a.Sort, "-")
	if down {
		way = -1
	}
	return func(x, y row) int {
		c := 0
		switch key {
		case "name":
			c = device.CompareNames(x.Name, y.Name)
		case "agree":
			c = cmp.Compare(x.agree, y.agree)
		case "since":
			c = y.Since.Compare(x.Since)
		default:
			c = cmp.Compare(x.rank, y.rank)
		}
		return cmp.Or(way*c, byNeed(x, y))
	}
}

// byGroup puts rows under the groups of the configuration, and what is in none under the last.
func (b *board) byGroup() []section {
	var all []section
	for _, g := range append(slices.Clone(b.Groups), "") {
		s := section{Name: cmp.Or(g, "In no group")}
		for _, r := range b.Rows {
			if r.Group == g {
				s.Rows = append(s.Rows, r)
				if r.rank < rankPending {
					s.Problems++
				}
			}
		}
		if len(s.Rows) > 0 {
			all = append(all, s)
		}
	}
	return all
}

// tree puts each row below the one that it hangs on, and a row with trouble below it where the trouble would stand.
func tree(rows []row) []row {
	at := map[string]int{} // by id and by name
	for i, r := range rows {
		at[string(r.ID)] = i
		at["/"+r.Name] = i
	}
	children := map[int][]int{}
	var roots []int
	for i, r := range rows {
		parent := -1
		for _, p := range r.Parents {
			if j, ok := at[string(p.ID)]; ok && p.ID != "" && j != i {
				parent = j
				break
			}
			if j, ok := at["/"+p.Name]; ok && j != i {
				parent = j
				break
			}
		}
		if parent < 0 {
			roots = append(roots, i)
		} else {
			children[parent] = append(children[parent], i)
		}
	}
	var out []row
	seen := make([]bool, len(rows))
	var add func(i, depth int)
	add = func(i, depth int) {
		if seen[i] {
			return
		}
		seen[i] = true
		r := rows[i]
		r.Depth = min(depth, maxDepth)
		out = append(out, r)
		for _, c := range children[i] {
			if !seen[c] {
				rows[c].Under = rows[i].Name
				add(c, depth+1)
			}
		}
	}
	// Rows are in order already: a root stands where the first of its tree would.
	first := make([]int, len(rows))
	for i := range first {
		first[i] = i
	}
	var least func(i int, on map[int]bool) int
	least = func(i int, on map[int]bool) int {
		m := i
		on[i] = true
		for _, c := range children[i] {
			if !on[c] {
				m = min(m, least(c, on))
			}
		}
		return m
	}
	for _, i := range roots {
		first[i] = least(i, map[int]bool{})
	}
	slices.SortStableFunc(roots, func(x, y int) int { return cmp.Compare(first[x], first[y]) })
	for _, i := range roots {
		add(i, 0)
	}
	// What hangs on itself in a circle has no root.
	for i := range rows {
		add(i, 0)
	}
	return out
}

// maxDepth is how far rows are moved in.
const maxDepth = 4
