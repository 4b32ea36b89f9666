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
