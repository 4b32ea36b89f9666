package agent

import (
	"crypto/sha256"
	"net/netip"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/host"
)

// Defaults of the configuration.
const (
	DefaultListen   = "127.0.0.1:8600"
	DefaultDataDir  = "/var/lib/quorate"
	DefaultInterval = 60 * time.Second
	DefaultTimeout  = 30 * time.Second

	defaultName   = "quorate" // of the agent
	defaultSeries = "Homelab" // of posts
)

// Config is a decoded and checked configuration. Plugins' own settings in it are still HCL: they are decoded when the
// plugin has given its schema.
type Config struct {
	Name    string
	DataDir string
	Listen  string
	Door    DoorConfig
	Domains []string
	// MetricsDevices says that each device has metrics of its own, by its name.
	MetricsDevices bool

	Sources         []SourceConfig
	Devices         []DeviceConfig
	Groups          []GroupConfig
	NeverMerge      [][2]string
	SharedAddresses []netip.Addr
	Prefer          map[string][]string
	Consensus       consensus.Rules
	Roots           []string
	Maintenance     []MaintenanceConfig
	Blogs           []BlogConfig
	Sinks           []SinkConfig

	// Hash names the bytes of all files of the configuration.
	Hash string

	files   fileSet
	dataDir hcl.Range // of the attribute, empty where it is not set
	// certificate is where the owner's certificate is named.
	certificate hcl.Range
}

// SourceConfig is one source block.
type SourceConfig struct {
	Type, Name  string
	Interval    time.Duration
	Timeout     time.Duration
	Trust       float64
	FaultDomain string // never empty
	Anchors     []string
	// Command and SHA256 are set for a third party's plugin.
	Command string
	SHA256  string
	// Limits are what the plugin may hold; a zero is the default.
	Limits host.Limits

	settings settingsBody
	push     settingsBody // without a body where the source takes no pushes
}

// DeviceConfig is one device block: a pin with overrides.
type DeviceConfig struct {
	Name      string
	Addresses []netip.Addr
	Hostnames []string
	MACs      []string
	Serials   []string
	Refs      map[string][]string
	Parents   []string
	Tags      []string
	Trust     map[string]float64
	Rules     RuleOverrides
}

// GroupConfig is one group block.
type GroupConfig struct {
	Name    string
	Devices []string
	Tags    []string
	Trust   map[string]float64 // by source
	Rules   RuleOverrides
}

// RuleOverrides are the rules that a device or a group may set; nil leaves the default.
type RuleOverrides struct {
	Quorum         *int
	Confirm        *int
	DisputeTimeout *time.Duration
	OnDispute      *device.State
}

// BlogConfig is one sink "blog" block.
type BlogConfig struct {
	Name       string
	Dir        string
	Flavor     string
	Title      string
	Categories []string
	Tags       []string
	Notes      string
	Phase      string
	// LinkStyle, TimeZone, RoundTimes and Templates are as in blogsink.Config.
	LinkStyle   string
	NoBodyTitle bool
	TimeZone    string
	RoundTimes  string
	Templates   string
	// GitBranch is the branch that publications are committed on; "" is none.
	GitBranch string

	templates [sha256.Size]byte // of what the templates say, so that a reload takes new ones
}

// Source returns the source block of that name.
func (c *Config) Source(name string) (SourceConfig, bool) {
	for _, s := range c.Sources {
		if s.Name == name {
			return s, true
		}
	}
	return SourceConfig{}, false
}
