package e2e

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestMonitorsAlone: a program in any language reads where the simulated monitors listen, asks them and commands them.
func TestMonitorsAlone(t *testing.T) {
	t.Parallel()
	p := start(t, nil, t.TempDir(), "demo", "--monitors")
	p.waitFor("DEMO_SNMP_NAS_7=") // the last line
	env := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^([A-Z0-9_]+)=(.+)$`).FindAllStringSubmatch(p.output(), -1) {
		env[m[1]] = m[2]
	}
	send := func(method, target, token string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, target, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Auth-Token", token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(b)
	}
	if code, said := send(http.MethodGet, env["DEMO_CONTROL_URL"]+"/", ""); code != http.StatusOK || !strings.Contains(said, "POST /kill?device=NAME") {
		t.Fatalf("%d %s", code, said)
	}
	if code, said := send(http.MethodPost, env["DEMO_CONTROL_URL"]+"/kill?device=nas-7", ""); code != http.StatusNoContent {
		t.Fatalf("%d %s", code, said)
	}
	down := env["DEMO_LIBRENMS_URL"] + "/api/v0/devices?type=down"
	eventually(t, "a device that LibreNMS finds dead", func() bool {
		code, said := send(http.MethodGet, down, env["DEMO_LIBRENMS_TOKEN"])
		return code == http.StatusOK && strings.Contains(said, `"count": 1`) && strings.Contains(said, "198.51.100.17")
	})
	if code, said := send(http.MethodPost, env["DEMO_CONTROL_URL"]+"/fault?server=prtg&kind=503", ""); code != http.StatusNoContent {
		t.Fatalf("%d %s", code, said)
	}
	if code, _ := send(http.MethodGet, env["DEMO_PRTG_URL"]+"/api/table.json?content=devices&columns=objid&apitoken="+env["DEMO_PRTG_TOKEN"], ""); code != http.StatusServiceUnavailable {
		t.Errorf("PRTG answers %d", code)
	}
	p.stop(t, 0)
}
