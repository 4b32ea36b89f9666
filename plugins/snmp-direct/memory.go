package snmpdirect

import (
	"strconv"
	"strings"
)

// memory adds main memory, what of it is cache, and swap. Host Resources comes first; UCD's numbers where it says
// nothing of main memory, or does not know what of it is cache. Installed is hrMemorySize in octets, 0 if it is not known.
func (h *hostParts) memory(rows []*storageRow, ucd []cell, installed float64) {
	for _, r := range rows {
		if isMetrics(r.descr) && installed > 0 {
			r.size = installed // bsnmpd shows what is active
		}
	}
	main, hasMain := mainMemory(rows)
	known := readMemory(ucd)
	if size, used, ok := known.main(); ok && (!hasMain || !main.knowsCache) {
		main.name, main.size, main.used = "Physical memory", size, used
		hasMain = true
	}
	if hasMain {
		h.add("memory:"+main.name, filled(main.size, main.used)...)
	}
	have := map[string]bool{main.name: true}
	swap := false
	for _, r := range rows {
		// "Available memory" is a size alone: what programs could still get.
		if r.skip || r.size <= 0 || have[r.descr] || !isMemory(r) || r.descr == "Available memory" {
			continue
		}
		have[r.descr] = true
		swap = swap || isSwap(r.descr)
		if partOfMain(r.descr) {
			// Its size is its own use, or that of main memory.
			if readings := filled(main.size, r.used); hasMain {
				h.add("memory:"+r.descr, readings...)
			}
			continue
		}
		h.add("memory:"+r.descr, filled(r.size, r.used)...)
	}
	if size, used, ok := known.swap(); ok && !swap {
		h.add("memory:Swap space", filled(size, used)...)
	}
}

// mainRow is what hrStorage says of main memory.
type mainRow struct {
	name       string
	size, used float64
	knowsCache bool
}

// mainMemory reads main memory out of hrStorage. Linux counts buffers and cache as used there, except that newer agents
// have taken them out: they show less in use than is cached.
func mainMemory(rows []*storageRow) (mainRow, bool) {
	spare, knowsCache := 0.0, false
	for _, r := range rows {
		if r.descr == "Memory buffers" || r.descr == "Cached memory" {
			spare += r.used
			knowsCache = true
		}
	}
	for _, r := range rows {
		name := strings.ToLower(r.descr)
		metrics := name == "real memory metrics"
		if r.skip || r.size <= 0 || (r.typ != storageRAM && !metrics) {
			continue
		}
		if metrics || name == "physical memory" || name == "real memory" || name == "ram" {
			used := r.used
			if used >= spare {
				used -= spare
			}
			return mainRow{name: r.descr, size: r.size, used: used, knowsCache: knowsCache || metrics}, true
		}
	}
	return mainRow{}, false
}

// isMemory reports whether a row is memory of some kind. FreeBSD's agents have own types for it.
func isMemory(r *storageRow) bool {
	name := strings.ToLower(r.descr)
	return r.typ == storageRAM || r.typ == storageVirtual || partOfMain(r.descr) ||
		isMetrics(r.descr) || isSwap(name)
}

// isMetrics reports whether a row is one of bsnmpd's: they have no cache in them, and a type of their own.
func isMetrics(descr string) bool {
	return strings.HasSuffix(strings.ToLower(descr), "real memory metrics")
}

// partOfMain reports whether a row tells what a part of main memory is used for.
func partOfMain(descr string) bool {
	switch descr {
	case "Memory buffers", "Cached memory", "Shared memory":
		return true
	}
	return false
}

func isSwap(descr string) bool { return strings.Contains(strings.ToLower(descr), "swap") }

// ucdMemory is UCD-SNMP-MIB's memory group, in kB by the number of the object.
type ucdMemory map[int]float64

func readMemory(cells []cell) ucdMemory {
	m := ucdMemory{}
	for _, c := range cells {
		column, leaf, ok := strings.Cut(c.index, ".")
		n, err := strconv.Atoi(column)
		if v, isNumber := number(c.value); ok && leaf == "0" && err == nil && isNumber && v >= 0 {
			m[n] = v
		}
	}
	// The objects from 18 on are the same with 64 bits.
	for wide, narrow := range map[int]int{18: 3, 19: 4, 20: 5, 21: 6, 24: 13, 25: 14, 26: 15} {
		if v, ok := m[wide]; ok {
			m[narrow] = v
		}
	}
	return m
}

// main is main memory in octets: used is total less free, buffers and cache.
func (m ucdMemory) main() (size, used float64, ok bool) {
	const total, free, buffers, cached = 5, 6, 14, 15
	if _, has := m[free]; !has || m[total] <= 0 {
		return 0, 0, false
	}
	return m[total] * 1024, max(0, m[total]-m[free]-m[buffers]-m[cached]) * 1024, true
}

// swap is swap space in octets.
func (m ucdMemory) swap() (size, used float64, ok bool) {
	const total, available = 3, 4
	if _, has := m[available]; !has || m[total] <= 0 {
		return 0, 0, false
	}
	return m[total] * 1024, max(0, m[total]-m[available]) * 1024, true
}
