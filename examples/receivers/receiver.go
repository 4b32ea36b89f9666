// Receivers takes what a sink "webhook" sends, checks it and prints it: one CloudEvents event a request. It needs nothing of
// Quorate. receiver.py is the same in Python.
//
//	HUB_SECRET=... receivers 127.0.0.1:8700
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	// tolerance is how old or how far ahead a request may be: who recorded one can send it again for as long, and no longer.
	tolerance = 5 * time.Minute
	maxBody   = 1 << 20
)

// verify reports whether body was signed with secret, lately. It is the scheme of Standard Webhooks.
func verify(secret string, h http.Header, body []byte, now time.Time) error {
	id, stamp := h.Get("Webhook-Id"), h.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return errors.New("the timestamp is missing or too old")
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for given := range strings.FieldsSeq(h.Get("Webhook-Signature")) { // two, while the secret is being changed
		if hmac.Equal([]byte(given), []byte(want)) {
			return nil
		}
	}
	return errors.New("the signature does not fit")
}

// receiver is called for one request after the other. Seen are the ids that it has taken: an event may come twice.
type receiver struct {
	secret string
	now    func() time.Time
	seen   map[string]bool
	out    io.Writer
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody))
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if err := verify(r.secret, req.Header, body, r.now()); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized) // the sink keeps the event and tries again
		return
	}
	var event struct {
		ID   string `json:"id"`
		Type string `json:"type"`
		Data struct {
			Text string `json:"text"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &event); err != nil {
		w.WriteHeader(http.StatusUnprocessableEntity) // the sink sets the event aside
		return
	}
	if !r.seen[event.ID] { // of a receiver that is to survive a restart: stored together with what the event led to
		r.seen[event.ID] = true
		_, _ = fmt.Fprintf(r.out, "%s %q\n", event.Type, event.Data.Text)
	}
	w.WriteHeader(http.StatusNoContent) // taken: it does not come again
}

func main() {
	if len(os.Args) != 2 || os.Getenv("HUB_SECRET") == "" {
		fmt.Fprintln(os.Stderr, "usage: HUB_SECRET=... receivers ADDRESS")
		os.Exit(2)
	}
	r := &receiver{secret: os.Getenv("HUB_SECRET"), now: time.Now, seen: map[string]bool{}, out: os.Stdout}
	requests := make(chan struct{}, 1) // one at a time: the sink sends them so
	handler := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		requests <- struct{}{}
		defer func() { <-requests }()
		r.ServeHTTP(w, req)
	})
	server := &http.Server{Addr: os.Args[1], Handler: handler, ReadTimeout: 10 * time.Second}
	fmt.Fprintln(os.Stderr, server.ListenAndServe())
	os.Exit(1)
}
