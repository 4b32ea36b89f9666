package snmpagent_test

import (
	"testing"

	"github.com/quorate/quorate/internal/lab/snmpagent"
)

func TestDo(t *testing.T) {
	a := snmpagent.New(load(t, small), snmpagent.Options{Clock: fixedClock})
	for _, line := range []string{
		"set 1.3.6.1.2.1.1.5.0=a new name", "set .1.3.6.1.2.1.1.7.0=2|72", "set 1.3.6.1.2.1.2.2.1.10.2=70", "remove 1.3.6.1.2.1.31",
		"rate 1.3.6.1.2.1.2.2=5", "wrap 1h", "renumber 100", " reboot ", "fault drop=1", "fault off",
	} {
		if err := a.Do(line); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	for oid, want := range map[string]string{
		"1.3.6.1.2.1.1.5.0": "a new name", "1.3.6.1.2.1.1.7.0": "72", "1.3.6.1.2.1.2.2.1.10.102": "0", "1.3.6.1.2.1.31.1.1.1.18.1": "NoSuchInstance",
		"1.3.6.1.6.3.10.2.1.2.0": "4",
	} {
		if got := ask(t, a, oid); got != want {
			t.Errorf("%s = %q, want %q", oid, got, want)
		}
	}
	if err := a.Do("restore 1.3.6.1.2.1.1.5.0"); err != nil || ask(t, a, "1.3.6.1.2.1.1.5.0") != "box" {
		t.Errorf("restored to %q, %v", ask(t, a, "1.3.6.1.2.1.1.5.0"), err)
	}
	for _, line := range []string{"", "dance", "fault", "fault x", "set", "set 1.2", "set 1.3.9=5", "set 1.3.6.1.2.1.1.7.0=five", "set x=2|5", "rate 1.3=x", "rate 9=1", "wrap soon", "renumber -1", "restore x", "remove x"} {
		if err := a.Do(line); err == nil {
			t.Errorf("%q is no error", line)
		}
	}
	if len(snmpagent.Help()) < 8 {
		t.Error("help is short of orders")
	}
}
