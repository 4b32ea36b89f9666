package pipeline

import (
	"log/slog"
	"reflect"
	"sync"
)

// drains are the sinks' goroutines. Routes may change while they run.
type drains struct {
	log      *slog.Logger
	blocking string // the sink that commits have waited for; the committer's

	change sync.Mutex          // one change at a time; guards what follows
	begin  func(Route, *drain) // starts a drain; nil while the pipeline does not run
	ended  bool
	// left are the calls that had to be left behind, by the sink's name.
	left map[string]<-chan struct{}

	mu      sync.RWMutex // guards what follows; change is held to write list
	list    []*drain
	changed chan struct{} // closed and replaced when a cursor moves or the list changes
}

func newDrains(log *slog.Logger) *drains {
	return &drains{log: log, left: map[string]<-chan struct{}{}, changed: make(chan struct{})}
}

// SetRoutes replaces the sinks. One that is there already, the same value, goes on undisturbed, with what else its
// route says from the next delivery on. The others end, in a few seconds at most, and new ones begin where the sink of
// the same name left off. When it returns those that ended are no longer called, but for a delivery that does not end;
// a new sink of its name waits for that. Before Run it sets what Run begins with.
func (p *Pipeline) SetRoutes(routes []Route) error {
	routes, err := checkRoutes(routes)
	if err != nil {
		return err
	}
	s := p.drains
	s.change.Lock()
	defer s.change.Unlock()
	if s.ended {
		return ErrStopped
	}
	p.opt.Routes = routes
	if s.begin != nil {
		s.replace(routes)
	}
	return nil
}

// replace needs change to be held.
func (s *drains) replace(routes []Route) {
	old := map[*drain]bool{}
	for _, d := range s.list {
		old[d] = true
	}
	next := make([]*drain, len(routes))
	for i := range routes {
		for _, d := range s.list {
			if sameSink(d.sink, routes[i].Sink) && d.name == routes[i].Sink.Name() {
				next[i] = d
				delete(old, d)
				d.route.Store(&routes[i])
			}
		}
	}
	s.end(old)
	for i := range next {
		if next[i] != nil {
			continue
		}
		name := routes[i].Sink.Name()
		d := &drain{
			name: name, sink: routes[i].Sink, again: make(chan redelivery), done: make(chan struct{}), log: s.log, moved: s.move,
			before: s.left[name], spell: spell{next: 1},
		}
		delete(s.left, name)
		s.begin(routes[i], d)
		next[i] = d
	}
	s.mu.Lock()
	s.list = next
	s.mu.Unlock()
	s.move()
}

// sameSink reports whether two sinks are one value.
func sameSink(a, b Sink) bool { return reflect.TypeOf(a).Comparable() && a == b }

// end ends drains and waits for them.
func (s *drains) end(which map[*drain]bool) {
	for d := range which {
		d.stop()
	}
	for d := range which {
		<-d.done
		if d.left != nil {
			s.left[d.name] = d.left
		} else if d.before != nil {
			s.left[d.name] = d.before // it may have ended since; then nobody waits
		}
	}
}

// finish waits for all drains: their context is over, or is ended here.
func (s *drains) finish() {
	s.change.Lock()
	defer s.change.Unlock()
	s.ended = true
	all := map[*drain]bool{}
	for _, d := range s.list {
		all[d] = true
	}
	s.end(all)
}

func (s *drains) find(name string) *drain {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, d := range s.list {
		if d.name == name {
			return d
		}
	}
	return nil
}

// watch returns a channel that is closed when something has moved.
func (s *drains) watch() <-chan struct{} {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.changed
}

func (s *drains) move() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}
