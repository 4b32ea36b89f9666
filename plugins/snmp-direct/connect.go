package snmpdirect

import (
	"context"
	"time"
)

const (
	// firstPause and longestPause bound how often what failed is tried again: credentials beside the usual one of a
	// silent device, and a user whom a v3 agent refused. The pause doubles each time.
	firstPause   = time.Minute
	longestPause = time.Hour
)

// pause is a bounded rate: nothing is due before next.
type pause struct {
	next time.Time
	last time.Duration
}

func (p *pause) due(now time.Time) bool { return !now.Before(p.next) }

func (p *pause) longer(now time.Time) {
	p.last = min(max(2*p.last, firstPause), longestPause)
	p.next = now.Add(p.last)
}

// way is one credential of a target, and what came of it.
type way struct {
	access
	refused *failure // what a v3 agent said to the user
	engine  engine   // the agent that said so
	pause   pause
}

// connect opens a session that answers the system group: with the credential that worked last, or that came closest to
// it. The others are tried at once when that one first fails, and then ever more rarely, with one attempt each: an agent
// meets a wrong community with silence, and may lock an account, or raise an alarm, over a wrong password.
func (t *target) connect(ctx context.Context, turn *turn) (*session, *system, error) {
	now := t.now()
	first := max(t.good, 0)
	order := []int{first}
	sweep := len(t.ways) > 1 && t.sweep.due(now)
	if sweep {
		for i := range t.ways {
			if i != first {
				order = append(order, i)
			}
		}
	}
	var worst *failure
	for n, i := range order {
		s, sys, err := t.enter(ctx, turn, i, n > 0)
		if err == nil {
			t.good, t.sweep = i, pause{}
			return s, sys, nil
		}
		if ended(err) {
			return nil, nil, err
		}
		f := asFailure(err)
		if worst == nil || (f.reached() && !worst.reached()) {
			worst, t.good = f, i // the agent that speaks to us speaks this version
		}
		if !f.otherwise() {
			break
		}
	}
	if sweep {
		t.sweep.longer(now)
	}
	return nil, nil, worst
}

// enter tries one credential. A user who was refused is not tried again before its time, unless the agent is another one
// or has started anew: until then only its engine is asked for, which needs no user and shows that the device is there.
func (t *target) enter(ctx context.Context, turn *turn, i int, once bool) (*session, *system, error) {
	w, now := &t.ways[i], t.now()
	a := w.access
	if once {
		a.retries = 0
	}
	s, err := open(ctx, a, &t.peer, turn)
	if err != nil {
		return nil, nil, err
	}
	if w.refused != nil && !w.pause.due(now) {
		e, err := s.discover(0)
		if err != nil || (e.id == w.engine.id && e.boots == w.engine.boots) {
			s.close()
			if err == nil {
				err = w.refused
			}
			return nil, nil, err
		}
	}
	sys, err := readSystem(s, t.hints)
	if err == nil {
		w.refused, w.pause = nil, pause{}
		return s, sys, nil
	}
	if f := asFailure(err); !ended(err) && s.usm != nil && (f.class == classRejected || f.class == classMute) {
		w.refused, w.engine = f, s.usm.engine
		w.pause.longer(now)
	}
	s.close()
	return nil, nil, err
}

// reached reports whether the failure shows that something at the device's address speaks to us.
func (f *failure) reached() bool {
	switch f.class {
	case classTimeout, classUnreachable, classNoRoute, classResolve, classLocal, classTime:
		return false
	}
	return true
}

// otherwise reports whether another credential might meet something else.
func (f *failure) otherwise() bool {
	switch f.class {
	case classTimeout, classStatus, classEmpty, classRejected, classMute, classReport:
		return true
	}
	return false
}
