package api

import (
	"net"
	"net/netip"
	"sync"
)

const (
	// maxConns is how many connections a listener holds at once, streams among them. This machine has localConns more, so
	// that its owner gets in where everybody else does not.
	maxConns   = 512
	localConns = 64
	// maxConnsEach is how many connections one address may hold. Proxies and this machine speak for many.
	maxConnsEach = 96
)

// crowd is a listener that holds a bounded number of connections. One too many is closed at once: whoever only holds
// connections open takes none from others, and files are left for everything else.
type crowd struct {
	net.Listener
	exempt func(netip.Addr) bool // from the bound of each address

	mu   sync.Mutex
	held map[netip.Prefix]int
	all  int
}

func newCrowd(l net.Listener, exempt func(netip.Addr) bool) *crowd {
	return &crowd{Listener: l, exempt: exempt, held: map[netip.Prefix]int{}}
}

// Accept returns the next connection that there is room for.
func (c *crowd) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := addrOf(conn.RemoteAddr().String())
		if c.enter(from) {
			return &guest{Conn: conn, leave: sync.OnceFunc(func() { c.leave(from) })}, nil
		}
		_ = conn.Close()
	}
}

func (c *crowd) enter(from netip.Addr) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	room, key := maxConns, network(from)
	if from.IsLoopback() {
		room += localConns
	}
	if c.all >= room || c.held[key] >= maxConnsEach && !from.IsLoopback() && !c.exempt(from) {
		return false
	}
	c.all++
	c.held[key]++
	return true
}

func (c *crowd) leave(from netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := network(from)
	c.all--
	if c.held[key]--; c.held[key] == 0 {
		delete(c.held, key)
	}
}

// network is what one household has of the internet: an address of IPv4, 64 bits of IPv6.
func network(a netip.Addr) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // the zero prefix for no address
	return p
}

// guest is a connection that leaves when it is closed.
type guest struct {
	net.Conn
	leave func()
}

func (g *guest) Close() error {
	g.leave()
	return g.Conn.Close()
}

// NetConn is the connection of the system.
func (g *guest) NetConn() net.Conn { return g.Conn }
