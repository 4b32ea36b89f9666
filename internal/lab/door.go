package lab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// Door is a TCP port that can answer, refuse, and fall silent as a device does that is off: without any privilege, and on
// loopback. It is safe for concurrent use.
type Door struct {
	at netip.AddrPort

	mu       sync.Mutex
	listener *net.TCPListener // nil while it refuses
	accepted chan struct{}    // closed when nothing is accepted any more; nil while it is silent or refuses
	filler   net.Conn
}

// OpenDoor opens a door that answers. Port 0 is any free one.
func OpenDoor(at netip.AddrPort) (*Door, error) {
	d := &Door{at: at}
	if err := d.Answer(); err != nil {
		return nil, err
	}
	return d, nil
}

// Address is where the door is, with the port that was chosen.
func (d *Door) Address() netip.AddrPort {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.at
}

// Answer lets every connection in, and closes it.
func (d *Door) Answer() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.accepted != nil {
		return nil
	}
	if d.listener == nil {
		l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(d.at))
		if err != nil {
			return fmt.Errorf("open a door at %s: %w", d.at, err)
		}
		d.listener, d.at = l, l.Addr().(*net.TCPAddr).AddrPort()
	} else if err := d.backlog(128); err != nil {
		return err
	}
	d.dropFiller()
	if err := d.listener.SetDeadline(time.Time{}); err != nil {
		return err
	}
	d.accepted = make(chan struct{})
	go accept(d.listener, d.accepted)
	return nil
}

// accept ends at the listener's deadline, or when it is closed.
func accept(l *net.TCPListener, ended chan<- struct{}) {
	defer close(ended)
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_ = c.Close()
	}
}

// Silence lets requests for a connection vanish: the system drops them while nobody accepts those that wait.
func (d *Door) Silence() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.listener == nil {
		return errors.New("a door that refuses is to answer before it can be silent")
	}
	if d.accepted == nil {
		return nil
	}
	if err := d.stop(); err != nil {
		return err
	}
	// From the first connection that waits on, with a queue of none.
	if err := d.backlog(0); err != nil {
		return err
	}
	c, err := net.DialTimeout("tcp", d.at.String(), 200*time.Millisecond)
	if late, ok := errors.AsType[net.Error](err); ok && late.Timeout() {
		return nil // somebody else's connection waits already
	}
	if err != nil {
		return fmt.Errorf("silence the door at %s: %w", d.at, err)
	}
	d.filler = c
	return nil
}

// Refuse lets the system answer every connection with a reset, as a device does where nobody listens.
func (d *Door) Refuse() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.shut()
}

// Close ends the door. What connects then is refused.
func (d *Door) Close() error { return d.Refuse() }

func (d *Door) shut() error {
	if d.listener == nil {
		return nil
	}
	err := d.listener.Close()
	if d.accepted != nil {
		<-d.accepted
	}
	d.listener, d.accepted = nil, nil
	d.dropFiller()
	return err
}

// stop ends accepting and keeps listening.
func (d *Door) stop() error {
	if err := d.listener.SetDeadline(time.Unix(1, 0)); err != nil {
		return err
	}
	<-d.accepted
	d.accepted = nil
	return nil
}

// dropFiller resets what filled the queue, so that it does not hold the port.
func (d *Door) dropFiller() {
	if tcp, ok := d.filler.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
		_ = tcp.Close()
	}
	d.filler = nil
}

// backlog sets how many connections may wait.
func (d *Door) backlog(n int) error {
	raw, err := d.listener.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = syscall.Listen(int(fd), n) }); err != nil {
		return err
	}
	return failed
}
