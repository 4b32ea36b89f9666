package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate/agent"
)

type loginCmd struct {
	configFlag
	Scope []string `help:"What the login may do: read, ack, annotate, propose, approve, admin. Everything by default." placeholder:"SCOPE,..."`
	List  bool     `help:"List who is logged in." xor:"what"`
	End   string   `help:"End a login at once, by the name that --list shows." placeholder:"NAME" xor:"what"`
	JSON  bool     `name:"json" help:"As JSON."`
}

// sessionAnswer is a session of the page as the agent tells of it.
type sessionAnswer struct {
	Name     string    `json:"name"`
	Scopes   []string  `json:"scopes"`
	Token    string    `json:"token,omitempty"`
	Created  time.Time `json:"created"`
	LastUsed time.Time `json:"last_used"`
	Expires  time.Time `json:"expires"`
}

func (c *loginCmd) Run(ctx context.Context, p *Program) error {
	if c.List {
		return c.who(ctx, p)
	}
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	if c.End != "" {
		var nothing []byte
		if err := cl.do(ctx, http.MethodDelete, "/api/v1/sessions/"+url.PathEscape(c.End), nil, nil, &nothing); err != nil {
			return err
		}
		fmt.Fprintf(p.Stdout, "ended: %s\n", printable(c.End))
		return nil
	}
	var link agent.LoginAnswer
	if err := cl.post(ctx, "/control/login", agent.LoginOrder{Scopes: c.Scope}, &link); err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(link)
	}
	fmt.Fprintln(p.Stdout, link.URL)
	fmt.Fprintf(p.Stderr, "Open it in a browser before %s. It logs in once; whoever has it before you does it in your place.\n", link.Until.Local().Format("15:04"))
	return nil
}

func (c *loginCmd) who(ctx context.Context, p *Program) error {
	var all []sessionAnswer
	if err := c.list(ctx, "/api/v1/sessions", &all); err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(all)
	}
	if len(all) == 0 {
		fmt.Fprintln(p.Stdout, "nobody is logged in; \"quorate login\" prints a link")
		return nil
	}
	now := time.Now()
	p.table("NAME\tBY\tSCOPES\tSINCE\tLAST USED\tENDS UNUSED", func(w *tabwriter.Writer) {
		for _, s := range all {
			by := "link"
			if s.Token != "" {
				by = "token " + printable(s.Token)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s ago\t%s ago\t%s\n", printable(s.Name), by, strings.Join(s.Scopes, ","), age(now.Sub(s.Created)), age(now.Sub(s.LastUsed)), s.Expires.Local().Format(clockForm))
		}
	})
	return nil
}
