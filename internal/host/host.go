package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/host/proc"
	"github.com/quorate/quorate/sdk"
)

// Options is what the agent passes in.
type Options struct {
	// RunDir holds the plugins' sockets, in a folder of this host. Hosts may share it; empty means a temporary one.
	RunDir string
	// Self is our own binary, which runs as `quorate plugin TYPE`; empty means /proc/self/exe.
	Self string
	Log  *slog.Logger
	// LogLevel is the lowest level that plugins log.
	LogLevel slog.Level
	// OnEvent, where not nil, hears with a sentence what becomes of plugins: that one crashed, hung or was over a limit
	// (device.EventSourceCrashed, Hung, Limit), runs again (Restarted) or is left alone (Quarantined). It is not called
	// more than maxTold times an hour for one source, and must not block.
	OnEvent func(source string, kind device.EventType, text string)
}

// limits are the times of supervision.
type limits struct {
	start         time.Duration // to the handshake, and again to the end of Configure
	call          time.Duration // a unary call without a deadline
	poll          time.Duration // a poll without a deadline
	drain, kill   time.Duration // to the end of what runs, and then of the process
	healthEvery   time.Duration
	healthRetry   time.Duration // to the next check after a missed one
	healthTimeout time.Duration
	missed        int           // health checks in a row: the plugin hangs
	look          time.Duration // at what the processes hold
	restart       time.Duration // first delay, doubling to
	restartMax    time.Duration
	healthy       time.Duration // after which the delay starts anew and crashes are forgotten
	crashes       int           // within
	crashWindow   time.Duration // is too many: the plugin is left alone for
	quarantine    time.Duration
	watchWell     time.Duration // after which a watch that was opened works
	watchRate     int           // observations a second that a watch may bring for long
	watchBurst    int           // and at once
}

func defaultLimits() limits {
	return limits{
		start: 10 * time.Second, call: 10 * time.Second, poll: 2 * time.Minute, drain: 5 * time.Second, kill: 3 * time.Second,
		healthEvery: 10 * time.Second, healthRetry: time.Second, healthTimeout: 3 * time.Second, missed: 3, look: 2 * time.Second,
		restart: time.Second, restartMax: time.Minute, healthy: 5 * time.Minute,
		crashes: 5, crashWindow: 10 * time.Minute, quarantine: 30 * time.Minute,
		watchWell: 10 * time.Second, watchRate: 20, watchBurst: 200,
	}
}

// Host starts plugins. Its methods may be called concurrently.
type Host struct {
	self    string
	level   string
	log     *slog.Logger
	onEvent func(string, device.EventType, string)
	limits  limits
	dir     *runDir
	starter *starter
	looks   *looks

	mu      sync.Mutex
	closed  bool
	sources map[*Source]bool
}

// New makes the run folder, removes what hosts that are gone have left there, and starts no plugin.
func New(o Options) (*Host, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Self == "" {
		o.Self = "/proc/self/exe"
	}
	if o.OnEvent == nil {
		o.OnEvent = func(string, device.EventType, string) {}
	}
	dir, err := openRunDir(o.RunDir)
	if err != nil {
		return nil, err
	}
	if err := proc.Adopt(); err != nil {
		o.Log.Warn("what a plugin starts and leaves behind is not seen", "err", err)
	}
	return &Host{
		self: o.Self, level: o.LogLevel.String(), log: o.Log, onEvent: o.OnEvent, limits: defaultLimits(),
		dir: dir, starter: newStarter(), looks: newLooks(defaultLimits().look, o.Log, prefix(dir.path), o.Self), sources: map[*Source]bool{},
	}, nil
}

var errClosed = errors.New("the plugin host is closed")

// Describe starts the plugin of spec, asks what it is, and ends it. Spec's Config is not used.
func (h *Host) Describe(ctx context.Context, spec Spec) (sdk.Info, error) {
	if err := spec.check(); err != nil {
		return sdk.Info{}, err
	}
	done, err := h.enter()
	if err != nil {
		return sdk.Info{}, err
	}
	defer done()
	text := newTexts(spec.Secrets)
	p, err := h.start(ctx, spec, text, h.log.With("source", spec.Name), &counts{})
	if err != nil {
		return sdk.Info{}, fmt.Errorf("source %q: %s", spec.Name, text.line(err.Error()))
	}
	defer p.stop()
	return p.info, nil
}

// enter keeps the host open while a plugin runs beside the supervised ones.
func (h *Host) enter() (done func(), err error) {
	guest := newSource(h, Spec{}, func() {})
	if err := h.add(guest); err != nil {
		return nil, err
	}
	return func() {
		close(guest.done)
		h.remove(guest)
	}, nil
}

func (h *Host) add(s *Source) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return errClosed
	}
	h.sources[s] = true
	return nil
}

func (h *Host) remove(s *Source) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sources, s)
}

// Start begins to supervise the plugin of spec and returns at once: a plugin that cannot be started is seen in the
// snapshots of its polls, which wait for the first start. The error is for a spec that can never work.
func (h *Host) Start(ctx context.Context, spec Spec) (*Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	if err := spec.check(); err != nil {
		return nil, err
	}
	// The plugin lives until Close, not as long as the caller's context.
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := newSource(h, spec, cancel)
	if err := h.add(s); err != nil {
		cancel()
		return nil, err
	}
	go s.supervise(life)
	return s, nil
}

// Close ends every plugin and returns when all have ended; when ctx ends first, they are killed.
func (h *Host) Close(ctx context.Context) error {
	h.mu.Lock()
	h.closed = true
	var all []*Source
	for s := range h.sources {
		all = append(all, s)
	}
	h.mu.Unlock()
	var wg sync.WaitGroup
	errs := make([]error, len(all))
	for n, s := range all {
		wg.Go(func() { errs[n] = s.Close(ctx) })
	}
	wg.Wait()
	h.looks.close()
	h.starter.close()
	return errors.Join(append(errs, h.dir.close())...)
}
