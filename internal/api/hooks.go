package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"log/slog"
	"math"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate/device"
)

// hooksPath is where pushes go: POST /hooks/SOURCE/TOKEN, with anything behind.
const hooksPath = "/hooks/"

const (
	// A body that has not come after this long is given up. LibreNMS and PRTG send theirs in one piece.
	hookTimeout = 5 * time.Second
	// failedPerMinute is how many requests without the right token all senders together may make.
	failedPerMinute = 30
	// refusalsPerMinute is how many lines about refused pushes are logged.
	refusalsPerMinute = 2
)

// Hook is where the monitor of one source may push.
type Hook struct {
	Source string
	Token  device.Secret
	// MaxBody is the largest body in bytes, PerMinute how many pushes are taken.
	MaxBody, PerMinute int
	// Accept takes a push and returns at once; false means that nobody will look at it now. The body is the caller's.
	Accept func(contentType string, body []byte) bool
	// Refused is called for each push that had the right token and was not taken: too many, too large, cut off.
	Refused func()
}

// hooks takes pushes. It is no part of the API: it has no Host rule and no rule against other sites, since a monitor
// comes from outside through a proxy and by any name. What stands in their place is the token in the path, which no
// page of another site can know, so that nothing is won by making a browser ask here. It gives out nothing but a
// status, and no other path is reached through it, whatever the path looks like.
type hooks struct {
	all     atomic.Pointer[[]hook]
	failed  *bucket
	told    *bucket
	timeout time.Duration
	log     *slog.Logger
	now     func() time.Time
}

type hook struct {
	Hook
	key  [sha256.Size]byte
	rate *bucket
}

func newHooks(now func() time.Time, log *slog.Logger) *hooks {
	h := &hooks{failed: newBucket(failedPerMinute, now), told: newBucket(refusalsPerMinute, now), timeout: hookTimeout, log: log, now: now}
	h.all.Store(&[]hook{})
	return h
}

// set takes pushes at those hooks from now on. One of the same token and rate has as much left as before.
func (h *hooks) set(all []Hook) {
	before := *h.all.Load()
	next := make([]hook, 0, len(all))
	for _, one := range all {
		n := hook{Hook: one, key: hookKey(one.Source, one.Token.Reveal())}
		if i := slices.IndexFunc(before, func(b hook) bool { return b.key == n.key && b.PerMinute == n.PerMinute }); i >= 0 {
			n.rate = before[i].rate
		} else {
			n.rate = newBucket(one.PerMinute, h.now)
		}
		next = append(next, n)
	}
	h.all.Store(&next)
}

func hookKey(source, token string) [sha256.Size]byte {
	return sha256.Sum256([]byte(source + "\x00" + token))
}

// before serves pushes and leaves everything else to next. The path counts as it was sent: "/hooks/../api" is a push
// with a wrong token, and a path that only becomes one of ours when it is cleaned up belongs to next.
func (h *hooks) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, hooksPath) {
			h.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ServeHTTP takes one push, and answers before anybody has looked into it.
func (h *hooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Also what is refused unread is read to its end by the server before the connection is used again. The deadline is
	// for this request alone; an error means that the connection cannot have one, as in a test.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(h.timeout))
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		h.refuse(w, http.StatusMethodNotAllowed, "method_not_allowed", "A push is a POST.")
		return
	}
	// A browser names its page with every POST. None has business here, and none may use up the failed attempts.
	if r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" {
		h.notFound(w)
		return
	}
	// The limit is for right tokens as well: otherwise an answer that differs would tell that a guess was right.
	var to *hook
	if asked, wait := h.failed.takeUnless(func() bool { to = h.find(r.URL.Path); return to != nil }); !asked {
		h.warn(r.Context(), "", "too many without the right token: for now all are refused")
		h.tooMany(w, wait)
		return
	}
	if to == nil {
		h.warn(r.Context(), "", "unknown source or wrong token")
		h.notFound(w)
		return
	}
	if ok, wait := to.rate.take(); !ok {
		h.warn(r.Context(), to.Source, "too many")
		to.Refused()
		h.tooMany(w, wait)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(to.MaxBody)))
	if err != nil {
		to.Refused()
		h.unread(w, r, to.Source, err)
		return
	}
	if !to.Accept(r.Header.Get("Content-Type"), body) {
		to.Refused()
		w.Header().Set("Retry-After", "10")
		h.refuse(w, http.StatusServiceUnavailable, "not_ready", "This source is not polled now.")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// find returns the hook that the path names, nil for none. An unknown source and a wrong token take the same way, and
// the time that it takes tells nothing of a token.
func (h *hooks) find(path string) *hook {
	source, rest, _ := strings.Cut(strings.TrimPrefix(path, hooksPath), "/")
	token, _, _ := strings.Cut(rest, "/")
	key := hookKey(source, token)
	found, all := -1, *h.all.Load()
	for i := range all {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(all[i].key[:], key[:]), i, found)
	}
	if found < 0 {
		return nil
	}
	return &all[found]
}

// unread answers a push whose body did not come whole.
func (h *hooks) unread(w http.ResponseWriter, r *http.Request, source string, err error) {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		h.warn(r.Context(), source, "too large")
		h.refuse(w, http.StatusRequestEntityTooLarge, "too_large", "The body has more than "+strconv.FormatInt(large.Limit, 10)+" bytes.")
	case errors.Is(err, os.ErrDeadlineExceeded):
		h.warn(r.Context(), source, "too slow")
		h.refuse(w, http.StatusRequestTimeout, "too_slow", "The body did not come in time.")
	default:
		h.refuse(w, http.StatusBadRequest, "cut_off", "The body could not be read.")
	}
}

func (h *hooks) notFound(w http.ResponseWriter) {
	h.refuse(w, http.StatusNotFound, "not_found", "There is nothing here.")
}

func (h *hooks) tooMany(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	h.refuse(w, http.StatusTooManyRequests, "too_many", "Too many requests.")
}

// refuse ends the connection as well: what is left of the body is nobody's business.
func (h *hooks) refuse(w http.ResponseWriter, status int, code, detail string) {
	w.Header().Set("Connection", "close")
	problem(w, status, code, detail)
}

// warn logs that a push was refused, but not each: whoever reaches this address could fill the log. No word of the
// request is in it.
func (h *hooks) warn(ctx context.Context, source, why string) {
	if ok, _ := h.told.take(); ok {
		h.log.WarnContext(ctx, "push refused", "source", source, "err", why)
	}
}
