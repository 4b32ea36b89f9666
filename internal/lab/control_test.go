package lab

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestControl: whoever speaks HTTP can command the lab.
func TestControl(t *testing.T) {
	r := start(t)
	at, err := r.Control(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	send := func(method, target string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, at+target, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, body(t, resp)
	}
	status := func(name string) string {
		d, _ := r.World.Device(name)
		truth := r.World.Truth(name)
		return strings.Join([]string{d.Address.String(), map[bool]string{true: "dead", false: "alive"}[truth.Dead],
			map[bool]string{true: "silent", false: "speaks"}[truth.AgentDead], string(truth.Parts["disk:1"])}, " ")
	}
	for _, step := range []struct{ target, want string }{
		{"/kill?device=nas-1", "198.51.100.11 dead speaks "},
		{"/revive?device=nas-1", "198.51.100.11 alive speaks "},
		{"/stop-agent?device=nas-1", "198.51.100.11 alive silent "},
		{"/start-agent?device=nas-1", "198.51.100.11 alive speaks "},
		{"/break?device=nas-1&part=disk:1&state=critical", "198.51.100.11 alive speaks critical"},
		{"/move", "198.51.100.137 alive speaks critical"},
		{"/correct?server=prtg", "198.51.100.137 alive speaks critical"},
		{"/lose-network?server=librenms&lost=true", "198.51.100.137 alive speaks critical"},
	} {
		if code, said := send(http.MethodPost, step.target); code != http.StatusNoContent || status("nas-1") != step.want {
			t.Errorf("%s: %d %s, then %s", step.target, code, said, status("nas-1"))
		}
	}
	for _, target := range []string{"/mark?device=nas-1&maintenance=true", "/show?device=nas-1&sensor=Ping&status=14&message=split"} {
		if code, said := send(http.MethodPost, target); code != http.StatusNoContent {
			t.Errorf("%s: %d %s", target, code, said)
		}
	}
	if d, _ := r.World.Device("nas-4"); d.PRTG.Host != d.Address.String() {
		t.Errorf("PRTG still asks %s", d.PRTG.Host)
	}
	if code, _ := send(http.MethodPost, "/fault?server=prtg&kind=429&retry_after=60&only=/api/&after=1&delay=1ms&pace=1ms"); code != http.StatusNoContent {
		t.Errorf("a fault: %d", code)
	}
	want := []int{http.StatusUnauthorized, http.StatusTooManyRequests} // the first one answers itself
	for _, code := range want {
		if resp := ask(r.PRTG, "/api/status.json", ""); resp.StatusCode != code || code == http.StatusTooManyRequests && resp.Header.Get("Retry-After") != "60" {
			t.Errorf("%d, want %d", resp.StatusCode, code)
		}
	}
	for target, want := range map[string]string{
		"/kill?device=x": "no device", "/break?device=nas-1&part=disk:1&state=odd": "no state", "/fault?server=x": "want librenms or prtg",
		"/fault?server=prtg&kind=x": "want one of", "/fault?server=prtg&kind=500&delay=x": "invalid duration", "/lose-network?server=prtg": "invalid syntax",
		"/mark?device=x": "no device", "/show?device=nas-1&status=x": "want PRTG's number",
	} {
		if code, said := send(http.MethodPost, target); code != http.StatusBadRequest || !strings.Contains(said, want) {
			t.Errorf("%s: %d %s", target, code, said)
		}
	}
	_, said := send(http.MethodGet, "/")
	for _, want := range []string{"POST /fault?server=", "nas-1 198.51.100.137 librenms=11 prtg=2009\n", "sensor-1 "} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
}

// FaultKinds must have every kind that fault.go declares.
func TestFaultKinds(t *testing.T) {
	text, err := os.ReadFile("fault.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`(?m)^\tFault[A-Za-z]+ +FaultKind = "([^"]*)"`).FindAllStringSubmatch(string(text), -1)
	for _, d := range declared {
		if !slices.Contains(FaultKinds(), FaultKind(d[1])) {
			t.Errorf("fault %q is not among FaultKinds", d[1])
		}
	}
	if len(declared) != len(FaultKinds()) {
		t.Errorf("%d kinds are declared, and FaultKinds has %d", len(declared), len(FaultKinds()))
	}
}
