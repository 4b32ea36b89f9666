package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

// maxSocketPath is what the kernel takes.
const maxSocketPath = 107

// listenSocket opens the socket for the owner of the data folder alone.
func listenSocket(path string) (net.Listener, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("the path of the socket %s has %d bytes, the system takes %d; choose a shorter \"data_dir\"", path, len(path), maxSocketPath)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove the old socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("protect the socket: %w", err), l.Close())
	}
	return l, nil
}

// serveSocket serves until ctx ends, which also ends the requests, and returns when none is left.
func serveSocket(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }, ConnContext: withPeer}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if err := s.Shutdown(grace); err != nil {
			_ = s.Close()
		}
	})
	err := s.Serve(l)
	if !stop() {
		<-stopped
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// socketHandler serves the API, and besides what changes something: only who may open the socket gets here.
func (a *Agent) socketHandler(api http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", api)
	control(a, mux, "/control/device", a.commandDevice)
	a.controlPosts(mux)
	a.controlIncidents(mux)
	a.recordControl(mux)
	a.serveShare(mux)
	a.serveSupport(mux)
	control(a, mux, "/control/login", a.commandLogin)
	control(a, mux, "/control/reload", a.commandReload)
	control(a, mux, "/control/maintenance/start", a.startMaintenance)
	control(a, mux, "/control/maintenance/end", a.endMaintenance)
	control(a, mux, "/control/acknowledge", a.acknowledge)
	control(a, mux, "/control/rejected/list", a.listRejected)
	control(a, mux, "/control/rejected/replay", a.replayRejected)
	control(a, mux, "/control/rejected/drop", a.dropRejected)
	mux.HandleFunc("GET /control/registry", func(w http.ResponseWriter, r *http.Request) {
		values, err := a.privateValues(r.Context())
		if err != nil {
			a.log.Error("registry not collected", "err", err)
			http.Error(w, "the registry could not be collected", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(values)
	})
	return mux
}
