package agent

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"github.com/quorate/quorate/blogsink"
)

// IncidentOrder asks for the report on an incident.
type IncidentOrder struct {
	// About is the incident's id, or a device by its name, id, address or SOURCE/REF: its newest incident.
	About string `json:"about"`
	// Picture is the name of the file that the picture will have beside the report; without one there is none.
	Picture string `json:"picture,omitempty"`
	// Allowed are tokens that look like identifiers and may pass.
	Allowed []string `json:"allowed,omitempty"`
}

// controlIncidents serves reports on incidents.
func (a *Agent) controlIncidents(mux *http.ServeMux) {
	control(a, mux, "/control/post/incident", a.commandIncident)
}

var incidentForm = regexp.MustCompile(`^i_[0-9a-z]{4,32}$`)

func (a *Agent) commandIncident(ctx context.Context, o IncidentOrder) (blogsink.IncidentReport, error) {
	b, err := a.blog()
	if err != nil {
		return blogsink.IncidentReport{}, err
	}
	order := blogsink.IncidentOrder{Picture: o.Picture, Allowed: o.Allowed}
	if incidentForm.MatchString(o.About) {
		order.ID = o.About
	} else {
		d, ok := a.pipe.Device(o.About, a.pipe.LastInstant())
		if !ok {
			return blogsink.IncidentReport{}, &mistake{fmt.Sprintf("there is no device and no incident %q; name a device by its name, id, address or SOURCE/REF, or an incident by its id, as events have it", o.About)}
		}
		order.Device = d.ID
	}
	report, err := b.Incident(ctx, order)
	switch {
	case errors.Is(err, blogsink.ErrNoIncident):
		return blogsink.IncidentReport{}, &mistake{fmt.Sprintf("the record holds no incident of %q", o.About)}
	case err != nil:
		return blogsink.IncidentReport{}, postProblem(err)
	}
	return *report, nil
}
