package agent

import (
	"maps"
	"slices"
	"syscall"

	"github.com/quorate/quorate/pipeline"
	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sinks/file"
	"github.com/quorate/quorate/sinks/stdout"
	"github.com/quorate/quorate/sinks/webhook"
)

// sinkKinds are the types of sinks, but for the blog.
func sinkKinds() map[string]sinkKind {
	return map[string]sinkKind{
		"webhook": kindOf(func(c webhook.Config, o sinkOptions) ([]pipeline.Sink, error) {
			return one(webhook.New(c, webhook.Options{Name: o.config.Name, Agent: o.name, Filter: o.filter}))
		},
			sdk.Attribute{Name: "url", Type: sdk.TypeString, Required: true, Doc: "Where events are posted to."},
			sdk.Attribute{Name: "secret", Type: sdk.TypeString, Required: true, Sensitive: true, Doc: "What requests are signed with."},
			sdk.Attribute{Name: "old_secret", Type: sdk.TypeString, Sensitive: true, Doc: "Signs as well, until every receiver has the new one."},
			sdk.Attribute{Name: "headers", Type: sdk.TypeMap, Sensitive: true, Doc: "Sent with every request."},
			sdk.Attribute{Name: "batch_mode", Type: sdk.TypeBool, Default: "false", Doc: "Many events in one request."},
			sdk.Attribute{Name: "ca_file", Type: sdk.TypeString, Doc: "A PEM file of authorities to trust beside the system's."},
			sdk.Attribute{Name: "pin_sha256", Type: sdk.TypeString, Doc: "The fingerprint of the server's certificate."},
			sdk.Attribute{Name: "cert_file", Type: sdk.TypeString, Doc: "The certificate that the sink shows, in PEM."},
			sdk.Attribute{Name: "key_file", Type: sdk.TypeString, Doc: "Its key, in PEM."},
			sdk.Attribute{Name: "proxy", Type: sdk.TypeString, Doc: "An HTTP proxy to go through."},
		),
		"file": kindOf(func(c file.Config, o sinkOptions) ([]pipeline.Sink, error) {
			c.Path = o.in(c.Path)
			opt := file.Options{Name: o.config.Name, Filter: o.filter}
			if o.agent != nil {
				opt.Log = o.agent.log
			}
			return one(file.New(c, opt))
		},
			sdk.Attribute{Name: "path", Type: sdk.TypeString, Required: true, Doc: "The file that events are appended to."},
			sdk.Attribute{Name: "max_size", Type: sdk.TypeString, Default: `"` + file.DefaultMaxSize + `"`, Doc: "The size from which on it is rotated."},
			sdk.Attribute{Name: "daily", Type: sdk.TypeBool, Default: "false", Doc: "Rotate it when the day is over, in UTC."},
			sdk.Attribute{Name: "keep", Type: sdk.TypeNumber, Default: "10", Doc: "How many rotated files stay, 0 for all."},
			sdk.Attribute{Name: "compress", Type: sdk.TypeBool, Default: "false", Doc: "Compress rotated files by gzip."},
			sdk.Attribute{Name: "mode", Type: sdk.TypeString, Default: `"0600"`, OneOf: []string{"0600", "0640"}, Doc: "The mode of new files."},
		),
		"stdout": kindOf(func(c stdout.Config, o sinkOptions) ([]pipeline.Sink, error) {
			return one(stdout.New(c, stdout.Options{Name: o.config.Name, Filter: o.filter, FD: syscall.Stdout}))
		},
			sdk.Attribute{Name: "format", Type: sdk.TypeString, Default: `"json"`, OneOf: []string{stdout.FormatJSON, stdout.FormatText}, Doc: "One event a line as JSON, or as text."},
		),
		"notify": kindOf(newNotify,
			sdk.Attribute{Name: "urls", Type: sdk.TypeStrings, Required: true, Sensitive: true, Doc: "Shoutrrr's URLs, one a target."},
			sdk.Attribute{Name: "settle", Type: sdk.TypeDuration, Default: `"10s"`, Doc: "How long a change must last before it is told."},
			sdk.Attribute{Name: "per_hour", Type: sdk.TypeNumber, Default: "60", Doc: "How many messages there may be in an hour."},
			sdk.Attribute{Name: "link", Type: sdk.TypeString, Doc: "The address of the page, for the link in messages."},
			sdk.Attribute{Name: "timezone", Type: sdk.TypeString, Doc: "Of the times in messages; the host's where it is not set."},
		),
	}
}

// one is a sink that leads to one place.
func one[S pipeline.Sink](s S, err error) ([]pipeline.Sink, error) {
	if err != nil {
		return nil, err
	}
	return []pipeline.Sink{s}, nil
}

// sinkTypes are the names of all types of sinks.
func sinkTypes() []string {
	return append(slices.Sorted(maps.Keys(sinkKinds())), "blog")
}
