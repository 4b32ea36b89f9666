package lab

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// filter is one filter_ of a query; of several values one must fit.
type filter struct {
	column string
	values []string
}

func filtersOf(q url.Values) []filter {
	var all []filter
	for key, values := range q {
		if name, ok := strings.CutPrefix(key, "filter_"); ok {
			all = append(all, filter{name, values})
		}
	}
	return all
}

// admits reports whether a row passes. A column that the table does not have filters nothing.
func (f filter) admits(c cell) bool {
	col, ok := c(f.column)
	if !ok {
		return true
	}
	value := fmt.Sprint(col.shown)
	if col.raw != nil {
		value = fmt.Sprint(col.raw)
	}
	return slices.ContainsFunc(f.values, func(want string) bool { return fits(f.column, value, want) })
}

// fits compares a value with what a filter asks for: the value itself, or @sub(a,b), @neq(x), @above(n), @below(n),
// @tag(x). @neq is ignored on tags, which are a list.
func fits(column, value, want string) bool {
	operator, argument, ok := strings.Cut(strings.TrimSuffix(want, ")"), "(")
	if !ok || !strings.HasPrefix(want, "@") || !strings.HasSuffix(want, ")") {
		return value == want
	}
	number := func() (have, limit float64, ok bool) {
		have, err1 := strconv.ParseFloat(value, 64)
		limit, err2 := strconv.ParseFloat(argument, 64)
		return have, limit, err1 == nil && err2 == nil
	}
	switch operator {
	case "@sub":
		return slices.ContainsFunc(strings.Split(argument, ","), func(part string) bool {
			return strings.Contains(strings.ToLower(value), strings.ToLower(part))
		})
	case "@neq":
		return column == "tags" || value != argument
	case "@above":
		have, limit, ok := number()
		return ok && have > limit
	case "@below":
		have, limit, ok := number()
		return ok && have < limit
	case "@tag":
		return slices.Contains(strings.Fields(value), argument)
	}
	return value == want
}
