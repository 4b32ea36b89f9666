package notify

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/nicholas-fedor/shoutrrr/pkg/format"
	"github.com/nicholas-fedor/shoutrrr/pkg/router"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"

	"github.com/quorate/quorate/device"
)

// target is where one shoutrrr URL leads. Only its scheme may be shown: anything else of it may be a token.
type target struct {
	url    device.Secret
	scheme string
	// titled says that the service has a title of its own, clicks that it takes an address to open.
	titled, clicks bool
}

// The services that are unlike the others: one writes to a log, so that nobody is told by it; the other logs in before its
// first message.
const (
	schemeLogger = "logger"
	schemeMatrix = "matrix"
)

// newTarget checks a URL without any I/O. Its errors never hold any of it but the scheme.
func newTarget(secret device.Secret) (*target, error) {
	u, err := url.Parse(secret.Reveal())
	if err != nil {
		return nil, errors.New("is no URL; shoutrrr's look like ntfy://host/topic")
	}
	scheme, custom, _ := strings.Cut(u.Scheme, "+")
	if scheme == "" {
		return nil, errors.New("has no service before \"://\"; shoutrrr's URLs look like ntfy://host/topic")
	}
	var services router.ServiceRouter
	service, err := services.NewService(scheme)
	switch {
	case err != nil && len(scheme) <= 20:
		return nil, errors.New("names the service \"" + scheme + "\", which shoutrrr does not have")
	case err != nil:
		return nil, errors.New("names a service that shoutrrr does not have")
	case scheme == schemeLogger:
		return nil, errors.New("names the service \"logger\", which tells nobody")
	}
	t := &target{url: secret, scheme: scheme}
	config := format.GetServiceConfig(service)
	keys := format.GetConfigQueryResolver(config).QueryFields()
	t.titled, t.clicks = slices.Contains(keys, types.TitleKey), slices.Contains(keys, "click")
	if custom != "" {
		c, ok := service.(types.CustomURLService)
		if !ok {
			return nil, errors.New("is of the service \"" + scheme + "\", which takes no address after a \"+\"")
		}
		if u, err = c.GetConfigURLFromCustom(u); err != nil {
			return nil, errors.New("is nothing that the service \"" + scheme + "\" understands")
		}
	}
	// A service's own start may log in somewhere; its settings are read without that.
	if err := config.SetURL(u); err != nil {
		return nil, errors.New("is nothing that the service \"" + scheme + "\" understands")
	}
	return t, nil
}

// connect makes the service. It may talk to the network.
func (t *target) connect() (types.Service, error) {
	var services router.ServiceRouter
	service, err := services.Locate(t.url.Reveal())
	if err != nil {
		return nil, err
	}
	return service, nil
}

// post hands one message to the service and returns when it has taken it.
func (t *target) post(service types.Service, m *message) error {
	params, text := types.Params{}, m.Body
	if t.titled {
		params.SetTitle(t.header(m.Title))
	} else {
		text = m.Title + "\n" + m.Body
	}
	if m.Link != "" {
		if t.clicks {
			params["click"] = m.Link
		} else {
			text += "\n" + m.Link
		}
	}
	return service.Send(text, &params)
}
