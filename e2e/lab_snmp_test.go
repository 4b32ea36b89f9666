package e2e

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestLabSNMPAdvice: the configuration that quorate lab snmp prints, and the command below it, poll the replayed device.
func TestLabSNMPAdvice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	walk, err := filepath.Abs("../examples/lab/nas.walk")
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, cleanEnv(dir), dir, "lab", "snmp", "--walk", walk)
	p.waitFor("Ctrl-C ends it.")
	said := p.output()
	write(t, filepath.Join(dir, "lab.hcl"), regexp.MustCompile(`(?ms)^source .*?^}`).FindString(said))
	typed := regexp.MustCompile(`(?m)^ *(LAB1)='(.*?)' quorate (source poll lab --config lab\.hcl)$`).FindStringSubmatch(said)
	if typed == nil {
		t.Fatalf("it gives no advice:\n%s", said)
	}
	got := command{dir: dir, env: []string{typed[1] + "=" + typed[2]}}.ok(t, strings.Fields(typed[3])...)
	if !strings.Contains(got, "nas1") || !strings.Contains(got, "reach=up mgmt=up") {
		t.Errorf("the poll says\n%s", got)
	}
	p.stop(t, 0)
}
