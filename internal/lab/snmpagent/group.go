package snmpagent

import "fmt"

// Group is several agents at one address: the community says which of them is asked, as snmpsim does it. To whatever
// community belongs to none of them there is silence.
type Group struct {
	socket *socket
}

// StartGroup listens at addr, "127.0.0.1:0" for any port, for agents that do not listen themselves. Two agents with one
// community are an error.
func StartGroup(addr string, agents []*Agent) (*Group, error) {
	by := make(map[string]*Agent, len(agents))
	for _, a := range agents {
		if by[a.community] != nil {
			return nil, fmt.Errorf("snmp agents: two of them have the community %.60q", a.community)
		}
		by[a.community] = a
	}
	s, err := listen(addr, func(community string) *Agent { return by[community] })
	if err != nil {
		return nil, err
	}
	return &Group{s}, nil
}

// Addr is where the agents listen, "127.0.0.1:port".
func (g *Group) Addr() string { return g.socket.addr() }

// Close stops listening and waits until nothing of the group runs any more.
func (g *Group) Close() error { return g.socket.close() }
