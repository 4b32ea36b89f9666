package metrics

import (
	"context"
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
)

var statuses = []device.Status{device.StatusUp, device.StatusDegraded, device.StatusDown, device.StatusUnknown}

// devices counts the devices. Those that nothing is known of are a status of their own: up, degraded, down and unknown add
// up to all.
func (b *batch) devices(all []device.Current, each bool) {
	status, standing, overlay := map[device.Status]int{}, map[device.Standing]int{}, map[device.OverlayKind]int{}
	taken := slugs{}
	for i := range all {
		d := &all[i]
		now := d.Status
		if !slices.Contains(statuses, now) {
			now = device.StatusUnknown
		}
		status[now]++
		standing[d.Standing]++
		for _, o := range d.Overlays {
			overlay[o]++
		}
		if each {
			slug := taken.of(d)
			for _, s := range statuses {
				b.gauge("device_status", "Whether a device has that status; only where the configuration has metrics { devices = true }.", yes(s == now), "device", slug, "status", string(s))
			}
		}
	}
	for _, s := range statuses {
		b.gauge("devices", "Devices by status.", float64(status[s]), "status", string(s))
	}
	for _, s := range []device.Standing{device.StandingConfirmed, device.StandingSingle, device.StandingDisputed, device.StandingNone} {
		b.gauge("devices_standing", "Devices by how well their status is founded.", float64(standing[s]), "standing", string(s))
	}
	for _, o := range []device.OverlayKind{device.OverlayMaintenance, device.OverlayUnreachable, device.OverlayFlapping, device.OverlayPending, device.OverlayAcknowledged} {
		b.gauge("devices_muted", "Devices by what keeps notifications about them quiet; one may have several.", float64(overlay[o]), "overlay", string(o))
	}
}

type agreed struct{ same, all int }

// votes counts what the sources say now, and how far they agree about whether devices answer.
func (b *batch) votes(all []device.Current, sources []device.SourceStatus) {
	votes, pairs := map[voted]int{}, map[pair]agreed{}
	for _, s := range sources {
		for _, state := range []string{"up", "down", "abstain"} {
			votes[voted{s.Name, state}] = 0
		}
	}
	for i := range all {
		var reach []device.Vote
		for _, v := range all[i].Votes {
			if v.Facet == device.FacetReach {
				votes[voted{v.Source, word(&v)}]++
				if word(&v) != "abstain" {
					reach = append(reach, v)
				}
			}
		}
		against := opposed(reach)
		seen := map[pair]bool{}
		for j := range reach {
			for k := range j {
				p := of(reach[j].Source, reach[k].Source)
				if p.a == p.b || seen[p] {
					continue
				}
				seen[p] = true
				n := pairs[p]
				n.all++
				if !against[p] {
					n.same++
				}
				pairs[p] = n
			}
		}
	}
	for v, n := range votes {
		b.gauge("votes", "Votes of now on whether devices answer, by source; \"abstain\" are those that do not count.", float64(n), "source", v.source, "state", v.state)
	}
	for _, p := range sortedPairs(pairs) {
		b.gauge("agreement_ratio", "Of the devices on which both sources vote now, the share on which they say the same.", float64(pairs[p].same)/float64(pairs[p].all), "a", p.a, "b", p.b)
	}
}

// said sends what was counted from the record.
func (b *batch) said(ctx context.Context, s *said, read view.Reader) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.events == nil {
		return
	}
	if err := s.readOn(ctx, read); err != nil {
		b.out <- prometheus.NewInvalidMetric(prometheus.NewDesc("quorate_events_total", "Events recorded since the agent's start, by type.", []string{"type"}, nil), err)
		return
	}
	for _, t := range device.EventTypes() {
		b.counter("events_total", "Events recorded since the agent's start, by type.", float64(s.events[t]), "type", string(t))
	}
	all := int64(0)
	for _, n := range s.events {
		all += int64(n)
	}
	b.stage("record", "recorded", all)
	for _, v := range slices.SortedFunc(maps.Keys(s.votes), byVote) {
		b.counter("votes_total", "Votes behind the verdicts recorded since the agent's start, by source and what they said.", float64(s.votes[v]), "source", v.source, "status", v.state)
	}
	for _, p := range sortedPairs(s.against) {
		b.counter("disagreements_total", "Disputes opened since the agent's start in which one source said what the other did not.", float64(s.against[p]), "a", p.a, "b", p.b)
	}
}
