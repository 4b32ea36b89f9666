package lab

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// The names that demo.hcl gives to the sources.
const (
	sourceLibreNMS = "librenms"
	sourcePRTG     = "prtg"
	sourceSNMP     = "snmp"
)

// beats is the story: calm; LibreNMS' host loses its network and calls everything dead; the core switch really dies;
// PRTG goes blind; all is well again, and there is a post about it.
func beats(r *Running) []Beat {
	devices := r.World.Devices()
	dead := append([]string{coreSwitch}, r.World.Behind(coreSwitch)...)
	slices.Sort(dead)
	twice, asked, askedDead := 0, 0, 0
	for _, d := range devices {
		twice += number(d.LibreNMS != nil)
		asked += number(d.SNMP)
		askedDead += number(d.SNMP && slices.Contains(dead, d.Name))
	}
	return []Beat{
		beatCalm(len(devices), twice, asked),
		beatLie(twice),
		beatLieEnds(),
		beatOutage(dead, askedDead),
		beatOutageEnds(dead),
		beatBlind(devices),
		beatBlindEnds(len(devices)),
		beatDraft(),
	}
}

// beatCalm ends when each device is up with all its witnesses: thrice of them have three.
func beatCalm(all, twice, thrice int) Beat {
	counts := func(r Record) (up, two, three int) {
		for _, d := range r.Devices {
			up += number(d.Status == device.StatusUp)
			two += number(d.Witnesses.Enrolled >= 2)
			three += number(d.Witnesses.Enrolled >= 3)
		}
		return up, two, three
	}
	return Beat{
		Title: fmt.Sprintf("A calm day. LibreNMS, PRTG and direct SNMP report on %d devices, each under its own names.", all),
		Missing: func(r Record) string {
			if up, two, three := counts(r); len(r.Devices) != all || up != all || two != twice || three != thrice {
				return fmt.Sprintf("%d devices (%d up, %d with two or three witnesses, %d with three) instead of %d (all up, %d, %d)",
					len(r.Devices), up, two, three, all, twice, thrice)
			}
			return ""
		},
		Told: func(r Record) []string {
			up, two, three := counts(r)
			return []string{fmt.Sprintf("%d devices, %d up: %d with two or three witnesses (%d with three), %d with one", len(r.Devices), up, two, three, len(r.Devices)-two)}
		},
	}
}

func beatLie(calledDead int) Beat {
	return Beat{
		Title: fmt.Sprintf("LibreNMS' host loses its network: LibreNMS calls all its %d devices dead.", calledDead),
		Do: func(ctx context.Context, s *Story) error {
			// Just after the direct prober looked: the next to contradict is then PRTG, which sees all 11. A calm day
			// that does not last has ended with the prober's first look.
			if s.opt.Dwell > 0 {
				if err := s.lab.afterSNMP(ctx, 5*time.Second); err != nil {
					return err
				}
			}
			s.lab.LibreNMS.LoseNetwork(true)
			return nil
		},
		Missing: func(r Record) string {
			if _, ok := r.of(device.EventSourceSuspect, sourceLibreNMS); !ok {
				return "the event that librenms is not believed"
			}
			if n := r.Scores.Sources[sourceLibreNMS]; n < calledDead {
				return fmt.Sprintf("%d false alarms of librenms on the scoreboard instead of %d", n, calledDead)
			}
			return ""
		},
		Wrong: noDown,
		Told: func(r Record) []string {
			suspect, _ := r.of(device.EventSourceSuspect, sourceLibreNMS)
			return []string{suspect.Text, scoreboard(r.Scores)}
		},
	}
}

func scoreboard(b device.Scoreboard) string {
	return fmt.Sprintf("false alarms: librenms %d, Quorate %d", b.Sources[sourceLibreNMS], b.Own)
}

func noDown(r Record) string {
	if e, ok := r.first(func(e device.Event) bool {
		return e.Type == device.EventVerdictChanged && e.To == string(device.StatusDown)
	}); ok {
		return "a device that lives was called down: " + e.Text
	}
	if r.Scores.Own > 0 {
		return fmt.Sprintf("Quorate itself gave %d false alarms", r.Scores.Own)
	}
	return ""
}

func beatLieEnds() Beat {
	return Beat{
		Title: "LibreNMS' host has its network back.",
		Do: func(_ context.Context, s *Story) error {
			s.lab.LibreNMS.LoseNetwork(false)
			return nil
		},
		Missing: recovered(sourceLibreNMS),
		Wrong:   noDown,
		Told:    firstText(device.EventSourceRecovered, sourceLibreNMS),
	}
}

func recovered(source string) func(Record) string {
	return func(r Record) string {
		if _, ok := r.of(device.EventSourceRecovered, source); !ok {
			return "the event that " + source + " has recovered"
		}
		return ""
	}
}

func firstText(t device.EventType, source string) func(Record) []string {
	return func(r Record) []string {
		e, _ := r.of(t, source)
		return []string{e.Text}
	}
}

// beatOutage ends when all of dead are down, the prober has seen it of those that it asks, and one incident holds them.
func beatOutage(dead []string, asked int) Beat {
	return Beat{
		Title: fmt.Sprintf("The core switch really dies, and %d devices behind it cannot be reached.", len(dead)-1),
		Do: func(ctx context.Context, s *Story) error {
			// Just before LibreNMS looks again: two monitors then agree on the switch while the devices behind it,
			// many with a single witness, are still being confirmed. What depends on something is told after it.
			if err := s.lab.untilBefore(ctx, 50*time.Millisecond); err != nil {
				return err
			}
			return s.lab.World.Kill(coreSwitch)
		},
		// The others look once more after the prober did: its many downs at once are then known to be true.
		Settle: 1200 * time.Millisecond,
		Missing: func(r Record) string {
			down := r.verdicts(device.StatusDown)
			if !slices.Equal(down, dead) {
				return fmt.Sprintf("%d devices down instead of %d", len(down), len(dead))
			}
			unreachable := r.count(func(d device.Current) bool { return slices.Contains(d.Overlays, device.OverlayUnreachable) })
			if unreachable != len(dead)-1 {
				return fmt.Sprintf("%d devices unreachable behind it instead of %d", unreachable, len(dead)-1)
			}
			if _, ok := r.incident(device.EventIncidentOpened, coreSwitch); !ok {
				return "the incident with the switch as its root"
			}
			if n := r.count(snmpSaysDown); n != asked {
				return fmt.Sprintf("%d devices down by direct SNMP instead of %d", n, asked)
			}
			return ""
		},
		Wrong: func(r Record) string {
			if e, ok := r.first(func(e device.Event) bool {
				return e.Type == device.EventIncidentOpened && incidentRoot(e) != coreSwitch
			}); ok {
				return "an incident of its own: " + e.Text
			}
			return ""
		},
		Told: func(r Record) []string {
			lines := []string{"one incident: " + r.last(coreSwitch).Text}
			if e, ok := r.first(func(e device.Event) bool {
				return e.Type == device.EventVerdictChanged && e.Device != nil && e.Device.Name == coreSwitch
			}); ok {
				lines = append(lines, e.Text)
			}
			return lines
		},
	}
}

func snmpSaysDown(d device.Current) bool {
	return slices.ContainsFunc(d.Votes, func(v device.Vote) bool {
		return v.Source == sourceSNMP && v.Facet == device.FacetReach && v.State == device.StateDown
	})
}

// incident returns the first event of that type about the incident with that root.
func (r Record) incident(t device.EventType, root string) (device.Event, bool) {
	return r.first(func(e device.Event) bool { return e.Type == t && incidentRoot(e) == root })
}

// last returns the newest event about the incident with that root.
func (r Record) last(root string) device.Event {
	for _, e := range slices.Backward(r.Events) {
		if strings.HasPrefix(string(e.Type), "incident.") && incidentRoot(e) == root {
			return e
		}
	}
	return device.Event{}
}

func incidentRoot(e device.Event) string {
	switch {
	case e.Because != nil:
		return e.Because.Name
	case e.Device != nil:
		return e.Device.Name
	}
	return orElse(e.Source, e.Text)
}

// afterSNMP waits for the end of a poll of the SNMP agents, but no longer than limit.
func (r *Running) afterSNMP(ctx context.Context, limit time.Duration) error {
	if r.Agents == nil {
		return nil
	}
	const quiet = 100 * time.Millisecond
	before, asked := r.Agents.Requests(), false
	for waited := time.Duration(0); waited < limit; waited += quiet {
		if err := sleep(ctx, quiet); err != nil {
			return err
		}
		now := r.Agents.Requests()
		if asked && now == before {
			return nil
		}
		asked, before = asked || now != before, now
	}
	return nil
}

// untilBefore waits until it is only lead to LibreNMS' next poll.
func (r *Running) untilBefore(ctx context.Context, lead time.Duration) error {
	now := r.World.now()
	step := r.LibreNMS.opt.Step
	next := now.Truncate(step).Add(step - lead)
	if next.Before(now) {
		next = next.Add(step)
	}
	return sleep(ctx, next.Sub(now))
}

func beatOutageEnds(dead []string) Beat {
	return Beat{
		Title: "The core switch has power again.",
		Do: func(_ context.Context, s *Story) error {
			return s.lab.World.Revive(coreSwitch)
		},
		Missing: func(r Record) string {
			if up := r.verdicts(device.StatusUp); !slices.Equal(up, dead) {
				return fmt.Sprintf("%d devices back instead of %d", len(up), len(dead))
			}
			if _, ok := r.incident(device.EventIncidentClosed, coreSwitch); !ok {
				return "the end of the incident"
			}
			return ""
		},
		Told: func(r Record) []string {
			e, _ := r.incident(device.EventIncidentClosed, coreSwitch)
			return []string{fmt.Sprintf("%d devices are up again", len(dead)), e.Text}
		},
	}
}

func beatBlind(devices []Device) Beat {
	onlyPRTG, others := 0, 0
	for _, d := range devices {
		if d.LibreNMS != nil || d.SNMP {
			others++
		} else {
			onlyPRTG++
		}
	}
	return Beat{
		Title: "PRTG goes blind: its core answers every call with an error.",
		Do: func(_ context.Context, s *Story) error {
			s.lab.PRTG.SetFault(Fault{Kind: FaultServerError})
			return nil
		},
		Missing: func(r Record) string {
			if _, ok := r.of(device.EventSourceBlind, sourcePRTG); !ok {
				return "the event that prtg is blind"
			}
			if n := len(r.verdicts(device.StatusUnknown)); n < onlyPRTG {
				return fmt.Sprintf("%d devices unknown instead of %d", n, onlyPRTG)
			}
			if n := r.count(carriedOn); n == 0 {
				return "a device that one witness carries on for"
			}
			return ""
		},
		Wrong: func(r Record) string {
			if down := r.verdicts(device.StatusDown); down != nil {
				return "silence was taken for down: " + strings.Join(down, ", ")
			}
			if n := len(r.verdicts(device.StatusUnknown)); n > onlyPRTG {
				return fmt.Sprintf("%d devices unknown, and only %d depend on prtg alone", n, onlyPRTG)
			}
			return ""
		},
		Told: func(r Record) []string {
			blind, _ := r.of(device.EventSourceBlind, sourcePRTG)
			up := r.count(func(d device.Current) bool { return d.Status == device.StatusUp })
			return []string{
				blind.Text,
				fmt.Sprintf("%d devices carry on with their other witnesses (%d of them have lost their redundancy); %d that only PRTG sees are unknown, not down",
					up, r.count(carriedOn), onlyPRTG),
			}
		},
	}
}

func carriedOn(d device.Current) bool { return d.RedundancyLost && d.Status == device.StatusUp }

func beatBlindEnds(all int) Beat {
	return Beat{
		Title: "PRTG answers again.",
		Do: func(_ context.Context, s *Story) error {
			s.lab.PRTG.SetFault(Fault{})
			return nil
		},
		Missing: func(r Record) string {
			if missing := recovered(sourcePRTG)(r); missing != "" {
				return missing
			}
			if up := r.count(func(d device.Current) bool { return d.Status == device.StatusUp && !d.RedundancyLost }); up != all {
				return fmt.Sprintf("%d devices up instead of %d", up, all)
			}
			return ""
		},
		Told: func(r Record) []string {
			return append(firstText(device.EventSourceRecovered, sourcePRTG)(r), scoreboard(r.Scores))
		},
	}
}

func beatDraft() Beat {
	return Beat{
		Title: "All is well, and the day becomes a post.",
		Do: func(ctx context.Context, s *Story) error {
			post, original, err := s.agent.Draft(ctx)
			if err != nil {
				return fmt.Errorf("draft the post: %w", err)
			}
			s.draft, s.original = post, original
			return nil
		},
		Missing: func(r Record) string {
			if !r.Drafted {
				return "the event that the post was drafted"
			}
			return ""
		},
		Wrong: func(r Record) string {
			if e, ok := r.of(device.EventPublishRefused, ""); ok {
				return orElse(e.Text, "the post was refused")
			}
			return ""
		},
		Told: func(r Record) []string {
			lines := []string{"the draft:            " + r.Draft}
			if r.Original != "" {
				lines = append(lines, "its private original: "+r.Original)
			}
			return lines
		},
	}
}
