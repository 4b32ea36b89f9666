package agent

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/quorate/quorate/internal/api"
)

// page is where the API and the page are served. It moves to another address when the configuration says so.
type page struct {
	server   *api.Server
	listener net.Listener
	cancel   context.CancelFunc
	ended    chan struct{} // closed when nobody is served at this address any more
}

func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; \"listen\" in the agent block chooses another address", address, err)
	}
	return l, nil
}

// serve serves at l until the crew's context ends or the page moves on.
func (p *page) serve(c *crew, l net.Listener) {
	ctx, cancel := context.WithCancel(c.ctx)
	ended := make(chan struct{})
	p.listener, p.cancel, p.ended = l, cancel, ended
	c.run("page", func(context.Context) error {
		defer close(ended)
		defer cancel()
		return p.server.Serve(ctx, l)
	})
}

// listenAnew opens the address that the page is to move to, nil where it stays.
func (p *page) listenAnew(from, to string) (net.Listener, error) {
	if from == to {
		return nil, nil
	}
	// The same address in other words cannot be opened a second time, and need not be.
	if want, err := net.ResolveTCPAddr("tcp", to); err == nil && want.String() == p.listener.Addr().String() {
		return nil, nil
	}
	return listen(to)
}

// move serves at l as well, and then no longer where it was: streams there end, and whoever follows one asks again.
func (p *page) move(c *crew, l net.Listener) {
	cancel, ended := p.cancel, p.ended
	p.serve(c, l)
	cancel()
	<-ended
}

// address is where the page is.
func (p *page) address() string { return p.listener.Addr().String() }

// url is what a browser on this machine asks for the page.
func (p *page) url() string { return "http://" + p.address() }

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
