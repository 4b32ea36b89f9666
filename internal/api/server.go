package api

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// Config is what the owner chooses.
type Config struct {
	AgentName string
	Version   string
	// Simulated marks every page as made up.
	Simulated bool
}

// Options is what the agent passes in.
type Options struct {
	Read View
	// Subscribe returns a channel that carries the newest sequence number after each commit, and a function that ends
	// the subscription. The channel never blocks the pipeline.
	Subscribe func() (<-chan int64, func())
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
	read    View
	sub     func() (<-chan int64, func())
	log     *slog.Logger
	now     func() time.Time
	pages   *pages
	hooks   *hooks
	handler http.Handler
	streams atomic.Int64 // clients of the live stream
}

// New builds the routes and parses the templates.
func New(cfg Config, opt Options) (*Server, error) {
	s := &Server{cfg: cfg, read: opt.Read, sub: opt.Subscribe, log: opt.Log, now: opt.Now}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.hooks = newHooks(s.now, s.log)
	s.Reconfigure(cfg.AgentName, opt.Hooks)
	var err error
	if s.pages, err = loadPages(); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	s.routes(mux)
	mux.HandleFunc("GET /api/v1/stream", s.stream)
	s.pageRoutes(mux)
	s.handler = secured(mux)
	return s, nil
}

// Reconfigure gives the agent that name and takes pushes at those hooks from now on, at no others. It may be called
// while requests are answered. A hook that stays what it was goes on counting.
func (s *Server) Reconfigure(agentName string, hooks []Hook) {
	s.name.Store(&agentName)
	s.hooks.set(hooks)
}

// Handler is the server's routes without its limits on who may ask, and without hooks.
func (s *Server) Handler() http.Handler { return s.handler }

// Serve answers on l until ctx ends, then gives open requests two seconds. It returns nil if ctx ended it. It may be
// called for several listeners.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	// Streams end with ctx, so that a browser left open does not hold up the stop.
	server := &http.Server{
		Handler: s.hooks.before(localOnly(l.Addr(), s.handler)), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
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
	err := server.Serve(l)
	if !stop() {
		<-stopped
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
