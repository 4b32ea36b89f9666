// Package browser drives a headless Chromium over its debugging pipe, for tests that need a real one.
//
// A Browser owns its process and one goroutine that reads its answers; Close ends both. No port is opened and nothing
// is downloaded: Debian's package chromium is what it looks for.
package browser

import (
	"bufio"
	"context"
	"encoding/base64"
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

// Browser is one Chromium with one page.
type Browser struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	profile string
	session string
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

// Start launches Chromium with an empty profile and an empty page.
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
	if err := b.open(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *Browser) open(ctx context.Context) error {
	var target struct{ TargetID string }
	if err := b.call(ctx, "Target.createTarget", map[string]any{"url": "about:blank"}, &target); err != nil {
		return err
	}
	var session struct{ SessionID string }
	if err := b.call(ctx, "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &session); err != nil {
		return err
	}
	b.session = session.SessionID
	return errors.Join(b.call(ctx, "Page.enable", nil, nil), b.call(ctx, "Runtime.enable", nil, nil), b.call(ctx, "Log.enable", nil, nil))
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

func (b *Browser) call(ctx context.Context, method string, params any, result any) error {
	b.mu.Lock()
	b.next++
	id, reply := b.next, make(chan answer, 1)
	b.waiting[id] = reply
	b.mu.Unlock()
	message := map[string]any{"id": id, "method": method, "params": params}
	if b.session != "" {
		message["sessionId"] = b.session
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

// View is how the page is looked at.
type View struct {
	Width, Height int
	Dark          bool
	NoScript      bool
}

// Look sets the view for what is opened next.
func (b *Browser) Look(ctx context.Context, v View) error {
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	return errors.Join(
		b.call(ctx, "Emulation.setDeviceMetricsOverride", map[string]any{"width": v.Width, "height": v.Height, "deviceScaleFactor": 1, "mobile": v.Width < 600}, nil),
		b.call(ctx, "Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{
			{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}, // a picture is of the end of a change
		}}, nil),
		b.call(ctx, "Emulation.setScriptExecutionDisabled", map[string]any{"value": v.NoScript}, nil),
	)
}

// Open goes to url and waits until its document and styles are there. A page with an open stream never goes quiet.
func (b *Browser) Open(ctx context.Context, url string) error {
	// The browser answers when it is about to show the new document: for a moment more it is the old one that answers.
	if err := b.Eval(ctx, `window.quorateLeaves = true`, nil); err != nil {
		return err
	}
	var nav struct{ ErrorText, LoaderID string }
	if err := b.call(ctx, "Page.navigate", map[string]any{"url": url}, &nav); err != nil {
		return err
	}
	if nav.ErrorText != "" {
		return fmt.Errorf("open %s: %s", url, nav.ErrorText)
	}
	there := `document.readyState === "complete" && location.href !== "about:blank"`
	if nav.LoaderID != "" { // without one it is another place in the same document
		there += ` && !window.quorateLeaves`
	}
	return b.Wait(ctx, there)
}

// Eval runs an expression in the page and decodes its value. It works with scripts disabled too.
func (b *Browser) Eval(ctx context.Context, expression string, result any) error {
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Text string }
	}
	if err := b.call(ctx, "Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &r); err != nil {
		return err
	}
	if r.ExceptionDetails != nil {
		return fmt.Errorf("evaluate %.80s: %s", expression, r.ExceptionDetails.Text)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(r.Result.Value, result)
}

// Wait waits until the expression is true; ctx says how long.
func (b *Browser) Wait(ctx context.Context, expression string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		var ok bool
		if err := b.Eval(ctx, "Boolean("+expression+")", &ok); err == nil && ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %.120s: %w", expression, context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// Key presses one key that types text, or Escape by its name.
func (b *Browser) Key(ctx context.Context, text string) error {
	down := map[string]any{"type": "keyDown", "text": text, "key": text}
	if text == "Escape" {
		down = map[string]any{"type": "rawKeyDown", "key": text, "code": text, "windowsVirtualKeyCode": 27}
	}
	return errors.Join(b.call(ctx, "Input.dispatchKeyEvent", down, nil), b.call(ctx, "Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": text}, nil))
}

// Screenshot returns the view as PNG.
func (b *Browser) Screenshot(ctx context.Context) ([]byte, error) {
	var shot struct{ Data string }
	if err := b.call(ctx, "Page.captureScreenshot", map[string]any{"format": "png"}, &shot); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(shot.Data)
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
