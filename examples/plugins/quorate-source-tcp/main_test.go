package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcetest"
)

func TestMain(m *testing.M) {
	sourcetest.Main(m, map[string]func() sdk.Source{"tcp": func() sdk.Source { return &doors{} }})
}

func TestConformance(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	sourcetest.Run(t, sourcetest.Case{
		Type: "tcp", Measures: true, Refs: []string{"closed", "open"},
		Config: fmt.Sprintf(`{"target": [{"name": "open", "address": %q}, {"name": "closed", "address": "127.0.0.1:1"}]}`, l.Addr()),
		Bad:    []sourcetest.Bad{{Name: "no port", Config: `{"target": [{"name": "a", "address": "192.0.2.10"}]}`, Want: "address"}},
		Faults: []sourcetest.Fault{{
			Name: "no such name", Config: `{"target": [{"name": "a", "address": "nowhere.invalid:22"}]}`,
			Check: func(p sdk.Polled, err error) error {
				if err != nil || len(p.Observations) != 1 || p.Observations[0].Abstain == "" {
					return fmt.Errorf("want an abstention, got %+v, %w", p.Observations, err)
				}
				return nil
			},
		}},
	})
}

// The plugin as its author ships it: a static binary under the same kit.
func TestConformanceOfTheBinary(t *testing.T) {
	path := filepath.Join(t.TempDir(), "quorate-source-tcp")
	build := exec.Command("go", "build", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	sourcetest.Run(t, sourcetest.Case{
		Command: path, Measures: true, Config: `{"target": [{"name": "closed", "address": "127.0.0.1:1"}]}`,
	})
}
