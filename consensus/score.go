package consensus

import (
	"slices"

	"github.com/quorate/quorate/device"
)

// alarm follows whether the source of r calls the device down, after a new word on reach. A down that it takes back
// without the verdict ever having been down was a false alarm.
func (j *judge) alarm(r *Report) {
	if r.Weak || r.Held {
		return
	}
	switch r.Reach.State {
	case device.StateDown:
		if !r.Alarm {
			r.Alarm, r.Agreed, r.Blamed = true, false, false
		}
	case device.StateUp:
		if r.Alarm && !r.Agreed && !r.Blamed {
			j.editSource(r.Source).FalseAlarms++
		}
		r.Alarm, r.Agreed, r.Blamed = false, false, false
	}
}

// blame counts a source's downs on these devices as false alarms, each once.
func (j *judge) blame(source string, ids []device.ID) {
	for _, id := range ids {
		j.blameIf(id, func(r *Report) bool { return r.Source == source })
	}
}

func (j *judge) blameIf(id device.ID, guilty func(*Report) bool) {
	d := j.device(id)
	for i := range d.Reports {
		r := &d.Reports[i]
		if !r.Alarm || r.Agreed || r.Blamed || r.Reach.State != device.StateDown || !guilty(r) {
			continue
		}
		d = j.edit(id)
		d.Reports = slices.Clone(d.Reports)
		d.Reports[i].Blamed = true
		j.editSource(r.Source).FalseAlarms++
	}
}

// contradicted reports whether a witness outside the domain claims up freshly.
func (b *bench) contradicted(d *Device, domain string) bool {
	for i := range d.Reports {
		r := &d.Reports[i]
		if s := b.seat(r.Source); s != nil && s.domain != domain && r.Reach.State == device.StateUp && b.speaks(r, s) {
			return true
		}
	}
	return false
}

// agree marks the downs that the verdict shares: they were no false alarms, also where others contradicted them at
// first.
func (j *judge) agree(d *Device) {
	cloned := false
	for i := range d.Reports {
		if r := &d.Reports[i]; !r.Alarm || r.Agreed {
			continue
		}
		if !cloned {
			d.Reports, cloned = slices.Clone(d.Reports), true
		}
		r := &d.Reports[i]
		if r.Blamed && j.seat(r.Source) != nil {
			j.editSource(r.Source).FalseAlarms--
		}
		r.Agreed, r.Blamed = true, false
	}
}

// dissent follows who claims up through a verdict of down, and counts the verdict as the agent's own false alarm if
// it ends in up while one of them did so all through.
func (j *judge) dissent(d *Device, was device.State) {
	is := d.Reach.State
	switch {
	case is == device.StateDown && was != device.StateDown:
		d.Dissent = j.upDomains(d, nil)
	case is == device.StateDown:
		if len(d.Dissent) > 0 {
			d.Dissent = j.upDomains(d, d.Dissent)
		}
	case len(d.Dissent) > 0:
		if is == device.StateUp {
			j.global.Own++
		}
		d.Dissent = nil
	}
}

// upDomains are the domains that claim up freshly, of those in among, or of all where among is nil. A domain that
// also claims down is on the down side.
func (j *judge) upDomains(d *Device, among []string) []string {
	var ups, downs []string
	for i := range d.Reports {
		r := &d.Reports[i]
		s := j.seat(r.Source)
		if s == nil || !j.speaks(r, s) || among != nil && !slices.Contains(among, s.domain) {
			continue
		}
		switch r.Reach.State {
		case device.StateUp:
			ups = append(ups, s.domain)
		case device.StateDown:
			downs = append(downs, s.domain)
		}
	}
	slices.Sort(ups)
	ups = slices.DeleteFunc(slices.Compact(ups), func(s string) bool { return slices.Contains(downs, s) })
	if len(ups) == 0 {
		return nil
	}
	return ups
}
