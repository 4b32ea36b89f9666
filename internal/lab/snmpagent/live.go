package snmpagent

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// live is an object of a running agent.
type live struct {
	oid   OID
	name  []byte // oid in BER
	value Value
	rate  float64   // how much the value grows in a second
	since time.Time // when it was value
}

// uptimes grow by themselves in every agent: sysUpTime, hrSystemUptime and snmpEngineTime.
var uptimes = [...]struct {
	oid  string
	rate float64
}{
	{"1.3.6.1.2.1.1.3.0", 100},
	{"1.3.6.1.2.1.25.1.1.0", 100},
	{"1.3.6.1.6.3.10.2.1.3.0", 1},
}

const engineBoots = "1.3.6.1.6.3.10.2.1.2.0"

func enliven(entries []entry, now time.Time) []live {
	all := make([]live, len(entries))
	for i, e := range entries {
		all[i] = live{oid: e.oid, name: e.oid.content(), value: e.value, rate: e.rate, since: now}
	}
	for _, u := range uptimes {
		if o, err := ParseOID(u.oid); err == nil {
			if i, ok := findLive(all, o); ok {
				all[i].rate = u.rate
			}
		}
	}
	return all
}

// at is the value at an instant. Only numbers move.
func (l *live) at(now time.Time) Value {
	if l.rate == 0 {
		return l.value
	}
	grown := uint64(max(0, now.Sub(l.since).Seconds()) * l.rate)
	switch l.value.Tag {
	case TagInteger:
		return Int(int64(l.value.number() + grown))
	case TagCounter32:
		return Counter32(l.value.number() + grown)
	case TagTimeTicks:
		return Ticks(l.value.number() + grown)
	case TagCounter64:
		return Counter64(l.value.number() + grown)
	}
	return l.value
}

func findLive(all []live, o OID) (int, bool) {
	return slices.BinarySearchFunc(all, o, func(l live, o OID) int { return l.oid.Compare(o) })
}

// Set overlays the value of a dotted OID from now on; an object that the recording lacks appears.
func (a *Agent) Set(oid string, v Value) error {
	o, err := ParseOID(oid)
	if err != nil {
		return fmt.Errorf("set: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	i, ok := findLive(a.live, o)
	if !ok {
		a.live = slices.Insert(a.live, i, live{oid: o, name: o.content()})
	}
	a.live[i].value, a.live[i].since = v, a.clock()
	return nil
}

// Restore takes back what Set, SetRate and Remove did to an object.
func (a *Agent) Restore(oid string) error {
	o, err := ParseOID(oid)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	i, ok := findLive(a.live, o)
	j, known := find(a.original, o)
	switch {
	case !known && ok:
		a.live = slices.Delete(a.live, i, i+1)
	case known:
		e := enliven(a.original[j:j+1], a.clock())[0]
		if !ok {
			a.live = slices.Insert(a.live, i, e)
		}
		a.live[i] = e
	}
	return nil
}

// Remove takes away an object and everything below it: a row's cell, a column or a whole table.
func (a *Agent) Remove(oid string) error {
	o, err := ParseOID(oid)
	if err != nil {
		return fmt.Errorf("remove: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.live = slices.DeleteFunc(a.live, func(l live) bool { return l.oid.HasPrefix(o) })
	return nil
}

// Readdress makes the agent say of its interfaces that one has another address: the rows of ipAddrTable under the old
// one go on under the new one.
func (a *Agent) Readdress(from, to netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var rows []live
	a.live = slices.DeleteFunc(a.live, func(l live) bool {
		if !l.oid.HasPrefix(oidIPAddr) || !slices.Equal(l.oid[len(oidIPAddr)+1:], addressArcs(from)) {
			return false
		}
		rows = append(rows, l)
		return true
	})
	for _, l := range rows {
		l.oid = append(slices.Clone(l.oid[:len(oidIPAddr)+1]), addressArcs(to)...)
		l.name = l.oid.content()
		if l.value.Tag == TagIPAddress && l.oid[len(oidIPAddr)] == 1 {
			l.value = IP(to)
		}
		i, ok := findLive(a.live, l.oid)
		if !ok {
			a.live = slices.Insert(a.live, i, l)
		}
	}
}
