package oracle

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
)

// hubSecret signs what the webhook sends.
const hubSecret = "a secret of the tests, 32 letters"

// receiver is the other end of the webhook. It notes all that comes, and does not always say thank you.
type receiver struct {
	inbox *inbox
	url   string

	mu   sync.Mutex
	rand *rand.Rand
	// rude is how often, in a thousand, it refuses, hangs or breaks off after it has read the whole request.
	rude   int
	answer map[string]int
	odd    []string
}

// newReceiver serves until the rig is closed.
func newReceiver(r *rig) *receiver {
	rc := &receiver{inbox: newInbox("webhook"), rand: rand.New(rand.NewPCG(r.seed, 1)), answer: map[string]int{}}
	srv := httptest.NewServer(rc)
	rc.url = srv.URL
	r.cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
	})
	return rc
}

// cloudEvent is as much of an envelope as the receiver looks at.
type cloudEvent struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"`
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Data        json.RawMessage `json:"data"`
}

// ServeHTTP takes one request.
func (rc *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the agent was killed while it sent
	}
	rc.mu.Lock()
	rc.read(r, body)
	manners := rc.manners()
	rc.answer[manners]++
	rc.mu.Unlock()
	switch manners {
	case "500":
		w.WriteHeader(http.StatusInternalServerError)
	case "503":
		w.WriteHeader(http.StatusServiceUnavailable)
	case "hang":
		<-r.Context().Done() // the sink gives up, or its process ends
	case "cut":
		panic(http.ErrAbortHandler)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

func (rc *receiver) manners() string {
	if rc.rand.IntN(1000) >= rc.rude {
		return "taken"
	}
	return []string{"500", "503", "hang", "cut", "cut"}[rc.rand.IntN(5)]
}

// behave says how often the receiver is rude, in a thousand.
func (rc *receiver) behave(rude int) {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.rude = rude
}

// read notes the events of one request.
func (rc *receiver) read(r *http.Request, body []byte) {
	id := r.Header.Get("Webhook-Id")
	mac := hmac.New(sha256.New, []byte(hubSecret))
	mac.Write([]byte(id + "." + r.Header.Get("Webhook-Timestamp") + "."))
	mac.Write(body)
	if got, want := r.Header.Get("Webhook-Signature"), "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)); got != want {
		rc.odd = append(rc.odd, fmt.Sprintf("webhook: request %s is signed %s, want %s", id, got, want))
	}
	if key := r.Header.Get("Idempotency-Key"); key != id || id == "" {
		rc.odd = append(rc.odd, fmt.Sprintf("webhook: request %q has the idempotency key %q", id, key))
	}
	list := []json.RawMessage{body}
	if bytes.HasPrefix(body, []byte("[")) {
		list = nil
		if err := json.Unmarshal(body, &list); err != nil {
			rc.odd = append(rc.odd, fmt.Sprintf("webhook: %v in %.200q", err, body))
		}
	}
	for _, raw := range list {
		var e cloudEvent
		if err := json.Unmarshal(raw, &e); err != nil || e.SpecVersion != "1.0" || e.Source != "oracle" || e.ID == "" {
			rc.odd = append(rc.odd, fmt.Sprintf("webhook: no envelope of ours (%v): %.200q", err, raw))
			continue
		}
		if len(list) == 1 && !bytes.HasPrefix(body, []byte("[")) && e.ID != id {
			rc.odd = append(rc.odd, fmt.Sprintf("webhook: event %s came as %s", e.ID, id))
		}
		rc.inbox.take(e.ID, raw, e.Data)
	}
}

// trouble returns how many requests were not taken, and how many events came more than once, each time counted.
func (rc *receiver) trouble() (refused, again int) {
	rc.mu.Lock()
	for manners, n := range rc.answer {
		if manners != "taken" {
			refused += n
		}
	}
	rc.mu.Unlock()
	rc.inbox.mu.Lock()
	defer rc.inbox.mu.Unlock()
	return refused, rc.inbox.again
}

// oddities is what was wrong with requests.
func (rc *receiver) oddities() []string {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	return rc.odd
}
