package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
)

// overSocket gives the agent an order over its socket, as the program does.
func (s *stage) overSocket(path string, in, out any) int {
	s.t.Helper()
	socket := filepath.Join(s.dataDir, SocketName)
	c := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}}}
	defer c.CloseIdleConnections()
	b, err := json.Marshal(in)
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := c.Post("http://localhost"+path, "application/json", bytes.NewReader(b))
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := json.Unmarshal(body, out); err != nil {
		s.t.Errorf("%s: %s %s", path, resp.Status, body)
	}
	return resp.StatusCode
}

// A post goes from its draft to the blog by orders over the socket: who approved it is on record, and the milestone ends
// where the post does.
func TestPostsAreApprovedAndPublished(t *testing.T) {
	s := newStage(t, blogBlock, nil)
	s.until("both sources have the device", func() bool { d := s.Devices(); return len(d) == 1 && len(d[0].Bindings) == 2 })
	var problem struct{ Detail string }
	if code := s.overSocket("/control/post/publish", struct{}{}, &problem); code != http.StatusConflict || !strings.Contains(problem.Detail, "nothing is approved") {
		t.Errorf("publish without an approval: %d %s", code, problem.Detail)
	}
	if code := s.overSocket("/control/post/approve", ApproveOrder{SHA256: "1234"}, &problem); code != http.StatusConflict || !strings.Contains(problem.Detail, "too short") {
		t.Errorf("approve by a short sum: %d %s", code, problem.Detail)
	}
	var opened MilestoneAnswer
	if code := s.overSocket("/control/post/open", MilestoneOrder{Number: 3, Title: "No more cables"}, &opened); code != http.StatusOK {
		t.Fatalf("open: %d", code)
	}
	var page blogsink.Preview
	if code := s.overSocket("/control/post/preview", PreviewOrder{}, &page); code != http.StatusOK || page.HTML != "" || filepath.Dir(page.Path) != filepath.Join(s.dataDir, "posts", "lab") {
		t.Errorf("preview: %d at %q", code, page.Path)
	}
	var shown, approved blogsink.Prepared
	s.until("what was looked at is approved before it changes", func() bool {
		shown, approved = blogsink.Prepared{}, blogsink.Prepared{}
		if code := s.overSocket("/control/post/prepare", PrepareOrder{}, &shown); code != http.StatusOK || shown.Milestone != 3 || len(shown.Findings) > 0 {
			t.Fatalf("prepare: %d, %+v", code, shown)
		}
		code := s.overSocket("/control/post/approve", ApproveOrder{SHA256: shown.SHA256}, &approved)
		if code != http.StatusConflict && (code != http.StatusOK || approved.SHA256 != shown.SHA256) {
			t.Fatalf("approve: %d, %+v", code, approved)
		}
		return code == http.StatusOK
	})
	all, err := s.store.Approvals(t.Context())
	me, _ := user.Current()
	if err != nil || len(all) != 1 || all[0].By != me.Username || all[0].SHA256 != shown.SHA256 || all[0].Blog != "lab" {
		t.Errorf("on record: %+v, %v; want it by %s", all, err, me.Username)
	}
	var out blogsink.Outcome
	if code := s.overSocket("/control/post/publish", struct{}{}, &out); code != http.StatusOK || out.File != shown.File {
		t.Fatalf("publish: %d, %+v", code, out)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "blog", filepath.FromSlash(out.File))); err != nil {
		t.Error(err)
	}
	if e := s.event("it is told", ofType(device.EventMilestonePublished, "")); e.To != "3" || !strings.Contains(e.Text, filepath.Base(out.File)) {
		t.Errorf("told as %+v", e)
	}
	milestones, err := s.store.Milestones(t.Context())
	if err != nil || len(milestones) != 1 || milestones[0].Ended != shown.Covers || milestones[0].Title != "No more cables" || milestones[0].PublishedAt.IsZero() {
		t.Errorf("the milestone: %+v, %v", milestones, err)
	}
	if next, err := s.openMilestone(t.Context()); err != nil || next.Number != 4 || next.After != shown.Covers {
		t.Errorf("the next one: %+v, %v", next, err)
	}
	if code := s.overSocket("/control/post/publish", struct{}{}, &out); code != http.StatusOK || !out.Already {
		t.Errorf("again: %d, %+v", code, out)
	}
}
