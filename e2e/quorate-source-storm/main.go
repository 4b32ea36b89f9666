// Command quorate-source-storm is a plugin that says much: each poll is about all of its devices, some of which have
// changed. It writes down which polls the agent has called durable, and how long after their end.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

func main() { sdk.Serve(&storm{ended: map[uint64]time.Time{}}) }

type config struct {
	Devices int    `json:"devices"`
	Change  int    `json:"change"` // one in so many devices turns with each poll
	Ledger  string `json:"ledger"` // where durable polls are written down
}

type storm struct {
	config

	mu    sync.Mutex
	ended map[uint64]time.Time // of polls not yet durable
	file  *os.File
}

// Info is the schema of what Configure takes.
func (s *storm) Info() sdk.Info {
	return sdk.Info{Type: "storm", Version: "1.0.0", Config: sdk.Schema{Attributes: []sdk.Attribute{
		{Name: "devices", Type: sdk.TypeNumber, Required: true, Doc: "How many devices there are."},
		{Name: "change", Type: sdk.TypeNumber, Required: true, Doc: "One in so many devices turns with each poll."},
		{Name: "ledger", Type: sdk.TypeString, Required: true, Doc: "Where durable polls are written down."},
	}}}
}

// Configure opens the ledger.
func (s *storm) Configure(_ context.Context, b []byte) error {
	if err := json.Unmarshal(b, &s.config); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	f, err := os.OpenFile(s.Ledger, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	s.file = f
	return nil
}

// Poll says of each device whether it answers. Number n turns with the polls in which n is due.
func (s *storm) Poll(ctx context.Context, emit func(device.Observation) error) error {
	number := sdk.PollNumber(ctx)
	for i := range s.Devices {
		state := device.StateUp
		if turns := (int(number) + i) / s.Change; turns%2 == 1 {
			state = device.StateDown
		}
		err := emit(device.Observation{
			Identity: device.Identity{Ref: fmt.Sprint(i), Name: fmt.Sprintf("device-%d", i), Addresses: []string{fmt.Sprintf("2001:db8::%x", i+1)}},
			Claims:   []device.Claim{{Facet: device.FacetReach, State: state, Raw: "it says so"}, {Facet: device.FacetMgmt, State: state}},
		})
		if err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended[number] = time.Now()
	return nil
}

// Committed writes down the poll and the microseconds since its end.
func (s *storm) Committed(_ context.Context, number uint64) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.file, "%d %d\n", number, now.Sub(s.ended[number]).Microseconds())
	delete(s.ended, number)
}
