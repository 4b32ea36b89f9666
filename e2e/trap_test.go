package e2e

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/snmpagent"
)

const trapConfig = `agent {
  data_dir = "data"
  listen   = "127.0.0.1:0"
}

source "snmp-direct" "snmp" {
  interval = "1h"
  config {
    credential "v2c" "lab" {
      community = env("LAB_COMMUNITY")
    }
    target "switch" {
      address = %q
    }
    traps {
      listen = %q
    }
  }
}

consensus {
  confirm = 1
}
`

// TestTrap: a trap makes a broken power supply known in seconds, by a source that polls once an hour; what is broken the
// agent sees for itself.
func TestTrap(t *testing.T) {
	t.Parallel()
	box := snmpagent.New(snmpagent.SwitchRecording(snmpagent.SwitchParams{Name: "switch"}), snmpagent.Options{Addr: "127.0.0.2:0"})
	at, err := box.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	free, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	listen := free.LocalAddr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s := &site{dir: dir, config: write(t, dir+"/quorate.hcl", fmt.Sprintf(trapConfig, at, listen)), env: []string{"LAB_COMMUNITY=public"}}
	a := s.agent(t)
	status := func() device.Status { return a.devices(t)["switch"].Status }
	eventually(t, "the only poll of this hour", func() bool { return status() == device.StatusUp })

	if err := box.Set(snmpagent.SwitchPowerState+"1", snmpagent.Int(4)); err != nil {
		t.Fatal(err)
	}
	trap, err := (&gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: "public", PDUType: gosnmp.SNMPv2Trap, RequestID: 1, Variables: []gosnmp.SnmpPDU{
		{Name: ".1.3.6.1.2.1.1.3.0", Type: gosnmp.TimeTicks, Value: uint32(1)},
		{Name: ".1.3.6.1.6.3.1.1.4.1.0", Type: gosnmp.ObjectIdentifier, Value: ".1.3.6.1.4.1.11.2.14.11.5.1.55.0.1"},
	}}).MarshalMsg()
	if err != nil {
		t.Fatal(err)
	}
	out, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)}, net.UDPAddrFromAddrPort(netip.MustParseAddrPort(listen)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	began := time.Now()
	eventually(t, "the power supply is known to be broken", func() bool {
		_, _ = out.Write(trap) // refused until the watch listens
		return status() == device.StatusDegraded
	})
	t.Logf("%s from the first trap to the verdict", time.Since(began).Round(100*time.Millisecond))
	a.stop(t, 0)
}
