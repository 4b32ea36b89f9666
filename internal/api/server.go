package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/live"
	"github.com/quorate/quorate/internal/view"
)

// writeTimeout is how long an answer may take to reach its reader. Streams set a deadline of their own for each write.
const writeTimeout = 2 * time.Minute

// Config is what the owner chooses.
type Config struct {
	AgentName string
	Version   string
	// Simulated marks every page as made up.
	Simulated bool
}

// Options is what the agent passes in.
type Options struct {
	Read view.Reader
	// Act carries out orders; nil where nothing may be ordered, and its routes do not exist.
	Act view.Actor
	// Pages are the routes of the page, and Missing answers people where there is none; nil answers programs.
	Pages   []access.Route
	Missing http.Handler
	// Refused answers people who may not; nil answers them as programs.
	Refused func(http.ResponseWriter, *http.Request, *access.Denied)
	// Gate says who may ask for what over Serve.
	Gate *access.Gate
	// Subscribe returns a channel that carries the newest sequence number after each commit, and a function that ends
	// the subscription. The channel never blocks the pipeline.
	Subscribe func() (<-chan int64, func())
	// Feed is what live streams follow; nil makes one of Read and Subscribe.
	Feed *live.Feed
	// Meter counts what clients do; nil counts nothing. Metrics answers /metrics; nil means that there is no such route.
	Meter   Meter
	Metrics http.Handler
	// Hooks are where sources take pushes, each with a token of its own. Serve alone serves them.
	Hooks []Hook
	Log   *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Server serves API and page. Make one with New.
type Server struct {
	cfg     Config
	name    atomic.Pointer[string]
	read    view.Reader
	act     view.Actor
	gate    *access.Gate
	feed    *live.Feed
	ping    time.Duration // between two pings of a WebSocket
	meter   Meter
	metrics http.Handler
	places  places
	log     *slog.Logger
	now     func() time.Time
	hooks   *hooks
	table   []access.Route
	missing http.Handler
	refused func(http.ResponseWriter, *http.Request, *access.Denied)
	repeats *repeats
	sharing *sharing
	doc     func() *document
}

// New builds the route table.
func New(cfg Config, opt Options) (*Server, error) {
	s := &Server{cfg: cfg, read: opt.Read, act: opt.Act, gate: opt.Gate, feed: opt.Feed, ping: wsPing, meter: opt.Meter, metrics: opt.Metrics, log: opt.Log, now: opt.Now}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.gate == nil {
		s.gate = access.NewGate(nil)
	}
	if s.feed == nil {
		s.feed = live.New(opt.Read, opt.Subscribe)
	}
	if s.meter == nil {
		s.meter = unmetered{}
	}
	s.hooks = newHooks(s.now, s.log)
	s.Reconfigure(cfg.AgentName, opt.Hooks)
	s.repeats, s.sharing = newRepeats(s.now), newSharing()
	s.routes()
	s.table = append(s.table, access.Route{Method: http.MethodGet, Path: "/live", Scope: access.Read, Page: true, Handler: http.HandlerFunc(s.stream)})
	s.table = append(s.table, opt.Pages...)
	for _, route := range s.table {
		if !access.Known(route.Scope) {
			return nil, fmt.Errorf("the route %s takes the scope %q, which there is not", route.Pattern(), route.Scope)
		}
	}
	s.refused = opt.Refused
	if s.missing = opt.Missing; s.missing == nil {
		s.missing = http.HandlerFunc(nothing)
	}
	return s, nil
}

// Routes is the route table: every way in but the hooks of sources.
func (s *Server) Routes() []access.Route { return slices.Clone(s.table) }

// Reconfigure gives the agent that name and takes pushes at those hooks from now on, at no others. It may be called
// while requests are answered. A hook that stays what it was goes on counting.
func (s *Server) Reconfigure(agentName string, hooks []Hook) {
	s.name.Store(&agentName)
	s.hooks.set(hooks)
}

// Handler serves everything to everybody who reaches it, without hooks: it is for the unix socket, which the operating
// system guards, and for tests.
func (s *Server) Handler() http.Handler {
	return numbered(secured(s.through(func(*http.Request, access.Route) (access.Caller, error) {
		return access.Caller{Kind: access.CallerSocket, Scopes: access.Scopes()}, nil
	})))
}

// through serves the route table to those whom enter lets in.
func (s *Server) through(enter func(*http.Request, access.Route) (access.Caller, error)) http.Handler {
	mux := http.NewServeMux()
	for _, route := range s.table {
		mux.Handle(route.Pattern(), s.metered(route.Pattern(), s.entered(route, enter)))
	}
	// What there is not is nobody's business either.
	missing := s.metered(unrouted, s.entered(access.Route{Path: "/", Scope: access.Read, Page: true, Handler: s.missing}, enter))
	return shaped(s.watched(elsewhere(mux, s.table, missing)))
}

// entered serves one route to those whom enter lets in, as long as they may.
func (s *Server) entered(route access.Route, enter func(*http.Request, access.Route) (access.Caller, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		caller, err := enter(r, route)
		if denied, ok := errors.AsType[*access.Denied](err); ok {
			s.deny(w, r, route, denied)
			return
		}
		if err != nil {
			s.log.ErrorContext(r.Context(), "access not decided", "request_id", requestID(r.Context()), "err", err)
			problem(w, http.StatusInternalServerError, "internal", "Who asks could not be found out; the agent's log says why.")
			return
		}
		if caller.Masked && !route.Masks {
			s.deny(w, r, route, &access.Denied{Status: http.StatusForbidden, Code: "scope_missing", Text: "This takes the scope read; it cannot be shared."})
			return
		}
		ctx, done := caller.Bound(access.WithCaller(r.Context(), caller))
		defer done()
		route.Handler.ServeHTTP(w, r.WithContext(ctx))
	}
}

func (s *Server) deny(w http.ResponseWriter, r *http.Request, route access.Route, denied *access.Denied) {
	denied.Headers(w.Header())
	if route.Page && s.refused != nil {
		s.refused(w, r, denied)
		return
	}
	problem(w, denied.Status, denied.Code, denied.Text)
}

func nothing(w http.ResponseWriter, _ *http.Request) {
	problem(w, http.StatusNotFound, "not_found", "There is nothing at this address; /api/v1/openapi.json lists what there is.")
}

func healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

// Serve is ServeAt with the zero Door, for a listener on loopback.
func (s *Server) Serve(ctx context.Context, l net.Listener) error { return s.ServeAt(ctx, l, Door{}) }

// ServeAt answers on l, guarded by the door, until ctx ends, then gives open requests two seconds. It returns nil if ctx
// ended it. It may be called for several listeners.
func (s *Server) ServeAt(ctx context.Context, l net.Listener, door Door) error {
	// Streams end with ctx, so that a browser left open does not hold up the stop.
	connContext, wait := remember(ctx)
	defer wait()
	server := &http.Server{
		Handler:           secured(s.hooks.before(numbered(door.guarded(l.Addr(), s.through(s.gate.Enter))))),
		ReadHeaderTimeout: 5 * time.Second, WriteTimeout: writeTimeout, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: headerRoom,
		BaseContext: func(net.Listener) context.Context { return ctx }, ConnContext: connContext,
		// What a client does in parallel over one connection of HTTP/2 is what a browser needs.
		HTTP2:    &http.HTTP2Config{MaxConcurrentStreams: 100},
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if err := server.Shutdown(grace); err != nil {
			_ = server.Close()
		}
	})
	err := server.Serve(door.opened(l))
	if !stop() {
		<-stopped
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
