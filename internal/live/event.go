package live

import (
	"encoding/json"
	"fmt"

	"github.com/quorate/quorate/device"
)

// Event is an event of the record, encoded once for all who get it. It is shared: nobody changes it.
type Event struct {
	device.Event
	// JSON is the event as one line.
	JSON []byte
}

func encode(events []device.Event) ([]*Event, error) {
	out := make([]*Event, len(events))
	for i := range events {
		text, err := json.Marshal(&events[i])
		if err != nil {
			return nil, fmt.Errorf("encode event %d: %w", events[i].Seq, err)
		}
		out[i] = &Event{events[i], text}
	}
	return out, nil
}
