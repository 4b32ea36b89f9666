package agent

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/host"
	"github.com/quorate/quorate/internal/metrics"
	"github.com/quorate/quorate/internal/sanitize"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
	"github.com/quorate/quorate/sdk"
)

// SocketName is the unix socket in the data folder that commands on this machine use.
const SocketName = "quorate.sock"

// Options is what the agent takes from outside its configuration.
type Options struct {
	// Builtin is the sources that the binary brings along, by type.
	Builtin map[string]func() sdk.Source
	Log     *slog.Logger
	Version string
	// Simulated marks every page, answer and post as made up.
	Simulated bool
	// OnReady is called once when the agent serves, with the address of its page.
	OnReady func(address string)
	// Load reads the configuration again, from where it was read first; nil means that the agent does not reload.
	Load func() (*Config, error)
	// Hangups asks for a reload with each signal. With a capacity of one, those that come while one runs are one.
	Hangups <-chan os.Signal
	// OnEvents, where not nil, is called with all recorded events in order, by a sink of the agent's own.
	OnEvents func([]device.Event)
}

// Agent is the daemon. Make one with New; Run runs it once.
type Agent struct {
	opt Options
	log *slog.Logger
	// dataDir is that of the first generation: it never changes.
	dataDir string
	// current is the configuration in force, reloaded how the latest reload ended. One goroutine of Run writes them.
	current  atomic.Pointer[generation]
	reloaded atomic.Pointer[lastReload]
	// reloads carries what commands ask for to that goroutine.
	reloads chan reloadOrder
	// stopAt is when the stop began, nil before.
	stopAt atomic.Pointer[time.Time]
	// notes carries what the host says of plugins to the goroutine that records it.
	notes chan device.Event
	// pushTimes is changed by tests alone, before Run.
	pushTimes pushTimes
	// letEnd is how long the polls of sources that a reload replaces may go on, stopLimit how long a stop may take,
	// reviveEvery how often a source that could not be started is tried. Tests alone change them.
	letEnd, stopLimit, reviveEvery time.Duration

	store   *store.Store
	watched *watched
	limits  *limits
	started time.Time
	// diskPatience is changed by tests alone, before Run.
	diskPatience time.Duration
	host         *host.Host
	pipe         *pipeline.Pipeline
	page         *page
	keeper       *access.Keeper
	changes      changes
	metrics      *metrics.Metrics
	known        *knowledge
	news         chan struct{} // capacity 1: more is known to be private
	// scanning makes one reading of the blogs wait for another. It guards leaked: by blog, the places that were told of.
	scanning sync.Mutex
	leaked   map[string]map[string]bool
	// opening makes one order about milestones wait for another.
	opening sync.Mutex
	tap     *tap // nil where nobody listens

	// What was worked out for those who look back.
	pasts     pasts
	comparing comparing
	turns     turns

	// table gives out what stands for private values. It is opened at the first use, when the store is open.
	table func() (*sanitize.Table, error)

	// running holds the *host.Source of those sources whose plugin has started, by name.
	running sync.Map
}

// DataError means that the data folder or the database in it cannot be used.
type DataError struct{ Err error }

func (e *DataError) Error() string { return e.Err.Error() }

// Unwrap returns what the store said.
func (e *DataError) Unwrap() error { return e.Err }

// New checks what can be checked without I/O.
func New(cfg *Config, opt Options) (*Agent, error) {
	if len(cfg.Sources) == 0 {
		return nil, errNoSources
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	a := &Agent{
		opt: opt, log: opt.Log, dataDir: cfg.DataDir, notes: make(chan device.Event, 64), pushTimes: defaultPushTimes(), letEnd: replaceWithin, stopLimit: stopWithin, reviveEvery: reviveEvery,
		news: make(chan struct{}, 1), leaked: map[string]map[string]bool{},
		reloads: make(chan reloadOrder), limits: newLimits(opt.Log, time.Now), started: now(), diskPatience: diskPatience,
	}
	a.table = sync.OnceValues(a.openTable)
	if opt.OnEvents != nil {
		a.tap = &tap{deliver: opt.OnEvents}
	}
	a.current.Store(&generation{cfg: cfg})
	a.reloaded.Store(&lastReload{at: now()})
	return a, nil
}

// tap is the sink that feeds OnEvents: it starts at its own cursor like every sink.
type tap struct{ deliver func([]device.Event) }

func (*tap) Name() string { return "tap" }

func (t *tap) Deliver(_ context.Context, events []device.Event) (int, error) {
	t.deliver(events)
	return len(events), nil
}
