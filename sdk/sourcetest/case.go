package sourcetest

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/quorate/quorate/sdk"
)

// Case is one source under test, with the means to treat its monitor badly. Only Config and one of Type and Command
// are required. The functions are called one at a time, and what they return undoes what they did.
type Case struct {
	// Type is the source's key in the map that Main got. Command, where Type is empty, is the absolute path of a plugin.
	Type    string
	Command string
	// Env is what the plugin's environment holds besides what the contract says, as "KEY=VALUE".
	Env []string

	// Config is JSON that fits the schema and lets the source poll a healthy monitor with at least one device. Give
	// sensitive attributes long values that come nowhere else: the kit looks for them in all that the source says.
	Config string
	// Bad are configurations that fit the schema and that the source refuses.
	Bad []Bad
	// Refs, where not nil, are the refs of a poll of the healthy monitor, in any order.
	Refs []string
	// Hang lets the monitor take requests and never answer. A poll must then fail, unless the source Measures.
	Hang func() (undo func())
	// Measures says that the source itself asks the devices, so that silence is an answer and not a fault.
	Measures bool
	// Faults are what the monitor can do wrong.
	Faults []Fault
	// Grow gives the monitor n devices and returns the configuration to poll it with.
	Grow func(n int) (config string, undo func())
	// ProbeRef, where the source can probe, is a ref to probe; empty means the first of a poll.
	ProbeRef string
	// Pushes, where the source can receive, are what the monitor sends: at least one that says of a healthy device that it
	// is down. They are sent in this order, after a poll.
	Pushes []Push
	// Followed, where the source can follow, are devices that it has a word on when it is told of them, without any harm to
	// others: two at least. Without them it is told of devices that have no address.
	Followed []sdk.Followed
	// Stir, where the source can watch, brings something about that it hears of by itself. It may be called again at once.
	// Without it a watch is only opened and cancelled.
	Stir func()
	// Timeout is what one poll may take; 0 means 15 seconds.
	Timeout time.Duration
}

// Bad is a configuration that must be refused with a message that contains Want, usually the attribute's name.
type Bad struct {
	Name, Config, Want string
}

// Fault is one way of a monitor to fail.
type Fault struct {
	Name string
	// Set brings the fault about; nil where Config alone does.
	Set func() (undo func())
	// Config, where not empty, is used in place of the case's: wrong credentials, a port where nobody listens.
	Config string
	// Want is a part of the error's message; Permanent says that the error must be marked by sdk.Permanent.
	Want      string
	Permanent bool
	// Timeout is the deadline of the poll; 0 means the case's.
	Timeout time.Duration
	// Check, where not nil, judges the poll in place of the rule that it must fail.
	Check func(p sdk.Polled, err error) error
}

// Main runs the tests of a package, or serves the source when the process was started as `BINARY plugin TYPE`. Call
// it from TestMain.
func Main(m *testing.M, sources map[string]func() sdk.Source) {
	if len(os.Args) == 3 && os.Args[1] == "plugin" {
		open, ok := sources[os.Args[2]]
		if !ok {
			fmt.Fprintf(os.Stderr, "sourcetest: no source %q in the map given to Main\n", os.Args[2])
			os.Exit(1)
		}
		sdk.Serve(open())
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Run checks the whole contract, a subtest a check.
func Run(t *testing.T, c Case) {
	t.Helper()
	k, err := newKit(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range checks() {
		t.Run(check.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*k.timeout)
			defer cancel()
			err := check.run(ctx, k)
			if s, ok := errAsSkip(err); ok {
				t.Logf("NOT CHECKED: %s", s)
				return
			}
			if err != nil {
				t.Errorf("%v\nthe contract: %s", err, check.why)
			}
		})
	}
}
