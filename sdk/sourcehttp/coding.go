package sourcehttp

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
)

// errDamaged says that a body cannot be decompressed.
var errDamaged = errors.New("the answer's compression is damaged")

// codings lists how a body is compressed, "gzip" being the only way that was asked for.
func codings(h http.Header) []string {
	var all []string
	for _, line := range h.Values("Content-Encoding") {
		for c := range strings.SplitSeq(strings.ToLower(line), ",") {
			if c = strings.TrimSpace(c); c != "" && c != "identity" {
				all = append(all, c)
			}
		}
	}
	return all
}

// decompressed returns the body as it was before compression; ok is false where it cannot be. The transport does not
// decompress: it would undo one of two compressions and hide the other.
func (a *call) decompressed() (body io.Reader, ok bool) {
	// What decompresses to nothing must end as well.
	raw := &guard{r: a.resp.Body, maxBytes: a.maxBody}
	switch how := codings(a.resp.Header); {
	case len(how) == 0:
		return raw, true
	case len(how) == 1 && (how[0] == "gzip" || how[0] == "x-gzip"):
		return &gunzip{raw: raw}, true
	}
	return http.NoBody, false
}

// gunzip decompresses raw from the first Read on.
type gunzip struct {
	raw io.Reader
	z   *gzip.Reader
	err error
}

func (g *gunzip) Read(p []byte) (int, error) {
	if g.z == nil && g.err == nil {
		g.z, g.err = gzip.NewReader(g.raw)
	}
	if g.err != nil {
		return 0, damaged(g.err)
	}
	n, err := g.z.Read(p)
	return n, damaged(err)
}

// damaged tells what the decompression found from what the connection said.
func damaged(err error) error {
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.As(err, new(flate.CorruptInputError)) {
		return errDamaged
	}
	return err
}
