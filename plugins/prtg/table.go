package prtg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/quorate/quorate/sdk/sourcehttp"
)

const (
	// wholeTable asks for all rows in one answer, so that the number of requests does not grow with the devices.
	wholeTable = "*"
	// pageSize is asked for where a server does not know that; PRTG gives 500 rows unless told otherwise, up to 50,000.
	pageSize = 5000
	// maxPages bounds the calls for one table.
	maxPages = 2000
)

// incomplete says that a table came without some of its rows.
type incomplete struct{ text string }

func (e *incomplete) Error() string { return e.text }

// table is one of PRTG's tables, below one object.
type table struct {
	content, columns, root string
	// begin is called before the first row, and again where the table is read a second time.
	begin func()
	// row takes one row; it reports whether the row is new, and an error says why it is none.
	row func(raw json.RawMessage) (bool, error)
}

// reading is what it took to read something, and what of it was no row.
type reading struct {
	bytes    int64
	rejected rejected
	version  string // of PRTG
}

// read reads the whole table. What came must be what PRTG says the table has, since a device that is only missing from an
// answer must not look removed. Rows move between pages while somebody works in PRTG, so an incomplete table is read a
// second time.
func (c client) read(ctx context.Context, t table) (reading, error) {
	r, err := c.pages(ctx, t)
	if _, short := errors.AsType[*incomplete](err); short {
		first := r.bytes
		r, err = c.pages(ctx, t)
		r.bytes += first
	}
	return r, err
}

// pages asks for the table as a whole, and page by page where that brings only a part of it.
func (c client) pages(ctx context.Context, t table) (r reading, err error) {
	t.begin()
	var (
		size  = int64(-1) // as PRTG says
		count = wholeTable
		start int64 // rows that came
		whole int64 // without those that came twice
	)
	for range maxPages {
		before := whole
		page := page{size: -1}
		err := c.http.GetJSON(ctx, "/api/table.json", c.login(below(t.root, url.Values{
			"content": {t.content}, "columns": {t.columns}, "count": {count}, "start": {strconv.FormatInt(start, 10)},
		})), func(d *json.Decoder) error {
			return page.read(d, t.content, c.http.Quote, func(raw json.RawMessage) error {
				if start+page.rows > maxRows {
					return fmt.Errorf("more than %d rows", maxRows)
				}
				added, err := t.row(raw)
				if err != nil {
					r.rejected.add(raw, err) // One bad row costs one row.
				}
				if added || err != nil {
					whole++
				}
				return nil
			})
		}, sourcehttp.MaxBody(maxBody), sourcehttp.CountBytes(&r.bytes))
		if f, ok := errors.AsType[*sourcehttp.Failure](err); ok && count == wholeTable && f.Code == http.StatusBadRequest {
			count = strconv.Itoa(c.page)
			continue // An older server may not know it.
		}
		if err != nil {
			return r, err
		}
		start, r.version = start+page.rows, page.version
		if page.size >= 0 && size >= 0 && page.size != size {
			return r, &incomplete{fmt.Sprintf("the table changed while it was read (%d rows, then %d)", size, page.size)}
		}
		size = max(size, page.size)
		// An answer that brings nothing new ends it, unless it is the first one and the server only did not know "*".
		if size >= 0 && start >= size || whole == before && (count != wholeTable || page.rows > 0 || size <= 0) {
			break
		}
		count = strconv.Itoa(c.page)
	}
	if whole < size {
		return r, &incomplete{fmt.Sprintf("PRTG sent %d of %d rows: the list is incomplete", whole, size)}
	}
	return r, nil
}

// page is one answer of a table.
type page struct {
	rows    int64
	size    int64 // what PRTG says the whole table has; -1 where it does not
	version string
}

func (p *page) read(d *json.Decoder, content string, quote func(string) string, row func(json.RawMessage) error) error {
	beside, found, err := sourcehttp.Rows(d, content, func(raw json.RawMessage) error {
		p.rows++
		return row(raw)
	})
	if err != nil {
		return err
	}
	if !found {
		if said := quote(beside["error"].String()); said != "" {
			return fmt.Errorf("PRTG says %s", said)
		}
		return fmt.Errorf("the answer has no list %q: is this PRTG?", content)
	}
	if n, ok := beside["treesize"].Int(); ok && n >= 0 {
		p.size = n
	}
	p.version = beside["prtg-version"].Name()
	return nil
}
