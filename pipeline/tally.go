package pipeline

import (
	"encoding/json"
	"fmt"
	"slices"
)

// tally is what the pipeline itself counts of a sink: the entry without a key in its ledger, so that it is committed
// with the cursor.
type tally struct {
	Dropped  int64 `json:"dropped,omitempty"`
	SetAside int64 `json:"set_aside,omitempty"`
	changed  bool
}

func (t *tally) dropped(n int64)  { t.Dropped, t.changed = t.Dropped+n, true }
func (t *tally) setAside(n int64) { t.SetAside, t.changed = t.SetAside+n, true }

// recall takes the tally out of a ledger and returns the sink's own entries, and whether there was one.
func (t *tally) recall(entries []Entry) (own []Entry, known bool, err error) {
	i := slices.IndexFunc(entries, func(e Entry) bool { return e.Key == "" })
	if i < 0 {
		return entries, false, nil
	}
	if err := json.Unmarshal(entries[i].Value, t); err != nil {
		return nil, true, fmt.Errorf("what was counted of the sink: %w", err)
	}
	return slices.Delete(entries, i, i+1), true, nil
}

// entry adds the tally to what is to be stored, where it changed.
func (t *tally) entry(unsaved []Entry) []Entry {
	if !t.changed {
		return unsaved
	}
	t.changed = false
	return append(unsaved, Entry{Value: fmt.Appendf(nil, `{"dropped":%d,"set_aside":%d}`, t.Dropped, t.SetAside)})
}
