package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"time"

	"github.com/quorate/quorate/device"
)

// agent is a running agent.
type agent struct {
	cmd *exec.Cmd
	url string

	mu   sync.Mutex
	said bytes.Buffer
}

// Write keeps what the agent says.
func (a *agent) Write(b []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.said.Write(b)
}

var page = regexp.MustCompile(`(?m)^quorate: (http://\S+)$`)

// run starts an agent with its own record in dir.
func run(ctx context.Context, binary, dir, config string, env []string) (*agent, error) {
	path := filepath.Join(dir, "quorate.hcl")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return nil, err
	}
	a := &agent{cmd: exec.Command(binary, "agent", "--config", path)}
	a.cmd.Dir, a.cmd.Env, a.cmd.Stdout, a.cmd.Stderr = dir, env, a, a
	if err := a.cmd.Start(); err != nil {
		return nil, err
	}
	err := until(ctx, time.Minute, "the agent's page", func() (bool, error) {
		a.mu.Lock()
		defer a.mu.Unlock()
		if m := page.FindSubmatch(a.said.Bytes()); m != nil {
			a.url = string(m[1])
		}
		return a.url != "", nil
	})
	if err != nil {
		a.stop()
		return nil, fmt.Errorf("%w:\n%s", err, a.said.String())
	}
	return a, nil
}

// stop ends the agent as a service manager does.
func (a *agent) stop() {
	_ = a.cmd.Process.Signal(syscall.SIGTERM)
	_ = a.cmd.Wait()
}

// get asks the agent's API for the whole of a list.
func get[T any](ctx context.Context, a *agent, path string) ([]T, error) {
	var all []T
	cursor := ""
	for {
		items, next, err := onePage[T](ctx, a, path+"?limit=200&cursor="+cursor)
		if all = append(all, items...); err != nil || next == "" {
			return all, err
		}
		cursor = next
	}
}

func onePage[T any](ctx context.Context, a *agent, path string) (items []T, next string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url+path, nil)
	if err != nil {
		return nil, "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, "", fmt.Errorf("GET %s: %s", path, resp.Status)
	}
	var list struct {
		Items      []T    `json:"items"`
		NextCursor string `json:"next_cursor"`
	}
	err = json.NewDecoder(resp.Body).Decode(&list)
	return list.Items, list.NextCursor, err
}

// ready waits until the agent holds all devices up, by as many witnesses each.
func (a *agent) ready(ctx context.Context, devices, witnesses int) error {
	return until(ctx, time.Minute, fmt.Sprintf("%d devices up by %d witnesses", devices, witnesses), func() (bool, error) {
		all, err := get[device.Current](ctx, a, "/api/v1/devices")
		n := 0
		for _, d := range all {
			if d.Status == device.StatusUp && d.Witnesses.Voting == witnesses {
				n++
			}
		}
		return n == devices && len(all) == devices, err
	})
}

// events returns the whole record.
func (a *agent) events(ctx context.Context) ([]device.Event, error) {
	return get[device.Event](ctx, a, "/api/v1/events")
}

// until asks ten times a second.
func until(ctx context.Context, most time.Duration, what string, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, most, fmt.Errorf("no %s within %v", what, most))
	defer cancel()
	for {
		ok, err := done()
		if ok || err != nil && ctx.Err() == nil {
			return err
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
