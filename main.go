// Command quorate is the agent that hears every monitor of a network, works out what is true and remembers why.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	_ "time/tzdata" // LibreNMS and maintenance name time zones that a small machine may not know

	"github.com/quorate/quorate/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	program := cli.Program{Builtin: builtin(), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	os.Exit(program.Run(ctx, os.Args[1:]))
}
