package oracle

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
)

// digest stands for the JSON of one event.
type digest = [sha256.Size]byte

// judge looks at what a fault has left.
type judge struct {
	ledger *ledger
	dir    string // the data folder

	// record is what was on record at the last look, as digests of the events' JSON: it may grow, and never change.
	record []digest
	opened map[uint64]int64 // the event that tells of an observation
	// filed is the cursor of the file sink at the last look.
	filed int64
}

// look examines a copy of the record, as the agent would find it: pages, checksums, numbers, and that every obligation is
// there. Due are the obligations of the moment before the look.
func (j *judge) look(ctx context.Context, scratch string) (odd []string, err error) {
	if err := copyRecord(j.dir, scratch); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	s, err := store.Open(ctx, scratch, store.Options{Temporary: true})
	if err != nil {
		return []string{"the record cannot be opened: " + err.Error()}, nil
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Check(ctx); err != nil {
		odd = append(odd, "the record is damaged: "+err.Error())
	}
	if j.filed, err = s.Cursor(ctx, fileSinkName); err != nil {
		odd = append(odd, err.Error())
	}
	odd = append(odd, j.readEvents(ctx, s)...)
	odd = append(odd, j.missing()...)
	return odd, nil
}

// copyRecord copies the database and its write-ahead log. What the log's index in shared memory says, a crash takes away.
func copyRecord(from, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for _, name := range []string{"quorate.db", "quorate.db-wal"} {
		if err := copyFile(filepath.Join(from, name), filepath.Join(to, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// readEvents reads what is new on record, and compares the last of what was there before.
func (j *judge) readEvents(ctx context.Context, s *store.Store) (odd []string) {
	if j.opened == nil {
		j.opened = map[uint64]int64{}
	}
	known := len(j.record)
	// The end of what was known is read again: the rest was compared when it was the end.
	from := int64(max(0, known-500))
	for {
		events, err := s.Events(ctx, from, 1000)
		if err != nil {
			return append(odd, "events cannot be read: "+err.Error())
		}
		if len(events) == 0 {
			break
		}
		for i := range events {
			e := &events[i]
			if from++; e.Seq != from {
				return append(odd, fmt.Sprintf("event %d stands where %d should", e.Seq, from))
			}
			text, err := json.Marshal(e)
			if err != nil {
				return append(odd, err.Error())
			}
			if e.Seq <= int64(known) {
				if j.record[e.Seq-1] != sha256.Sum256(text) {
					odd = append(odd, fmt.Sprintf("event %d is no longer what it was: %s", e.Seq, text))
				}
				continue
			}
			j.record = append(j.record, sha256.Sum256(text))
			odd = append(odd, j.event(e)...)
		}
	}
	if from < int64(known) {
		odd = append(odd, fmt.Sprintf("the record ends with event %d; it had reached %d", from, known))
	}
	return odd
}

// event compares an event with what was issued.
func (j *judge) event(e *device.Event) []string {
	if e.Device != nil && e.Device.Name != "" && !strings.HasPrefix(e.Device.Name, "feed-") {
		return []string{fmt.Sprintf("event %d is about %s, which nobody has named", e.Seq, e.Device.Name)}
	}
	if e.Type != device.EventAlertOpened && e.Type != device.EventAlertClosed {
		return nil
	}
	id, ok := number(e)
	if !ok {
		return []string{fmt.Sprintf("event %d is about the problem %q, which nobody has issued", e.Seq, e.Alert)}
	}
	j.ledger.mu.Lock()
	feed, issued := j.ledger.issued[id]
	j.ledger.mu.Unlock()
	if !issued {
		return []string{fmt.Sprintf("event %d is about observation %d, which nobody has issued", e.Seq, id)}
	}
	if e.Source != feed {
		return []string{fmt.Sprintf("event %d gives observation %d to %s; %s issued it", e.Seq, id, e.Source, feed)}
	}
	if e.Type == device.EventAlertClosed {
		if j.opened[id] == 0 {
			return []string{fmt.Sprintf("event %d ends observation %d, of which nobody was told", e.Seq, id)}
		}
		return nil
	}
	if before := j.opened[id]; before != 0 {
		return []string{fmt.Sprintf("the events %d and %d both tell of observation %d", before, e.Seq, id)}
	}
	j.opened[id] = e.Seq
	want := j.ledger.alert(id)
	if !e.Since.Equal(want.Since) || e.To != want.Severity || e.Reason != want.State || e.Component != want.Component || !strings.Contains(e.Text, cut(want.Text)) {
		return []string{fmt.Sprintf("event %d says of observation %d what nobody said: %+v, want %+v", e.Seq, id, *e, want)}
	}
	return nil
}

// number is the number of the observation that an event is about.
func number(e *device.Event) (uint64, bool) {
	id, err := strconv.ParseUint(strings.TrimPrefix(e.Alert, "o-"), 10, 64)
	return id, err == nil && alertRef(id) == e.Alert
}

// cut is that much of a text as an event tells in any case.
func cut(s string) string {
	const told = 200 // characters; the rest may be cut off
	if r := []rune(s); len(r) > told {
		return string(r[:told])
	}
	return s
}

// missing lists the obligations that are not on record. One is enough to fail: of more only the number is told.
func (j *judge) missing() (odd []string) {
	j.ledger.mu.Lock()
	defer j.ledger.mu.Unlock()
	n := 0
	for id := range j.ledger.obliged {
		if j.opened[id] == 0 {
			if n++; n <= 3 {
				odd = append(odd, fmt.Sprintf("LOST: observation %d was called durable and is not on record", id))
			}
		}
	}
	if n > 3 {
		odd = append(odd, fmt.Sprintf("LOST: and %d more", n-3))
	}
	return append(odd, j.ledger.odd...)
}
