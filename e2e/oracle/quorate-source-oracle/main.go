// Command quorate-source-oracle is the plugin through which the oracle of e2e/oracle speaks: it asks at each poll what
// to say, over a socket beside its own file, and tells when the agent has called a poll durable. It also misbehaves when
// the oracle wants that.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

func main() {
	p := &plugin{session: rand.Text(), client: &http.Client{Transport: &http.Transport{DialContext: dial}}}
	// The agent starts a plugin more than once: also to ask it for its schema.
	if a, err := p.ask(context.Background(), "start", 0); err == nil && a.Mode == "babble" {
		fmt.Println(strings.Repeat("this is no handshake\n", 100))
		os.Exit(1)
	}
	sdk.Serve(p)
}

// dial reaches the oracle through the socket beside the program.
func dial(ctx context.Context, _, _ string) (net.Conn, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	return d.DialContext(ctx, "unix", filepath.Join(filepath.Dir(self), "oracle.sock"))
}

// plugin is one configured source.
type plugin struct {
	session string // names this process: poll numbers begin again with each
	feed    string
	client  *http.Client
}

// request and answer are what goes over the socket, as JSON.
type request struct {
	Session string `json:"session"`
	Feed    string `json:"feed"`
	Poll    uint64 `json:"poll"`
}

type answer struct {
	Mode         string               `json:"mode"`
	Observations []device.Observation `json:"observations"`
}

func (p *plugin) ask(ctx context.Context, what string, poll uint64) (answer, error) {
	body, err := json.Marshal(request{p.session, p.feed, poll})
	if err != nil {
		return answer{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://oracle/"+what, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b, err := io.ReadAll(io.LimitReader(resp.Body, 1000))
		return answer{}, errors.Join(fmt.Errorf("the oracle says %s: %s", resp.Status, b), err)
	}
	var a answer
	return a, json.NewDecoder(resp.Body).Decode(&a)
}

// Info names the feed, of which each source has its own.
func (p *plugin) Info() sdk.Info {
	return sdk.Info{Type: "oracle", Version: "1.0.0", Config: sdk.Schema{
		Attributes: []sdk.Attribute{{Name: "feed", Type: sdk.TypeString, Required: true, Doc: "Which of the oracle's feeds this source is."}},
	}}
}

// Configure takes the feed's name.
func (p *plugin) Configure(_ context.Context, b []byte) error {
	var c struct {
		Feed string `json:"feed"`
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	p.feed = c.Feed
	return nil
}

// Poll says what the oracle says, in the way that the oracle wants.
func (p *plugin) Poll(ctx context.Context, emit func(device.Observation) error) error {
	a, err := p.ask(ctx, "next", sdk.PollNumber(ctx))
	if err != nil {
		return fmt.Errorf("ask the oracle: %w", err)
	}
	for i, o := range a.Observations {
		if i == len(a.Observations)/2 {
			if err := misbehave(ctx, a.Mode, emit); err != nil {
				return err
			}
		}
		if err := emit(o); err != nil {
			return err
		}
	}
	return nil
}

// misbehave does it in the middle of a poll. An error, and whatever ends the process, makes the poll void.
func misbehave(ctx context.Context, mode string, emit func(device.Observation) error) error {
	switch mode {
	case "fail":
		return errors.New("the oracle wants this poll to fail")
	case "hang":
		<-ctx.Done()
		return context.Cause(ctx)
	case "die":
		return syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "stop":
		return syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	case "garbage":
		return garbage(emit)
	}
	return nil
}

// garbage writes to the descriptors that the agent reads, and emits what no agent may take.
func garbage(emit func(device.Observation) error) error {
	for _, line := range []string{
		strings.Repeat("x", 200<<10) + "\n", `{"@message":1}` + "\n", `{"@level":[],"@timestamp":{}}` + "\n", "\x00\xff\xfe\n", "1|1|unix|/nowhere|grpc\n",
	} {
		for fd := 1; fd <= 2; fd++ {
			if _, err := syscall.Write(fd, []byte(line)); err != nil {
				return err
			}
		}
	}
	for _, o := range []device.Observation{
		{},
		{Identity: device.Identity{Ref: "nan"}, Readings: []device.Reading{{Quantity: "q", Value: math.NaN()}}},
		{Identity: device.Identity{Ref: "\xff\xfe"}},
		{Identity: device.Identity{Ref: strings.Repeat("r", 1000)}},
		{Identity: device.Identity{Ref: "state"}, Claims: []device.Claim{{Facet: "no such facet", State: "?"}}},
	} {
		if err := emit(o); err != nil {
			return err
		}
	}
	return nil
}

// Committed tells the oracle that a poll is durable.
func (p *plugin) Committed(ctx context.Context, poll uint64) {
	if _, err := p.ask(ctx, "committed", poll); err != nil {
		fmt.Fprintf(os.Stderr, "tell the oracle of poll %d: %v\n", poll, err)
	}
}
