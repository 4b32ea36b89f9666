package agent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/quorate/quorate/internal/api"
)

// moveWithin bounds how long an address may still be taken by what was served there before.
const moveWithin = 2 * time.Second

// page is where the API and the page are served. It moves to another address, or gets another door, when the
// configuration says so.
type page struct {
	server *api.Server
	at     atomic.Pointer[entrance]
	cancel context.CancelFunc
	ended  chan struct{} // closed when nobody is served at this entrance any more
}

func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; \"listen\" in the agent block chooses another address", address, err)
	}
	return l, nil
}

// serve serves at e until the crew's context ends or the page moves on.
func (p *page) serve(c *crew, e *entrance) {
	ctx, cancel := context.WithCancel(c.ctx)
	ended := make(chan struct{})
	p.at.Store(e)
	p.cancel, p.ended = cancel, ended
	l, door := e.listener, e.door()
	c.run("page", func(context.Context) error {
		defer close(ended)
		defer cancel()
		return p.server.ServeAt(ctx, l, door)
	})
}

// openAnew opens the entrance that the page is to move to, nil where it stays.
func (p *page) openAnew(a *Agent, to *Config) (*entrance, error) {
	now := p.at.Load()
	from := now.cfg
	if from.Listen == to.Listen && reflect.DeepEqual(from.Door, to.Door) {
		return nil, nil
	}
	next, err := a.newEntrance(to)
	if err != nil {
		return nil, err
	}
	// The same address cannot be opened a second time, and need not be: who knocks meanwhile is heard by either.
	want, err := net.ResolveTCPAddr("tcp", to.Listen)
	if from.Listen == to.Listen || err == nil && want.String() == now.listener.Addr().String() {
		next.listener, err = again(now.listener)
		return next, err
	}
	next.listener, err = listen(to.Listen)
	if errors.Is(err, syscall.EADDRINUSE) && overlap(want, now.listener.Addr()) {
		return next, nil // it is taken by this page: it opens when that one closes
	}
	return next, err
}

// again opens a listener's address once more.
func again(l net.Listener) (net.Listener, error) {
	tcp, ok := l.(*net.TCPListener)
	if !ok {
		return nil, fmt.Errorf("%s cannot be taken over: restart the agent", l.Addr())
	}
	f, err := tcp.File()
	if err != nil {
		return nil, fmt.Errorf("take over %s: %w", l.Addr(), err)
	}
	defer f.Close()
	return net.FileListener(f)
}

// overlap reports whether two addresses have their port in common, and one of them is every address.
func overlap(want *net.TCPAddr, has net.Addr) bool {
	other, ok := has.(*net.TCPAddr)
	return ok && want != nil && want.Port == other.Port && (want.IP.IsUnspecified() || other.IP.IsUnspecified())
}

// move serves at e as well, and then no longer where it was: streams there end, and whoever follows one asks again.
// Requests that are being answered have their time. Where the new address cannot be had the page stays at the old one.
func (p *page) move(c *crew, e *entrance) error {
	before, cancel, ended := p.at.Load(), p.cancel, p.ended
	var err error
	if e.listener == nil {
		cancel()
		if e.listener, err = patiently(e.cfg.Listen); err != nil {
			l, lost := patiently(before.listener.Addr().String())
			if lost != nil {
				<-ended
				err = errors.Join(err, lost)
				c.fail(err)
				return err
			}
			e = &entrance{before.cfg, l, before.keys}
		}
	}
	p.serve(c, e)
	cancel()
	<-ended
	return err
}

// patiently opens an address that is being closed.
func patiently(address string) (net.Listener, error) {
	deadline := time.Now().Add(moveWithin)
	for {
		l, err := listen(address)
		if err == nil || time.Now().After(deadline) {
			return l, err
		}
		time.Sleep(time.Millisecond)
	}
}

// address is where the page is.
func (p *page) address() string { return p.at.Load().listener.Addr().String() }

// url is what a browser asks for the page.
func (p *page) url() string { return p.at.Load().url() }

// closeAll closes listeners that nobody serves.
func closeAll(all ...net.Listener) error {
	var errs []error
	for _, l := range all {
		if l != nil {
			errs = append(errs, l.Close())
		}
	}
	return errors.Join(errs...)
}
