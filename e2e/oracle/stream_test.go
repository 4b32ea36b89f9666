package oracle

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// follow reads the live stream of an agent into the inbox until the agent ends. It goes on where the inbox is: what a
// client of the API has been told is committed, and comes once. A client that is too slow for a while is dropped, which
// is no loss: it comes again, as every client does.
func (a *agent) follow(in *inbox) {
	url := ""
	for url == "" {
		select {
		case <-a.ended:
			return
		case <-a.news:
			if m := page.FindStringSubmatch(a.output()); m != nil {
				url = m[1]
			}
		}
	}
	for again := time.Duration(0); ; again = 50 * time.Millisecond {
		select {
		case <-a.ended:
			return
		case <-time.After(again):
			read(url, in)
		}
	}
}

// read reads the live stream into the inbox until either side ends it.
func read(url string, in *inbox) {
	req, err := http.NewRequest(http.MethodGet, url+"/api/v1/stream", nil)
	if err != nil {
		return
	}
	req.Header.Set("Last-Event-ID", strconv.FormatInt(in.upTo(), 10))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return // the agent has ended, or is about to
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	kind, data := "", ""
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "event":
			kind = value
		case "data":
			data = value
		case "": // the empty line behind a frame that has come whole
			if strings.Contains(kind, ".") { // any other tells of the stream: where it is, or why it ends
				in.take("", []byte(data), []byte(data))
			}
			kind, data = "", ""
		}
	}
}
