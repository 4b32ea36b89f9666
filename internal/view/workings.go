package view

import (
	"context"
	"time"

	"github.com/quorate/quorate/device"
)

// Workings tells of the agent's own parts.
type Workings interface {
	// Plugins are the programs behind the sources, in the order of the configuration.
	Plugins(at time.Time) []Plugin
	// Groups are those of the configuration, in its order.
	Groups() []Group
	// Configuration is the one in force, without secrets.
	Configuration() (Configuration, error)
	// Rejections returns what could not be processed, the newest first, without bodies: at most limit of those below a
	// number, 0 for the newest of all, and of one source where that is not "".
	Rejections(ctx context.Context, source string, below int64, limit int) ([]Rejected, error)
	// Rejection returns one with its body; false where there is none.
	Rejection(ctx context.Context, number int64) (Rejected, bool, error)
}

// Plugin is the program of a source.
type Plugin struct {
	Source string `json:"source"`
	Type   string `json:"type"`
	// Builtin says that it is part of the agent's own program; Version and Capabilities are as it said, and absent where it
	// could not be asked. Protocol is the version of the contract between it and the agent.
	Builtin      bool     `json:"builtin"`
	Version      string   `json:"version,omitempty"`
	Protocol     int      `json:"protocol,omitempty"`
	Capabilities []string `json:"capabilities"`
	// SHA256 is the checksum that its file must have, of one that is not built in and has one.
	SHA256 string `json:"sha256,omitempty"`
	// Lag is how long ago its source's last poll that succeeded was, in seconds; absent before the first.
	Lag *float64 `json:"lag_seconds,omitempty"`

	device.PluginStatus
	// Hint says what to do where something is wrong.
	Hint string `json:"hint,omitempty"`
}

// Group is one group of the configuration.
type Group struct {
	Name string   `json:"name"`
	Tags []string `json:"tags"`
	// Devices are its members that are known, by name; Unknown are names that no device has.
	Devices []device.Name `json:"devices"`
	Unknown []string      `json:"unknown,omitempty"`
}

// Configuration is what is in force, as it was decoded. What is at its default is left out.
type Configuration struct {
	device.ConfigStatus
	// Attributes stand outside of any block.
	Attributes map[string]any `json:"attributes"`
	Blocks     []ConfigBlock  `json:"blocks"`
}

// ConfigBlock is one block of the configuration. A secret is "(secret)"; what nobody knows to be harmless is left out and
// counted.
type ConfigBlock struct {
	Type       string         `json:"type"`
	Labels     []string       `json:"labels"`
	Attributes map[string]any `json:"attributes"`
	Blocks     []ConfigBlock  `json:"blocks"`
	LeftOut    int            `json:"left_out,omitempty"`
}

// Rejected is one thing that could not be processed.
type Rejected struct {
	Number int64     `json:"number"`
	At     time.Time `json:"at"`
	Source string    `json:"source"`
	Ref    string    `json:"ref,omitempty"`
	Reason string    `json:"reason"`
	// Body is foreign text, and only there where one is asked for by itself.
	Body string `json:"body,omitempty"`
}
