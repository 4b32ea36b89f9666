package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/peer"
	"github.com/quorate/quorate/sinks"
)

const (
	// maxBatch is how many bytes one request of many events has about, at most: what usual receivers take.
	maxBatch = 512 << 10
	// maxAnswer is how much of an answer is read, so that the connection can be used again; nobody looks at it.
	maxAnswer = 64 << 10
	// readFor is how long it is waited for that: the answer is known by then.
	readFor = time.Second
	// maxHeader bounds the head of an answer.
	maxHeader = 64 << 10
	// connect is the time in which a connection must stand, and its TLS.
	connect = 10 * time.Second
)

// Options is what a sink takes from outside its configuration.
type Options struct {
	// Name is the sink's, Agent that of the agent: the source of its events.
	Name, Agent string
	Filter      sinks.Filter
	// Now defaults to time.Now. It is the time of an attempt.
	Now func() time.Time
}

// Sink posts events. Make one with New. Deliver is called by one goroutine.
type Sink struct {
	opt       Options
	url       *url.URL
	headers   map[string]device.Secret
	keys      [][]byte
	batch     bool
	transport *http.Transport
}

// New checks c and reads the files that it names; it does no network I/O.
func New(c Config, o Options) (*Sink, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, errors.New(`"url" is no address`) // Its text would repeat the whole value.
	}
	trust, err := c.trust()
	if err != nil {
		return nil, err
	}
	s := &Sink{opt: o, url: u, headers: c.Headers, batch: c.BatchMode}
	if s.opt.Now == nil {
		s.opt.Now = time.Now
	}
	for _, secret := range []device.Secret{c.Secret, c.OldSecret} {
		if secret == "" {
			continue
		}
		k, err := key(secret)
		if err != nil {
			return nil, err
		}
		s.keys = append(s.keys, k)
	}
	// The transport alone: it follows no redirect and keeps no cookie.
	s.transport = &http.Transport{
		Proxy: c.proxy(), DialContext: (&net.Dialer{Timeout: connect}).DialContext, TLSClientConfig: trust, TLSHandshakeTimeout: connect,
		MaxIdleConnsPerHost: 1, MaxConnsPerHost: 2, IdleConnTimeout: 90 * time.Second, MaxResponseHeaderBytes: maxHeader, ForceAttemptHTTP2: true,
		DisableCompression: true,
	}
	return s, nil
}

// Name is the sink's.
func (s *Sink) Name() string { return s.opt.Name }

// Close drops the connections.
func (s *Sink) Close() error {
	s.transport.CloseIdleConnections()
	return nil
}

// Deliver posts the events that the filter wants, in order, and returns when each is taken or one is not. Where its
// time is nearly over and some are taken, it returns with those: a receiver that is slow has not failed.
func (s *Sink) Deliver(ctx context.Context, events []device.Event) (int, error) {
	return s.opt.Filter.Deliver(events, func(wanted []device.Event) (int, error) {
		deadline, limited := ctx.Deadline()
		half := s.opt.Now().Add(time.Until(deadline) / 2)
		done := 0
		for done < len(wanted) {
			if done > 0 && limited && s.opt.Now().After(half) {
				return done, nil
			}
			n, err := s.next(ctx, wanted[done:])
			done += n
			if err != nil {
				return done, err
			}
		}
		return done, nil
	})
}

// next posts the first of events, or as many of them as one request takes.
func (s *Sink) next(ctx context.Context, events []device.Event) (int, error) {
	if !s.batch {
		body, err := wrap(s.opt.Agent, &events[0])
		if err == nil {
			err = s.post(ctx, events[0].ID, typeOne, body)
		}
		if err != nil {
			return 0, err
		}
		return 1, nil
	}
	return s.postBatch(ctx, events, maxBatch)
}

// postBatch posts as many events as limit bytes take, one at least. Where the receiver cannot take one of them it halves the
// batch, until the one that it is stands alone.
func (s *Sink) postBatch(ctx context.Context, events []device.Event, limit int) (int, error) {
	body := []byte("[")
	n := 0
	for i := range events {
		b, err := wrap(s.opt.Agent, &events[i])
		if err != nil {
			if i == 0 {
				return 0, err
			}
			break // Alone, it will say so itself.
		}
		if i > 0 && len(body)+len(b) > limit {
			break
		}
		if i > 0 {
			body = append(body, ',')
		}
		body, n = append(body, b...), i+1
	}
	body = append(body, ']')
	id := events[0].ID
	if n > 1 {
		id += "-" + events[n-1].ID
	}
	err := s.post(ctx, id, typeBatch, body)
	if err == nil {
		return n, nil
	}
	if r, ok := errors.AsType[*refusal](err); ok && (r.never || r.perhaps) && n > 1 {
		return s.halves(ctx, events[:n])
	}
	return 0, err
}

// halves posts a batch that was refused in two.
func (s *Sink) halves(ctx context.Context, events []device.Event) (int, error) {
	done := 0
	for _, part := range [][]device.Event{events[:len(events)/2], events[len(events)/2:]} {
		for rest := part; len(rest) > 0; {
			n, err := s.postBatch(ctx, rest, maxBatch)
			done, rest = done+n, rest[n:]
			if err != nil {
				return done, err
			}
		}
	}
	return done, nil
}

// post sends one request and returns nil if the receiver took it.
func (s *Sink) post(ctx context.Context, id, mediaType string, body []byte) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url.String(), bytes.NewReader(body))
	if err != nil {
		return errors.New(`the address cannot be asked for: check "url"`)
	}
	for name, value := range s.headers {
		req.Header.Set(name, value.Reveal())
	}
	at := s.opt.Now()
	req.Header.Set("Content-Type", mediaType)
	req.Header.Set("User-Agent", "quorate")
	req.Header.Set("Idempotency-Key", id)
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", timestamp(at))
	req.Header.Set("Webhook-Signature", sign(s.keys, id, at, body))
	resp, err := s.transport.RoundTrip(req)
	if err != nil {
		return fmt.Errorf("POST to %s: %w", s.url.Host, s.cause(ctx, err))
	}
	defer resp.Body.Close()
	// What is left of a longer or slower body costs the connection and nothing else.
	defer time.AfterFunc(readFor, cancel).Stop()
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer)
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		return nil
	}
	wait := peer.RetryAfter(resp.Header.Get("Retry-After"), s.opt.Now())
	return fmt.Errorf("POST to %s: %w", s.url.Host, refused(resp.StatusCode, wait))
}

// cause says why no answer came, without the address that Go's own errors repeat.
func (s *Sink) cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		if errors.Is(ctx.Err(), context.Canceled) {
			return context.Canceled
		}
		return fmt.Errorf("no answer in time: is the receiver overloaded, or \"timeout\" too short?: %w", context.DeadlineExceeded)
	}
	if own, ok := errors.AsType[*certificateError](err); ok {
		return own
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" { // so crypto/tls says it
		return fmt.Errorf("the receiver ended the TLS handshake (%w): does it want a certificate, by \"cert_file\" and \"key_file\"?", op.Err)
	}
	if text := peer.Cause(err, s.url, strconv.Quote); text != "" {
		return errors.New(text)
	}
	return errors.New("no answer: check what answers at \"url\"")
}
