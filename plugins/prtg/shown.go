package prtg

import (
	"math"
	"strconv"
	"strings"
	"unicode"
)

// agrees reports whether a raw value can be what PRTG shows as text: the text's first number times one of the factors,
// as exact as the text is. Texts are localised: "3,28 Mbit/s", "1.234,5 %", "< 0.01 %", "32 d ".
func agrees(raw float64, text string, factors []float64) bool {
	below := strings.HasPrefix(strings.TrimSpace(text), "<")
	for _, n := range numbers(text) {
		for _, f := range factors {
			// PRTG cuts durations off and rounds the rest, so a whole last digit is allowed either way.
			from, to := (n.value-n.step)*f, (n.value+n.step)*f
			if below {
				from = 0
			}
			if raw >= from-1e-9 && raw <= to+1e-9 {
				return true
			}
		}
	}
	return false
}

// figure is one way to read a text's number. Step is one unit of its last digit.
type figure struct{ value, step float64 }

// numbers reads the first number of a text in every way that its marks allow: in "1,234" the comma may be either.
func numbers(text string) []figure {
	from := strings.IndexFunc(text, isDigit)
	if from < 0 {
		return nil
	}
	end := from
	for i, c := range text[from:] {
		if isDigit(c) {
			end = from + i + 1
		} else if c != '.' && c != ',' && c != '\'' && (c == ' ' || !unicode.IsSpace(c)) {
			break
		}
	}
	digits := strings.Map(func(c rune) rune {
		if isDigit(c) || c == '.' || c == ',' {
			return c
		}
		return -1
	}, text[from:end])
	whole, err := strconv.ParseFloat(strings.NewReplacer(".", "", ",", "").Replace(digits), 64)
	last := strings.LastIndexAny(digits, ".,")
	switch {
	case err != nil:
		return nil
	case last < 0:
		return []figure{{whole, 1}}
	}
	var all []figure
	places := len(digits) - last - 1
	mark := digits[last : last+1]
	if places == 3 && strings.Count(digits, ".")+strings.Count(digits, ",") == strings.Count(digits, mark) {
		all = append(all, figure{whole, 1}) // Nothing but thousands, perhaps.
	}
	if strings.Count(digits, mark) == 1 {
		step := math.Pow10(-places)
		all = append(all, figure{whole * step, step})
	}
	return all
}

func isDigit(c rune) bool { return c >= '0' && c <= '9' }
