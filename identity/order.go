package identity

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// OrderKind is what a person can have done about who is who.
type OrderKind string

// The kinds of orders.
const (
	OrderMerge   OrderKind = "merge"   // Device and Other are one
	OrderSplit   OrderKind = "split"   // Refs of Device are another device
	OrderRename  OrderKind = "rename"  // Device is called Name
	OrderForget  OrderKind = "forget"  // Device is gone
	OrderConfirm OrderKind = "confirm" // Refs, which are in doubt, are Device
	OrderUndo    OrderKind = "undo"    // what was done to Device at At is taken back
)

// Order is one decision of a person about who is who. Like a pin it stands above what keys say, until it is undone.
type Order struct {
	Kind   OrderKind          `json:"kind"`
	Device device.ID          `json:"device,omitempty"`
	Other  device.ID          `json:"other,omitempty"`
	Refs   []device.SourceRef `json:"refs,omitempty"`
	Name   string             `json:"name,omitempty"`
	// At is the instant of what is to be undone. An undo without Device and At is about the newest order of a person.
	At time.Time `json:"at,omitzero"`
}

// Carry carries out what a person has decided: all of it, or nothing and an error that says what is wrong and what to
// do instead. It does not modify prev. Orders of one instant must be about different devices.
func Carry(cfg *Config, prev *State, at time.Time, orders []Order) (Outcome, error) {
	r := newResolver(cfg, prev, at)
	r.carried = map[device.ID]bool{}
	for i := range orders {
		o := &orders[i]
		if err := r.carry(o); err != nil {
			return Outcome{}, fmt.Errorf("%s: %w", o.Kind, err)
		}
	}
	if len(r.made) > 0 {
		// What a split has set free may be somebody's at once, by the rules that hold at every instant.
		r.merge()
		r.settleSplits()
	}
	r.follow()
	r.weaken()
	r.rename()
	return r.outcome(), nil
}

func (r *resolver) carry(o *Order) error {
	switch o.Kind {
	case OrderMerge:
		return r.orderMerge(o)
	case OrderSplit:
		return r.orderSplit(o)
	case OrderRename:
		return r.orderRename(o)
	case OrderForget:
		return r.orderForget(o)
	case OrderConfirm:
		return r.orderConfirm(o)
	case OrderUndo:
		return r.orderUndo(o)
	}
	return errors.New("there is no such order; it is one of merge, split, rename, forget, confirm and undo")
}

// subject returns the device that an order is about, and marks it: a second order about it would not know what the
// first has made of it.
func (r *resolver) subject(id device.ID) (*Device, error) {
	d := r.device(id)
	switch {
	case id == "":
		return nil, errors.New("it names no device")
	case d == nil:
		return nil, fmt.Errorf("there is no device %s", id)
	case d.MergedInto != "":
		living, _ := r.living(id)
		return nil, fmt.Errorf("%s is part of %s since they were merged; name that one, or undo the merge first", d.Name, r.device(living).Name)
	case !d.Forgotten.IsZero():
		return nil, fmt.Errorf("%s was forgotten at %s; undo that first", d.Name, d.Forgotten.Format(time.RFC3339))
	case r.carried[id]:
		return nil, fmt.Errorf("%s is in another order of the same instant; give one after the other", d.Name)
	}
	r.carried[id] = true
	return d, nil
}

func (r *resolver) orderMerge(o *Order) error {
	if o.Device == o.Other && o.Device != "" {
		return errors.New("both are the same device already")
	}
	a, err := r.subject(o.Device)
	if err != nil {
		return err
	}
	b, err := r.subject(o.Other)
	if err != nil {
		return err
	}
	if a.Pin != nil && b.Pin != nil {
		return fmt.Errorf("the configuration describes both %s and %s; take one of the two device blocks out, or give both sets of keys to one", a.Name, b.Name)
	}
	if r.apart(r.namesOf(r.clusterOf(a.ID)), r.namesOf(r.clusterOf(b.ID))) {
		return fmt.Errorf("the configuration says never to merge %s and %s; take the pair out of \"never_merge\"", a.Name, b.Name)
	}
	switch r.veto(r.clusterOf(a.ID), r.clusterOf(b.ID)) {
	case ReasonSameSource:
		r.notes = append(r.notes, fmt.Sprintf("one source knows both %s and %s", a.Name, b.Name))
	case ReasonSerial:
		r.notes = append(r.notes, fmt.Sprintf("the chassis serials of %s and %s differ", a.Name, b.Name))
	case ReasonEngineID:
		r.notes = append(r.notes, fmt.Sprintf("the engine ids of %s and %s differ", a.Name, b.Name))
	case ReasonApart:
		r.notes = append(r.notes, fmt.Sprintf("a person said before that %s and %s are two", a.Name, b.Name))
	}
	into, gone := a.ID, b.ID
	if r.older(gone, into) {
		into, gone = gone, into
	}
	r.join(into, gone, ByPerson)
	return nil
}

func (r *resolver) orderSplit(o *Order) error {
	d, err := r.subject(o.Device)
	if err != nil {
		return err
	}
	refs, err := r.refsOf(d, o.Refs)
	if err != nil {
		return err
	}
	if len(refs) == len(r.members(d.ID)) {
		return fmt.Errorf("these are all that %s consists of; leave it at least one of %s", d.Name, refList(refs))
	}
	for _, ref := range refs {
		if i, ok := r.pinOf(r.entry(ref)); ok && d.Pin != nil && r.cfg.Pins[i].Name == d.Pin.Name {
			return fmt.Errorf("the configuration binds %s to %s; take it out of that device block", refName(ref), d.Name)
		}
	}
	bonds := r.bonds(r.refs(d.ID))
	apart := r.create(refs[0])
	apart.Apart = append([]device.ID{d.ID}, r.partedFrom(d.ID)...) // what it was not, its parts are not either
	r.made[apart.ID] = true
	for _, ref := range refs {
		e := r.entry(ref)
		b := *e.Binding
		if serial := r.serial(e); serial != "" {
			b.Serial = serial
		}
		b.Device, b.By, b.Since, b.Weak, b.QuietSince, b.Held = apart.ID, BySplit, r.at, false, time.Time{}, ""
		r.put(&b, e.keys)
	}
	r.release(d.ID)
	r.log(d.ID, Repair{Kind: OrderSplit, By: ByPerson, Other: apart.ID, Refs: refs, Before: bonds})
	r.tell(device.Event{
		Type: device.EventDeviceSplit, Device: &device.Name{ID: d.ID}, Other: &device.Name{ID: apart.ID}, Reason: ByPerson,
	}, func(e *device.Event) string {
		return fmt.Sprintf("%s not %s but %s, says a person", they(refs), e.Device.Name, e.Other.Name)
	})
	return nil
}

// settleSplits corrects whose the refs of a split are where a key has bound them to another device at once.
func (r *resolver) settleSplits() {
	for id, d := range r.devs {
		for i := range d.Repairs {
			p := &d.Repairs[i]
			if p.Kind != OrderSplit || !p.At.Equal(r.at) || r.device(p.Other) != nil {
				continue
			}
			p.Other = r.entry(p.Refs[0]).Device
			for k := range r.tellings {
				if e := &r.tellings[k].Event; e.Type == device.EventDeviceSplit && e.Device.ID == id {
					e.Other.ID = p.Other
				}
			}
		}
	}
}

// release lets the refs of a device vote again that were held for a chassis serial that nobody else there contradicts
// any more.
func (r *resolver) release(id device.ID) {
	members := r.members(id)
	for _, e := range members {
		serial := r.serial(e)
		if e.Held == "" || slices.ContainsFunc(members, func(o *entry) bool { return o != e && o.Held == "" && o.Serial != "" && o.Serial != serial }) {
			continue
		}
		b := *e.Binding
		b.Held = ""
		if serial != "" {
			b.Serial = serial
		}
		r.put(&b, e.keys)
	}
}

// maxName is what a device may be called, in bytes.
const maxName = 256

func (r *resolver) orderRename(o *Order) error {
	d, err := r.subject(o.Device)
	if err != nil {
		return err
	}
	name := strings.TrimSpace(o.Name)
	switch {
	case name == "" || len(name) > maxName || r.readable(name) != name:
		return fmt.Errorf("%q cannot be the name of a device: it takes 1 to %d printable characters that are neither an address nor a word for nothing, without the configured domains", o.Name, maxName)
	case d.Pin != nil:
		return fmt.Errorf("the configuration calls it %s; rename its device block", d.Name)
	case name == d.Name:
		return fmt.Errorf("it is called %s already", name)
	case r.device(device.ID(name)) != nil:
		return fmt.Errorf("%s is the id of a device; choose another name", name)
	}
	if other := r.holder(d.ID, name); other != nil {
		return fmt.Errorf("%s is the name of another device (%s); rename that one first", other.Name, other.ID)
	}
	r.log(d.ID, Repair{Kind: OrderRename, By: ByPerson, Naming: r.naming(d.ID)})
	r.call(r.edit(d.ID), name, device.SourceRef{}, false, r.reserved)
	r.edit(d.ID).Given = true
	return nil
}

// holder returns the living device other than id that has a name, case aside; nil where it is free.
func (r *resolver) holder(id device.ID, name string) *Device {
	name = strings.ToLower(name)
	for _, other := range r.idx.names[name] {
		if other != id && r.nameIs(other, name) {
			return r.device(other)
		}
	}
	for other, d := range r.devs {
		if other != id && r.nameIs(other, name) {
			return d
		}
	}
	return nil
}

func (r *resolver) orderForget(o *Order) error {
	d, err := r.subject(o.Device)
	if err != nil {
		return err
	}
	if d.Pin != nil {
		return fmt.Errorf("the configuration describes %s; take its device block out first", d.Name)
	}
	refs := r.refs(d.ID)
	r.log(d.ID, Repair{Kind: OrderForget, By: ByPerson, Refs: refs, Before: r.bonds(refs)})
	for _, ref := range refs {
		e := r.entry(ref)
		b := *e.Binding
		if b.AbsentSince.IsZero() {
			b.AbsentSince = r.at
		}
		r.put(&b, e.keys)
	}
	for _, e := range r.idx.followers[d.ID] {
		b := *e.Binding
		b.AbsentSince = r.at
		r.put(&b, Keys{})
	}
	r.edit(d.ID).Forgotten = r.at
	delete(r.touched, d.ID)
	r.tell(device.Event{Type: device.EventDeviceRetired, Device: &device.Name{ID: d.ID}, Reason: ByPerson}, func(e *device.Event) string {
		return fmt.Sprintf("%s is forgotten, says a person; what %s says from now on is of a new device", e.Device.Name, refList(refs))
	})
	return nil
}

func (r *resolver) orderConfirm(o *Order) error {
	d, err := r.subject(o.Device)
	if err != nil {
		return err
	}
	refs, err := r.refsOf(d, o.Refs)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if e := r.entry(ref); !e.Weak && e.Held == "" {
			return fmt.Errorf("%s is not in doubt: it is %s by %s", refName(ref), d.Name, strings.ReplaceAll(e.By, "_", " "))
		}
	}
	r.log(d.ID, Repair{Kind: OrderConfirm, By: ByPerson, Refs: refs, Before: r.bonds(refs)})
	for _, ref := range refs {
		e := r.entry(ref)
		b := *e.Binding
		b.Weak, b.QuietSince, b.Held = false, time.Time{}, ""
		if serial := r.serial(e); serial != "" {
			b.Serial = serial
		}
		r.put(&b, e.keys)
	}
	r.tell(device.Event{Type: device.EventDeviceConfirmed, Device: &device.Name{ID: d.ID}, Reason: ByPerson}, func(e *device.Event) string {
		return fmt.Sprintf("%s %s, says a person", they(refs), e.Device.Name)
	})
	return nil
}

// refsOf checks refs that a person names: all must be the device's. They come back in order, each once.
func (r *resolver) refsOf(d *Device, refs []device.SourceRef) ([]device.SourceRef, error) {
	if len(refs) == 0 {
		return nil, fmt.Errorf("it names no ref; %s consists of %s", d.Name, refList(r.refs(d.ID)))
	}
	for _, ref := range refs {
		e := r.entry(ref)
		if e != nil && e.Device == d.ID && e.follows() {
			return nil, fmt.Errorf("%s follows %s because its source was told of it: it goes where that device goes", refName(ref), d.Name)
		}
		if e == nil || e.Device != d.ID {
			return nil, fmt.Errorf("%s is not a ref of %s; that one consists of %s", refName(ref), d.Name, refList(r.refs(d.ID)))
		}
	}
	refs = slices.SortedFunc(slices.Values(refs), device.SourceRef.Compare)
	return slices.Compact(refs), nil
}

// refs are the refs of a device, in order.
func (r *resolver) refs(id device.ID) []device.SourceRef {
	members := r.members(id)
	out := make([]device.SourceRef, 0, len(members))
	for _, e := range members {
		out = append(out, e.SourceRef())
	}
	return out
}

func refName(ref device.SourceRef) string { return ref.Source + "/" + ref.Ref }

// maxListed is how many refs a sentence names.
const maxListed = 8

// they are refs as the subject of a sentence, with its verb.
func they(refs []device.SourceRef) string {
	if len(refs) == 1 {
		return refName(refs[0]) + " is"
	}
	return refList(refs) + " are"
}

func refList(refs []device.SourceRef) string {
	names := make([]string, 0, len(refs))
	for i, ref := range refs {
		if i == maxListed && len(refs) > maxListed+1 {
			names = append(names, fmt.Sprintf("%d more", len(refs)-maxListed))
			break
		}
		names = append(names, refName(ref))
	}
	return join(names)
}
