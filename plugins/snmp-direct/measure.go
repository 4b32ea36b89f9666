package snmpdirect

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// read makes a number of a value; beside gives the other columns of its row.
func (m *measure) read(v any, beside func(uint32) any) (float64, bool) {
	f, ok := m.number(v)
	if !ok || slices.Contains(m.Skip, f) {
		return 0, false
	}
	for _, other := range []struct {
		column uint32
		with   func(f, o float64) float64
	}{
		{m.Minus, func(f, o float64) float64 { return max(0, f-o) }},
		{m.Of, func(f, o float64) float64 { return math.Round(o * f / 100) }},
	} {
		if other.column == 0 {
			continue
		}
		o, ok := m.number(beside(other.column))
		if !ok || slices.Contains(m.Skip, o) {
			return 0, false
		}
		f = other.with(f, o)
	}
	f = scaled(f, m.Scale)
	return f, finite(f) && (f >= 0 || m.Unit != "By")
}

// scaled multiplies by a scale; 0 means 1. Tenths and the like divide instead, which shows 49.9 for 499 and not
// 49.900000000000006.
func scaled(f, scale float64) float64 {
	const close = 1e-9
	switch whole := math.Round(1 / scale); {
	case scale == 0:
		return f
	case math.Abs(whole*scale-1) < close && whole != 0:
		return f / whole
	}
	return f * scale
}

// number is the raw number in a value.
func (m *measure) number(v any) (float64, bool) {
	f, ok := number(v)
	if ok {
		if m.Signed && f >= 1<<31 {
			f -= 1 << 32
		}
		return f, true
	}
	s := text(v)
	if m.Pattern != nil {
		g := m.Pattern.FindStringSubmatch(s)
		if len(g) < 2 {
			return 0, false
		}
		s = g[1]
	}
	if m.Suffixed {
		return suffixed(s)
	}
	if strings.Trim(s, "0123456789.-") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && finite(f)
}

// suffixed reads a number that K, M, G or T makes larger by powers of 1024.
func suffixed(s string) (float64, bool) {
	digits := strings.TrimRight(s, "KMGTkmgt ")
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil || !finite(f) {
		return 0, false
	}
	power := 0
	if suffix := strings.TrimSpace(s[len(digits):]); suffix != "" {
		power = 1 + strings.Index("KMGT", strings.ToUpper(suffix))
	}
	return math.Round(f * math.Pow(1024, float64(power))), power > 0 || s == digits
}
