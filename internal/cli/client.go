package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"syscall"
	"time"

	"github.com/quorate/quorate/agent"
)

const maxAnswer = 256 << 20

// client asks the running agent over the unix socket in its data folder.
type client struct {
	http   *http.Client
	socket string
}

func (c configFlag) client() (*client, *agent.Config, error) {
	cfg, err := c.load()
	if err != nil {
		return nil, nil, err
	}
	return clientOf(cfg.DataDir), cfg, nil
}

// clientOf returns a client of the agent whose record lies in that folder.
func clientOf(dataDir string) *client {
	socket := filepath.Join(dataDir, agent.SocketName)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}
	return &client{socket: socket, http: &http.Client{Transport: &http.Transport{DialContext: dial}}}
}

var errNotRunning = errors.New("the agent does not run")

// refusal is what the agent answers where it does not do what it was asked for, in its own words.
type refusal struct{ detail string }

func (e *refusal) Error() string { return printable(e.detail) }

// patience is how long an answer may take: a draft is also checked for leaks, by a process of its own.
func patience(method string) time.Duration {
	if method == http.MethodGet {
		return 30 * time.Second
	}
	return 3 * time.Minute
}

// do sends a request, with in as JSON where it is not nil, and decodes the answer into out. Path is escaped already.
func (c *client) do(ctx context.Context, method, path string, query url.Values, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, patience(method))
	defer cancel()
	var sent io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("write the order: %w", err)
		}
		sent = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://localhost"+path+"?"+query.Encode(), sent)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		switch {
		case errors.Is(err, fs.ErrPermission):
			return fmt.Errorf("the agent's socket %s is not open to this user: ask as the user that the agent runs as", c.socket)
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
			return fmt.Errorf("%w (no answer on %s); start it with: quorate agent", errNotRunning, c.socket)
		}
		return fmt.Errorf("ask the agent: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the agent's answer: %w", err)
	}
	if resp.StatusCode >= 300 {
		var problem struct{ Title, Detail string }
		if json.Unmarshal(body, &problem) == nil && problem.Detail != "" {
			if resp.StatusCode == http.StatusConflict { // a post that is not to be published
				return failWith(exitRefused, &refusal{problem.Detail})
			}
			return &refusal{problem.Detail}
		}
		return fmt.Errorf("the agent answered %s", resp.Status)
	}
	if raw, ok := out.(*[]byte); ok {
		*raw = body
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("read the agent's answer: %w", err)
	}
	return nil
}

func (c *client) get(ctx context.Context, path string, query url.Values, out any) error {
	return c.do(ctx, http.MethodGet, path, query, nil, out)
}

// post gives the agent an order, as JSON, and decodes what came of it into out.
func (c *client) post(ctx context.Context, path string, in, out any) error {
	return c.do(ctx, http.MethodPost, path, nil, in, out)
}
