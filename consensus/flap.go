package consensus

import (
	"github.com/quorate/quorate/device"
)

// flap puts the proposal for reach into the ring if new evidence came with it, and begins or ends flapping.
func (h *hearing) flap(d *Device) {
	t, j := &h.tally, h.j
	letter := ringMark(t.proposal)
	if letter == 0 {
		return
	}
	mark := string(rune(letter))
	news := false
	for i := range t.ballots {
		v := &t.ballots[i]
		news = news || v.votes() && v.claim.ArrivedAt.Equal(j.at)
	}
	if !news {
		return
	}
	if over := len(d.Ring) + 1 - j.rules.FlapSize; over <= 0 || d.Ring[over:]+mark != d.Ring {
		d.Ring = d.Ring[max(over, 0):] + mark
	}
	share := changeShare(d.Ring)
	switch {
	case !d.Flapping && len(d.Ring) >= j.rules.FlapMin && share > j.rules.FlapStart+tolerance:
		d.Flapping = true
		h.note(note{kind: device.EventFlappingStart, facet: device.FacetReach})
	case d.Flapping && len(d.Ring) >= j.rules.FlapMin && share < j.rules.FlapEnd-tolerance:
		d.Flapping = false
		h.note(note{kind: device.EventFlappingEnd, facet: device.FacetReach})
	}
}

// ringMark is the letter of a proposal in the ring, 0 for one that does not enter it.
func ringMark(p Proposal) byte {
	switch p {
	case Proposal(device.StateUp):
		return 'u'
	case Proposal(device.StateDown):
		return 'd'
	}
	return 0
}

// changeShare is the weighted share of changes in the ring: the weights rise linearly from 0.8 for the oldest
// pair of neighbours to 1.2 for the newest.
func changeShare(ring string) float64 {
	const oldest, newest = 0.8, 1.2
	pairs := len(ring) - 1
	changed, all := 0.0, 0.0
	for i := range pairs {
		w := 1.0
		if pairs > 1 {
			w = oldest + (newest-oldest)*float64(i)/float64(pairs-1)
		}
		all += w
		if ring[i] != ring[i+1] {
			changed += w
		}
	}
	if all == 0 {
		return 0
	}
	return changed / all
}
