package lab

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The variables that examples/hcl/demo.hcl reads. The address of each SNMP agent is in EnvAgent + the device's name in
// upper case with "_" for "-".
const (
	EnvListen        = "DEMO_LISTEN"   // where the page listens; the caller's
	EnvDataDir       = "DEMO_DATA_DIR" // the agent's record
	EnvBlogDir       = "DEMO_BLOG_DIR"
	EnvLibreNMS      = "DEMO_LIBRENMS_URL"
	EnvLibreNMSToken = "DEMO_LIBRENMS_TOKEN"
	EnvPRTG          = "DEMO_PRTG_URL"
	EnvPRTGToken     = "DEMO_PRTG_TOKEN"
	EnvCommunity     = "DEMO_SNMP_COMMUNITY"
	EnvAgent         = "DEMO_SNMP_"
)

// What the fakes ask for. Nothing in it is secret; it looks as if, so that a leak would be found.
const (
	demoToken     = Canary + "-librenms-token"
	demoAPIToken  = Canary + "-prtg-token"
	demoCommunity = Canary + "-community"
	// PRTG also lets this account in, by passhash and by password.
	demoUser, demoPasshash, demoPassword = "quorate", "1234567890", Canary + "-password"
	demoListen                           = "127.0.0.1:8600"
)

// Options is how a running lab is set up.
type Options struct {
	// Dir holds what the agent keeps: the folders data and blog are made in it.
	Dir string
	// Devices are Home() where nil.
	Devices []Device
	// Clock is the clock of everything simulated; nil means the real time, which an unchanged agent needs.
	Clock func() time.Time
	// LibreNMSStep and PRTGInterval are how often the fakes look at their devices; 0 means 1 s and 500 ms. They are
	// short so that the story takes seconds: see the comments of demo.hcl on what the agent is told of them.
	LibreNMSStep, PRTGInterval time.Duration
	// Lost, where not nil, reports whether a measurement of a device gets lost on the way to LibreNMS or PRTG.
	Lost func(monitor, device string, at time.Time) bool
	// TLS is how LibreNMS and PRTG show who they are.
	TLS TLSKind
}

// Running is a lab whose fakes and agents listen.
type Running struct {
	World    *World
	LibreNMS *LibreNMS
	PRTG     *PRTG
	Agents   *Agents
	// Env are the variables that demo.hcl reads.
	Env map[string]string
	// CAFile, in Dir, is the authority that a client must trust where Options.TLS is set; otherwise "".
	CAFile string

	servers []*server
}

// Start starts every fake on a free port of 127.0.0.1. They serve until Close, whatever becomes of ctx.
func Start(ctx context.Context, o Options) (*Running, error) {
	if o.Devices == nil {
		o.Devices = Home()
	}
	if o.LibreNMSStep <= 0 {
		o.LibreNMSStep = time.Second
	}
	if o.PRTGInterval <= 0 {
		o.PRTGInterval = 500 * time.Millisecond
	}
	w, err := NewWorld(o.Devices, o.Clock)
	if err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	r := &Running{World: w, Env: map[string]string{
		EnvListen: demoListen, EnvDataDir: filepath.Join(o.Dir, "data"), EnvBlogDir: filepath.Join(o.Dir, "blog"),
		EnvLibreNMSToken: demoToken, EnvPRTGToken: demoAPIToken, EnvCommunity: demoCommunity,
	}}
	for _, dir := range []string{r.Env[EnvDataDir], filepath.Join(r.Env[EnvBlogDir], "_posts"), filepath.Join(r.Env[EnvBlogDir], "_drafts")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("lab: %w", err)
		}
	}
	r.LibreNMS = NewLibreNMS(w, LibreNMSOptions{Token: demoToken, Step: o.LibreNMSStep, Lost: o.lost("librenms")})
	r.PRTG = NewPRTG(w, PRTGOptions{
		APIToken: demoAPIToken, Username: demoUser, Passhash: demoPasshash, Password: demoPassword, Interval: o.PRTGInterval, Lost: o.lost("prtg"),
	})
	if r.Agents, err = StartAgents(w, demoCommunity); err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	for name, address := range r.Agents.Addresses() {
		r.Env[EnvAgent+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))] = address
	}
	if err := r.serve(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("lab: %w", err), r.Close())
	}
	return r, nil
}

func (o Options) lost(monitor string) func(string, time.Time) bool {
	if o.Lost == nil {
		return nil
	}
	return func(name string, at time.Time) bool { return o.Lost(monitor, name, at) }
}

// serve lets both monitors listen.
func (r *Running) serve(ctx context.Context, o Options) error {
	var ca *authority
	if o.TLS != TLSNone {
		var err error
		if ca, err = newAuthority(); err != nil {
			return err
		}
		r.CAFile = filepath.Join(o.Dir, "ca.pem")
		if err := os.WriteFile(r.CAFile, ca.pem(), 0o600); err != nil {
			return err
		}
	}
	for _, fake := range []struct {
		env     string
		handler http.Handler
	}{{EnvLibreNMS, r.LibreNMS}, {EnvPRTG, r.PRTG}} {
		s, err := serve(ctx, fake.handler, o.TLS, ca)
		if err != nil {
			return err
		}
		r.servers = append(r.servers, s)
		r.Env[fake.env] = s.url
	}
	return nil
}

// Environ returns Env as "NAME=value" beside the environment of this process.
func (r *Running) Environ() []string {
	env := os.Environ()
	for name, value := range maps.All(r.Env) {
		env = append(env, name+"="+value)
	}
	return env
}

// Close ends all listeners and waits for their goroutines.
func (r *Running) Close() error {
	var errs []error
	for _, s := range r.servers {
		errs = append(errs, s.close())
	}
	if r.Agents != nil {
		errs = append(errs, r.Agents.Close())
	}
	return errors.Join(errs...)
}

type server struct {
	http  *http.Server
	url   string
	ended chan error
}

// serve serves h on a free port. Its HTTP is 1.1, as that of the real servers mostly is.
func serve(ctx context.Context, h http.Handler, kind TLSKind, ca *authority) (*server, error) {
	s := &server{http: &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}, url: "http://", ended: make(chan error, 1)}
	if kind != TLSNone {
		config, err := ca.config(kind)
		if err != nil {
			return nil, err
		}
		// Clients that do not trust the server are what these servers are for: nobody needs to read of it.
		s.http.TLSConfig, s.http.TLSNextProto, s.http.ErrorLog = config, map[string]func(*http.Server, *tls.Conn, http.Handler){}, log.New(io.Discard, "", 0)
		s.url = "https://"
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.url += l.Addr().String()
	go func() {
		if s.http.TLSConfig != nil {
			s.ended <- s.http.ServeTLS(l, "", "")
			return
		}
		s.ended <- s.http.Serve(l)
	}()
	return s, nil
}

func (s *server) close() error {
	err := s.http.Close()
	if served := <-s.ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
