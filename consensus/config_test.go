package consensus

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name string
		cfg  Config
		want string
	}{
		{"empty", Config{}, ""},
		{"interval", Config{Sources: map[string]Source{"prtg": {}}}, `source "prtg": interval must be positive`},
		{"on_dispute", Config{Defaults: Rules{OnDispute: "ok"}}, `consensus: on_dispute is unknown, up or down, not "ok"`},
		{"on_dispute of a device", Config{Overrides: map[string]Override{"a": {OnDispute: new(device.StateSplit)}, "b": {OnDispute: new(device.StateUp)}}},
			`device "a": on_dispute is unknown, up or down, not "split"`},
		{"no numbers", Config{
			Defaults: Rules{DownAt: math.Inf(1)}, Sources: map[string]Source{"prtg": {Interval: 1, Trust: math.NaN()}},
			Overrides: map[string]Override{"a": {Trust: map[string]float64{"prtg": math.Inf(-1)}}},
		}, "source \"prtg\": trust is NaN: it takes a finite number\ndevice \"a\": trust of prtg is -Inf: it takes a finite number\n" +
			"consensus: down_at is +Inf: it takes a finite number"},
		{"tree", Config{Parents: map[string][]string{"a": {"b", "c"}, "b": {"c"}, "d": {"a"}}}, ""},
		{"cycle", Config{Parents: map[string][]string{"z": {"a"}, "a": {"b"}, "b": {"x", "c"}, "c": {"a"}}}, "parents form a cycle: a -> b -> c -> a"},
		{"itself", Config{Parents: map[string][]string{"a": {"a"}}}, "parents form a cycle: a -> a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if err := c.cfg.Validate(); err != nil {
				got = err.Error()
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
