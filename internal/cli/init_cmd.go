package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/quorate/quorate/agent"
)

type initCmd struct {
	Dir string `arg:"" optional:"" default:"." help:"Folder for quorate.hcl and secrets/."`

	LibrenmsURL   string `name:"librenms-url" help:"LibreNMS address."`
	LibrenmsToken string `name:"librenms-token" env:"QUORATE_INIT_LIBRENMS_TOKEN" help:"LibreNMS API token, or @FILE."`
	LibrenmsPin   string `name:"librenms-pin" help:"SHA-256 of LibreNMS' certificate, where it is self-signed."`
	PRTGURL       string `name:"prtg-url" help:"PRTG address."`
	PRTGAccess    string `name:"prtg-access" env:"QUORATE_INIT_PRTG_ACCESS" help:"PRTG API key, or USER:PASSHASH, or USER:PASSWORD, or @FILE."`
	PRTGPin       string `name:"prtg-pin" help:"SHA-256 of PRTG's certificate, where it is self-signed."`
	SNMPAddress   string `name:"snmp-address" help:"Address of a switch or NAS that answers SNMP v2c; host or host:port."`
	SNMPCommunity string `name:"snmp-community" env:"QUORATE_INIT_SNMP_COMMUNITY" help:"Its community, or @FILE."`
	DataDir       string `name:"data-dir" help:"Where the agent keeps its record; default /var/lib/quorate for /etc/quorate, else DIR/data."`
	Listen        string `name:"listen" help:"Where the page is served." default:"127.0.0.1:8600"`
}

// Run asks, tries, writes and says what it sees. Nothing is written before every answer has been tried, and nothing
// that exists is overwritten.
func (c *initCmd) Run(ctx context.Context, p *Program) error {
	target := filepath.Join(c.Dir, "quorate.hcl")
	if _, err := os.Stat(target); err == nil {
		return fmt.Errorf("%s exists already and is not overwritten; give another folder: quorate init DIR", target)
	}
	draft := &draftConfig{listen: c.Listen, dataDir: c.DataDir, dir: c.Dir}
	ask := &asker{p: p, in: bufio.NewReader(p.Stdin), terminal: term.IsTerminal(int(p.Stdin.Fd()))}
	steps := []func(context.Context, *asker, *draftConfig) error{c.librenms, c.prtg, c.snmp}
	if ask.terminal {
		fmt.Fprintln(p.Stdout, "Enter skips a question's monitor. Everything can be changed later in quorate.hcl.")
	}
	for _, step := range steps {
		if err := step(ctx, ask, draft); err != nil {
			return err
		}
	}
	if len(draft.sources) == 0 {
		return failWith(exitUsage, errors.New("nothing to write: no monitor was given; without a terminal use --librenms-url, --prtg-url or --snmp-address (quorate init --help)"))
	}
	if err := draft.write(c.Dir); err != nil {
		return err
	}
	return c.summary(ctx, p, target)
}

// summary polls what was written, once more and together: what the agent would see.
func (c *initCmd) summary(ctx context.Context, p *Program, target string) error {
	cfg, err := agent.Load([]string{target}, agent.LoadOptions{})
	if err != nil {
		return fmt.Errorf("the written configuration does not load, which is a defect: %w", err)
	}
	h, done, err := p.temporaryHost()
	if err != nil {
		return err
	}
	defer done()
	polled, err := cfg.PollOnce(ctx, h, p.types())
	if err != nil {
		return err
	}
	for _, s := range polled {
		if s.Snapshot.Err != "" {
			fmt.Fprintln(p.Stderr, saying(s.Source.Name, s.Snapshot.Err))
		}
	}
	devices := cfg.Merge(polled, time.Now().UTC())
	twice, once := agent.Witnesses(devices)
	fmt.Fprintf(p.Stdout, "\nWrote %s and %s.\n%s, %d seen twice, %d once.\nNext: quorate agent --config %s\nWhat would make a source better: quorate source check %s --config %s\n",
		target, filepath.Join(c.Dir, "secrets"), plural(len(devices), "device"), twice, once, target, polled[0].Source.Name, target)
	return nil
}

// asker asks on a terminal and takes flags elsewhere.
type asker struct {
	p        *Program
	in       *bufio.Reader
	terminal bool
}

// text returns given, else the answer to the question; empty off a terminal.
func (a *asker) text(question, given string) (string, error) {
	if given != "" || !a.terminal {
		return given, nil
	}
	fmt.Fprintf(a.p.Stdout, "%s: ", question)
	line, err := a.in.ReadString('\n')
	if err != nil && line == "" {
		return "", fmt.Errorf("read the answer: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// secret is text without an echo; "@FILE" in a flag reads a file, so that no secret stands in the process list.
func (a *asker) secret(question, given string) (string, error) {
	if path, ok := strings.CutPrefix(given, "@"); ok {
		b, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("read the secret: %w", err)
		}
		return strings.TrimRight(string(b), "\r\n"), nil
	}
	if given != "" || !a.terminal {
		return given, nil
	}
	fd := int(a.p.Stdin.Fd())
	echo, err := echoOff(fd)
	if err != nil {
		return "", err
	}
	defer echo()
	fmt.Fprintf(a.p.Stdout, "%s (not shown): ", question)
	b, err := term.ReadPassword(fd)
	fmt.Fprintln(a.p.Stdout)
	if err != nil {
		return "", fmt.Errorf("read the answer: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// yes asks a question that Enter affirms; off a terminal the answer is no.
func (a *asker) yes(question string) bool {
	if !a.terminal {
		return false
	}
	answer, err := a.text(question+" [Y/n]", "")
	return err == nil && (answer == "" || strings.HasPrefix(strings.ToLower(answer), "y"))
}

func (c *initCmd) librenms(ctx context.Context, a *asker, d *draftConfig) error {
	return d.ask(ctx, a, monitor{
		kind: "librenms", name: "librenms", urlQuestion: "LibreNMS address (https://...)", url: c.LibrenmsURL, pin: c.LibrenmsPin,
		secretQuestion: "LibreNMS API token", secret: c.LibrenmsToken,
		settings: func(s string) ([]setting, error) {
			return []setting{{name: "token", value: s, secretFile: "librenms-token"}}, nil
		},
	})
}

func (c *initCmd) prtg(ctx context.Context, a *asker, d *draftConfig) error {
	return d.ask(ctx, a, monitor{
		kind: "prtg", name: "prtg", urlQuestion: "PRTG address (https://...)", url: c.PRTGURL, pin: c.PRTGPin,
		secretQuestion: "PRTG API key, or USER:PASSHASH, or USER:PASSWORD", secret: c.PRTGAccess, settings: prtgAccess,
	})
}

// prtgAccess reads the three ways to authenticate from one answer: PRTG's passhash is a number.
func prtgAccess(s string) ([]setting, error) {
	user, pass, pair := strings.Cut(s, ":")
	if !pair {
		return []setting{{name: "api_token", value: s, secretFile: "prtg-api-token"}}, nil
	}
	if user == "" || pass == "" {
		return nil, errors.New("PRTG takes an API key, or USER:PASSHASH, or USER:PASSWORD")
	}
	name := "password"
	if len(pass) >= 6 && strings.Trim(pass, "0123456789") == "" {
		name = "passhash"
	}
	return []setting{{name: "username", value: user}, {name: name, value: pass, secretFile: "prtg-" + name}}, nil
}

func (c *initCmd) snmp(ctx context.Context, a *asker, d *draftConfig) error {
	address, err := a.text("SNMP address of a switch or NAS (host or host:port)", c.SNMPAddress)
	if err != nil || address == "" {
		return err
	}
	community, err := a.secret("SNMP v2c community", c.SNMPCommunity)
	if err != nil {
		return err
	}
	if community == "" {
		return errors.New("SNMP v2c needs a community: --snmp-community")
	}
	d.addSecret("snmp-community", community)
	s := draftSource{kind: "snmp-direct", name: "snmp", body: fmt.Sprintf(`    credential "v2c" "home" {
      community = file("secrets/snmp-community")
    }
    target "device-1" {
      address     = %s
      credentials = ["home"]
    }
`, quoteHCL(address))}
	return d.try(ctx, a, s)
}
