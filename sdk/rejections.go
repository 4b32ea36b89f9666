package sdk

import (
	"fmt"
	"strings"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/sourcepb"
)

// rejections keeps the first of many rejections and counts the rest.
type rejections struct {
	kept  []device.Rejection
	bytes int
	more  int
}

func (r *rejections) add(x device.Rejection) {
	x.Ref, x.Reason = clean(x.Ref, device.MaxName), clean(x.Reason, maxMessage)
	x.Body = x.Body[:min(len(x.Body), maxRejectedBody)]
	if len(r.kept) >= maxRejected || r.bytes+len(x.Body) > maxRejectedBytes {
		r.more++
		return
	}
	r.kept = append(r.kept, x)
	r.bytes += len(x.Body)
}

func (r *rejections) list() []device.Rejection {
	if r.more == 0 {
		return r.kept
	}
	return append(r.kept, device.Rejection{Reason: fmt.Sprintf("%d more were rejected", r.more)})
}

func toRejected(rs []device.Rejection) []*sourcepb.Rejection {
	ps := make([]*sourcepb.Rejection, 0, len(rs))
	for _, r := range rs {
		ps = append(ps, &sourcepb.Rejection{Ref: r.Ref, Reason: r.Reason, Body: r.Body})
	}
	return ps
}

// clean makes one line of valid UTF-8 without control characters of s, cut to limit bytes.
func clean(s string, limit int) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "..."
	}
	return strings.TrimSpace(s)
}

// cleanLines is clean for a text of several lines, which stay apart.
func cleanLines(s string, limit int) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, l := range lines {
		indent := l[:len(l)-len(strings.TrimLeft(l, " \t"))]
		lines[i] = strings.ReplaceAll(indent, "\t", "  ") + clean(l, limit)
	}
	s = strings.Trim(strings.Join(lines, "\n"), "\n")
	if len(s) > limit {
		return "" // Half a configuration is none.
	}
	return strings.TrimRight(s, " ")
}
