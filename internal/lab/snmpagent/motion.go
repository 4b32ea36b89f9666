package snmpagent

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// SetRate makes a counter grow by so many units a second from its value of now; of a subtree, every counter in it.
func (a *Agent) SetRate(oid string, perSecond float64) error {
	o, err := ParseOID(oid)
	if err != nil {
		return fmt.Errorf("set rate: %w", err)
	}
	if math.IsNaN(perSecond) || math.IsInf(perSecond, 0) {
		return errors.New("set rate: it is no number")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now, found := a.clock(), false
	for i := range a.live {
		l := &a.live[i]
		exact := len(l.oid) == len(o)
		if !l.oid.HasPrefix(o) || (!exact && l.value.Tag != TagCounter32 && l.value.Tag != TagCounter64) {
			continue
		}
		l.value, l.rate, l.since, found = l.at(now), perSecond, now, true
	}
	if !found {
		return fmt.Errorf("set rate: no object %s, and no counter below it", oid)
	}
	return nil
}

// WrapIn puts every counter and uptime that moves so that it passes its limit, 2^32 or 2^64, after d.
func (a *Agent) WrapIn(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock()
	for i := range a.live {
		l := &a.live[i]
		left := uint64(max(0, d.Seconds()*l.rate))
		switch {
		case l.rate <= 0:
			continue
		case l.value.Tag == TagCounter32, l.value.Tag == TagTimeTicks:
			l.value = Value{l.value.Tag, unsigned(math.MaxUint32 - min(left, math.MaxUint32))}
		case l.value.Tag == TagCounter64:
			l.value = Counter64(math.MaxUint64 - left)
		default:
			continue
		}
		l.since = now
	}
}

// Reboot starts uptimes and counters at zero and counts the engine's boots up.
func (a *Agent) Reboot() {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock()
	for i := range a.live {
		l := &a.live[i]
		switch l.value.Tag {
		case TagCounter32, TagCounter64, TagTimeTicks:
			l.value, l.since = Value{l.value.Tag, unsigned(0)}, now
		case TagInteger:
			if l.rate > 0 {
				l.value, l.since = Int(0), now
			}
			if l.oid.String() == engineBoots {
				l.value = Int(int64(l.value.number()) + 1)
			}
		}
	}
}
