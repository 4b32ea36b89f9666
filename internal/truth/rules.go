package truth

import (
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/seeded"
)

// rule makes one word of those of several monitors: how many say up and how many down. The others say nothing.
type rule func(up, down int) bool

// The simple rules: whether the device is down.
func anyDown(_, down int) bool     { return down > 0 }
func allDown(up, down int) bool    { return down > 0 && up == 0 }
func mostlyDown(up, down int) bool { return down > up }

// combine applies a rule to the words of several monitors at every moment.
func combine(says [][]seeded.Word, isDown rule) []seeded.Word {
	var moments []time.Time
	for _, words := range says {
		for _, w := range words {
			moments = append(moments, w.At)
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	moments = slices.CompactFunc(moments, time.Time.Equal)
	next := make([]int, len(says))
	held := make([]device.State, len(says))
	var out []seeded.Word
	for _, at := range moments {
		up, down := 0, 0
		for i, words := range says {
			for next[i] < len(words) && !words[next[i]].At.After(at) {
				held[i] = words[next[i]].State
				next[i]++
			}
			switch held[i] {
			case device.StateUp:
				up++
			case device.StateDown:
				down++
			}
		}
		state := device.StateUnknown
		switch {
		case isDown(up, down):
			state = device.StateDown
		case up+down > 0:
			state = device.StateUp
		}
		if n := len(out); n == 0 || out[n-1].State != state {
			out = append(out, seeded.Word{At: at, State: state})
		}
	}
	return out
}

// What fooled who holds a device down where that is no single fault: monitors are fooled by different ones, or hold it
// down no longer.
const (
	Several seeded.Fault = "several at once"
	Stale   seeded.Fault = "what was said before"
)

// fooledBy returns what makes monitors hold a device down at a moment.
func fooledBy(says ...[]seeded.Word) func(time.Time) seeded.Fault {
	return func(at time.Time) seeded.Fault {
		var faults []seeded.Fault
		for _, words := range says {
			var held seeded.Word
			for _, w := range words {
				if w.At.After(at) {
					break
				}
				held = w
			}
			if held.State == device.StateDown && held.Why != "" && !slices.Contains(faults, held.Why) {
				faults = append(faults, held.Why)
			}
		}
		switch len(faults) {
		case 0:
			return Stale
		case 1:
			return faults[0]
		}
		return Several
	}
}
