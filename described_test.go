package main

import (
	"context"
	"fmt"
	"testing"

	"github.com/quorate/quorate/internal/host"
	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcetest"
)

func TestMain(m *testing.M) { sourcetest.Main(m, builtin()) }

// described gives the schemas of the built-in sources without starting them.
type described struct{}

func (described) Describe(_ context.Context, spec host.Spec) (sdk.Info, error) {
	open, ok := builtin()[spec.Type]
	if !ok {
		return sdk.Info{}, fmt.Errorf("no plugin of type %q", spec.Type)
	}
	s := open()
	info := s.Info()
	// Serve adds the capabilities of a plugin that runs.
	if _, ok := s.(sdk.Receiver); ok {
		info.Capabilities = append(info.Capabilities, sdk.CapabilityReceive)
	}
	return info, nil
}
