package metrics

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
)

// scrapeLimit is how long one scrape may take; Prometheus gives up after ten seconds by default.
const scrapeLimit = 8 * time.Second

// Vitals is what only the agent knows. What is zero is not shown, but for Lag and Reloaded.
type Vitals struct {
	// Lag is how long what waits longest has waited for its commit, and how long the last commit took where nothing waits.
	Lag time.Duration
	// DatabaseBytes and LogBytes are the sizes of the record and of its write-ahead log.
	DatabaseBytes, LogBytes int64
	// Rejected is how much is kept that could not be processed.
	Rejected int64
	// Reloaded says that the latest reload was not refused, ReloadedAt when it was.
	Reloaded   bool
	ReloadedAt time.Time
	// CertificateEnds is when the certificate of the page does.
	CertificateEnds time.Time
}

// Options is what the agent passes in.
type Options struct {
	Read view.Reader
	// Vitals asks the agent; nil leaves out what only it knows. It may be called several times at once.
	Vitals func(ctx context.Context) (Vitals, error)
	// Devices asks whether each device has a series of its own, by its name.
	Devices func() bool
	Version string
	Log     *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Metrics counts and collects. It is safe for concurrent use. Make one with New.
type Metrics struct {
	opt      Options
	registry *prometheus.Registry
	said     said
	mu       sync.Mutex
	heard    map[string]bool // sources that were polled

	// polled and failed are polls, taken the observations that they brought.
	polled, failed, taken atomic.Int64

	polls    *prometheus.HistogramVec
	observed *prometheus.CounterVec
	requests *prometheus.CounterVec
	clients  *prometheus.GaugeVec
	dropped  *prometheus.CounterVec
}

// New returns a Metrics.
func New(opt Options) *Metrics {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	m := &Metrics{opt: opt, registry: prometheus.NewRegistry(), heard: map[string]bool{}}
	m.polls = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "quorate_source_poll_duration_seconds", Help: "How long the polls of a source took, those that failed included.",
		Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120},
	}, []string{"source"})
	m.observed = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "quorate_source_observations_total", Help: "Observations that a source's polls brought.",
	}, []string{"source"})
	m.requests = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "quorate_http_requests_total", Help: "Requests answered, by pattern of the route and class of the status; a live stream counts when it ends.",
	}, []string{"route", "class"})
	m.clients = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "quorate_live_clients", Help: "Clients that follow the live events now.",
	}, []string{"transport"})
	m.dropped = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "quorate_live_dropped_total", Help: "Clients of the live events that were dropped, by reason.",
	}, []string{"transport", "reason"})
	for _, transport := range []string{"sse", "websocket"} {
		m.clients.WithLabelValues(transport)
	}
	m.registry.MustRegister(m.polls, m.observed, m.requests, m.clients, m.dropped, &collector{m},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Begin counts what is recorded from now on. It is called once the record is open, before anybody scrapes.
func (m *Metrics) Begin() { m.said.begin(m.opt.Read.LastSeq()) }

// Polled counts one poll of a source, with what it brought.
func (m *Metrics) Polled(source string, took time.Duration, observations int, failed bool) {
	if failed {
		m.failed.Add(1)
	} else {
		m.polled.Add(1)
	}
	m.taken.Add(int64(observations))
	m.mu.Lock()
	m.heard[text(source)] = true
	m.mu.Unlock()
	m.polls.WithLabelValues(text(source)).Observe(took.Seconds())
	m.observed.WithLabelValues(text(source)).Add(float64(observations))
}

// forget drops what was counted of sources that are no longer configured.
func (m *Metrics) forget(configured []device.SourceStatus) {
	known := map[string]bool{}
	for _, s := range configured {
		known[text(s.Name)] = true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for s := range m.heard {
		if !known[s] {
			m.polls.DeleteLabelValues(s)
			m.observed.DeleteLabelValues(s)
			delete(m.heard, s)
		}
	}
}

// Request counts a request that was answered with that status.
func (m *Metrics) Request(pattern string, status int) {
	m.requests.WithLabelValues(text(pattern), strconv.Itoa(status/100)+"xx").Inc()
}

// Clients counts a client of the live events that comes (1) or leaves (-1).
func (m *Metrics) Clients(transport string, change int) {
	m.clients.WithLabelValues(text(transport)).Add(float64(change))
}

// Dropped counts a client of the live events that was dropped.
func (m *Metrics) Dropped(transport, reason string) {
	m.dropped.WithLabelValues(text(transport), text(reason)).Inc()
}

// ServeHTTP answers a scrape, as text or as OpenMetrics, whichever is asked for. One that cannot be complete is an error:
// half of the truth looks healthy.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		EnableOpenMetrics: true, MaxRequestsInFlight: 4, Timeout: scrapeLimit, DisableCompression: true,
		ErrorHandling: promhttp.HTTPErrorOnError, ErrorLog: quiet{m.opt.Log},
	}).ServeHTTP(w, r)
}

// quiet logs what a scrape fails for. Whoever scrapes is told no more than that it failed.
type quiet struct{ log *slog.Logger }

func (q quiet) Println(v ...any) { q.log.Error("metrics not collected", "err", v) }
