// Command cmd runs seeded labs and prints how right everybody was about them, as Markdown. See docs/truth.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"

	"github.com/quorate/quorate/internal/truth"
)

func main() {
	plan := truth.FullPlan()
	flag.Uint64Var(&plan.Labs.First, "first", plan.Labs.First, "seed of the first lab")
	flag.IntVar(&plan.Labs.Count, "labs", plan.Labs.Count, "number of labs")
	flag.IntVar(&plan.Each, "each", plan.Each, "number of labs with other rates of faults, for each of them")
	flag.Parse()
	// Labs live for a second and leave much behind; there is room.
	debug.SetGCPercent(400)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	report, err := plan.Report(ctx, runtime.NumCPU(), func(finished int) {
		if finished%25 == 0 || finished == plan.Count() {
			fmt.Fprintf(os.Stderr, "truth: %d of %d labs\n", finished, plan.Count())
		}
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "truth:", err)
		os.Exit(1)
	}
	fmt.Print(report)
}
