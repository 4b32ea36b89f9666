package execsource

import (
	"context"
	"fmt"
	"sync"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// Version is the plugin's own version.
const Version = "0.1.0"

// source is one configured program.
type source struct {
	config Config

	mu       sync.Mutex
	rejected []device.Rejection // by the last poll
}

// New returns a source that runs a program.
func New() sdk.Source { return &source{} }

// Info implements sdk.Source.
func (s *source) Info() sdk.Info { return sdk.Info{Type: "exec", Version: Version, Config: schema()} }

// Configure implements sdk.Source.
func (s *source) Configure(_ context.Context, config []byte) error {
	c, err := parse(config)
	if err != nil {
		return err
	}
	s.config = c
	return nil
}

// Poll implements sdk.Source.
func (s *source) Poll(ctx context.Context, emit func(device.Observation) error) error {
	name, timeout := s.config.name(), s.config.timeout()
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("%s did not end within %v", name, timeout))
	defer cancel()
	l := &lines{emit: emit}
	err := run(ctx, s.config, l.line)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rejected = l.rejected
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// Rejected implements sdk.Rejecter.
func (s *source) Rejected() []device.Rejection {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rejected
}
