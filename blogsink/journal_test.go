package blogsink

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// journal gives a story the words and polls that its events speak of: each source knows a device by the device's id. All
// say what the verdicts say, a little before them; only that LibreNMS calls all its devices down from the third minute to
// the ninth.
func (s *story) journal() {
	type said struct {
		after time.Duration
		state device.State
	}
	for i := range s.devices {
		d := &s.devices[i]
		for k := range d.Bindings {
			b := &d.Bindings[k]
			b.Ref = string(d.ID)
			list := []said{{time.Second, device.StateUp}}
			if b.Source == "librenms" {
				list = append(list, said{3 * time.Minute, device.StateDown}, said{9 * time.Minute, device.StateUp})
			}
			for _, e := range s.events {
				if e.Type == device.EventVerdictChanged && e.Device.ID == d.ID && e.To != "unknown" && e.From != "unknown" {
					list = append(list, said{e.At.Sub(noon) - 20*time.Second, device.State(e.To)})
				}
			}
			for _, w := range list {
				s.words = append(s.words, Word{Source: b.Source, Ref: b.Ref, At: noon.Add(w.after), State: w.state})
			}
		}
	}
	slices.SortStableFunc(s.words, func(a, b Word) int { return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Source, b.Source)) })
	for i := range s.words {
		s.words[i].ID = int64(i + 1)
	}
	for minute := range 32 {
		for k, source := range []string{"prtg", "librenms", "wires"} {
			s.polls = append(s.polls, Poll{
				ID: int64(len(s.polls) + 1), Source: source, At: noon.Add(time.Duration(minute) * time.Minute), Took: time.Duration(80+300*k+5*minute) * time.Millisecond,
				Failed: source == "prtg" && minute >= 24 && minute < 31,
			})
		}
	}
}
