package identity

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// ErrNothingToUndo means that there is no repair as the order describes it.
var ErrNothingToUndo = errors.New("there is nothing to undo")

// repairAt is one repair with the device that remembers it.
type repairAt struct {
	of *Device
	i  int
}

func (p repairAt) repair() *Repair { return &p.of.Repairs[p.i] }

// orderUndo takes a repair back.
func (r *resolver) orderUndo(o *Order) error {
	at, err := r.findRepair(o)
	if err != nil {
		return err
	}
	p := *at.repair()
	id := at.of.ID
	switch p.Kind {
	case OrderMerge:
		err = r.undoMerge(id, &p)
	case OrderSplit:
		err = r.undoSplit(id, &p)
	case OrderRename:
		err = r.undoRename(id, &p)
	case OrderForget:
		err = r.undoForget(id, &p)
	case OrderConfirm:
		err = r.undoConfirm(id, &p)
	}
	if err != nil {
		return err
	}
	d := r.edit(id)
	d.Repairs = slices.Clone(d.Repairs)
	d.Repairs[at.i].UndoneAt = r.at
	return nil
}

// findRepair returns the repair that an order to undo means: the one of the device and the instant that it names, else
// the newest that a person ordered.
func (r *resolver) findRepair(o *Order) (repairAt, error) {
	var best repairAt
	undone := false
	for _, d := range r.st.Devices {
		for i := range d.Repairs {
			p := &d.Repairs[i]
			if o.At.IsZero() && (p.By != ByPerson || !p.UndoneAt.IsZero() || o.Device != "" && o.Device != d.ID) {
				continue
			}
			if !o.At.IsZero() && (!p.At.Equal(o.At) || !p.concerns(d.ID, o.Device) || !p.concerns(d.ID, o.Other)) {
				continue
			}
			if !p.UndoneAt.IsZero() {
				undone = true
				continue
			}
			if best.of == nil || p.At.After(best.repair().At) || p.At.Equal(best.repair().At) && compareIDs(d.ID, best.of.ID) > 0 {
				best = repairAt{d, i}
			}
		}
	}
	switch {
	case best.of != nil:
		return best, nil
	case undone:
		return best, fmt.Errorf("%w: that was taken back already", ErrNothingToUndo)
	case o.At.IsZero():
		return best, fmt.Errorf("%w: no person has merged, split, renamed, forgotten or confirmed anything; to undo a merge that a key led to, name its event", ErrNothingToUndo)
	}
	return best, fmt.Errorf("%w at %s: only merges, and what a person has split, renamed, forgotten or confirmed, the last %d of each device", ErrNothingToUndo, o.At.Format(time.RFC3339), maxRepairs)
}

// concerns reports whether a repair of device id is about other too; nobody in particular is fine.
func (p *Repair) concerns(id, other device.ID) bool {
	return other == "" || other == id || other == p.Other
}

// undoMerge gives the refs back that a device has brought, under its own id and name.
func (r *resolver) undoMerge(id device.ID, p *Repair) error {
	back := r.device(p.Other)
	if p.By == ByPin {
		return fmt.Errorf("the configuration has joined %s to %s; change the device block", back.Name, r.device(id).Name)
	}
	if back.MergedInto == "" {
		return fmt.Errorf("%w: %s is a device of its own again", ErrNothingToUndo, back.Name)
	}
	living, _ := r.living(back.ID)
	from, err := r.subject(living)
	if err != nil {
		return err
	}
	var refs []device.SourceRef
	for _, ref := range p.Refs {
		if e := r.entry(ref); e != nil && e.Device == living {
			refs = append(refs, ref)
		}
	}
	switch {
	case len(refs) == 0:
		return fmt.Errorf("none of what %s has brought along is with %s any more; there is nothing to give back", back.Name, from.Name)
	case len(refs) == len(r.members(living)):
		return fmt.Errorf("%s would be left with nothing: all that it consists of came with %s", from.Name, back.Name)
	}
	pin := from.Pin != nil && p.Pin
	for _, ref := range refs {
		if i, ok := r.pinOf(r.entry(ref)); ok && from.Pin != nil && !pin && r.cfg.Pins[i].Name == from.Pin.Name {
			return fmt.Errorf("the configuration binds %s to %s; take it out of that device block", refName(ref), from.Name)
		}
	}
	b := r.edit(back.ID)
	b.MergedInto, b.MergedAt, b.Brought = "", time.Time{}, nil
	if pin {
		b.Pin, r.edit(living).Pin = from.Pin, nil
	}
	r.restore(p.Before, func(ref device.SourceRef) (device.ID, bool) {
		if slices.Contains(refs, ref) {
			return back.ID, true
		}
		e := r.entry(ref)
		return living, e != nil && e.Device == living
	})
	if slices.Contains(refs, from.NamedBy) && p.Naming != nil && from.Pin == nil {
		r.rechristen(living, p.Naming)
	}
	r.rechristen(back.ID, r.naming(back.ID))
	if p.By != ByPerson || r.due(living, back.ID) {
		b.Apart = append(slices.Clone(b.Apart), id)
	}
	r.tell(device.Event{
		Type: device.EventDeviceSplit, Device: &device.Name{ID: living}, Other: &device.Name{ID: back.ID}, Reason: ByUndo,
	}, func(e *device.Event) string {
		return fmt.Sprintf("%s and %s are two devices again, says a person: %s %s", e.Device.Name, e.Other.Name, they(refs), e.Other.Name)
	})
	return nil
}

// restore binds refs as they were bound before a repair, to the device that where names. What their sources have said
// since stays.
func (r *resolver) restore(before []Bond, where func(device.SourceRef) (device.ID, bool)) {
	for _, bond := range before {
		id, ok := where(bond.SourceRef)
		if !ok {
			continue
		}
		e := r.entry(bond.SourceRef)
		b := *e.Binding
		b.Device, b.By, b.Since, b.Weak, b.QuietSince = id, bond.By, bond.Since, bond.Weak, bond.QuietSince
		r.put(&b, e.keys)
	}
}

// rechristen calls a device what it was called before, unless another one has that name by now: then it gets one anew.
func (r *resolver) rechristen(id device.ID, n *Naming) {
	d := r.edit(id)
	if r.holder(id, n.Name) != nil {
		d.NamedBy, d.Given, d.Makeshift = device.SourceRef{}, false, true
		d.Name = ""
		return
	}
	if d.Name != n.Name {
		r.call(d, n.Name, n.NamedBy, n.Makeshift, r.reserved)
	}
	d.NamedBy, d.Makeshift, d.Given = n.NamedBy, n.Makeshift, n.Given
	if d.Name != "" {
		r.reserve(d)
	}
}

// due reports whether a key would make two devices one by itself: then a person's word must hold them apart.
func (r *resolver) due(a, b device.ID) bool {
	x, y := r.clusterOf(a), r.clusterOf(b)
	if r.veto(x, y) != "" {
		return false
	}
	for _, ref := range x.refs {
		for k := range r.entry(ref).keys.all {
			if k.Kind == KindHostname || k.Kind == KindMAC {
				continue
			}
			holding := r.holding(k)
			if slices.Contains(holding, ref) && slices.ContainsFunc(holding, func(o device.SourceRef) bool { return r.entry(o).Device == b }) {
				return true
			}
		}
	}
	return false
}

// undoSplit joins again what was split.
func (r *resolver) undoSplit(id device.ID, p *Repair) error {
	living, _ := r.living(id)
	into, err := r.subject(living)
	if err != nil {
		return err
	}
	off, _ := r.living(p.Other)
	other, err := r.subject(off)
	if err != nil {
		return err
	}
	if r.apart(r.namesOf(r.clusterOf(living)), r.namesOf(r.clusterOf(off))) {
		return fmt.Errorf("the configuration says never to merge %s and %s; take the pair out of \"never_merge\"", into.Name, other.Name)
	}
	refs := p.Refs
	if off == p.Other && r.device(off).Created.Equal(p.At) {
		refs = r.refs(off) // made by the split: with all that it has met since
	}
	refs = slices.DeleteFunc(slices.Clone(refs), func(ref device.SourceRef) bool {
		e := r.entry(ref)
		return e == nil || e.Device != off
	})
	if len(refs) == 0 {
		return fmt.Errorf("none of what was split off is with %s any more; there is nothing to join", other.Name)
	}
	for _, ref := range refs {
		if i, ok := r.pinOf(r.entry(ref)); ok && other.Pin != nil && r.cfg.Pins[i].Name == other.Pin.Name {
			return fmt.Errorf("the configuration binds %s to %s; take it out of that device block", refName(ref), other.Name)
		}
	}
	r.bring(living, off, refs, p.Before)
	r.hold(living, refs, p.Before)
	r.restore(p.Before, func(ref device.SourceRef) (device.ID, bool) {
		e := r.entry(ref)
		return living, e != nil && e.Device == living && e.Weak && !slices.Contains(refs, ref)
	})
	// They are no longer apart because of this split; that they were for another reason stays.
	o := r.edit(off)
	o.Apart = slices.Clone(o.Apart)
	if i := slices.Index(o.Apart, id); i >= 0 {
		o.Apart = slices.Delete(o.Apart, i, i+1)
	}
	if len(r.members(off)) == 0 {
		return nil // the merge is told as such
	}
	r.tell(device.Event{
		Type: device.EventDeviceMerged, Device: &device.Name{ID: living}, Other: &device.Name{ID: off}, Reason: ByUndo,
	}, func(e *device.Event) string {
		return fmt.Sprintf("%s %s again, says a person", they(refs), e.Device.Name)
	})
	return nil
}

// hold takes the votes of those refs back that stayed with a device and counted once it was split: they contradict what has
// been brought back, unless their source has come to say what they are known by.
func (r *resolver) hold(id device.ID, brought []device.SourceRef, before []Bond) {
	for i := range before {
		bond := &before[i]
		e := r.entry(bond.SourceRef)
		if bond.Held == "" || e == nil || e.Device != id || e.Held != "" || slices.Contains(brought, bond.SourceRef) {
			continue
		}
		if serial := r.serial(e); serial != "" && serial == bond.Serial {
			continue
		}
		b := *e.Binding
		b.Held, b.Serial = bond.Held, bond.Serial
		r.put(&b, e.keys)
	}
}

// bring moves refs to a device, bound as they were before. A device that keeps none becomes an alias.
func (r *resolver) bring(into, from device.ID, refs []device.SourceRef, before []Bond) {
	for _, ref := range refs {
		e := r.entry(ref)
		b := *e.Binding
		b.Device, b.By, b.Since = into, ByMerge, r.at
		if i := slices.IndexFunc(before, func(x Bond) bool { return x.SourceRef == ref }); i >= 0 {
			x := &before[i]
			b.By, b.Since, b.Weak, b.QuietSince, b.Held = x.By, x.Since, x.Weak, x.QuietSince, x.Held
			if x.Held != "" {
				b.Serial = x.Serial
			}
		}
		r.put(&b, e.keys)
	}
	if len(r.members(from)) == 0 {
		r.absorb(into, from, refs, ByUndo)
	}
}

func (r *resolver) undoRename(id device.ID, p *Repair) error {
	d, err := r.subject(id)
	if err != nil {
		return err
	}
	switch other := r.holder(id, p.Naming.Name); {
	case d.Pin != nil:
		return fmt.Errorf("the configuration calls it %s by now; rename its device block", d.Name)
	case other != nil:
		return fmt.Errorf("%s is the name of another device (%s) by now; rename that one first", other.Name, other.ID)
	}
	r.rechristen(id, p.Naming)
	return nil
}

// undoForget brings a device back with those of its refs that still exist, also from devices that have met them since.
func (r *resolver) undoForget(id device.ID, p *Repair) error {
	d := r.device(id)
	if d.Forgotten.IsZero() {
		return fmt.Errorf("%w: %s is there", ErrNothingToUndo, d.Name)
	}
	r.edit(id).Forgotten = time.Time{}
	if _, err := r.subject(id); err != nil {
		return err
	}
	var back []device.SourceRef
	for _, bond := range p.Before {
		e := r.entry(bond.SourceRef)
		if e.Device != id {
			of := r.device(e.Device)
			if i, ok := r.pinOf(e); ok && of.Pin != nil && r.cfg.Pins[i].Name == of.Pin.Name {
				continue // the configuration has given it to another device
			}
			r.bring(id, e.Device, []device.SourceRef{bond.SourceRef}, p.Before)
		} else {
			b := *e.Binding
			b.AbsentSince = bond.AbsentSince
			r.put(&b, e.keys)
		}
		back = append(back, bond.SourceRef)
	}
	if len(back) == 0 {
		return fmt.Errorf("the configuration has given all that %s consisted of to other devices; change the device blocks first", d.Name)
	}
	r.rechristen(id, r.naming(id))
	r.tell(device.Event{Type: device.EventDeviceDiscovered, Device: &device.Name{ID: id}, Reason: ByUndo}, func(e *device.Event) string {
		return fmt.Sprintf("%s is back, says a person, with %s; its verdict begins anew", e.Device.Name, refList(back))
	})
	return nil
}

func (r *resolver) undoConfirm(id device.ID, p *Repair) error {
	living, _ := r.living(id)
	d, err := r.subject(living)
	if err != nil {
		return err
	}
	var refs []device.SourceRef
	for _, bond := range p.Before {
		e := r.entry(bond.SourceRef)
		if e == nil || e.Device != living {
			continue
		}
		b := *e.Binding
		b.Weak, b.QuietSince, b.Held, b.Serial = bond.Weak, bond.QuietSince, bond.Held, bond.Serial
		r.put(&b, e.keys)
		refs = append(refs, bond.SourceRef)
	}
	if len(refs) == 0 {
		return fmt.Errorf("none of what was confirmed is with %s any more", d.Name)
	}
	r.tell(device.Event{Type: device.EventDeviceConfirmed, Device: &device.Name{ID: living}, Reason: ByUndo}, func(e *device.Event) string {
		return fmt.Sprintf("%s may not be %s, says a person", refList(refs), e.Device.Name)
	})
	return nil
}
