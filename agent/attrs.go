package agent

import (
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/gocty"
)

// attrs reads the attributes of one block of the frame. Every mistake becomes a diagnostic at its place and the
// default stands in, so that one run reports them all.
type attrs struct {
	set   hcl.Attributes
	ctx   *hcl.EvalContext
	diags *hcl.Diagnostics
}

func (a attrs) fail(r hcl.Range, summary, detail string, args ...any) {
	*a.diags = append(*a.diags, problem(r, summary, fmt.Sprintf(detail, args...)))
}

// value evaluates an attribute as type t, without marks; ok is false where it is absent or wrong.
func (a attrs) value(name string, t cty.Type) (cty.Value, hcl.Range, bool) {
	attr, ok := a.set[name]
	if !ok {
		return cty.NilVal, hcl.Range{}, false
	}
	v, diags := attr.Expr.Value(a.ctx)
	*a.diags = append(*a.diags, diags...)
	if diags.HasErrors() {
		return cty.NilVal, attr.Expr.Range(), false
	}
	v, _ = v.UnmarkDeep()
	if v.IsNull() {
		return cty.NilVal, attr.Expr.Range(), false
	}
	v, err := convert.Convert(v, t)
	if err != nil {
		a.fail(attr.Expr.Range(), "Wrong type", "%q: %s.", name, err)
		return cty.NilVal, attr.Expr.Range(), false
	}
	return v, attr.Expr.Range(), true
}

func (a attrs) into(name string, t cty.Type, target any) (hcl.Range, bool) {
	v, r, ok := a.value(name, t)
	if !ok {
		return r, false
	}
	if err := gocty.FromCtyValue(v, target); err != nil {
		a.fail(r, "Wrong type", "%q: %s.", name, err)
		return r, false
	}
	return r, true
}

func (a attrs) str(name, def string) string {
	var s string
	if _, ok := a.into(name, cty.String, &s); !ok {
		return def
	}
	return s
}

func (a attrs) oneOf(name, def string, allowed ...string) string {
	var s string
	r, ok := a.into(name, cty.String, &s)
	if !ok {
		return def
	}
	if contains(allowed, s) {
		return s
	}
	a.fail(r, "Unknown value", "%q is %s; it may be one of %q.%s", name, a.given(name, s), allowed, suggestion(s, allowed))
	return def
}

func (a attrs) strs(name string) []string {
	var s []string
	if _, ok := a.into(name, cty.List(cty.String), &s); !ok {
		return nil
	}
	return s
}

func (a attrs) duration(name string, def time.Duration) time.Duration {
	var s string
	r, ok := a.into(name, cty.String, &s)
	if !ok {
		return def
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		a.fail(r, "Not a duration", "%q is %s; it takes a duration above zero with its unit, such as \"60s\" or \"10m\".", name, a.given(name, s))
		return def
	}
	return d
}

func (a attrs) number(name string, def, lo, hi float64) float64 {
	v, r, ok := a.value(name, cty.Number)
	if !ok {
		return def
	}
	f, _ := v.AsBigFloat().Float64() // the nearest, infinite where there is none
	if f < lo || f > hi {
		a.fail(r, "Number out of range", "%q is %s; it takes %s to %s.", name, a.given(name, f), plainNumber(lo), plainNumber(hi))
		return def
	}
	return f
}

// plainNumber writes a limit without an exponent.
func plainNumber(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func (a attrs) integer(name string, def, lo, hi int) int {
	f := a.number(name, float64(def), float64(lo), float64(hi))
	if f != float64(int(f)) {
		a.fail(a.set[name].Expr.Range(), "Not a whole number", "%q is %s; it takes a whole number.", name, a.given(name, f))
		return def
	}
	return int(f)
}

// given is an attribute's value as a text may show it: not where it came by reference.
func (a attrs) given(name string, v any) string {
	if raw, _ := a.set[name].Expr.Value(a.ctx); raw.ContainsMarked() {
		return "(secret)"
	}
	if s, ok := v.(string); ok {
		return strconv.Quote(s)
	}
	return fmt.Sprint(v)
}

// optional returns the address of what read returns where the attribute is set, else nil.
func optional[T any](a attrs, name string, read func() T) *T {
	if _, ok := a.set[name]; !ok {
		return nil
	}
	v := read()
	return &v
}

func (a attrs) address(name string, raw string) (netip.Addr, bool) {
	ip, err := netip.ParseAddr(raw)
	if err != nil {
		a.fail(a.set[name].Expr.Range(), "Not an address", "%q holds %s, which is no IP address.", name, a.given(name, raw))
		return netip.Addr{}, false
	}
	return ip.Unmap(), true
}

// oneOrMany reads `name = "x"` as well as `name = ["x", "y"]`.
func (a attrs) oneOrMany(name string) []string {
	attr, ok := a.set[name]
	if !ok {
		return nil
	}
	v, diags := attr.Expr.Value(a.ctx)
	if !diags.HasErrors() && v.Type().IsPrimitiveType() {
		return []string{a.str(name, "")}
	}
	return a.strs(name)
}
