package execsource

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

const defaultTimeout = 10 * time.Second

// Config is the body of the config block of a source "exec".
type Config struct {
	Command []string          `json:"command"`
	Env     map[string]string `json:"env"`
	Format  string            `json:"format"`
	Timeout device.Duration   `json:"timeout"`
}

func schema() sdk.Schema {
	return sdk.Schema{Attributes: []sdk.Attribute{
		{Name: "command", Type: sdk.TypeStrings, Required: true, Doc: "The program, by its absolute path, and its arguments. No shell reads them."},
		{Name: "env", Type: sdk.TypeMap, Doc: "The program's whole environment; without it the environment is empty."},
		{Name: "format", Type: sdk.TypeString, Default: `"observations"`, Doc: "What the program prints: \"observations\", one JSON object a line."},
		{Name: "timeout", Type: sdk.TypeDuration, Default: `"10s"`, Doc: "How long one run may take."},
	}}
}

// parse checks what the schema cannot.
func parse(config []byte) (Config, error) {
	var c Config
	if err := json.Unmarshal(config, &c); err != nil {
		return c, fmt.Errorf("config: %w", err)
	}
	switch {
	case len(c.Command) == 0 || c.Command[0] == "":
		return c, errors.New("command: name a program, such as [\"/usr/local/lib/quorate/ups.sh\"]")
	case !filepath.IsAbs(c.Command[0]):
		return c, fmt.Errorf("command: %.80q is no absolute path: the program is not searched for", c.Command[0])
	case c.Format == "nagios":
		return c, errors.New("format: \"nagios\" is not there yet: want \"observations\"")
	case c.Format != "" && c.Format != "observations":
		return c, fmt.Errorf("format: %.80q is unknown: want \"observations\"", c.Format)
	case c.Timeout < 0:
		return c, errors.New("timeout: want a positive duration, such as \"10s\"")
	}
	for k := range c.Env {
		if k == "" || strings.ContainsAny(k, "=\x00") {
			return c, fmt.Errorf("env: %.80q is no name of a variable", k)
		}
	}
	return c, nil
}

func (c Config) name() string { return filepath.Base(c.Command[0]) }

func (c Config) timeout() time.Duration {
	if c.Timeout == 0 {
		return defaultTimeout
	}
	return time.Duration(c.Timeout)
}

// environment is never nil, which would mean ours. Besides what is configured it holds the name of this run, by which
// the agent finds what a program started and left behind.
func (c Config) environment() []string {
	env := []string{}
	if run, ok := os.LookupEnv(sdk.EnvRun); ok {
		env = append(env, sdk.EnvRun+"="+run)
	}
	for k, v := range c.Env {
		env = append(env, k+"="+v)
	}
	slices.Sort(env)
	return env
}
