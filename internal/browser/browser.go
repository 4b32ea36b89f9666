// Package browser drives a headless Chromium over its debugging pipe, for tests that need a real one.
//
// A Browser owns its process and one goroutine that reads its answers; Close ends both. No port is opened and nothing
// is downloaded: Debian's package chromium is what it looks for.
package browser

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// ErrMissing means that no Chromium is installed.
var ErrMissing = errors.New("no chromium on this machine (Debian: apt-get install chromium)")

// Browser is one Chromium with one tab, and others that are opened beside it.
type Browser struct {
	*Tab

	cmd     *exec.Cmd
	in      io.WriteCloser
	profile string
	ended   chan struct{}

	mu      sync.Mutex
	next    int
	waiting map[int]chan answer
	console []string
}

type answer struct {
	Result json.RawMessage
	Error  *struct{ Message string }
}

// Start launches Chromium with an empty profile and an empty tab.
func Start(ctx context.Context) (*Browser, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, ErrMissing
	}
	profile, err := os.MkdirTemp("", "quorate-chromium-")
	if err != nil {
		return nil, err
	}
	toBrowser, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, fromBrowser, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, toBrowser.Close(), in.Close())
	}
	cmd := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe", "--user-data-dir="+profile, "about:blank")
	cmd.Env = append(os.Environ(), "TMPDIR="+profile) // what it leaves there goes with the profile
	cmd.ExtraFiles = []*os.File{toBrowser, fromBrowser}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	b := &Browser{cmd: cmd, in: in, profile: profile, waiting: map[int]chan answer{}, ended: make(chan struct{})}
	err = cmd.Start()
	_ = toBrowser.Close()
	_ = fromBrowser.Close()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start chromium: %w", err), in.Close(), out.Close(), os.RemoveAll(profile))
	}
	go b.read(out)
	if b.Tab, err = b.Beside(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// read hands answers to their callers and keeps what the page complains of, until the browser ends.
func (b *Browser) read(out io.ReadCloser) {
	defer close(b.ended)
	defer out.Close()
	in := bufio.NewReaderSize(out, 1<<20)
	for {
		raw, err := in.ReadBytes(0)
		if err != nil {
			return
		}
		var m struct {
			answer
			ID     int
			Method string
			Params struct {
				Entry            struct{ Level, Text, URL string }
				ExceptionDetails struct{ Text string }
			}
		}
		if json.Unmarshal(raw[:len(raw)-1], &m) != nil {
			continue
		}
		b.mu.Lock()
		switch {
		case m.ID != 0 && b.waiting[m.ID] != nil:
			b.waiting[m.ID] <- m.answer
			delete(b.waiting, m.ID)
		case m.Method == "Log.entryAdded" && m.Params.Entry.Level == "error":
			b.console = append(b.console, m.Params.Entry.Text+" "+m.Params.Entry.URL)
		case m.Method == "Runtime.exceptionThrown":
			b.console = append(b.console, m.Params.ExceptionDetails.Text)
		}
		b.mu.Unlock()
	}
}

// call asks the browser, or a tab by its session.
func (b *Browser) call(ctx context.Context, session, method string, params, result any) error {
	b.mu.Lock()
	b.next++
	id, reply := b.next, make(chan answer, 1)
	b.waiting[id] = reply
	b.mu.Unlock()
	message := map[string]any{"id": id, "method": method, "params": params}
	if session != "" {
		message["sessionId"] = session
	}
	if params == nil {
		message["params"] = struct{}{}
	}
	raw, err := json.Marshal(message)
	if err != nil {
		return err
	}
	if _, err := b.in.Write(append(raw, 0)); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	select {
	case a := <-reply:
		if a.Error != nil {
			return fmt.Errorf("%s: %s", method, a.Error.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(a.Result, result)
	case <-b.ended:
		return fmt.Errorf("%s: chromium ended", method)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, context.Cause(ctx))
	}
}

// Complaints returns the errors of the console so far, violations of the page's security policy among them.
func (b *Browser) Complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.console...)
}

// Close ends the browser and removes its profile.
func (b *Browser) Close() error {
	_ = b.in.Close()
	_ = syscall.Kill(-b.cmd.Process.Pid, syscall.SIGKILL)
	_ = b.cmd.Wait() // killed: its exit status says nothing
	<-b.ended
	// A process that left the group may write for a moment more.
	err := os.RemoveAll(b.profile)
	for range 50 {
		if err == nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
		err = os.RemoveAll(b.profile)
	}
	return err
}
