package prtg

import (
	"net/url"

	"github.com/quorate/quorate/sdk/sourcehttp"
)

// Limits of one answer.
const (
	// maxRows bounds one table, and the sensors of a tree.
	maxRows = 150_000
	// maxBody is for whole tables and trees: 100,000 sensors are some 100 MB.
	maxBody = 512 << 20
)

// client speaks PRTG's API v1 and nothing of ours. One request at a time is enough for a core server.
type client struct {
	http     *sourcehttp.Client
	username string
	page     int // rows of a page, where a table does not come as a whole
}

// login adds the name of the account; the secret that belongs to it is added by http.
func (c client) login(query url.Values) url.Values {
	if c.username != "" {
		query.Set("username", c.username)
	}
	return query
}

// below restricts a query to an object and what hangs below it.
func below(root string, query url.Values) url.Values {
	if root != "" {
		query.Set("id", root)
	}
	return query
}
