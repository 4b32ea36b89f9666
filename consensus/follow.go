package consensus

import (
	"slices"

	"github.com/quorate/quorate/device"
)

// A source that was told of a device votes on it like any other, but keeps it no longer than those who report it by
// themselves.

// kept reports whether somebody reports a device who was not told of it.
func kept(reports []Report) bool {
	return slices.ContainsFunc(reports, func(r Report) bool { return r.Follows == "" })
}

// Kept reports whether any source that was not told of a device reports it; otherwise what follows it is set aside.
func (s *State) Kept(id device.ID) bool {
	d := s.Devices[id]
	return d != nil && kept(d.Reports)
}

func hasReport(reports []Report, r *Report) bool {
	_, found := findReport(reports, r.Source, r.Ref)
	return found
}

// desert lets those devices go that nobody reports any more but who was told of them.
func (j *judge) desert() {
	for _, id := range j.deserted {
		d := j.device(id)
		if d == nil || kept(d.Reports) {
			continue
		}
		for len(j.device(id).Reports) > 0 {
			j.take(id, 0)
		}
	}
}

// speakOnce leaves a device that has taken in another one a single report of each source that follows both: the one
// that names the device itself, else the first.
func (j *judge) speakOnce(id device.ID) {
	best := map[string]*Report{}
	reports := j.device(id).Reports
	for i := range reports {
		r := &reports[i]
		if b := best[r.Source]; r.Follows != "" && (b == nil || r.Follows == string(id) && b.Follows != string(id)) {
			best[r.Source] = r
		}
	}
	for i := len(reports) - 1; i >= 0; i-- {
		if r := &reports[i]; r.Follows != "" && best[r.Source] != r {
			k, _ := findReport(j.device(id).Reports, r.Source, r.Ref)
			j.take(id, k)
		}
	}
}

// strayed reports whether a ref that followed one of the two devices of a follows another one by now.
func (j *judge) strayed(a *Aside) bool {
	return slices.ContainsFunc(slices.Concat(a.Own.Reports, a.Was.Reports), func(r Report) bool {
		id, found := j.find(r.key())
		return found && r.Follows != "" && id != a.Into
	})
}
