package agent

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/quorate/quorate/consensus"
)

var ruleRow = regexp.MustCompile("(?m)^\\| `([a-z_]+)`( \\*)? \\| `([^`]+)` \\| ")

// TestRulesAreDocumented: the table of the rules' settings has each of them, with the default that is in force, and says
// which ones a device may set.
func TestRulesAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, m := range ruleRow.FindAllStringSubmatch(string(page), -1) {
		name, own, value := m[1], m[2] != "", m[3]
		documented = append(documented, name)
		if own != slices.Contains(ruleNames, name) {
			t.Errorf("%s: marked for devices %v, which is not so", name, own)
		}
		cfg, err := Load([]string{writeCase(t, "consensus {\n  "+name+" = "+value+"\n}\nsource \"exec\" \"a\" {\n}\n")}, LoadOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if cfg.Consensus != consensus.DefaultRules() {
			t.Errorf("%s: %s is not its default: %+v", name, value, cfg.Consensus)
		}
	}
	all := slices.Clone(frameAttributes["consensus"])
	slices.Sort(all)
	slices.Sort(documented)
	if !slices.Equal(all, documented) {
		t.Errorf("the page has %q, the rules %q", documented, all)
	}
}
