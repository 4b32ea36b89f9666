package identity

import (
	"net/netip"
	"strings"

	"github.com/quorate/quorate/device"
)

// Find returns the device that a person means: an id, also of a merged device, a name, "source/ref", or an address or
// host name that only one device has.
func (s *State) Find(nameOrID string) (device.ID, bool) {
	if _, ok := s.Devices[device.ID(nameOrID)]; ok {
		return s.Living(device.ID(nameOrID))
	}
	idx := s.indexFor(nil)
	if ids := idx.names[strings.ToLower(nameOrID)]; len(ids) > 0 {
		return ids[0], true
	}
	if source, ref, ok := strings.Cut(nameOrID, "/"); ok {
		if e := idx.refs[device.SourceRef{Source: source, Ref: ref}]; e != nil {
			return e.Device, true
		}
	}
	keys := idx.rules.keys(&device.Identity{Addresses: []string{nameOrID}})
	for k := range keys.all {
		if id, ok := idx.only(k); ok {
			return id, true
		}
	}
	// The name of a device that another one has taken in.
	for _, d := range s.Devices {
		if d.MergedInto != "" && strings.EqualFold(d.Name, nameOrID) {
			return s.Living(d.ID)
		}
	}
	return "", false
}

// only returns the one device whose refs hold k.
func (x *index) only(k Key) (device.ID, bool) {
	var id device.ID
	for _, e := range x.holders[k] {
		if id != "" && e.Device != id {
			return "", false
		}
		id = e.Device
	}
	return id, id != ""
}

// ByAddress returns the device that alone has an address now.
func (s *State) ByAddress(a netip.Addr) (device.ID, bool) {
	return s.indexFor(nil).only(Key{KindAddress, a.Unmap().WithZone("").String()})
}
