-- Incidents are asked for by themselves, and are few among all events.

CREATE INDEX event_incident ON event (seq) WHERE type IN ('incident.opened', 'incident.changed', 'incident.closed');
