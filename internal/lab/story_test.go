package lab

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/device"
)

// scripted is an agent that has recorded what the test says. It learns which beat is played from the printed titles.
type scripted struct {
	events  []device.Event
	devices []device.Current
	scores  device.Scoreboard
}

func (s *scripted) Events(_ context.Context, after int64) ([]device.Event, error) {
	return s.events[min(int(after), len(s.events)):], nil
}
func (s *scripted) Devices() []device.Current { return s.devices }
func (s *scripted) Scores() device.Scoreboard { return s.scores }
func (s *scripted) Draft(context.Context) (string, string, error) {
	s.record(device.Event{Type: device.EventMilestoneDrafted})
	return "draft.md", "draft.private.md", nil
}

func (s *scripted) record(events ...device.Event) {
	for _, e := range events {
		e.Seq = int64(len(s.events) + 1)
		s.events = append(s.events, e)
	}
}

func (s *scripted) verdict(to device.Status, names ...string) {
	for _, n := range names {
		s.record(device.Event{Type: device.EventVerdictChanged, Device: &device.Name{Name: n}, To: string(to), Text: n + " is " + string(to)})
		for i := range s.devices {
			if s.devices[i].Name == n {
				s.devices[i].Status = to
			}
		}
	}
}

func (s *scripted) each(fn func(d *device.Current)) {
	for i := range s.devices {
		fn(&s.devices[i])
	}
}

// newStory returns a story whose world is never asked, and an agent that has just merged its devices.
func newStory(t *testing.T) (*Story, *scripted, []string) {
	t.Helper()
	w, err := NewWorld(Home(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	r := &Running{World: w, LibreNMS: NewLibreNMS(w, LibreNMSOptions{Step: time.Second}), PRTG: NewPRTG(w, PRTGOptions{})}
	a := &scripted{scores: device.Scoreboard{Sources: map[string]int{}}}
	var onlyPRTG []string
	for _, d := range w.Devices() {
		c := device.Current{Name: d.Name, Status: device.StatusUp, Witnesses: device.Witnesses{Enrolled: 1}}
		if d.LibreNMS != nil {
			c.Witnesses.Enrolled = 2
		} else {
			onlyPRTG = append(onlyPRTG, d.Name)
		}
		c.Witnesses.Enrolled += number(d.SNMP)
		a.devices = append(a.devices, c)
	}
	return NewStory(r, StoryOptions{Pace: Fast, Limit: 2 * time.Second}), a, onlyPRTG
}

// behave records what a good agent would, when the title of a beat is printed.
func behave(s *Story, a *scripted, onlyPRTG []string) func(line string) {
	dead := append([]string{coreSwitch}, s.lab.World.Behind(coreSwitch)...)
	beat := 0
	return func(line string) {
		if strings.HasPrefix(line, " ") {
			return
		}
		beat++
		switch beat {
		case 2:
			a.record(device.Event{Type: device.EventSourceSuspect, Source: "librenms", Text: "librenms is not believed: 11 downs contradicted by prtg"})
			a.scores.Sources["librenms"] = 11
		case 3:
			a.record(device.Event{Type: device.EventSourceRecovered, Source: "librenms"})
		case 4:
			a.verdict(device.StatusDown, dead...)
			a.record(device.Event{Type: device.EventIncidentOpened, Because: &device.Name{Name: coreSwitch},
				Text: "core-switch is down, 14 devices behind it are unreachable"})
			a.each(func(d *device.Current) {
				if d.Status == device.StatusDown && d.Name != coreSwitch {
					d.Overlays = []device.OverlayKind{device.OverlayUnreachable}
				}
				if d.Status == device.StatusDown && d.Witnesses.Enrolled == 3 {
					d.Votes = []device.Vote{{Source: "snmp", Facet: device.FacetReach, State: device.StateDown}}
				}
			})
		case 5:
			a.verdict(device.StatusUp, dead...)
			a.record(device.Event{Type: device.EventIncidentClosed, Because: &device.Name{Name: coreSwitch}})
		case 6:
			a.record(device.Event{Type: device.EventSourceBlind, Source: "prtg"})
			a.verdict(device.StatusUnknown, onlyPRTG...)
			a.each(func(d *device.Current) { d.RedundancyLost = d.Name == "gateway" })
		case 7:
			a.record(device.Event{Type: device.EventSourceRecovered, Source: "prtg"})
			a.verdict(device.StatusUp, onlyPRTG...)
			a.each(func(d *device.Current) { d.RedundancyLost = false })
		}
	}
}

func TestStory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, a, onlyPRTG := newStory(t)
		record := behave(s, a, onlyPRTG)
		var told []string
		err := s.Play(t.Context(), a, func(line string) {
			told = append(told, line)
			record(line)
		})
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(told, "\n")
		for _, want := range []string{
			"68 devices, 68 up: 11 with two or three witnesses (8 with three), 57 with one",
			"librenms is not believed: 11 downs contradicted by prtg", "false alarms: librenms 11, Quorate 0",
			"one incident: core-switch is down, 14 devices behind it are unreachable", "15 devices are up again", "57 that only PRTG sees are unknown, not down",
			"draft.md", "draft.private.md",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("not told: %q in\n%s", want, text)
			}
		}
	})
}

func TestStoryThatFails(t *testing.T) {
	tests := []struct {
		name, want string
		spoil      func(a *scripted, title string)
	}{
		{"nothing recorded", "the event that librenms is not believed", func(a *scripted, title string) {
			if strings.HasPrefix(title, "2/") {
				a.events = a.events[:0]
			}
		}},
		{"believed a liar", "a device that lives was called down: nas-1 is down", func(a *scripted, title string) {
			if strings.HasPrefix(title, "2/") {
				a.verdict(device.StatusDown, "nas-1")
			}
		}},
		{"an incident of its own", "an incident of its own: ap-1", func(a *scripted, title string) {
			if strings.HasPrefix(title, "4/") {
				a.record(device.Event{Type: device.EventIncidentOpened, Because: &device.Name{Name: "ap-1"}, Text: "ap-1 is down"})
			}
		}},
		{"one device forgotten", "14 devices down instead of 15", func(a *scripted, title string) {
			if strings.HasPrefix(title, "4/") {
				a.verdict(device.StatusUnknown, "camera-1")
			}
		}},
		{"silence taken for down", "silence was taken for down: plug-1", func(a *scripted, title string) {
			if strings.HasPrefix(title, "6/") {
				a.verdict(device.StatusDown, "plug-1")
			}
		}},
		{"one device too few", "67 devices", func(a *scripted, title string) {
			if strings.HasPrefix(title, "1/") {
				a.devices = a.devices[1:]
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, a, onlyPRTG := newStory(t)
				record := behave(s, a, onlyPRTG)
				err := s.Play(t.Context(), a, func(line string) {
					record(line)
					tt.spoil(a, line)
				})
				if !errors.Is(err, ErrBeats) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want %q", err, tt.want)
				}
			})
		})
	}
}

func TestStoryEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, a, _ := newStory(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Play(ctx, a, func(string) {}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}
