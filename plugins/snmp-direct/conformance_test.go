package snmpdirect

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab/snmpagent"
	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcetest"
)

func TestMain(m *testing.M) {
	if os.Getenv(agentEnv) != "" {
		os.Exit(serveAgent())
	}
	sourcetest.Main(m, map[string]func() sdk.Source{"snmp-direct": New})
}

const canary = "canary-7c1e94d2b0"

// canaryAgent starts an agent that asks for the canary community.
func canaryAgent(t *testing.T, rec *snmpagent.Recording) (*snmpagent.Agent, string) {
	t.Helper()
	a := snmpagent.New(rec, snmpagent.Options{Community: canary})
	addr, err := a.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a, addr
}

func TestConformance(t *testing.T) {
	first, firstAddr := canaryAgent(t, smallSwitch())
	second, secondAddr := canaryAgent(t, snmpagent.NASRecording(snmpagent.NASParams{}))
	tiny, err := snmpagent.Load(strings.NewReader("1.3.6.1.2.1.1.1.0|4|box\n1.3.6.1.2.1.1.5.0|4|box\n1.3.6.1.2.1.2.2.1.2.1|4|eth0\n1.3.6.1.2.1.2.2.1.8.1|2|1\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, tinyAddr := canaryAgent(t, tiny)
	config := func(community string, targets ...string) string {
		for i, addr := range targets {
			targets[i] = fmt.Sprintf(`{"name": "t%d", "address": %q}`, i, addr)
		}
		return fmt.Sprintf(`{"request_timeout": "1s", "retries": 1, "credential": [{"version": "v2c", "name": "lab", "community": %q}], "target": [%s]}`,
			community, strings.Join(targets, ","))
	}
	silence := func() func() {
		first.SetSilent(true)
		second.SetSilent(true)
		return func() {
			first.SetSilent(false)
			second.SetSilent(false)
		}
	}
	// A device that does not answer is what this source is there to see: the poll is complete.
	says := func(want string) func(sdk.Polled, error) error {
		return func(p sdk.Polled, err error) error {
			if err != nil {
				return err
			}
			for _, o := range p.Observations {
				if got := facets(o); got != want {
					return fmt.Errorf("%s: %s, want %s", o.Ref, got, want)
				}
			}
			return nil
		}
	}
	sourcetest.Run(t, sourcetest.Case{
		Type: "snmp-direct", Measures: true, Timeout: 30 * time.Second, ProbeRef: "t1", Refs: []string{"t0", "t1"},
		Config: config(canary, firstAddr, secondAddr),
		Hang:   silence,
		Bad: []sourcetest.Bad{
			{Name: "no target", Config: config(canary), Want: `"target"`},
			{Name: "no credential", Config: `{"target": [{"name": "a", "address": "192.0.2.1"}]}`, Want: `"credential"`},
			{Name: "v3", Config: `{"credential": [{"version": "v3", "name": "x", "user": "u", "priv_protocol": "DES"}], "target": [{"name": "a", "address": "192.0.2.1"}]}`, Want: `"priv_password"`},
			{Name: "port", Config: config(canary, "192.0.2.1:99999"), Want: `"address"`},
		},
		Faults: []sourcetest.Fault{
			{Name: "silent", Set: silence, Check: says("reach=down/0.5 mgmt=down")},
			{Name: "wrong community", Config: config(canary+"x", firstAddr, secondAddr), Check: says("reach=down/0.5 mgmt=down")},
			{Name: "malformed", Set: func() func() {
				first.SetFaults(snmpagent.Faults{Mutate: snmpagent.Truncate(40)})
				second.SetFaults(snmpagent.Faults{Mutate: snmpagent.Truncate(40)})
				return func() {
					first.SetFaults(snmpagent.Faults{})
					second.SetFaults(snmpagent.Faults{})
				}
			}, Check: says("reach=up mgmt=down")},
		},
		Grow: func(n int) (string, func()) {
			targets := make([]string, n)
			for i := range targets {
				targets[i] = tinyAddr
			}
			return config(canary, targets...), func() {}
		},
	})
}

// TestNoSecretInAnyError: the community is in no message of Configure.
func TestNoSecretInAnyError(t *testing.T) {
	for _, config := range []string{
		`{"credential": [{"version": "v3", "name": "x", "user": "u", "auth_password": "` + canary + `"}], "target": [{"name": "a", "address": "192.0.2.1"}]}`,
		`{"credential": [{"version": "v2c", "name": "x", "community": "` + canary + `", "user": "u"}], "target": [{"name": "a", "address": "192.0.2.1"}]}`,
		`{"credential": [{"version": "v2c", "name": "x", "community": "` + strings.Repeat(canary, 20) + `"}], "target": [{"name": "a", "address": "192.0.2.1"}]}`,
	} {
		err := newSource(nil).Configure(t.Context(), []byte(config))
		if err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("got %v", err)
		}
	}
	var c Config
	c.Credentials = []Credential{{Community: device.Secret(canary)}}
	if s := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(s, canary) {
		t.Errorf("a configuration prints its community: %s", s)
	}
}
