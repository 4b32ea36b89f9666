package snmpagent

import "slices"

// ifIndexed are the tables with an ifIndex at a place of their index: at is its position after entry, column included.
var ifIndexed = []struct {
	entry OID
	at    int
}{
	{oidIf, 1},
	{oidIfX, 1},
	{OID{1, 3, 6, 1, 2, 1, 31, 1, 2, 1}, 1}, // ifStackTable: the higher layer
	{OID{1, 3, 6, 1, 2, 1, 31, 1, 2, 1}, 2}, // and the lower one
	{OID{1, 3, 6, 1, 2, 1, 31, 1, 4, 1}, 1}, // ifRcvAddressTable
	{OID{1, 3, 6, 1, 2, 1, 10, 7, 2, 1}, 1}, // dot3StatsTable
	{OID{1, 3, 6, 1, 2, 1, 4, 22, 1}, 1},    // ipNetToMediaTable
	{OID{1, 3, 6, 1, 2, 1, 4, 35, 1}, 1},    // ipNetToPhysicalTable
	{OID{1, 3, 6, 1, 2, 1, 26, 2, 1, 1}, 1}, // ifMauTable
}

// ifValued are the columns whose values are an ifIndex.
var ifValued = []OID{
	at(oidIf, 1),                       // ifIndex itself
	at(oidIPAddr, 2),                   // ipAdEntIfIndex
	{1, 3, 6, 1, 2, 1, 4, 34, 1, 3},    // ipAddressIfIndex
	{1, 3, 6, 1, 2, 1, 17, 1, 4, 1, 2}, // dot1dBasePortIfIndex
	{1, 3, 6, 1, 2, 1, 4, 22, 1, 1},    // ipNetToMediaIfIndex
}

// Renumber adds by to every ifIndex, as a device may number its interfaces anew when it restarts: the rows of the
// interface tables move, and what points at them follows. An ifIndex of 0 stands for no interface and stays.
func (a *Agent) Renumber(by uint32) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.live {
		l := &a.live[i]
		for _, c := range ifValued {
			if l.value.Tag == TagInteger && below(l.oid, c) && l.value.number() > 0 {
				l.value = Int(int64(uint32(l.value.number()) + by))
			}
		}
		for _, t := range ifIndexed {
			p := len(t.entry) + t.at
			if p < len(l.oid) && l.oid.HasPrefix(t.entry) && l.oid[p] > 0 {
				l.oid = slices.Clone(l.oid)
				l.oid[p] += by
				l.name = l.oid.content()
			}
		}
	}
	slices.SortStableFunc(a.live, func(x, y live) int { return x.oid.Compare(y.oid) })
}
