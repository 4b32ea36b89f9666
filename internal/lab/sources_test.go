package lab_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab"
	"github.com/quorate/quorate/plugins/librenms"
	"github.com/quorate/quorate/plugins/prtg"
	snmpdirect "github.com/quorate/quorate/plugins/snmp-direct"
	"github.com/quorate/quorate/sdk"
)

// poll asks a real source about the lab.
func poll(t *testing.T, s sdk.Source, config map[string]any) ([]device.Observation, error) {
	t.Helper()
	b, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Configure(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return again(t, s)
}

func again(t *testing.T, s sdk.Source) ([]device.Observation, error) {
	t.Helper()
	var all []device.Observation
	err := s.Poll(t.Context(), func(o device.Observation) error {
		if err := o.Validate(); err != nil {
			t.Errorf("observation %q: %v", o.Ref, err)
		}
		all = append(all, o)
		return nil
	})
	return all, err
}

func startLab(t *testing.T) *lab.Running {
	t.Helper()
	r, err := lab.Start(context.WithoutCancel(t.Context()), lab.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func pollLibreNMS(t *testing.T, r *lab.Running) ([]device.Observation, error) {
	return poll(t, librenms.New(), map[string]any{"url": r.Env[lab.EnvLibreNMS], "token": r.Env[lab.EnvLibreNMSToken], "step": "1s"})
}

func pollPRTG(t *testing.T, r *lab.Running) ([]device.Observation, error) {
	return poll(t, prtg.New(), map[string]any{"url": r.Env[lab.EnvPRTG], "api_token": r.Env[lab.EnvPRTGToken]})
}

func pollSNMP(t *testing.T, r *lab.Running, patience string) ([]device.Observation, error) {
	targets := []map[string]any{}
	for name, address := range r.Agents.Addresses() {
		targets = append(targets, map[string]any{"name": name, "address": address})
	}
	return poll(t, snmpdirect.New(), map[string]any{"request_timeout": patience, "device_timeout": "1m", "retries": 0, "target": targets,
		"credential": []map[string]any{{"version": "v2c", "name": "lab", "community": r.Env[lab.EnvCommunity]}}})
}

func reach(all []device.Observation, s device.State) (names []string) {
	for _, o := range all {
		for _, c := range o.Claims {
			if c.Facet == device.FacetReach && c.State == s {
				names = append(names, o.Name)
			}
		}
	}
	return names
}

func TestSourcesSeeTheLab(t *testing.T) {
	r := startLab(t)
	fromLibreNMS, err := pollLibreNMS(t, r)
	if err != nil {
		t.Fatal(err)
	}
	fromPRTG, err := pollPRTG(t, r)
	if err != nil {
		t.Fatal(err)
	}
	if l, p := len(reach(fromLibreNMS, device.StateUp)), len(reach(fromPRTG, device.StateUp)); l != 11 || p != 68 {
		t.Errorf("LibreNMS sees %d devices up, PRTG %d; want 11 and 68", l, p)
	}
	// By address, and where PRTG has none by full host name, all of LibreNMS' devices are found again in PRTG.
	keys := map[string]int{}
	for _, o := range fromPRTG {
		for _, k := range keysOf(o) {
			keys[k]++
		}
	}
	merged, sameName := 0, 0
	names := map[string]bool{}
	for _, o := range fromPRTG {
		names[o.Name] = true
	}
	for _, o := range fromLibreNMS {
		found := 0
		for _, k := range keysOf(o) {
			found = max(found, keys[k])
		}
		if found == 1 {
			merged++
		} else {
			t.Errorf("%q is %d devices of PRTG: %v", o.Name, found, keysOf(o))
		}
		if names[o.Name] {
			sameName++
		}
	}
	if merged != 11 {
		t.Errorf("%d of LibreNMS' devices are in PRTG, want 11", merged)
	}
	if sameName > 5 {
		t.Errorf("%d of 11 have the same name in both: nothing to merge", sameName)
	}
	for _, o := range append(fromLibreNMS, fromPRTG...) {
		if leak := lab.Leaks(fmt.Sprintf("%+v", o)); leak != "" {
			t.Errorf("a secret survived in %s: %s", o.Ref, leak)
		}
		for _, c := range o.Claims {
			if c.State != device.StateUp && c.State != device.StateOK {
				t.Errorf("%s: %s %s is %s on a calm day (%s)", o.Name, c.Facet, c.Component, c.State, c.Raw)
			}
		}
	}
}

func TestProberSeesTheLab(t *testing.T) {
	r := startLab(t)
	all, err := pollSNMP(t, r, "10s")
	if err != nil {
		t.Fatal(err)
	}
	if up := reach(all, device.StateUp); len(up) != 8 {
		t.Errorf("%d devices up: %q", len(up), up)
	}
	for _, o := range all {
		d, ok := r.World.Device(o.Ref)
		if !ok {
			t.Errorf("ref %q is no device of the lab", o.Ref)
			continue
		}
		if keys := keysOf(o); !slices.Contains(keys, d.Address.String()) {
			t.Errorf("%s answers as %q and not as %s: nothing to merge by", o.Ref, keys, d.Address)
		}
		if o.Serial != d.Serial {
			t.Errorf("%s has serial %q here and %q in LibreNMS", o.Ref, o.Serial, d.Serial)
		}
		for _, c := range o.Claims {
			if c.State != device.StateUp && c.State != device.StateOK {
				t.Errorf("%s: %s %s is %s on a calm day (%s)", o.Ref, c.Facet, c.Component, c.State, c.Raw)
			}
		}
	}
	if err := r.World.Kill("core-switch"); err != nil {
		t.Fatal(err)
	}
	if all, err = pollSNMP(t, r, "2s"); err != nil {
		t.Fatal(err)
	}
	if down := reach(all, device.StateDown); len(down) != 5 {
		t.Errorf("%d devices down with the switch: %q", len(down), down)
	}
}

func keysOf(o device.Observation) []string {
	var keys []string
	for _, a := range o.Addresses {
		if ip, err := netip.ParseAddr(a); err == nil {
			keys = append(keys, ip.String())
		}
	}
	for _, h := range o.Hostnames {
		if strings.Contains(h, ".") {
			keys = append(keys, strings.ToLower(h))
		}
	}
	return keys
}

func TestSourcesTellFailuresFromDowns(t *testing.T) {
	r := startLab(t)
	for _, kind := range []lab.FaultKind{
		lab.FaultServerError, lab.FaultUnavailable, lab.FaultUnauthorized, lab.FaultForbidden, lab.FaultLoginPage, lab.FaultRedirect, lab.FaultHTML,
		lab.FaultCutOff, lab.FaultGarbage, lab.FaultEmpty,
	} {
		t.Run(string(kind), func(t *testing.T) {
			r.LibreNMS.SetFault(lab.Fault{Kind: kind})
			r.PRTG.SetFault(lab.Fault{Kind: kind})
			for name, ask := range map[string]func(*testing.T, *lab.Running) ([]device.Observation, error){"librenms": pollLibreNMS, "prtg": pollPRTG} {
				all, err := ask(t, r)
				if name == "prtg" && kind == lab.FaultEmpty && err == nil && len(all) == 0 {
					continue // an account may see nothing; the agent judges the shrinking
				}
				if err == nil || len(reach(all, device.StateDown)) > 0 {
					t.Errorf("%s: %d devices, error %v", name, len(all), err)
					continue
				}
				if text := err.Error(); strings.Contains(text, lab.Canary) || strings.ContainsAny(text, "\r\n") {
					t.Errorf("%s: %q", name, text)
				}
			}
		})
	}
}
