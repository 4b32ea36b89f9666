package agent

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/user"
	"strings"
)

// machine adds what the machine of the agent is called, where it stands in the network, and who runs it.
func machine(add func(kind string, values ...string)) error {
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("the name of this machine: %w", err)
	}
	first, domain, full := strings.Cut(host, ".")
	add("hostnames", first)
	if full {
		add("fqdn", host)
		add("domains", domain)
	}
	if u, err := user.Current(); err == nil {
		add("usernames", u.Username)
		add("paths", u.HomeDir)
	}
	add("domains", searchDomains("/etc/resolv.conf")...)
	interfaces, err := net.Interfaces()
	if err != nil {
		return fmt.Errorf("the interfaces of this machine: %w", err)
	}
	for _, i := range interfaces {
		if i.Flags&net.FlagLoopback != 0 {
			continue
		}
		add("mac", i.HardwareAddr.String())
		addresses, err := i.Addrs()
		if err != nil {
			continue // it is gone by now
		}
		for _, a := range addresses {
			if n, ok := a.(*net.IPNet); ok {
				add(addressKind(n.IP.String()), n.IP.String())
			}
		}
	}
	return nil
}

// searchDomains are those of a resolver's file; none where it cannot be read.
func searchDomains(path string) []string {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var all []string
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) < 2 || words[0] != "search" && words[0] != "domain" {
			continue
		}
		for _, w := range words[1:] {
			if w = strings.Trim(w, "."); w != "" {
				all = append(all, w)
			}
		}
	}
	return all
}
