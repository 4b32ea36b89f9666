// Command quorate-source-teller is a plugin that tells of changes by itself. A poll says that device 1 is up. Its watch
// says what a file says, REF and STATE, and takes the file away when that is stored.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

func main() { sdk.Serve(&teller{}) }

type teller struct {
	Word string `json:"word"` // the file
}

// Info is the schema of what Configure takes.
func (*teller) Info() sdk.Info {
	return sdk.Info{Type: "teller", Version: "1.0.0", Config: sdk.Schema{Attributes: []sdk.Attribute{
		{Name: "word", Type: sdk.TypeString, Required: true, Doc: "The file that says what to tell."},
	}}}
}

// Configure takes the file's path.
func (t *teller) Configure(_ context.Context, b []byte) error {
	if err := json.Unmarshal(b, t); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	return nil
}

// Poll says that device 1 is up.
func (*teller) Poll(_ context.Context, emit func(device.Observation) error) error {
	return emit(says("1", device.StateUp))
}

// Watch says what the file says, as often as there is one.
func (t *teller) Watch(ctx context.Context, emit func(device.Observation) error) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		b, err := os.ReadFile(t.Word)
		if err == nil {
			ref, state, _ := strings.Cut(string(b), " ")
			if err = emit(says(ref, device.State(state))); err == nil {
				err = os.Remove(t.Word)
			}
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

func says(ref string, state device.State) device.Observation {
	return device.Observation{
		Identity: device.Identity{Ref: ref, Name: "device-" + ref},
		Claims:   []device.Claim{{Facet: device.FacetReach, State: state, Raw: "told " + string(state)}},
	}
}
