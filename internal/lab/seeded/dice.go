package seeded

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"
)

// dice are one question's own source of chance: whatever else is asked of the lab leaves their answers as they are.
type dice struct{ *rand.Rand }

func (l *Lab) dice(question Fault, of ...int) dice {
	h := fnv.New64a()
	h.Write([]byte(question)) // a hash never fails
	var b [8]byte
	for _, n := range of {
		binary.BigEndian.PutUint64(b[:], uint64(n))
		h.Write(b[:])
	}
	return dice{rand.New(rand.NewPCG(l.Seed, h.Sum64()))}
}

// length is a length of time between two bounds; its logarithm is uniform.
func (d dice) length(least, most time.Duration) time.Duration {
	a, b := math.Log(float64(least)), math.Log(float64(most))
	return time.Duration(math.Exp(a + (b-a)*d.Float64())).Round(time.Second)
}

// between is a number from a up to and with b.
func (d dice) between(a, b int) int { return a + d.IntN(b-a+1) }

// share reports true in that part of all cases.
func (d dice) share(p float64) bool { return d.Float64() < p }

// spans draws when the fault happens to one thing in the whole lab; often multiplies its rate.
func (l *Lab) spans(f Fault, often float64, of ...int) Spans {
	r, d := l.rates[f], l.dice(f, of...)
	every := float64(r.Every) / often
	if !r.Real {
		every /= l.scale
	}
	var out Spans
	for t := l.Start; ; {
		wait := d.ExpFloat64() * every
		if wait >= float64(l.End.Sub(t)) {
			return out
		}
		s := Span{From: t.Add(time.Duration(wait)).Truncate(time.Second)}
		s.To = s.From.Add(d.length(r.Min, r.Max))
		out = append(out, s)
		if t = s.To.Add(time.Second); !t.Before(l.End) {
			return out
		}
	}
}

// share is the part of all cases that the fault befalls.
func (l *Lab) share(f Fault) float64 {
	r := l.rates[f]
	if r.Real {
		return r.Share
	}
	return min(1, r.Share*l.scale)
}
