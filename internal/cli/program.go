package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/alecthomas/kong"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/sdk"
)

// Exit codes that programs rely on.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 2
	exitData    = 3 // data folder or database unusable
	exitNewer   = 4 // database newer than the program
	exitRefused = 5 // refused to publish
	exitLimited = 6 // the agent is degraded
)

// Program is the command with everything it takes from its surroundings.
type Program struct {
	// Builtin is the sources that the binary brings along, by type.
	Builtin map[string]func() sdk.Source
	Stdin   *os.File
	Stdout  io.Writer
	Stderr  io.Writer

	// cells leaves columns to whoever masks the output.
	cells bool
}

// commands is the command line. Each field's Run method gets the Program and the context.
type commands struct {
	Agent    agentCmd    `cmd:"" help:"Run the agent."`
	Init     initCmd     `cmd:"" help:"Write a first configuration: asks for your monitors and tries each."`
	Validate validateCmd `cmd:"" help:"Check configuration files, plugins' settings included."`
	Fmt      fmtCmd      `cmd:"" help:"Rewrite configuration files in the canonical form."`
	Reload   reloadCmd   `cmd:"" help:"Have the running agent read its configuration again; what did not change goes on undisturbed."`
	Demo     demoCmd     `cmd:"" help:"Run the simulated home lab and the agent on it."`

	Status   statusCmd   `cmd:"" help:"Say how the agent does and which limits it is at: exit 0 when it is ok, 6 when it is degraded."`
	Devices  devicesCmd  `cmd:"" help:"List devices with verdict and votes, from the running agent."`
	Sources  sourcesCmd  `cmd:"" help:"List sources and how far they are believed, from the running agent."`
	Sinks    sinksCmd    `cmd:"" help:"List sinks: how far each has come, what waits for it and what is wrong, from the running agent."`
	Events   eventsCmd   `cmd:"" help:"List recorded events, newest last, from the running agent."`
	Disputes disputesCmd `cmd:"" help:"List what the sources disagree about now, from the running agent."`
	Coverage coverageCmd `cmd:"" help:"List devices with too few independent witnesses, from the running agent."`
	Alerts   alertsCmd   `cmd:"" help:"List what the sources themselves report, from the running agent."`
	Explain  explainCmd  `cmd:"" help:"Explain a device's verdict by the votes on record."`

	Maintenance maintenanceCmd `cmd:"" help:"Begin, end and list maintenance: it mutes notifications, never what is recorded."`
	Ack         ackCmd         `cmd:"" help:"Say that somebody knows of a device's problem."`

	Token tokenCmd `cmd:"" help:"Who may ask: make, list, rotate and revoke tokens for programs."`
	Login loginCmd `cmd:"" help:"Print a link that logs a browser in to the page; list and end logins."`

	Identity identityCmd `cmd:"" help:"Look into who is who."`
	Device   deviceCmd   `cmd:"" help:"Show and correct who is who: merge, split, rename, forget, confirm, undo."`
	Source   sourceCmd   `cmd:"" help:"Work with one source."`
	Sink     sinkCmd     `cmd:"" help:"Work with one sink."`
	Rejected rejectedCmd `cmd:"" help:"Look into what could not be processed, replay it or drop it."`
	Replay   replayCmd   `cmd:"" help:"Run recorded snapshots through the pipeline, on the file's own clock."`
	Backtest backtestCmd `cmd:"" help:"Judge the recorded polls again by other settings, and say what would have been different."`
	Backup   backupCmd   `cmd:"" help:"Copy the record, beside a running agent or without one."`
	Restore  restoreCmd  `cmd:"" help:"Put a backup in the place of the record; the agent must not run."`
	Export   exportCmd   `cmd:"" help:"Write the record as JSON lines, beside a running agent or without one."`
	Post     postCmd     `cmd:"" help:"Milestone posts of the blog."`
	Lab      labCmd      `cmd:"" help:"Simulated devices, for whoever writes a profile or a plugin."`
	Note     noteCmd     `cmd:"" help:"Note for the next post what happens, while it happens: challenges, what failed, what worked."`

	Plugin  pluginCmd  `cmd:"" hidden:"" help:"Serve a built-in source; started by the agent."`
	Support supportCmd `cmd:"" help:"Write a bundle for whoever helps: status, settings and events, without anything private."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// exitError carries the exit code of an error. A quiet one has said everything already.
type exitError struct {
	code  int
	err   error
	quiet bool
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// failWith gives err the exit code.
func failWith(code int, err error) error {
	if err == nil {
		return nil
	}
	return &exitError{code: code, err: err}
}

// exitQuietly ends with the code; what there was to say stands on the output.
func exitQuietly(code int) error {
	return &exitError{code: code, err: errors.New("exit"), quiet: true}
}

// Run parses args, runs the command and returns the exit code.
func (p *Program) Run(ctx context.Context, args []string) int {
	var cmds commands
	code := -1
	parser, err := kong.New(&cmds, kong.Name("quorate"), kong.Description("Hears every monitor, works out what is true, remembers why."),
		kong.Writers(p.Stdout, p.Stderr), kong.Exit(func(c int) { code = c }),
		kong.WithHyphenPrefixedParameters(true), // --at -2h
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Vars{"version": version()})
	if err != nil {
		fmt.Fprintf(p.Stderr, "quorate: %v\n", err)
		return exitUsage
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if code >= 0 {
		return code // --help has printed and ended
	}
	if err != nil {
		fmt.Fprintf(p.Stderr, "quorate: %v\nTry: quorate --help\n", err)
		return exitUsage
	}
	k.BindTo(ctx, (*context.Context)(nil))
	if isSet(k, "share") {
		return p.report(p.shared(ctx, k))
	}
	return p.report(k.Run(p))
}

func (p *Program) report(err error) int {
	if err == nil {
		return exitOK
	}
	var e *exitError
	if !errors.As(err, &e) {
		e = &exitError{code: exitFailed, err: err}
	}
	_, mistakes := errors.AsType[*agent.Problems](e.err)
	switch {
	case e.quiet:
	case mistakes:
		fmt.Fprintln(p.Stderr, e.err) // each names its place
	default:
		fmt.Fprintf(p.Stderr, "quorate: %v\n", e.err)
	}
	return e.code
}

type versionCmd struct{}

func (versionCmd) Run(p *Program) error {
	fmt.Fprintln(p.Stdout, "quorate "+version())
	return nil
}

// version is the module's version where the binary was built from one, else the revision.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return "devel"
}
