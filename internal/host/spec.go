package host

import (
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/quorate/quorate/device"
)

// Spec is one configured source.
type Spec struct {
	Name string // unique among the sources
	Type string // what the plugin must say that it is
	// Command is the absolute path of a third party's plugin; empty means the built-in source of that type.
	Command string
	// SHA256 is the hash of Command in hex. Empty means that only owner and permissions of the file are checked.
	SHA256 string
	// Config is the plugin's configuration as JSON that fits its schema. It holds secrets.
	Config []byte
	// Env is what the plugin's environment holds besides what the contract says, as "KEY=VALUE".
	Env []string
	// Polls is the number of the source's last poll before, where it goes on from another one of its name: the numbers
	// rise across that.
	Polls uint64
	// Limits are what the plugin may hold.
	Limits Limits
	// Secrets are the sensitive values in Config: no message of the plugin shows them.
	Secrets []device.Secret
}

// Format prints the name alone under every verb, since Config holds secrets.
func (s Spec) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "source %q", s.Name) }

func (s Spec) check() error {
	switch {
	case s.Name == "":
		return errors.New("source without a name")
	case s.Type == "" || strings.ContainsAny(s.Type, "/\x00 "):
		return fmt.Errorf("source %q: type %.80q is none", s.Name, s.Type)
	case s.Command == "" && s.SHA256 != "":
		return fmt.Errorf("source %q: sha256 is given without a command", s.Name)
	case s.Command != "" && !filepath.IsAbs(s.Command):
		return fmt.Errorf("source %q: command %q: want an absolute path", s.Name, s.Command)
	}
	if b, err := hex.DecodeString(s.SHA256); err != nil || len(b) != 32 && len(b) != 0 {
		return fmt.Errorf("source %q: sha256 %.80q: want 64 hexadecimal digits", s.Name, s.SHA256)
	}
	for _, e := range s.Env {
		if k, _, ok := strings.Cut(e, "="); !ok || k == "" {
			return fmt.Errorf("source %q: env: want KEY=VALUE", s.Name)
		}
	}
	return nil
}
