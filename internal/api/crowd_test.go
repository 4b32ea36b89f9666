package api

import (
	"fmt"
	"testing"
)

// TestCrowd: connections that only are there leave room for others, most of all for this machine.
func TestCrowd(t *testing.T) {
	t.Parallel()
	c := newCrowd(nil, Door{}.believes)
	from := func(s string) bool { return c.enter(addrOf(s)) }
	n := 0
	for n < 1000 && from("192.0.2.1:80") {
		n++
	}
	if n != maxConnsEach {
		t.Errorf("one address holds %d", n)
	}
	for i := range 1000 {
		if !from(fmt.Sprintf("[2001:db8::%x]:80", i)) {
			if i != maxConnsEach {
				t.Errorf("one network of IPv6 holds %d", i)
			}
			break
		}
	}
	for i := range 1000 {
		from(fmt.Sprintf("[2001:db8:%x::1]:80", i))
	}
	if c.all != maxConns {
		t.Errorf("all hold %d", c.all)
	}
	n = 0
	for n < 1000 && from("127.0.0.1:80") {
		n++
	}
	if n != localConns {
		t.Errorf("this machine has room for %d", n)
	}
	for range n {
		c.leave(addrOf("127.0.0.1:80"))
	}
	c.leave(addrOf("192.0.2.1:80"))
	if !from("192.0.2.1:80") {
		t.Error("who has left has left no room")
	}
}
