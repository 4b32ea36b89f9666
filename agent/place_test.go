package agent

import (
	"slices"
	"testing"
)

func TestDefaultGateways(t *testing.T) {
	routes := "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n" +
		"eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n" +
		"eth1\t00000000\tFE6433C6\t0003\t0\t0\t200\t00000000\t0\t0\t0\n" +
		"eth0\t000200C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n" +
		"wg0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\nshort\nx 00000000 zz\n"
	if got, want := defaultGateways(routes), []string{"192.0.2.1", "198.51.100.254"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := defaultGateways(""); len(got) != 0 {
		t.Errorf("got %v of nothing", got)
	}
}
