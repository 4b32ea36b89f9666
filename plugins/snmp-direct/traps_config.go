package snmpdirect

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/quorate/quorate/sdk"
)

// Traps is where traps arrive and whose are listened to.
type Traps struct {
	Listen      string   `json:"listen"`
	Credentials []string `json:"credentials"`
	Relays      []string `json:"relays"`
}

func trapsSchema() sdk.Block {
	return sdk.Block{Name: "traps", Max: 1, Doc: "Listen for traps: a trap hastens the poll of the device that sent it",
		Schema: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "listen", Type: sdk.TypeString, Required: true, Doc: "Address and UDP port such as 192.0.2.10:9162; 127.0.0.1 hears this machine only, 0.0.0.0 everyone. Port 162 needs a right that the agent does not have"},
			{Name: "credentials", Type: sdk.TypeStrings, Doc: "Names of the credentials that traps may carry; all of them if absent"},
			{Name: "relays", Type: sdk.TypeStrings, Doc: "Addresses that forward the traps of others: theirs alone are believed in which device a trap is about"},
		}}}
}

// traps is what the block of the configuration says; nil where there is none. It comes after check.
func (c *Config) traps(b *book) (*trapSettings, error) {
	if len(c.Traps) == 0 {
		return nil, nil
	}
	cfg := c.Traps[0]
	listen, err := netip.ParseAddrPort(cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf(`"traps": "listen" is %.60q: write an address and a port, such as 127.0.0.1:9162`, cfg.Listen)
	}
	t := &trapSettings{listen: listen, book: b}
	for _, r := range cfg.Relays {
		a, err := netip.ParseAddr(r)
		if err != nil {
			return nil, fmt.Errorf(`"traps": "relays": %.60q is no address`, r)
		}
		t.relays = append(t.relays, a.Unmap())
	}
	credentials := make([]*Credential, 0, len(c.Credentials))
	for i := range c.Credentials {
		if cred := &c.Credentials[i]; len(cfg.Credentials) == 0 || slices.Contains(cfg.Credentials, cred.Name) {
			credentials = append(credentials, cred)
		}
	}
	for _, name := range cfg.Credentials {
		if !slices.ContainsFunc(credentials, func(cred *Credential) bool { return cred.Name == name }) {
			return nil, fmt.Errorf(`"traps": "credentials": there is no credential %.60q`, name)
		}
	}
	t.reader = newTrapReader(credentials)
	return t, nil
}

// trapSettings is a block "traps" that has been checked.
type trapSettings struct {
	listen netip.AddrPort
	relays []netip.Addr
	reader *trapReader
	book   *book
}
