package prtg

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"

	"github.com/quorate/quorate/sdk/sourcehttp"
)

// disconnected is the condition_raw of a probe that is lost; 2 is connected. Of any other number the states below grow old
// by themselves.
const disconnected = 0

type probeRow struct {
	ID        sourcehttp.Scalar `json:"objid"`
	Name      sourcehttp.Scalar `json:"name"`
	Condition sourcehttp.Scalar `json:"condition_raw"`
}

// probes are PRTG's probes by name: whether one of that name is connected. Two probes of one name are lost together or
// not at all.
type probes map[string]bool

// lost reports whether PRTG has lost the probe, so that the states of what it asks are old.
func (p probes) lost(name string) bool {
	alive, known := p[name]
	return known && !alive
}

// disconnected are the names of probes that are lost.
func (p probes) disconnected() []string {
	var names []string
	for name, alive := range p {
		if !alive {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// readProbes asks for the probes; the tree does not tell which are connected.
func (s *Source) readProbes(ctx context.Context) (probes, reading, error) {
	var found probes
	var have map[int64]struct{}
	r, err := s.api.read(ctx, table{
		content: "probenode", columns: probeColumns,
		begin: func() { found, have = probes{}, map[int64]struct{}{} },
		row: func(raw json.RawMessage) (bool, error) {
			var row probeRow
			if json.Unmarshal(raw, &row) != nil {
				return false, errNoRow
			}
			id, ok := objectID(row.ID)
			if !ok {
				return false, errNoID
			}
			if _, twice := have[id]; twice {
				return false, nil
			}
			have[id] = struct{}{}
			condition, known := row.Condition.Int()
			name := row.Name.Name()
			found[name] = found[name] || !known || condition != disconnected
			return true, nil
		},
	})
	if forbidden(err) {
		// Not every account may see the probes. The states of a dead one still grow old by themselves.
		if !s.told.probesSecret {
			slog.Warn("the account may not list probes; devices behind a disconnected one are noticed late", "err", advise(err).Error())
		}
		s.told.probesSecret = true
		return nil, r, nil
	}
	if err != nil {
		return nil, r, s.failed("list probes", err)
	}
	s.told.probesSecret = false
	if n := len(found.disconnected()); n != s.told.lostProbes {
		slog.Warn("probes are disconnected; nothing is said of the devices behind them", "probes", n)
		s.told.lostProbes = n
	}
	return found, r, nil
}

// forbidden reports whether PRTG answered that the account may not see this, or that there is no such thing.
func forbidden(err error) bool {
	f, ok := errors.AsType[*sourcehttp.Failure](err)
	return ok && (f.Code == http.StatusForbidden || f.Code == http.StatusBadRequest)
}
