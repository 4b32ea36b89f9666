package sourcehttp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
)

// Limits of one answer. A tree of 220 devices with 2,400 sensors is a body of 2.65 MB.
const (
	DefaultTimeout  = 30 * time.Second // where the context has no deadline
	DefaultMaxBody  = 64 << 20         // bytes, after decompression
	DefaultMaxDepth = 32
	maxText         = 1 << 20 // bytes of one JSON string
	maxBlanks       = 64 << 10
	headBytes       = 64 << 10
	maxRetryAfter   = 10 * time.Minute
)

// Config says whom to ask and how to know him again.
type Config struct {
	// URL is http(s)://host[:port][/path]; calls are made below it.
	URL string
	// CAFile names a PEM file whose certificates are trusted beside the system's.
	CAFile string
	// PinSHA256 is the fingerprint of the server's certificate; where it is set nothing else is checked.
	PinSHA256 string
	// Header is sent with each call, Query is part of each query. All their values count as secrets.
	Header map[string]device.Secret
	Query  map[string]device.Secret
}

// Options are the knobs of tests and of monitors with smaller answers; the zero value is the default.
type Options struct {
	MaxBody  int64
	MaxDepth int
	Now      func() time.Time
}

// Client asks one server. It is safe for concurrent use.
type Client struct {
	base     *url.URL
	header   map[string]device.Secret
	query    map[string]device.Secret
	redactor redactor
	http     *http.Client
	maxBody  int64
	maxDepth int
	now      func() time.Time

	mu           sync.Mutex
	notBefore    time.Time // the server asked to be left alone until then
	theirs, ours time.Time // the last Date header, and when it came
}

// New checks c and reads CAFile; it does no network I/O. Its errors name the attribute.
func New(c Config, o Options) (*Client, error) {
	base, err := parseBase(c.URL)
	if err != nil {
		return nil, err
	}
	tlsConfig, err := trust(c)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	client := &Client{
		base: base, header: c.Header, query: c.Query,
		redactor: newRedactor(c.Header, c.Query),
		maxBody:  o.MaxBody, maxDepth: o.MaxDepth, now: o.Now,
		http: &http.Client{
			Transport: &http.Transport{
				// No proxy: the environment of the agent must not decide who gets the token.
				Proxy: nil, DialContext: dialer.DialContext, TLSClientConfig: tlsConfig, TLSHandshakeTimeout: 10 * time.Second,
				MaxIdleConnsPerHost: 1, MaxConnsPerHost: 2, IdleConnTimeout: 30 * time.Second,
				MaxResponseHeaderBytes: 256 << 10, ForceAttemptHTTP2: true,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	if client.maxBody == 0 {
		client.maxBody = DefaultMaxBody
	}
	if client.maxDepth == 0 {
		client.maxDepth = DefaultMaxDepth
	}
	if client.now == nil {
		client.now = time.Now
	}
	return client, nil
}

func parseBase(s string) (*url.URL, error) {
	const want = `"url" must look like "https://monitor.example.net" or "https://example.net/path"`
	if s == "" {
		return nil, errors.New(`"url" is missing`)
	}
	u, err := url.Parse(s)
	switch {
	case err != nil: // Its text repeats the whole value.
		return nil, errors.New(want)
	case u.User != nil:
		return nil, errors.New(`"url" must not carry a user or password; they have attributes of their own`)
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "" || u.Hostname() == "":
		return nil, errors.New(want)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New(want + `, without "?" and "#"`)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = ""
	return u, nil
}

// Base is the server's address as configured, without a slash at the end. It holds no secret.
func (c *Client) Base() string { return c.base.String() }

// Quote makes text that the server sent fit for an error: on one line, without the client's secrets, cut short and in
// quotes. It is "" for nothing.
func (c *Client) Quote(s string) string { return c.redactor.quote(s) }

// Close drops the connections that are kept between the calls of one poll.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Clock returns the server's clock as its last answer gave it, and ours at that moment; ok is false before the first
// one. The header has whole seconds, so the difference is good to about a second.
func (c *Client) Clock() (theirs, ours time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.theirs, c.ours, !c.theirs.IsZero()
}

// GetJSON asks for path with the given query and hands a decoder over the answer to decode, which must read all of
// it. An answer that is not 2xx JSON ends in a *Failure and decode is not called; an error of decode is passed on
// with the name of the call in front.
func (c *Client) GetJSON(ctx context.Context, path string, query url.Values, decode func(*json.Decoder) error) error {
	op := "GET " + c.base.EscapedPath() + path
	if wait := c.asked(); wait > 0 {
		return &Failure{Op: op, Kind: KindBusy, text: fmt.Sprintf("not asked: the server wants no call for another %s", wait.Round(time.Second))}
	}
	limit := DefaultTimeout
	if deadline, ok := ctx.Deadline(); ok {
		limit = shown(time.Until(deadline))
	} else {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, DefaultTimeout)
		defer cancel()
	}
	req, err := c.request(ctx, path, query)
	if err != nil {
		return &Failure{Op: op, Kind: KindTransport, text: "the address cannot be asked for: check \"url\""}
	}
	sent := c.now()
	resp, err := c.http.Do(req)
	if err != nil {
		return c.transportFailure(ctx, op, limit, err)
	}
	defer resp.Body.Close()
	c.note(resp, sent)

	g := &guard{r: resp.Body, maxBytes: c.maxBody, maxDepth: c.maxDepth, maxText: maxText}
	if f := c.check(ctx, op, limit, resp, g); f != nil {
		return f
	}
	dec := json.NewDecoder(g)
	if err := decode(dec); err != nil {
		return c.bodyFailure(ctx, op, limit, g, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = errors.New("more follows after the end of the JSON")
		}
		return c.bodyFailure(ctx, op, limit, g, err)
	}
	return nil
}

func (c *Client) request(ctx context.Context, path string, query url.Values) (*http.Request, error) {
	q := url.Values{}
	maps.Copy(q, query)
	for k, v := range c.query {
		q.Set(k, v.Reveal())
	}
	// The path is already escaped by its caller, so that a name with a slash stays one segment.
	address := c.base.String() + path
	if len(q) > 0 {
		address += "?" + q.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	for k, v := range c.header {
		req.Header.Set(k, v.Reveal())
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "quorate")
	return req, nil
}

// shown rounds a time limit to what a person wants to read.
func shown(d time.Duration) time.Duration {
	if d >= time.Second {
		return d.Round(time.Second)
	}
	return d.Round(time.Millisecond)
}

// asked returns how long the server still wants to be left alone.
func (c *Client) asked() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.notBefore.Sub(c.now())
}

// note remembers the server's clock and its wish to be left alone. An answer out of a cache has an old date.
func (c *Client) note(resp *http.Response, sent time.Time) {
	came := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if d, err := http.ParseTime(resp.Header.Get("Date")); err == nil && d.Year() >= 2000 && resp.Header.Get("Age") == "" {
		c.theirs, c.ours = d.UTC(), sent.Add(came.Sub(sent)/2).UTC()
	}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		if wait := retryAfter(resp.Header.Get("Retry-After"), came); wait > 0 {
			c.notBefore = came.Add(wait)
		}
	}
}

func retryAfter(header string, now time.Time) time.Duration {
	var wait time.Duration
	if s, err := strconv.Atoi(strings.TrimSpace(header)); err == nil {
		wait = time.Duration(min(max(s, 0), int(maxRetryAfter/time.Second))) * time.Second
	} else if t, err := http.ParseTime(header); err == nil {
		wait = t.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}
