package webhook

import (
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sinks"
)

// The media types of CloudEvents 1.0: one event, and a list of them.
const (
	typeOne   = "application/cloudevents+json"
	typeBatch = "application/cloudevents-batch+json"
)

// envelope is a CloudEvents 1.0 event in its JSON form, section 3 of the JSON event format, but for its data.
type envelope struct {
	SpecVersion string    `json:"specversion"`
	ID          string    `json:"id"`
	Source      string    `json:"source"`
	Type        string    `json:"type"`
	Subject     string    `json:"subject,omitempty"`
	Time        time.Time `json:"time"`
	ContentType string    `json:"datacontenttype"`
}

// wrap encodes an event. The same event always gives the same bytes: nothing of it is of the attempt.
func wrap(agent string, e *device.Event) ([]byte, error) {
	w := envelope{
		// A source is a URI reference: what a name may hold beyond that is escaped.
		SpecVersion: "1.0", ID: e.ID, Source: url.PathEscape(agent), Type: "quorate." + string(e.Type), Time: e.At.UTC(),
		ContentType: "application/json",
	}
	if e.Device != nil {
		w.Subject = string(e.Device.ID)
	}
	data, err := sinks.Encode(e)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("encode the envelope of event %d: %w", e.Seq, err)
	}
	// The data are put in as they are: encoding them as a part of it would look through every byte once more.
	b = append(b[:len(b)-1], `,"data":`...)
	return append(append(b, data...), '}'), nil
}
