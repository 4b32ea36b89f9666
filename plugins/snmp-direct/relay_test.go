package snmpdirect

import (
	"net"
	"sync"
	"testing"
)

// relay stands between a source and an agent, counts what is asked, and changes what is answered.
type relay struct {
	addr  string
	close func() // may be called twice

	mu    sync.Mutex
	asked int
	// change makes what is sent in place of an answer, in this order; nil is the answer itself.
	change func(question, answer []byte) [][]byte
}

// newRelay relays to an agent until the test ends. It serves one client at a time.
func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	front, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	back, err := net.Dial("udp", to)
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{addr: front.LocalAddr().String()}
	var client net.Addr
	var question []byte
	var wg sync.WaitGroup
	wg.Go(func() {
		b := make([]byte, maxDatagram)
		for {
			n, from, err := front.ReadFrom(b)
			if err != nil {
				return
			}
			r.mu.Lock()
			client, question = from, append([]byte(nil), b[:n]...)
			r.asked++
			r.mu.Unlock()
			_, _ = back.Write(b[:n])
		}
	})
	wg.Go(func() {
		b := make([]byte, maxDatagram)
		for {
			n, err := back.Read(b)
			if err != nil {
				return
			}
			r.mu.Lock()
			out, at := [][]byte{b[:n]}, client
			if r.change != nil {
				out = r.change(question, append([]byte(nil), b[:n]...))
			}
			r.mu.Unlock()
			for _, d := range out {
				_, _ = front.WriteTo(d, at)
			}
		}
	})
	r.close = func() {
		_ = front.Close()
		_ = back.Close()
		wg.Wait()
	}
	t.Cleanup(r.close)
	return r
}

func (r *relay) set(change func(question, answer []byte) [][]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.change = change
}

// count returns how much was asked since the last count.
func (r *relay) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.asked
	r.asked = 0
	return n
}
