package snmpdirect

import (
	"slices"
	"testing"
)

// TestBroadcastAddress holds that an address which every host of a network lists is none of the device's own.
func TestBroadcastAddress(t *testing.T) {
	t.Parallel()
	const table = "1.3.6.1.2.1.4.34.1."
	o := newBench(t, handMade(t, storageLines()+
		table+"3.1.4.192.0.2.9|2|2\n"+table+"3.1.4.192.0.2.255|2|2\n"+table+"3.1.4.198.51.100.9|2|2\n"+
		table+"4.1.4.192.0.2.9|2|1\n"+table+"4.1.4.192.0.2.255|2|3\n")).poll()
	if want := []string{"192.0.2.9", "198.51.100.9"}; !slices.Equal(o.Addresses, want) {
		t.Errorf("addresses %v, want %v", o.Addresses, want)
	}
}
