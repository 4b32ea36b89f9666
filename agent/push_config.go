package agent

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/hashicorp/hcl/v2"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// PushConfig is the push block of a source: how its monitor may push.
type PushConfig struct {
	// Token stands in the address that the monitor pushes to.
	Token device.Secret
	// MaxBody is the largest body in bytes, PerMinute how many pushes are taken.
	MaxBody, PerMinute int
}

// The limits of a push block. The largest body bounds what waiting pushes can hold of memory, the shortest token what
// can be guessed at the rate at which failed attempts are answered.
const (
	minPushBody, maxPushBody               = 1 << 10, 1 << 20
	minPushesPerMinute, maxPushesPerMinute = 1, 6000
	minPushToken, maxPushToken             = 16, 256
)

// What a push block leaves out.
const (
	defaultPushBody = 64 << 10
	defaultPushes   = 60
)

// pushSchema is the push block, in the form in which plugins give theirs.
func pushSchema() sdk.Schema {
	return sdk.Schema{Attributes: []sdk.Attribute{
		{Name: "token", Type: sdk.TypeString, Required: true, Sensitive: true, Doc: "What stands in the address that the monitor pushes to."},
		{Name: "max_body", Type: sdk.TypeNumber, Default: strconv.Itoa(defaultPushBody), Doc: "The largest push in bytes."},
		{Name: "per_minute", Type: sdk.TypeNumber, Default: strconv.Itoa(defaultPushes), Doc: "How many pushes are taken in a minute."},
	}}
}

// pushToken is what a token may be made of, so that it stands in an address as it is.
var pushToken = regexp.MustCompile(`^[A-Za-z0-9._~-]+$`)

// pushes decodes every push block, by source. The error holds the mistakes of all.
func (c *Config) pushes() (map[string]*PushConfig, error) {
	all, owner := map[string]*PushConfig{}, map[device.Secret]string{}
	var errs []error
	for _, s := range c.Sources {
		if s.push.body == nil {
			continue
		}
		push, err := c.decodePush(s)
		if err == nil {
			other, taken := owner[push.Token]
			if taken {
				err = c.pushProblem(s, "token", "Token in use", fmt.Sprintf("Source %q has the same token: each needs one of its own, so that what pushes for one cannot push for the other.", other))
			}
			if !taken {
				owner[push.Token] = s.Name
			}
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		all[s.Name] = push
	}
	return all, joinProblems(errs...)
}

func (c *Config) decodePush(s SourceConfig) (*PushConfig, error) {
	settings, err := c.decodeSettings(s.Name, s.push, pushSchema())
	if err != nil {
		return nil, err
	}
	var raw struct {
		Token     string
		MaxBody   json.Number `json:"max_body"`
		PerMinute json.Number `json:"per_minute"`
	}
	if err := json.Unmarshal(settings.JSON, &raw); err != nil {
		return nil, fmt.Errorf("source %q: read its push block: %w", s.Name, err)
	}
	var errs []error
	switch n := len(raw.Token); {
	case n < minPushToken || n > maxPushToken:
		errs = append(errs, c.pushProblem(s, "token", "Not a push token", fmt.Sprintf("What \"token\" refers to has %d characters; it takes %d to %d, such as what \"openssl rand -hex 24\" prints.", n, minPushToken, maxPushToken)))
	case !pushToken.MatchString(raw.Token):
		errs = append(errs, c.pushProblem(s, "token", "Not a push token", "What \"token\" refers to holds a character that an address does not take as it is; it takes letters, digits and \"-._~\", such as what \"openssl rand -hex 24\" prints."))
	}
	whole := func(name string, v json.Number, lo, hi int) int {
		n, err := v.Int64()
		if err != nil || n < int64(lo) || n > int64(hi) {
			errs = append(errs, c.pushProblem(s, name, "Number out of range", fmt.Sprintf("%q takes a whole number from %d to %d.", name, lo, hi)))
		}
		return int(n)
	}
	push := &PushConfig{
		Token: device.Secret(raw.Token), MaxBody: whole("max_body", raw.MaxBody, minPushBody, maxPushBody),
		PerMinute: whole("per_minute", raw.PerMinute, minPushesPerMinute, maxPushesPerMinute),
	}
	return push, joinProblems(errs...)
}

// cannotReceive is the mistake of a source that has a push block and whose plugin takes no pushes, or nil.
func (c *Config) cannotReceive(s SourceConfig, info sdk.Info) error {
	if s.push.body == nil || info.Can(sdk.CapabilityReceive) {
		return nil
	}
	return problems(c.files, hcl.Diagnostics{problem(s.push.block, "Takes no pushes",
		fmt.Sprintf("Sources of type %q take no pushes: they are polled alone. Remove the push block.", s.Type))})
}

// shared is the mistake of a push token that is also a secret of a source's config block, or nil: an address is written
// down in more places than a credential may be.
func (c *Config) shared(s SourceConfig, push *PushConfig, all map[string]Settings) error {
	if push == nil {
		return nil
	}
	for _, other := range c.Sources {
		secrets := all[other.Name].Secrets
		if all[other.Name].Push != nil {
			secrets = secrets[:len(secrets)-1] // without the push token itself
		}
		if slices.Contains(secrets, push.Token) {
			return c.pushProblem(s, "token", "Token in use", fmt.Sprintf("It is a secret in the config block of source %q as well: a push token stands in an address, which proxies and logs keep; it needs a value of its own.", other.Name))
		}
	}
	return nil
}

// pushProblem is a mistake in an attribute of a source's push block.
func (c *Config) pushProblem(s SourceConfig, attribute, summary, detail string) error {
	d := settingsDecoder{block: s.push.block}
	return problems(c.files, hcl.Diagnostics{problem(d.rangeOf(s.push.body, attribute), summary, detail)})
}

// into adds p, which may be nil, to the settings of its source.
func (p *PushConfig) into(s Settings) Settings {
	if p != nil {
		s.Push, s.Secrets = p, append(s.Secrets, p.Token)
	}
	return s
}
