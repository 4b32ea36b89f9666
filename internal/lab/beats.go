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
)

// beats is the story: calm; LibreNMS' host loses its network and calls everything dead; the core switch really dies;
// PRTG goes blind; all is well again, and there is a post about it.
func beats(r *Running) []Beat {
	devices := r.World.Devices()
	seenTwice, behind := 0, r.World.Behind(coreSwitch)
	for _, d := range devices {
		seenTwice += number(d.LibreNMS != nil)
	}
	dead := append([]string{coreSwitch}, behind...)
	slices.Sort(dead)
	return []Beat{
		beatCalm(len(devices), seenTwice),
		beatLie(seenTwice),
		beatLieEnds(),
		beatOutage(dead),
		beatOutageEnds(dead),
		beatBlind(devices),
		beatBlindEnds(len(devices)),
		beatDraft(),
	}
}

func beatCalm(all, twice int) Beat {
	return Beat{
		Title: fmt.Sprintf("A calm day. LibreNMS, PRTG and direct SNMP report on %d devices, each under its own names.", all),
		Missing: func(r Record) string {
			up := r.count(func(d device.Current) bool { return d.Status == device.StatusUp })
			many := r.count(func(d device.Current) bool { return d.Witnesses.Enrolled >= 2 })
			if up < all || many < twice || len(r.Devices) != all {
				return fmt.Sprintf("%d devices (%d up, %d with two or three witnesses) instead of %d (all up, %d)", len(r.Devices), up, many, all, twice)
			}
			return ""
		},
		Told: func(r Record) []string {
			many := r.count(func(d device.Current) bool { return d.Witnesses.Enrolled >= 2 })
			return []string{fmt.Sprintf("%d devices, all up: %d with two or three witnesses, %d with one.", len(r.Devices), many, len(r.Devices)-many)}
		},
	}
}

func beatLie(calledDead int) Beat {
	return Beat{
		Title: fmt.Sprintf("LibreNMS' host loses its network: LibreNMS calls all its %d devices dead.", calledDead),
		Do: func(_ context.Context, s *Story) error {
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

func beatOutage(dead []string) Beat {
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
			opened, _ := r.incident(device.EventIncidentOpened, coreSwitch)
			lines := []string{fmt.Sprintf("one incident with %d devices behind it: %s", len(dead)-1, opened.Text)}
			if e, ok := r.first(func(e device.Event) bool {
				return e.Type == device.EventVerdictChanged && e.Device != nil && e.Device.Name == coreSwitch
			}); ok {
				lines = append(lines, e.Text)
			}
			return lines
		},
	}
}

// incident returns the first event of that type about the incident with that root.
func (r Record) incident(t device.EventType, root string) (device.Event, bool) {
	return r.first(func(e device.Event) bool { return e.Type == t && incidentRoot(e) == root })
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
