package snmpdirect

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/gosnmp/gosnmp"
)

// request is one question. Attempts beyond the first ask for fewer repetitions: a big answer may be what got lost.
type request struct {
	kind        gosnmp.PDUType
	variables   []gosnmp.SnmpPDU
	repetitions int // of a GETBULK
	attempts    int // 0 is what the configuration says
	discovery   bool
}

func ask(kind gosnmp.PDUType, names []string) request {
	r := request{kind: kind, variables: make([]gosnmp.SnmpPDU, len(names))}
	for i, n := range names {
		r.variables[i] = gosnmp.SnmpPDU{Name: n, Type: gosnmp.Null}
	}
	return r
}

// asked is a question that was sent, by the id that its answer carries.
type asked struct {
	id       uint32
	answered bool
}

// answer is what came back to a request.
type answer struct {
	*gosnmp.SnmpPacket
	octets  int // of the datagram
	attempt int // that it answers
	proven  bool
	took    time.Duration
}

// met is what a request met beside its answer, as it decides what a silence is called in the end.
type met struct {
	broken, late bool
	elsewhere    netip.AddrPort
	network      class
}

func (m *met) failure(at netip.AddrPort) *failure {
	switch {
	case m.broken:
		return &failure{class: classMalformed}
	case m.elsewhere.IsValid():
		return elsewhere(m.elsewhere, at)
	case m.late:
		return &failure{class: classLate}
	case m.network != "":
		return &failure{class: m.network}
	}
	return &failure{class: classTimeout}
}

// try sends a request until it is answered. An answer to any of the attempts is one. What is no answer is counted and
// ignored, and only names the failure where nothing better comes.
func (s *session) try(r request) (*answer, error) {
	if !s.until.IsZero() && time.Now().After(s.until) {
		return nil, &failure{class: classPutOff}
	}
	attempts := r.attempts
	if attempts == 0 {
		attempts = 1 + s.way.retries
	}
	var m met
	sent := make([]asked, 0, attempts)
	at := make([]time.Time, 0, attempts)
	defer func() { s.remember(sent) }()
	for i, wait := range s.waits(attempts) {
		if i > 0 || time.Since(s.began) > slowAfter {
			s.turn.yield()
		}
		now := time.Now()
		if !s.end.IsZero() && !now.Before(s.end) {
			return nil, &failure{class: classTime, cut: s.short && !s.heard}
		}
		out, id, err := s.encode(r, i)
		if err != nil {
			return nil, &failure{class: classLocal}
		}
		sent, at = append(sent, asked{id: id}), append(at, now)
		if err := s.socket.send(out); err != nil {
			if s.network(&m, err) {
				break
			}
			continue
		}
		deadline, cut := now.Add(wait), false
		if !s.end.IsZero() && s.end.Before(deadline) {
			deadline, cut = s.end, true
		}
		a, again, err := s.await(r, sent, at, deadline, &m)
		switch {
		case err != nil:
			return nil, err
		case a != nil:
			s.heard = true
			sent[a.attempt].answered = true
			s.peer.took(a.took)
			return a, nil
		case !again:
			return nil, m.failure(s.at)
		case cut && m == met{}:
			return nil, &failure{class: classTime, cut: s.short && !s.heard}
		}
	}
	return nil, m.failure(s.at)
}

// await reads until an attempt is answered or its time is over. again is false where further attempts are of no use.
func (s *session) await(r request, sent []asked, at []time.Time, deadline time.Time, m *met) (a *answer, again bool, err error) {
	for {
		n, from, err := s.socket.receive(s.buffer[:], deadline)
		switch {
		case err != nil && over(s.ctx):
			return nil, false, context.Cause(s.ctx)
		case err != nil && isTimeout(err):
			return nil, true, nil
		case err != nil:
			return nil, !s.network(m, err), nil
		}
		e, err := readEnvelope(s.buffer[:n])
		if !sameSender(from, s.at, s.way.answersFrom) {
			s.peer.ignored.foreign++
			if err == nil && s.which(sent, &e) >= 0 {
				m.elsewhere = from
			}
			continue
		}
		if err != nil {
			s.peer.ignored.malformed++
			m.broken = true
			continue
		}
		i := s.which(sent, &e)
		if i < 0 {
			s.stray(&e, m)
			continue
		}
		a, judged := s.judge(r, append([]byte(nil), s.buffer[:n]...), &e)
		switch judged {
		case forged:
			s.peer.ignored.forged++
			m.broken = true
			continue
		case broken:
			// The answer, and no use: waiting longer brings nothing else.
			s.peer.ignored.malformed++
			m.broken = true
			return nil, true, nil
		}
		a.octets, a.attempt, a.took = n, i, time.Since(at[i])
		return a, false, nil
	}
}

// which is the attempt that a datagram answers; -1 is none.
func (s *session) which(sent []asked, e *envelope) int {
	if e.version == s.codec.Version {
		for i := range sent {
			if sent[i].id == e.id {
				return i
			}
		}
	}
	return -1
}

// stray counts a datagram that answers nothing that is open.
func (s *session) stray(e *envelope, m *met) {
	for _, p := range s.past {
		switch {
		case p.id != e.id || e.version != s.codec.Version:
		case p.answered:
			s.peer.ignored.duplicate++
			return
		default:
			s.peer.ignored.late++
			m.late = true
			return
		}
	}
	s.peer.ignored.wrong++
	m.broken = true
}

// remember keeps the ids of what was sent. Any second answer is a double one once the request has its answer.
func (s *session) remember(sent []asked) {
	done := false
	for _, a := range sent {
		done = done || a.answered
	}
	for _, a := range sent {
		s.past[s.next%len(s.past)] = asked{a.id, done}
		s.next++
	}
}

// network notes an error of the socket and reports whether it ends the request. A refusal does: it is an answer.
func (s *session) network(m *met, err error) bool {
	c := networkClass(err)
	if c != classTimeout && (m.network == "" || c != classLocal) {
		m.network = c
	}
	return c == classRefused || c == classLocal
}

// encode makes the datagram of an attempt. Its id cannot be guessed: an answer that carries it has seen the question.
func (s *session) encode(r request, attempt int) ([]byte, uint32, error) {
	id := 1 + rand.Uint32N(1<<31-1) // 0 is what some agents answer whatever is asked
	p := s.codec.MkSnmpPacket(r.kind, r.variables, 0, uint32(max(r.repetitions>>attempt, min(r.repetitions, 1))))
	if s.usm != nil {
		s.usm.prepare(p, r.discovery)
	}
	p.RequestID, p.MsgID = id, id
	out, err := encode(p)
	return out, id, err
}

// waits are how long to wait after each attempt: each about twice as long as the one before, and request_timeout times
// the number of attempts in all. A device that was slow lately is given its time first.
func (s *session) waits(attempts int) []time.Duration {
	left := s.way.timeout * time.Duration(attempts)
	waits := make([]time.Duration, attempts)
	for i := range waits {
		wait := left / (1<<(attempts-i) - 1)
		if i < attempts-1 {
			wait += time.Duration((rand.Float64() - 0.5) * 0.2 * float64(wait))
			wait = min(max(wait, 2*s.peer.quick, s.way.timeout/4), left)
		}
		waits[i] = wait
		left -= wait
	}
	return waits
}
