package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"
)

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a token for a program; it is printed this once."`
	List   tokenListCmd   `cmd:"" help:"List the tokens: what each may do and when it was last used."`
	Revoke tokenRevokeCmd `cmd:"" help:"End a token at once, with what was opened with it."`
	Rotate tokenRotateCmd `cmd:"" help:"Give a token another secret; it is printed this once."`
}

// tokenAnswer is a token as the agent tells of it.
type tokenAnswer struct {
	Name         string    `json:"name"`
	AI           bool      `json:"ai"`
	Scopes       []string  `json:"scopes"`
	Created      time.Time `json:"created"`
	Expires      time.Time `json:"expires,omitzero"`
	Expired      bool      `json:"expired"`
	LastUsed     time.Time `json:"last_used,omitzero"`
	RotatedUntil time.Time `json:"rotated_until,omitzero"`
	Token        string    `json:"token,omitempty"`
}

type tokenCreateCmd struct {
	configFlag
	Name    string   `arg:"" help:"What it is for, such as grafana."`
	Scope   []string `required:"" help:"What it may do: read, ack, annotate, propose, approve, admin, share." placeholder:"SCOPE,..."`
	Expires string   `default:"90d" help:"When it ends: 12h, 90d, or never." placeholder:"90d"`
	AI      bool     `name:"ai" help:"For a program that proposes: such a token can hold neither approve nor admin."`
	JSON    bool     `name:"json" help:"As JSON."`
}

func (c *tokenCreateCmd) Run(ctx context.Context, p *Program) error {
	order := map[string]any{"name": c.Name, "scopes": c.Scope, "ai": c.AI}
	if c.Expires == "never" {
		order["forever"] = true
	} else {
		life, err := parseSpan(c.Expires)
		if err != nil || life < time.Minute {
			return failWith(exitUsage, fmt.Errorf("--expires %q is no time from a minute on; it takes such as 12h or 90d, or never", c.Expires))
		}
		order["life_seconds"] = int64(life.Seconds())
	}
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var t tokenAnswer
	if err := cl.post(ctx, "/api/v1/tokens", order, &t); err != nil {
		return err
	}
	return p.printToken(t, c.JSON)
}

// printToken has the secret alone on the output, so that a script can take it from there.
func (p *Program) printToken(t tokenAnswer, asJSON bool) error {
	if asJSON {
		return p.printJSON(t)
	}
	fmt.Fprintln(p.Stdout, t.Token)
	fmt.Fprintf(p.Stderr, "token %s: %s; %s. It is printed this once: the agent keeps no copy.\n", printable(t.Name), strings.Join(t.Scopes, ", "), ends(t))
	if !t.RotatedUntil.IsZero() {
		fmt.Fprintf(p.Stderr, "the one before is taken until %s\n", t.RotatedUntil.Local().Format(clockForm))
	}
	return nil
}

func ends(t tokenAnswer) string {
	switch {
	case t.Expires.IsZero():
		return "it never expires"
	case t.Expired:
		return "it has expired " + t.Expires.Local().Format(clockForm)
	}
	return "it expires " + t.Expires.Local().Format(clockForm)
}

type tokenListCmd struct {
	configFlag
	JSON bool `name:"json" help:"As JSON."`
}

func (c *tokenListCmd) Run(ctx context.Context, p *Program) error {
	var all []tokenAnswer
	if err := c.list(ctx, "/api/v1/tokens", &all); err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(all)
	}
	if len(all) == 0 {
		fmt.Fprintln(p.Stdout, "there is no token; \"quorate token create NAME --scope read\" makes one")
		return nil
	}
	now := time.Now()
	p.table("NAME\tSCOPES\tFOR\tCREATED\tLAST USED\tEXPIRES", func(w *tabwriter.Writer) {
		for _, t := range all {
			of, used, expires := "program", "never", "never"
			if t.AI {
				of = "AI"
			}
			if !t.LastUsed.IsZero() {
				used = age(now.Sub(t.LastUsed)) + " ago"
			}
			if !t.Expires.IsZero() {
				expires = t.Expires.Local().Format(clockForm)
			}
			if t.Expired {
				expires = "expired"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s ago\t%s\t%s\n", printable(t.Name), strings.Join(t.Scopes, ","), of, age(now.Sub(t.Created)), used, expires)
		}
	})
	return nil
}

type tokenRevokeCmd struct {
	configFlag
	Name string `arg:"" help:"The token."`
}

func (c *tokenRevokeCmd) Run(ctx context.Context, p *Program) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var nothing []byte
	if err := cl.do(ctx, http.MethodDelete, "/api/v1/tokens/"+url.PathEscape(c.Name), nil, nil, &nothing); err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "revoked: %s\n", printable(c.Name))
	return nil
}

type tokenRotateCmd struct {
	configFlag
	Name  string `arg:"" help:"The token."`
	Grace string `default:"1h" help:"How long the one before is still taken: 0, 30m, 7d." placeholder:"1h"`
	JSON  bool   `name:"json" help:"As JSON."`
}

func (c *tokenRotateCmd) Run(ctx context.Context, p *Program) error {
	grace, err := parseSpan(c.Grace)
	if err != nil || grace < 0 {
		return failWith(exitUsage, errors.New("--grace takes a time such as 0, 30m or 7d"))
	}
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	var t tokenAnswer
	if err := cl.post(ctx, "/api/v1/tokens/"+url.PathEscape(c.Name)+"/rotate", map[string]int64{"grace_seconds": int64(grace.Seconds())}, &t); err != nil {
		return err
	}
	return p.printToken(t, c.JSON)
}
