package main

import (
	"context"
	"fmt"
	"net/netip"
	"os/exec"
	"strings"
)

// gateway is this machine in the lab's network, beside which all devices are.
const gateway = "192.0.2.254"

// network makes a network in which the devices are addresses of this machine. Behind them is an interface whose other end
// drops everything, which is where packets go to a device that is off.
func network(ctx context.Context, devices []netip.Addr) error {
	lines := []string{"link set lo up", "link add v0 type veth peer name v1", "link set v0 up", "link set v1 up", "addr add " + gateway + "/24 dev v0"}
	for _, a := range devices {
		lines = append(lines, fmt.Sprintf("neigh add %s lladdr 02:00:5e:00:53:01 dev v0", a), fmt.Sprintf("addr add %s/32 dev lo", a))
	}
	return ip(ctx, lines...)
}

// off lets a device answer nothing any more, on lets it answer again: echoes, and connections with a refusal.
func off(ctx context.Context, a netip.Addr) error {
	return ip(ctx, fmt.Sprintf("addr del %s/32 dev lo", a))
}

func on(ctx context.Context, a netip.Addr) error {
	return ip(ctx, fmt.Sprintf("addr add %s/32 dev lo", a))
}

func ip(ctx context.Context, lines ...string) error {
	cmd := exec.CommandContext(ctx, "ip", "-batch", "-")
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", lines[0], err, out)
	}
	return nil
}
