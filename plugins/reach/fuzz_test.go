package reach

import (
	"net/netip"
	"testing"
	"time"
)

// FuzzHeard: no message makes a device answer but the one that holds the token of its request, or the device's own refusal.
func FuzzHeard(f *testing.F) {
	key := make([]byte, 32)
	to := netip.MustParseAddr(host)
	q := query{to, 7}
	echo, err := request(false, 1, 7, q.token(key))
	if err != nil {
		f.Fatal(err)
	}
	r := packet{to, echo}
	f.Add(echoed(r).b, false, false)
	f.Add(lostAt(router, r).b, false, true)
	f.Add(lostAt(router, r).b[:30], true, true)
	f.Add([]byte{129, 0, 0, 0, 0, 1, 0, 7}, true, false)
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0x60}, true, false)
	f.Fuzz(func(t *testing.T, b []byte, v6, elsewhere bool) {
		from := to
		if elsewhere {
			from = router
		}
		replies := make(chan reply, 1)
		p := &pinger{v6: v6, id: 1, key: key, waiting: map[query]waiter{q: {time.Now(), replies}}}
		p.heard(from, b, time.Now())
		var got reply
		select {
		case got = <-replies:
		default:
			return
		}
		if got.kind != answered {
			return
		}
		if m, ok := parse(v6, b); elsewhere || !ok || !m.unreachable && (m.token != q.token(key) || m.id != 1 || m.seq != 7) {
			t.Errorf("%x is an answer: %s", b, got.words)
		}
	})
}
