// Command outages measures how long it takes from a real outage to the verdict, with the agent's own eyes and without: two
// real agents with real plugin processes watch the same simulated LibreNMS and PRTG, one of them also looks itself. It
// prints Markdown. See docs/truth.md.
//
// It needs root: the devices are addresses in a network namespace of its own, which are taken away to let one fall silent.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"time"
)

// inside says that the process has its own network already.
const inside = "QUORATE_OUTAGES_INSIDE"

// plan is what to measure. All durations are those of a lab; Scale times as much passes in a second here.
type plan struct {
	binary  string
	scale   float64
	outages int
	seed    uint64
	loss    float64 // share of the measurements of LibreNMS and PRTG
}

// Durations of the lab.
const (
	librenmsStep  = 300 * time.Second
	prtgInterval  = 60 * time.Second
	reachInterval = 30 * time.Second
	pollInterval  = 60 * time.Second // of the agent, for LibreNMS and PRTG
	reachTimeout  = 3 * time.Second
	outage        = 12 * time.Minute // how long each device is off, and how long is waited for its return
	// atOnce is how many are off at a time on average: few enough that no rule takes them for a monitor's mistake.
	atOnce = 6
)

// here is how long a duration of the lab takes here.
func (p plan) here(d time.Duration) time.Duration { return time.Duration(float64(d) / p.scale) }

func main() {
	var p plan
	flag.StringVar(&p.binary, "binary", "./quorate", "the program to run")
	flag.Float64Var(&p.scale, "scale", 30, "how many seconds of the lab pass in one, up to 60: LibreNMS states whole seconds, so let it divide 300")
	flag.IntVar(&p.outages, "outages", 96, "how many devices there are: each has one outage, 250 at most")
	flag.Uint64Var(&p.seed, "seed", 1, "of the moments of the outages")
	flag.Float64Var(&p.loss, "loss", 0.01, "share of the measurements of LibreNMS and PRTG that get lost")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := start(ctx, p); err != nil {
		fmt.Fprintln(os.Stderr, "outages:", err)
		os.Exit(1)
	}
}

func start(ctx context.Context, p plan) error {
	if p.outages < 1 || p.outages > 250 || p.scale < 1 || p.scale > 60 {
		return fmt.Errorf("-outages %d, -scale %v: want 1 to 250 and 1 to 60", p.outages, p.scale)
	}
	if os.Getenv(inside) == "" {
		cmd := exec.CommandContext(ctx, "unshare", append([]string{"-n", os.Args[0]}, os.Args[1:]...)...)
		cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), inside+"=1"), os.Stdout, os.Stderr
		// The interrupt reaches it by itself.
		cmd.Cancel = func() error { return nil }
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("in a network namespace (needs root, unshare and ip): %w", err)
		}
		return nil
	}
	var err error
	if p.binary, err = filepath.Abs(p.binary); err != nil {
		return err
	}
	m, err := p.measure(ctx)
	if err != nil {
		return err
	}
	fmt.Print(m.markdown(p))
	return nil
}
