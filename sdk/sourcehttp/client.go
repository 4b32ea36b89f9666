package sourcehttp

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/peer"
)

// Limits of one answer. A tree of 220 devices with 2,400 sensors is a body of 2.65 MB.
const (
	DefaultTimeout     = 30 * time.Second // where the context has no deadline
	DefaultMaxBody     = 64 << 20         // bytes, after decompression
	DefaultMaxDepth    = 32               // of JSON
	DefaultMaxXMLDepth = 64               // groups of a monitor may nest
	maxText            = 1 << 20          // bytes of one JSON string, or of one XML tag or text
	maxElement         = 16 << 20         // bytes of one element of a JSON list
	maxBlanks          = 64 << 10
	headBytes          = 64 << 10
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

// Options are the knobs of tests and of monitors with smaller answers; the zero value is the default. MaxBody is in
// bytes after decompression and holds for calls that do not say otherwise.
type Options struct {
	MaxBody  int64
	MaxDepth int
	Now      func() time.Time
	// Repeat says whether an error may repeat what a failing server said, on one line; nil means that it may. A monitor
	// that has secrets of others, which no client knows, may say them.
	Repeat func(said string) bool
}

// Client asks one server. It is safe for concurrent use.
type Client struct {
	base     *url.URL
	header   map[string]device.Secret
	query    map[string]device.Secret
	redactor redactor
	http     *http.Transport
	maxBody  int64
	maxDepth int
	now      func() time.Time
	repeat   func(string) bool

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
	tlsConfig, err := peer.Trust{CAFile: c.CAFile, PinSHA256: c.PinSHA256}.Config()
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	client := &Client{
		base: base, header: c.Header, query: c.Query,
		redactor: newRedactor(c.Header, c.Query),
		maxBody:  o.MaxBody, maxDepth: o.MaxDepth, now: o.Now, repeat: o.Repeat,
		// The transport alone: redirects are followed by the call, and there are no cookies.
		http: &http.Transport{
			// No proxy: the environment of the agent must not decide who gets the token.
			Proxy: nil, DialContext: dialer.DialContext, TLSClientConfig: tlsConfig, TLSHandshakeTimeout: 10 * time.Second,
			MaxIdleConnsPerHost: 1, MaxConnsPerHost: 2, IdleConnTimeout: 30 * time.Second,
			MaxResponseHeaderBytes: 256 << 10, ForceAttemptHTTP2: true,
		},
	}
	if client.maxBody == 0 {
		client.maxBody = DefaultMaxBody
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

func (c *Client) request(ctx context.Context, path string, query url.Values, accept string) (*http.Request, error) {
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
	req.Header.Set("Accept", accept)
	// Said here, it leaves the decompression to the call, which then knows what came.
	req.Header.Set("Accept-Encoding", "gzip")
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

// note remembers the server's clock and its wish to be left alone, of at most peer.MaxRetryAfter. An answer out of a cache
// has an old date.
func (c *Client) note(resp *http.Response, sent time.Time) {
	came := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if d, err := http.ParseTime(resp.Header.Get("Date")); err == nil && d.Year() >= 2000 && resp.Header.Get("Age") == "" {
		c.theirs, c.ours = d.UTC(), sent.Add(came.Sub(sent)/2).UTC()
	}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		if wait := peer.RetryAfter(resp.Header.Get("Retry-After"), came); wait > 0 {
			c.notBefore = came.Add(wait)
		}
	}
}
