package agent

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
)

// Conflicts goes through what is held of each device. A pair of devices is told once for each kind of key.
func (r *reader) Conflicts() []view.Conflict {
	out := []view.Conflict{}
	type pair struct {
		a, b device.ID
		key  string
	}
	told := map[pair]bool{}
	devices := r.a.pipe.Devices(now())
	names := map[device.ID]string{}
	for i := range devices {
		names[devices[i].ID] = devices[i].Name
	}
	for i := range devices {
		p, ok := r.a.pipe.Profile(devices[i].ID)
		if !ok {
			continue
		}
		of := device.Name{ID: p.ID, Name: p.Name}
		for _, b := range p.Refs {
			switch ref := b.SourceRef; {
			case b.Held != "":
				out = append(out, view.Conflict{
					Kind: view.ConflictHeld, Device: of, Ref: &ref, Since: b.Since, Reason: b.Held,
					Hint: fmt.Sprintf("Split %s/%s off if it is another machine now; its votes are held until then, or until the former serial returns.", ref.Source, ref.Ref),
				})
			case b.Weak && b.AbsentSince.IsZero():
				out = append(out, view.Conflict{
					Kind: view.ConflictWeak, Device: of, Ref: &ref, Key: b.By, Since: b.Since, Reason: "a bare host name is all that binds it",
					Hint: fmt.Sprintf("Confirm %s/%s if it is this device, or split it off: until then it may not vote.", ref.Source, ref.Ref),
				})
			}
		}
		for _, c := range slices.Backward(p.Conflicts) {
			if c.Other == nil {
				continue // what it led to is told by its ref
			}
			name, living := names[c.Other.ID]
			apart := slices.ContainsFunc(p.Apart, func(n device.Name) bool { return n.ID == c.Other.ID })
			k := pair{min(p.ID, c.Other.ID), max(p.ID, c.Other.ID), c.Key}
			if !living || apart || c.Other.ID == p.ID || told[k] {
				continue
			}
			told[k] = true
			out = append(out, view.Conflict{
				Kind: view.ConflictKey, Device: of, Other: &device.Name{ID: c.Other.ID, Name: name}, Key: c.Key, Since: c.At, Reason: c.Reason,
				Hint: "Merge the two if they are one device; if they are not, a never_merge pair in the configuration says so for good.",
			})
		}
	}
	slices.SortStableFunc(out, func(a, b view.Conflict) int {
		return cmp.Or(b.Since.Compare(a.Since), device.CompareNames(a.Device.Name, b.Device.Name), cmp.Compare(a.Device.ID, b.Device.ID))
	})
	return out
}
