package snmpdirect

import (
	"strconv"
	"time"

	"github.com/quorate/quorate/device"
)

// processors adds the load of each core in %, their mean, and what the time went into since the poll before. Without
// rows for cores the mean comes from there.
func (h *hostParts) processors(cells []cell, before, after *cpuTicks) {
	sum, n := 0.0, 0
	for _, c := range cells {
		v, ok := number(c.value)
		if !ok || v < 0 || v > 100 || n == maxParts {
			continue
		}
		h.add("cpu:"+strconv.Itoa(n), percent(v))
		sum += v
		n++
	}
	shares := after.shares(before)
	switch {
	case n > 0:
		h.add("cpu:total", percent(sum/float64(n)))
	case shares != nil:
		h.add("cpu:total", percent(100-shares[tickIdle]))
	}
	if shares == nil {
		return
	}
	h.add("cpu:user", percent(shares[tickUser]+shares[tickNice]))
	h.add("cpu:system", percent(shares[tickSystem]+shares[tickInterrupt]+shares[tickSoftInterrupt]))
	if after.has[tickWait] {
		h.add("cpu:wait", percent(shares[tickWait]))
	}
	if after.has[tickSteal] {
		h.add("cpu:steal", percent(shares[tickSteal]))
	}
}

func percent(v float64) device.Reading { return device.Reading{Quantity: "load", Value: v, Unit: "%"} }

// loadAverages adds the mean number of processes that ran or waited, over 1, 5 and 15 minutes. The agent counts
// hundredths.
func (h *hostParts) loadAverages(cells []cell) {
	names := map[string]string{"1": "cpu:load 1 min", "2": "cpu:load 5 min", "3": "cpu:load 15 min"}
	for _, c := range cells {
		if v, ok := number(c.value); ok && v >= 0 && names[c.index] != "" {
			h.add(names[c.index], device.Reading{Quantity: "count", Value: v / 100, Unit: "1"})
		}
	}
}

// What the processors' time goes into: UCD's ssCpuRaw objects.
const (
	tickUser = iota
	tickNice
	tickSystem
	tickIdle
	tickWait
	tickInterrupt
	tickSoftInterrupt
	tickSteal
	tickKinds
)

// tickColumns are the names of the objects above, in their order.
func tickColumns() []string {
	const stats = ".1.3.6.1.4.1.2021.11."
	return []string{stats + "50", stats + "51", stats + "52", stats + "53", stats + "54", stats + "56", stats + "61", stats + "64"}
}

// cpuTicks are the counters of the processors' time at one moment.
type cpuTicks struct {
	at    time.Time
	value [tickKinds]uint32
	has   [tickKinds]bool
}

func readTicks(walked [][]cell, at time.Time) *cpuTicks {
	t := &cpuTicks{at: at}
	for kind, cells := range walked {
		if len(cells) != 1 || kind >= tickKinds {
			continue
		}
		if v, ok := counter(cells[0].value); ok && cells[0].index == "0" {
			t.value[kind], t.has[kind] = uint32(v), true // a Counter32 wraps, and so does this
		}
	}
	return t
}

// shares are the parts of the time since before, in %. Nil where there was none, where the agent has no ticks, and where
// the counters have begun again.
func (t *cpuTicks) shares(before *cpuTicks) []float64 {
	if before == nil || t.has != before.has || !t.has[tickUser] || !t.has[tickIdle] || t.at.Sub(before.at) < shortest {
		return nil
	}
	// No machine has more processors than this that gives each a hundred ticks a second.
	const perSecond = 100 * 1024
	most := t.at.Sub(before.at).Seconds() * perSecond
	all := make([]float64, tickKinds)
	sum := 0.0
	for kind := range all {
		all[kind] = float64(t.value[kind] - before.value[kind])
		sum += all[kind]
	}
	if sum <= 0 || sum > most {
		return nil
	}
	for kind := range all {
		all[kind] *= 100 / sum
	}
	return all
}
