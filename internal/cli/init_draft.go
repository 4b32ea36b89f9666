package cli

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/device"
)

// monitor is one API source that init asks for: an address and one secret.
type monitor struct {
	kind, name     string
	urlQuestion    string
	url, pin       string
	secretQuestion string
	secret         string
	settings       func(secret string) ([]setting, error)
}

// setting is one attribute of a config block; a secret one is written to a file of its own.
type setting struct {
	name, value string
	secretFile  string
}

type draftSource struct{ kind, name, body string }

// draftConfig is what init will write once every answer has been tried.
type draftConfig struct {
	dir, listen, dataDir string
	sources              []draftSource
	secrets              map[string]string // file name -> value
}

func (d *draftConfig) ask(ctx context.Context, a *asker, m monitor) error {
	address, err := a.text(m.urlQuestion, m.url)
	if err != nil || address == "" {
		return err
	}
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	secret, err := a.secret(m.secretQuestion, m.secret)
	if err != nil {
		return err
	}
	if secret == "" {
		return fmt.Errorf("%s: %s is missing", m.name, m.secretQuestion)
	}
	settings, err := m.settings(secret)
	if err != nil {
		return err
	}
	pin, err := trust(ctx, a, address, m)
	if err != nil {
		return fmt.Errorf("%s: %w", m.name, err)
	}
	var body strings.Builder
	width := len("pin_sha256")
	line := func(name, value string) { fmt.Fprintf(&body, "    %-*s = %s\n", width, name, value) }
	line("url", quoteHCL(address))
	if pin != "" {
		line("pin_sha256", quoteHCL(pin))
	}
	for _, s := range settings {
		if s.secretFile == "" {
			line(s.name, quoteHCL(s.value))
			continue
		}
		d.addSecret(s.secretFile, s.value)
		line(s.name, `file("secrets/`+s.secretFile+`")`)
	}
	return d.try(ctx, a, draftSource{kind: m.kind, name: m.name, body: body.String()})
}

func (d *draftConfig) addSecret(file, value string) {
	if d.secrets == nil {
		d.secrets = map[string]string{}
	}
	d.secrets[file] = value
}

// trust offers to pin a certificate that no authority vouches for.
func trust(ctx context.Context, a *asker, address string, m monitor) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("%q is no address such as https://monitor.example.net", address)
	}
	if m.pin != "" || u.Scheme != "https" {
		return m.pin, nil
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "443")
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var seen []byte
	// The first look does not verify: it only learns the certificate, and sends nothing.
	d := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, ServerName: u.Hostname(), VerifyConnection: func(s tls.ConnectionState) error {
		opts := x509.VerifyOptions{DNSName: u.Hostname(), Intermediates: x509.NewCertPool()}
		for _, c := range s.PeerCertificates[1:] {
			opts.Intermediates.AddCert(c)
		}
		if _, err := s.PeerCertificates[0].Verify(opts); err != nil {
			seen = s.PeerCertificates[0].Raw
		}
		return nil
	}}}
	conn, err := d.DialContext(ctx, "tcp", host)
	if err != nil {
		return "", nil // the poll that follows reports what is wrong, in the source's own words
	}
	_ = conn.Close()
	if seen == nil {
		return "", nil
	}
	sum := sha256.Sum256(seen)
	pin := hex.EncodeToString(sum[:])
	if !a.yes(fmt.Sprintf("%s shows a certificate that nobody vouches for, SHA-256 %s. Trust this one", u.Host, pin)) {
		return "", fmt.Errorf("the certificate of %s is not trusted; its SHA-256 is %s: where that is the monitor's own, pass it by --%s-pin", u.Host, pin, m.name)
	}
	return pin, nil
}

// try polls the source once by itself and says what answered. On a terminal a failure can be kept for later; off a
// terminal it ends init.
func (d *draftConfig) try(ctx context.Context, a *asker, s draftSource) error {
	dir, err := os.MkdirTemp("", "quorate-init-")
	if err != nil {
		return fmt.Errorf("try %s: %w", s.name, err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	alone := &draftConfig{dir: dir, listen: d.listen, sources: []draftSource{s}, secrets: d.secrets}
	if err := alone.write(dir); err != nil {
		return err
	}
	cfg, err := agent.Load([]string{filepath.Join(dir, "quorate.hcl")}, agent.LoadOptions{})
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	h, done, err := a.p.temporaryHost()
	if err != nil {
		return err
	}
	defer done()
	polled, err := cfg.PollOnce(ctx, h, a.p.types())
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	failure := polled[0].Snapshot.Err
	if failure == "" && s.kind == "snmp-direct" {
		failure = silence(polled[0].Snapshot.Observations)
	}
	if failure != "" {
		fmt.Fprintln(a.p.Stderr, saying(s.name, failure))
		if !a.yes("Keep it all the same") {
			return fmt.Errorf("%s did not answer; nothing was written", s.name)
		}
	} else {
		fmt.Fprintf(a.p.Stdout, "%s answers: %s.\n", s.name, plural(len(polled[0].Snapshot.Observations), "device"))
	}
	d.sources = append(d.sources, s)
	return nil
}

// silence says that no device answered: to the source that is an observation, here it is a wrong answer.
func silence(observations []device.Observation) string {
	words := "nothing came back"
	for _, o := range observations {
		for _, c := range o.Claims {
			if c.Facet == device.FacetReach && c.State == device.StateUp {
				return ""
			}
			if c.Raw != "" {
				words = c.Raw
			}
		}
	}
	return "no answer (" + words + "): check the address, the community, and that the device lets this machine ask"
}

// ownEyes sends packets to every device, which is the owner's to switch on.
const ownEyes = `
# The agent's own eyes, a witness for every device that the sources above report: does it answer, by ICMP or TCP?
# source "reach" "reach" {
#   interval = "30s"
#   config {
#   }
# }
`

func (d *draftConfig) render() string {
	var b strings.Builder
	dataDir := d.dataDir
	switch {
	case dataDir != "":
	case filepath.Clean(d.dir) == "/etc/quorate":
		dataDir = agent.DefaultDataDir
	default:
		dataDir = "data"
	}
	fmt.Fprintf(&b, `# Written by quorate init. Check it: quorate validate %s
# Every attribute: the README of each source, and docs/configuration.md.

agent {
  name     = "home"
  data_dir = %s
  listen   = %s
}
`, "quorate.hcl", quoteHCL(dataDir), quoteHCL(d.listen))
	for _, s := range d.sources {
		fmt.Fprintf(&b, `
source %s %s {
  interval = "60s"
  config {
%s  }
}
`, quoteHCL(s.kind), quoteHCL(s.name), s.body)
	}
	b.WriteString(ownEyes)
	return b.String()
}

// write makes the folder, the secrets and last the configuration; an existing file is an error, and then nothing of
// what was written stays.
func (d *draftConfig) write(dir string) (err error) {
	var made []string
	defer func() {
		if err != nil {
			for _, path := range made {
				_ = os.Remove(path)
			}
		}
	}()
	create := func(path string, content []byte, mode os.FileMode) error {
		err := create(path, content, mode)
		if err == nil {
			made = append(made, path)
		}
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "secrets"), 0o700); err != nil {
		return fmt.Errorf("make the folder for secrets: %w", err)
	}
	text := d.render()
	formatted, err := agent.Format("quorate.hcl", []byte(text))
	if err != nil {
		return err
	}
	names := make([]string, 0, len(d.secrets))
	for n := range d.secrets {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		if !strings.Contains(text, "secrets/"+n) {
			continue
		}
		if err := create(filepath.Join(dir, "secrets", n), []byte(d.secrets[n]+"\n"), 0o600); err != nil {
			return err
		}
	}
	if err := create(filepath.Join(dir, "quorate.hcl"), formatted, 0o644); err != nil {
		return err
	}
	return giveAway(dir)
}

func create(path string, content []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		if errors.Is(err, os.ErrExist) {
			return fmt.Errorf("%s exists already and is not overwritten", path)
		}
		return fmt.Errorf("write: %w", err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Chmod(mode), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(path))
	}
	return nil
}

// quoteHCL writes s as an HCL string: no template, no escape gets through.
func quoteHCL(s string) string {
	r := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "${", "$${", "%{", "%%{")
	return `"` + r.Replace(s) + `"`
}
