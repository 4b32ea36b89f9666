package prtg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/quorate/quorate/sdk/sourcehttp"
)

const (
	// pageSize is asked for in each call; PRTG gives 500 rows unless told otherwise, and up to 50,000.
	pageSize = 5000
	// maxRows bounds one table.
	maxRows = 200_000
)

// client speaks PRTG's API v1 and nothing of ours.
type client struct {
	http     *sourcehttp.Client
	username string
	page     int
}

type deviceRow struct {
	ID       sourcehttp.Scalar `json:"objid"`
	Probe    sourcehttp.Scalar `json:"probe"`
	Group    sourcehttp.Scalar `json:"group"`
	Name     sourcehttp.Scalar `json:"device"`
	Host     sourcehttp.Scalar `json:"host"`
	Location sourcehttp.Scalar `json:"location_raw"`
	Status   sourcehttp.Scalar `json:"status_raw"`
	Total    sourcehttp.Scalar `json:"totalsens_raw"`
}

type sensorRow struct {
	ID        sourcehttp.Scalar `json:"objid"`
	Device    sourcehttp.Scalar `json:"parentid"`
	Name      sourcehttp.Scalar `json:"sensor"`
	Kind      sourcehttp.Scalar `json:"type_raw"`
	Tags      sourcehttp.Scalar `json:"tags"`
	Status    sourcehttp.Scalar `json:"status_raw"`
	LastValue sourcehttp.Scalar `json:"lastvalue_raw"`
	LastCheck sourcehttp.Scalar `json:"lastcheck_raw"`
	LastUp    sourcehttp.Scalar `json:"lastup_raw"`
	Interval  sourcehttp.Scalar `json:"interval_raw"`
}

type probeRow struct {
	ID        sourcehttp.Scalar `json:"objid"`
	Name      sourcehttp.Scalar `json:"name"`
	Condition sourcehttp.Scalar `json:"condition_raw"`
}

func (c client) devices(ctx context.Context, root string) ([]deviceRow, error) {
	return table(ctx, c, "devices", "objid,parentid,probe,group,device,host,active,status,location,totalsens", root,
		func(d deviceRow) string { return d.ID.String() })
}

func (c client) sensors(ctx context.Context, root string) ([]sensorRow, error) {
	return table(ctx, c, "sensors", "objid,parentid,sensor,type,tags,status,lastvalue,lastcheck,lastup,interval", root,
		func(s sensorRow) string { return s.ID.String() })
}

func (c client) probes(ctx context.Context) ([]probeRow, error) {
	return table(ctx, c, "probenode", "objid,name,condition,active,status", "", func(p probeRow) string { return p.ID.String() })
}

// incomplete says that a table came without some of its rows.
type incomplete struct{ text string }

func (e *incomplete) Error() string { return e.text }

// table reads a whole table below root. What the pages hold together must be what PRTG says the table has, since a
// device that is only missing from a page must not look removed. Rows move between pages while somebody works in
// PRTG, so an incomplete table is read a second time.
func table[T any](ctx context.Context, c client, content, columns, root string, id func(T) string) ([]T, error) {
	rows, err := pages(ctx, c, content, columns, root, id)
	if _, short := errors.AsType[*incomplete](err); short {
		rows, err = pages(ctx, c, content, columns, root, id)
	}
	return rows, err
}

func pages[T any](ctx context.Context, c client, content, columns, root string, id func(T) string) ([]T, error) {
	var rows []T
	have := map[string]bool{}
	size, start, broken := int64(-1), 0, 0
	for {
		query := url.Values{"content": {content}, "columns": {columns}, "count": {strconv.Itoa(c.page)}, "start": {strconv.Itoa(start)}}
		if root != "" {
			query.Set("id", root)
		}
		if c.username != "" {
			query.Set("username", c.username)
		}
		got := 0
		err := c.http.GetJSON(ctx, "/api/table.json", query, func(d *json.Decoder) error {
			beside, found, err := sourcehttp.Rows(d, content, func(raw json.RawMessage) error {
				if got++; start+got > maxRows {
					return fmt.Errorf("more than %d rows", maxRows)
				}
				var row T
				if json.Unmarshal(raw, &row) != nil || id(row) == "" {
					broken++ // One bad row costs one row.
				} else if !have[id(row)] {
					have[id(row)] = true
					rows = append(rows, row)
				}
				return nil
			})
			if err != nil {
				return err
			}
			if !found {
				if said := c.http.Quote(beside["error"].String()); said != "" {
					return fmt.Errorf("PRTG says %s", said)
				}
				return fmt.Errorf("the answer has no list %q: is this PRTG?", content)
			}
			if n, ok := beside["treesize"].Int(); ok {
				if size >= 0 && n != size {
					return &incomplete{fmt.Sprintf("the table changed while it was read (%d rows, then %d)", size, n)}
				}
				size = n
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		start += got
		if got == 0 || size >= 0 && int64(start) >= size || size < 0 && got < c.page {
			break
		}
	}
	if broken > 0 {
		slog.Warn("rows of a table are broken and were left out", "table", content, "rows", broken)
	}
	if whole := int64(len(rows) + broken); whole < size {
		return nil, &incomplete{fmt.Sprintf("PRTG sent %d of %d rows: the list is incomplete", whole, size)}
	}
	return rows, nil
}

// refused reports whether err is PRTG's refusal of the log-in. It redirects to its log-in page where it wants a
// session.
func refused(err error) bool {
	var f *sourcehttp.Failure
	return errors.As(err, &f) && (f.Code == http.StatusUnauthorized ||
		f.Kind == sourcehttp.KindRedirect && f.Redirect != nil && strings.Contains(f.Redirect.Path, "/public/login"))
}

// forbidden reports whether PRTG answered that the account may not see this, or that there is no such thing.
func forbidden(err error) bool {
	var f *sourcehttp.Failure
	return errors.As(err, &f) && (f.Code == http.StatusForbidden || f.Code == http.StatusBadRequest)
}

// advise adds to a failed call what the owner of this PRTG can do about it.
func advise(err error) error {
	var f *sourcehttp.Failure
	if !errors.As(err, &f) {
		return err
	}
	switch {
	case f.Kind == sourcehttp.KindRedirect && f.Message != "":
		return fmt.Errorf("%w; PRTG says %s", err, f.Message)
	case f.Code == http.StatusForbidden:
		return fmt.Errorf("%w: the account may not read this; give it read access to the devices", err)
	case f.Code == http.StatusNotFound:
		return fmt.Errorf(`%w: "url" must be the address of the PRTG core server itself, without /api; API v2 has another one`, err)
	case f.Code >= 500:
		return fmt.Errorf("%w: the core server is starting, overloaded or behind a broken proxy", err)
	case f.Kind == sourcehttp.KindNotJSON && (f.Mentions("checklogin") || f.Mentions("login.htm") || f.Mentions("loginurl")):
		return fmt.Errorf(`%w: PRTG shows its log-in page; check the credentials, and that "url" is the core server itself`, err)
	case f.Kind == sourcehttp.KindNotJSON && (f.Mentions("<error>") || f.Mentions("errormsg")):
		return err
	case f.Kind == sourcehttp.KindNotJSON:
		return fmt.Errorf(`%w: something else than PRTG's API answers there; check "url"`, err)
	}
	return err
}
