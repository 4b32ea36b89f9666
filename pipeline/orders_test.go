package pipeline

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
)

func mute(id device.ID, on bool) Orders {
	return Orders{Mutes: []consensus.Mute{{Device: id, Kind: device.OverlayMaintenance, On: on, Reason: "new fan"}}}
}

func TestOrdersTakeEffectAndAreJournalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		r := run(t, j, testConfig("librenms"))
		defer r.end()
		r.publish(snapshot("librenms", device.StateUp, "1"))
		id := r.Devices(time.Now())[0].ID

		if err := r.Order(t.Context(), mute(id, true)); err != nil {
			t.Fatal(err)
		}
		if got := r.Devices(time.Now())[0].Overlays; !slices.Contains(got, device.OverlayMaintenance) {
			t.Errorf("overlays %v", got)
		}
		records := j.Records()
		last := records[len(records)-1]
		if len(last.Inputs) != 1 || last.Inputs[0].Orders == nil || !last.Inputs[0].At.Equal(last.Instants[0]) || last.Inputs[0].Restart {
			t.Errorf("journalled inputs %+v", last.Inputs)
		}
		if len(last.Events) != 1 || last.Events[0].Type != device.EventMaintenanceStarted || last.Events[0].Reason != "new fan" {
			t.Errorf("events %+v", last.Events)
		}
		if len(records[0].Inputs) != 0 {
			t.Errorf("a poll has inputs of its own: %+v", records[0].Inputs)
		}
	})
}

func TestOrdersThatCannotBeCarriedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		r := run(t, j, testConfig("librenms"))
		defer r.end()
		r.publish(snapshot("librenms", device.StateUp, "1"))
		before := len(j.Records())
		o := mute("d_nobody", true)
		o.Believe = []string{"prtg"}
		o.Mutes = append(o.Mutes, mute(r.Devices(time.Now())[0].ID, true).Mutes...)
		err := r.Order(t.Context(), o)
		if _, refused := errors.AsType[*Refused](err); !refused {
			t.Fatalf("got %v", err)
		}
		for _, what := range []string{`no device "d_nobody"`, `no source "prtg"`} {
			if !strings.Contains(err.Error(), what) {
				t.Errorf("%q does not say %s", err, what)
			}
		}
		if got := r.Devices(time.Now())[0].Overlays; len(got) != 0 || len(j.Records()) != before {
			t.Errorf("part of it was carried out: %v, %d records", got, len(j.Records())-before)
		}
	})
}

func TestRestartIsJournalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		r := run(t, j, testConfig("librenms"))
		r.publish(snapshot("librenms", device.StateUp, "1"))
		r.end()
		r = run(t, j, testConfig("librenms"))
		defer r.end()
		r.publish(snapshot("librenms", device.StateUp, "1"))
		records := j.Records()
		if last := records[len(records)-1]; len(last.Inputs) != 1 || !last.Inputs[0].Restart || last.Inputs[0].Orders != nil {
			t.Errorf("inputs after a restart: %+v", last.Inputs)
		}
	})
}

// Whatever waits before orders is committed before them, and what came after them after.
func TestBatchKeepsOrdersAlone(t *testing.T) {
	b := newBatcher(time.Now)
	for _, it := range []submitted{
		{snapshot: device.Snapshot{Source: "librenms"}}, {orders: &Orders{}}, {snapshot: device.Snapshot{Source: "prtg"}},
		{orders: &Orders{}}, {orders: &Orders{}}, {snapshot: device.Snapshot{Source: "librenms"}},
	} {
		b.slots <- struct{}{}
		b.waiting = append(b.waiting, it)
	}
	var got []string
	for len(b.waiting) > 0 {
		next, _ := b.take()
		var items []string
		for _, it := range next.items {
			what := it.snapshot.Source
			if it.orders != nil {
				what = "orders"
			}
			items = append(items, what)
		}
		got = append(got, strings.Join(items, "+"))
	}
	want := []string{"librenms", "orders", "prtg", "orders", "orders", "librenms"}
	if !slices.Equal(got, want) {
		t.Errorf("batches %v, want %v", got, want)
	}
}
