package examples_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/internal/host"
	"github.com/quorate/quorate/plugins/librenms"
	"github.com/quorate/quorate/plugins/prtg"
	"github.com/quorate/quorate/plugins/reach"
	snmpdirect "github.com/quorate/quorate/plugins/snmp-direct"
	"github.com/quorate/quorate/sdk"
)

// described gives the plugins' schemas without starting them.
type described map[string]sdk.Source

func (d described) Describe(_ context.Context, spec host.Spec) (sdk.Info, error) {
	s, ok := d[spec.Type]
	if !ok {
		return sdk.Info{}, fmt.Errorf("no plugin of type %q", spec.Type)
	}
	info := s.Info()
	// Serve adds the capabilities of a plugin that runs.
	if _, ok := s.(sdk.Receiver); ok {
		info.Capabilities = append(info.Capabilities, sdk.CapabilityReceive)
	}
	return info, nil
}

// Every configuration is complete: the frame and, for each source, what its plugin asks for.
func TestConfigurations(t *testing.T) {
	plugins := described{"librenms": librenms.New(), "prtg": prtg.New(), "reach": reach.New(), "snmp-direct": snmpdirect.New()}
	types := []string{"librenms", "prtg", "reach", "snmp-direct"}
	paths, err := filepath.Glob("hcl/*.hcl")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no configurations: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			// A checkout may give the group more rights than an agent accepts.
			own := filepath.Join(t.TempDir(), filepath.Base(path))
			if err := os.WriteFile(own, b, 0o600); err != nil {
				t.Fatal(err)
			}
			cfg, err := agent.Load([]string{own}, agent.LoadOptions{Lookup: func(name string) (string, bool) {
				if strings.HasSuffix(name, "_PUSH_TOKEN") || strings.HasSuffix(name, "_SECRET") {
					return "token-of-" + name, true
				}
				return "127.0.0.1:8600", true
			}})
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := cfg.Settings(t.Context(), plugins, types); err != nil {
				t.Error(err)
			}
		})
	}
}
