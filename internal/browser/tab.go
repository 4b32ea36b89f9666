package browser

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Tab is one page of a Browser. All tabs have the same cookies.
type Tab struct {
	b               *Browser
	target, session string
}

// Beside opens another tab, which is empty and on top.
func (b *Browser) Beside(ctx context.Context) (*Tab, error) {
	var target struct{ TargetID string }
	if err := b.call(ctx, "", "Target.createTarget", map[string]any{"url": "about:blank"}, &target); err != nil {
		return nil, err
	}
	var session struct{ SessionID string }
	if err := b.call(ctx, "", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &session); err != nil {
		return nil, err
	}
	t := &Tab{b, target.TargetID, session.SessionID}
	return t, errors.Join(t.call(ctx, "Page.enable", nil, nil), t.call(ctx, "Runtime.enable", nil, nil), t.call(ctx, "Log.enable", nil, nil))
}

// Shut closes the tab as its owner does: its page hears of it.
func (t *Tab) Shut(ctx context.Context) error {
	return t.b.call(ctx, "", "Target.closeTarget", map[string]any{"targetId": t.target}, nil)
}

func (t *Tab) call(ctx context.Context, method string, params, result any) error {
	return t.b.call(ctx, t.session, method, params, result)
}

// View is how the page is looked at.
type View struct {
	Width, Height int
	Dark          bool
	NoScript      bool
}

// Look sets the view for what is opened next.
func (t *Tab) Look(ctx context.Context, v View) error {
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	return errors.Join(
		t.call(ctx, "Emulation.setDeviceMetricsOverride", map[string]any{"width": v.Width, "height": v.Height, "deviceScaleFactor": 1, "mobile": v.Width < 600}, nil),
		t.call(ctx, "Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{
			{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}, // a picture is of the end of a change
		}}, nil),
		t.call(ctx, "Emulation.setScriptExecutionDisabled", map[string]any{"value": v.NoScript}, nil),
	)
}

// Open goes to url and waits until its document and styles are there. A page with an open stream never goes quiet.
func (t *Tab) Open(ctx context.Context, url string) error {
	// The browser answers when it is about to show the new document: for a moment more it is the old one that answers.
	if err := t.Eval(ctx, `window.quorateLeaves = true`, nil); err != nil {
		return err
	}
	var nav struct{ ErrorText, LoaderID string }
	if err := t.call(ctx, "Page.navigate", map[string]any{"url": url}, &nav); err != nil {
		return err
	}
	if nav.ErrorText != "" {
		return fmt.Errorf("open %s: %s", url, nav.ErrorText)
	}
	there := `document.readyState === "complete" && location.href !== "about:blank"`
	if nav.LoaderID != "" { // without one it is another place in the same document
		there += ` && !window.quorateLeaves`
	}
	return t.Wait(ctx, there)
}

// Eval runs an expression in the page and decodes its value. It works with scripts disabled too.
func (t *Tab) Eval(ctx context.Context, expression string, result any) error {
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Text string }
	}
	if err := t.call(ctx, "Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &r); err != nil {
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
func (t *Tab) Wait(ctx context.Context, expression string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		var ok bool
		if err := t.Eval(ctx, "Boolean("+expression+")", &ok); err == nil && ok {
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
func (t *Tab) Key(ctx context.Context, text string) error {
	down := map[string]any{"type": "keyDown", "text": text, "key": text}
	if text == "Escape" {
		down = map[string]any{"type": "rawKeyDown", "key": text, "code": text, "windowsVirtualKeyCode": 27}
	}
	return errors.Join(t.call(ctx, "Input.dispatchKeyEvent", down, nil), t.call(ctx, "Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": text}, nil))
}

// Screenshot returns the view as PNG.
func (t *Tab) Screenshot(ctx context.Context) ([]byte, error) {
	var shot struct{ Data string }
	if err := t.call(ctx, "Page.captureScreenshot", map[string]any{"format": "png"}, &shot); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(shot.Data)
}
