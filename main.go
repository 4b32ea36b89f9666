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
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		stop()
		<-signals
		os.Exit(1) // a second one ends the program at once: what is committed is committed
	}()
	// A limit on the size of files is met like a full disk: by the write's error, not by the end of the program.
	signal.Ignore(syscall.SIGXFSZ)
	program := cli.Program{Builtin: builtin(), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	os.Exit(program.Run(ctx, os.Args[1:]))
}
