package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
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
	socket := filepath.Join(cfg.DataDir, agent.SocketName)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}
	return &client{socket: socket, http: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DialContext: dial}}}, cfg, nil
}

var errNotRunning = errors.New("the agent does not run")

// do sends a request and decodes the answer into out.
func (c *client) do(ctx context.Context, method, path string, query url.Values, out any) error {
	u := url.URL{Scheme: "http", Host: "localhost", Path: path, RawQuery: query.Encode()}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" {
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
			return errors.New(printable(problem.Detail))
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
	return c.do(ctx, http.MethodGet, path, query, out)
}
