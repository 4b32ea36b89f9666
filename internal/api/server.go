package api

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
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
	Log       *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Server serves API and page. Make one with New.
type Server struct {
	cfg     Config
	read    View
	sub     func() (<-chan int64, func())
	log     *slog.Logger
	now     func() time.Time
	pages   *pages
	handler http.Handler
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

// Handler is the server's routes without its limits on who may ask.
func (s *Server) Handler() http.Handler { return s.handler }

// Serve answers on l until ctx ends, then gives open requests two seconds. It returns nil if ctx ended it.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	// Streams end with ctx, so that a browser left open does not hold up the stop.
	server := &http.Server{
		Handler: localOnly(l.Addr(), s.handler), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
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
