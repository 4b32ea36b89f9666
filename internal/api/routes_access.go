package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/quorate/quorate/internal/access"
)

// accessRoutes are who may ask: tokens, sessions of the page, tickets.
func (s *Server) accessRoutes(api registry) {
	const form = "0000000000000000000000000000000000000000000000000"
	token := tokenBody{Name: "grafana", Scopes: []access.Scope{access.Read}, Created: exampleNow, Expires: timeOrNone(exampleNow.Add(access.DefaultLife))}
	made := token
	made.Token = "qtk_" + form
	session := sessionBody{Name: "s-k3vq7m2x4a", Scopes: access.Scopes(), Created: exampleNow, LastUsed: exampleNow, Expires: exampleNow.Add(30 * 24 * time.Hour)}
	get(api, op{
		ID: "tokens", Path: "/api/v1/tokens", Scope: access.Admin, Summary: "Every token: what it may do and when it was last used; never its secret.",
		Example: exampleOf(token),
	}, s.listTokens)
	post(api, op{
		ID: "token-create", Path: "/api/v1/tokens", Scope: access.Admin, Status: http.StatusCreated, Secret: true, Errors: []string{"refused"},
		Summary: "Make a token. Its secret stands in this answer and nowhere else.", Example: made,
		Sent: newTokenBody{Name: "grafana", Scopes: []string{"read"}, LifeSeconds: 7776000},
	}, s.createToken)
	post(api, op{
		ID: "token-rotate", Path: "/api/v1/tokens/{name}/rotate", Scope: access.Admin, Secret: true, Errors: []string{"not_found", "refused"},
		Summary: "Give a token another secret; the one before is taken for a while more.", Example: made, Sent: rotateBody{GraceSeconds: 3600},
	}, s.rotateToken)
	del(api, op{
		ID: "token-revoke", Path: "/api/v1/tokens/{name}", Scope: access.Admin, Status: http.StatusNoContent, Errors: []string{"not_found"},
		Summary: "End a token at once, with the sessions and streams that hang on it.",
	}, s.revokeToken)
	get(api, op{
		ID: "sessions", Path: "/api/v1/sessions", Scope: access.Admin, Summary: "Every session of the page, the one that was used last first.",
		Example: exampleOf(session),
	}, s.listSessions)
	del(api, op{
		ID: "session-end", Path: "/api/v1/sessions/{name}", Scope: access.Admin, Status: http.StatusNoContent, Errors: []string{"not_found"},
		Summary: "End a session of the page at once.",
	}, s.endSession)
	post(api, op{
		ID: "ticket", Path: "/api/v1/tickets", Scope: access.Read, Status: http.StatusCreated, Secret: true,
		Summary: "A ticket for one WebSocket within 30 seconds, for clients that cannot send a token with it.",
		Text:    "The WebSocket is opened with the protocol of the answer as one of its subprotocols. It may do what the caller may.",
		Example: ticketBody{Protocol: access.TicketProtocol + "qti_" + form, Expires: exampleNow.Add(30 * time.Second)},
	}, s.ticket)
}

type tokenBody struct {
	Name         string         `json:"name"`
	AI           bool           `json:"ai" doc:"It is for a program that proposes, and can hold neither approve nor admin."`
	Scopes       []access.Scope `json:"scopes"`
	Created      time.Time      `json:"created"`
	Expires      *time.Time     `json:"expires,omitempty" doc:"Absent for never."`
	Expired      bool           `json:"expired"`
	LastUsed     *time.Time     `json:"last_used,omitempty" doc:"Absent for never."`
	RotatedUntil *time.Time     `json:"rotated_until,omitempty" doc:"Until when the secret before the latest rotation is taken."`
	Token        string         `json:"token,omitempty" doc:"The secret, to be sent as Authorization: Bearer. It stands in the answer that makes it, and nowhere else."`
}

// tokenOf is what is told of t, with its secret, "" where that is not to be told.
func tokenOf(t access.Token, secret string) tokenBody {
	return tokenBody{t.Name, t.AI, t.Scopes, t.Created, timeOrNone(t.Expires), t.Expired, timeOrNone(t.Used), timeOrNone(t.RotatedUntil), secret}
}

func timeOrNone(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func (s *Server) listTokens(ctx context.Context, in *PageInput) (*body[list[tokenBody]], error) {
	var all []tokenBody
	for _, t := range s.gate.Keeper().Tokens() {
		all = append(all, tokenOf(t, ""))
	}
	return page(ctx, *in, all, asListed(func(t *tokenBody) string { return t.Name }))
}

type newTokenBody struct {
	Name        string   `json:"name" doc:"What it is for: letters, digits, dots, dashes and underscores."`
	Scopes      []string `json:"scopes" doc:"read, ack, annotate, propose, approve, admin, share."`
	LifeSeconds int64    `json:"life_seconds,omitempty" minimum:"60" maximum:"316224000" doc:"How long it lasts; 90 days where nothing is said."`
	Forever     bool     `json:"forever,omitempty" doc:"It never expires."`
	AI          bool     `json:"ai,omitempty" doc:"It is for a program that proposes: it can hold neither approve nor admin."`
}

type createTokenInput struct{ Body newTokenBody }

func (s *Server) createToken(ctx context.Context, in *createTokenInput) (*body[tokenBody], error) {
	scopes, err := access.ParseScopes(in.Body.Scopes)
	if err != nil {
		return nil, s.accessError(err)
	}
	secret, t, err := s.gate.Keeper().CreateToken(ctx, access.NewToken{
		Name: in.Body.Name, Scopes: scopes, Life: time.Duration(in.Body.LifeSeconds) * time.Second, Forever: in.Body.Forever, AI: in.Body.AI,
	})
	if err != nil {
		return nil, s.accessError(err)
	}
	return &body[tokenBody]{tokenOf(t, secret)}, nil
}

// GrantInput names a token or session in a path. It is exported because huma looks into exported fields only.
type GrantInput struct {
	Name string `path:"name" maxLength:"64"`
}

type rotateBody struct {
	GraceSeconds int64 `json:"grace_seconds,omitempty" minimum:"0" maximum:"2592000" doc:"How long the secret before is still taken; 0 for no longer."`
}

type rotateTokenInput struct {
	GrantInput
	Body rotateBody
}

func (s *Server) rotateToken(ctx context.Context, in *rotateTokenInput) (*body[tokenBody], error) {
	secret, t, err := s.gate.Keeper().RotateToken(ctx, in.Name, time.Duration(in.Body.GraceSeconds)*time.Second)
	if err != nil {
		return nil, s.accessError(err)
	}
	return &body[tokenBody]{tokenOf(t, secret)}, nil
}

func (s *Server) revokeToken(ctx context.Context, in *GrantInput) (*struct{}, error) {
	return nil, s.accessError(s.gate.Keeper().RevokeToken(ctx, in.Name))
}

type sessionBody struct {
	Name     string         `json:"name"`
	Scopes   []access.Scope `json:"scopes"`
	Token    string         `json:"token,omitempty" doc:"The token that it was opened with and ends with; absent for a login link."`
	Created  time.Time      `json:"created"`
	LastUsed time.Time      `json:"last_used"`
	Expires  time.Time      `json:"expires" doc:"When it ends if nobody uses it any more."`
}

func (s *Server) listSessions(ctx context.Context, in *PageInput) (*body[list[sessionBody]], error) {
	var all []sessionBody
	for _, x := range s.gate.Keeper().Sessions() {
		all = append(all, sessionBody{x.Name, x.Scopes, x.Token, x.Created, x.Used, x.Expires})
	}
	return page(ctx, *in, all, asListed(func(x *sessionBody) string { return x.Name }))
}

func (s *Server) endSession(ctx context.Context, in *GrantInput) (*struct{}, error) {
	return nil, s.accessError(s.gate.Keeper().EndSession(ctx, in.Name))
}

type ticketBody struct {
	Protocol string    `json:"protocol" doc:"The subprotocol to open the WebSocket with, once."`
	Expires  time.Time `json:"expires"`
}

func (s *Server) ticket(ctx context.Context, _ *none) (*body[ticketBody], error) {
	c, _ := access.CallerOf(ctx)
	secret, until := s.gate.Keeper().Ticket(c)
	return &body[ticketBody]{ticketBody{access.TicketProtocol + secret, until.UTC()}}, nil
}

// accessError answers an order about tokens and sessions that was not carried out.
func (s *Server) accessError(err error) error {
	if m, ok := errors.AsType[*access.Mistake](err); ok {
		return fail("refused", m.Error())
	}
	if m, ok := errors.AsType[*access.Missing](err); ok {
		return fail("not_found", m.Error())
	}
	if err == nil {
		return nil
	}
	s.log.Error("order about access failed", "err", err)
	return fail("internal", "It could not be stored; the agent's log says why.")
}
