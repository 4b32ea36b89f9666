package librenms

import (
	"math"
	"strconv"

	"github.com/quorate/quorate/sdk/sourcehttp"
)

// number is a scalar as a number, NaN where it is none.
func number(s sourcehttp.Scalar) float64 {
	if v, ok := s.Float(); ok {
		return v
	}
	return math.NaN()
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
