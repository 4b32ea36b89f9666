package oracle

import (
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"sync"

	"github.com/quorate/quorate/device"
)

// mouth is the oracle's end of the plugin: it answers polls, and says how the plugin is to misbehave.
type mouth struct {
	ledger *ledger

	mu     sync.Mutex
	orders []string // how the next polls are answered; none: well
	babble bool     // the next process speaks no handshake
	asked  chan struct{}
	obeyed map[string]int
}

// question and answer are what the plugin sends and gets.
type question struct {
	Session string `json:"session"`
	Feed    string `json:"feed"`
	Poll    uint64 `json:"poll"`
}

type answer struct {
	Mode         string               `json:"mode"`
	Observations []device.Observation `json:"observations"`
}

// serve listens on the socket beside the plugin until the rig is closed.
func (m *mouth) serve(r *rig, dir string) {
	r.t.Helper()
	l, err := net.Listen("unix", filepath.Join(dir, "oracle.sock"))
	if err != nil {
		r.t.Fatal(err)
	}
	mux := http.NewServeMux()
	handle := func(path string, f func(question) answer) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, req *http.Request) {
			var q question
			if err := json.NewDecoder(req.Body).Decode(&q); err != nil {
				return // the plugin was killed while it asked
			}
			_ = json.NewEncoder(w).Encode(f(q)) // or while it was told
		})
	}
	handle("/start", func(question) answer { return m.start() })
	handle("/next", m.next)
	handle("/committed", func(q question) answer {
		m.ledger.committed(pollKey{q.Session, q.Feed, q.Poll})
		return answer{}
	})
	srv := &http.Server{Handler: mux}
	done := make(chan struct{})
	go func() {
		_ = srv.Serve(l)
		close(done)
	}()
	r.cleanup(func() {
		_ = srv.Close()
		<-done
	})
}

func (m *mouth) start() answer {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.babble {
		return answer{}
	}
	m.babble = false
	m.obeyed["babble"]++
	return answer{Mode: "babble"}
}

func (m *mouth) next(q question) answer {
	a := answer{Observations: m.ledger.poll(pollKey{q.Session, q.Feed, q.Poll})}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.orders) > 0 {
		a.Mode, m.orders = m.orders[0], m.orders[1:]
		m.obeyed[a.Mode]++
	}
	select {
	case m.asked <- struct{}{}:
	default:
	}
	return a
}

// order makes the plugin misbehave at one of its next polls.
func (m *mouth) order(mode string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if mode == "babble" {
		m.babble = true
		return
	}
	m.orders = append(m.orders, mode)
}

// obedience is how often the plugin has misbehaved, by the way in which it did.
func (m *mouth) obedience() map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.obeyed)
}
