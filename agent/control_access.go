package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
)

// LoginOrder asks for a link to log in to the page.
type LoginOrder struct {
	// Scopes are what the session may do; none means everything.
	Scopes []string `json:"scopes,omitempty"`
}

// LoginAnswer is a link that opens one session, once.
type LoginAnswer struct {
	URL    string         `json:"url"`
	Until  time.Time      `json:"until"`
	Scopes []access.Scope `json:"scopes"`
}

func (a *Agent) commandLogin(_ context.Context, o LoginOrder) (LoginAnswer, error) {
	scopes := access.Scopes()
	if len(o.Scopes) > 0 {
		var err error
		if scopes, err = access.ParseScopes(o.Scopes); err != nil {
			return LoginAnswer{}, accessProblem(err)
		}
	}
	secret, until, err := a.keeper.LoginLink(scopes)
	if err != nil {
		return LoginAnswer{}, accessProblem(err)
	}
	return LoginAnswer{URL: a.page.url() + access.LinkPath(secret), Until: until.UTC(), Scopes: scopes}, nil
}

// FirstLogin returns a link to log in to the page where nobody ever has and there are no tokens, "" otherwise. It is a
// secret, for the terminal of the person who started the agent. It may be called once OnReady was.
func (a *Agent) FirstLogin() string {
	if !a.keeper.Empty() {
		return ""
	}
	answer, err := a.commandLogin(context.Background(), LoginOrder{})
	if err != nil {
		return "" // not with all scopes
	}
	return answer.URL
}

func accessProblem(err error) error {
	if m, ok := errors.AsType[*access.Mistake](err); ok {
		return &mistake{m.Error()}
	}
	return err
}

// onTokenChange records that a token was made or ended. It never blocks.
func (a *Agent) onTokenChange(c access.Change) {
	kinds := map[string]device.EventType{"created": device.EventTokenCreated, "rotated": device.EventTokenRotated, "revoked": device.EventTokenRevoked}
	words := make([]string, len(c.Scopes))
	for i, s := range c.Scopes {
		words[i] = string(s)
	}
	of := "token"
	if c.AI {
		of = "token of an AI"
	}
	a.note(device.Event{Type: kinds[c.What], Text: fmt.Sprintf("the %s %q was %s; its scopes: %s", of, c.Token, c.What, strings.Join(words, ", "))})
}
