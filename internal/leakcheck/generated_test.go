package leakcheck

import (
	"math/rand/v2"
	"testing"

	"github.com/quorate/quorate/internal/leaktext"
)

// TestGeneratedTexts looks for values drawn at random in contexts drawn at random: the rules are for classes, and not for
// the labelled texts.
func TestGeneratedTexts(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 5))
	c := New(nil)
	const each = 400
	missed, shown := map[string]int{}, map[string]string{}
	for _, tt := range leaktext.Generate(r, each) {
		if !covered(labelled{Text: tt.Text, Secret: secrets{tt.Secret}}, c.Check("post.md", []byte(tt.Text))) {
			missed[tt.Kind]++
			shown[tt.Kind] += "\n  " + tt.Text
		}
	}
	for kind, n := range missed {
		most := each * 2 / 100
		switch kind {
		case "ipv4", "ipv6", "mac", "fqdn", "email", "url_credentials", "snmp_community", "jwt":
			most = 0
		case "token", "password":
			most = each / 100
		}
		t.Logf("seed %d: %s: %d of %d missed", seed, kind, n, each)
		if n > most {
			t.Errorf("seed %d: %s: %d of %d missed:%s", seed, kind, n, each, shown[kind])
		}
	}
	alarms := 0
	lines := leaktext.Plain(r, 5000)
	for _, line := range lines {
		if found := c.CheckPost("post.md", []byte(line), nil); len(found) > 0 {
			if alarms++; alarms < 10 {
				t.Logf("seed %d: false alarm %v in %q", seed, found, line)
			}
		}
	}
	t.Logf("%d false alarms in %d harmless lines", alarms, len(lines))
	if alarms*50 > len(lines) {
		t.Errorf("seed %d: %d false alarms in %d lines", seed, alarms, len(lines))
	}
}
