package store

import (
	"context"
	"encoding/json"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/pipeline"
)

// stateTable is a table of what is, with what takes one row of it into the state that is loaded.
type stateTable struct {
	*table
	take func(columns, *pipeline.Loaded) error
}

// state are the tables that make up the state, in the order in which they are read: dates go into devices. All that a restart continues from
// is here, and a checkpoint holds their rows.
func (t *tables) state() []stateTable {
	return []stateTable{
		{t.identityDevice, takeIdentityDevice}, {t.binding, takeBinding},
		{t.consensusDevice, takeDevice}, {t.dates, takeDates}, {t.source, takeSource}, {t.global, takeGlobal},
	}
}

// ordered returns the query for all rows of t in the order of their keys.
func (t stateTable) ordered() string {
	if t.keys == 2 {
		return t.selectAll("ORDER BY 1, 2")
	}
	return t.selectAll("ORDER BY 1")
}

func takeIdentityDevice(c columns, l *pipeline.Loaded) error {
	d := new(identity.Device)
	l.Identity.Devices[device.ID(c.text(0))] = d
	return json.Unmarshal(c.blob(1), d)
}

func takeBinding(c columns, l *pipeline.Loaded) error {
	b := new(identity.Binding)
	l.Identity.Bindings[device.SourceRef{Source: c.text(0), Ref: c.text(1)}] = b
	return json.Unmarshal(c.blob(3), b)
}

func takeDevice(c columns, l *pipeline.Loaded) error {
	d := new(consensus.Device)
	l.Consensus.Devices[device.ID(c.text(0))] = d
	return json.Unmarshal(c.blob(1), d)
}

// takeDates comes after all devices.
func takeDates(c columns, l *pipeline.Loaded) error { return l.Consensus.Redate(c.text(0), c.blob(1)) }

func takeSource(c columns, l *pipeline.Loaded) error {
	x := new(consensus.SourceState)
	l.Consensus.Sources[c.text(0)] = x
	return json.Unmarshal(c.blob(1), x)
}

func takeGlobal(c columns, l *pipeline.Loaded) error {
	g := new(consensus.Global)
	l.Consensus.Global = g
	return json.Unmarshal(c.blob(1), g)
}

// empty is a state that nothing was loaded into yet.
func empty() pipeline.Loaded {
	return pipeline.Loaded{
		Identity: identity.NewState(), Consensus: consensus.NewState(), Prints: map[device.SourceRef]uint64{},
		Alerts: map[device.SourceRef][]device.Alert{},
	}
}

// Identity returns who is who as of the last commit.
func (r *Reader) Identity(ctx context.Context) (*identity.State, error) {
	l := empty()
	for _, t := range []stateTable{{r.t.identityDevice, takeIdentityDevice}, {r.t.binding, takeBinding}} {
		if err := r.each(ctx, t.table, t.ordered(), nil, func(c columns) error { return t.take(c, &l) }); err != nil {
			return nil, err
		}
	}
	return l.Identity, nil
}
