package store

import (
	"cmp"
	"database/sql/driver"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
)

// ids are the last ones given in the tables whose ids we give, so that the checksums cover them.
type ids struct{ instant, poll, observation, rejected int64 }

// encoder turns a record into chunks on a goroutine of its own: while SQLite stores one, the next is made.
type encoder struct {
	t    *tables
	out  chan<- *chunk
	free <-chan *chunk // chunks to use again
	stop <-chan struct{}
	json *jsonPlans
	sum  summer

	now  *chunk
	dead bool // stopped, or failed: the rest is passed over
}

// run sends the rows that fill makes and closes out. An error is the last chunk.
func (e *encoder) run(fill func(*encoder)) {
	defer close(e.out)
	fill(e)
	e.flush()
}

// record adds all rows of r, whose ids follow last.
func (e *encoder) record(r *pipeline.Record, last ids) {
	at := time.UnixMicro(0)
	for _, at = range r.Instants {
		last.instant++
		e.row(e.t.instant, last.instant, micros(at), r.ConfigHash)
	}
	for i := range r.Inputs {
		e.input(last.instant, &r.Inputs[i])
	}
	for i := range r.Polls {
		last.poll++
		e.poll(last.poll, &r.Polls[i])
	}
	e.observations(r.Observations, last.observation)
	e.events(r)
	e.rejected(at, r.Rejected, last.rejected)
	e.states(r)
}

// input is kept under the id of the newest instant: a record has one instant.
func (e *encoder) input(id int64, in *pipeline.Input) {
	if in.Orders == nil {
		e.row(e.t.input, id, micros(in.At), flag(in.Restart), nil)
		return
	}
	e.body(e.t.input, in.Orders, id, micros(in.At), flag(in.Restart))
}

func (e *encoder) rejected(at time.Time, rows []device.Rejection, id int64) {
	for i := range rows {
		x := &rows[i]
		id++
		e.row(e.t.rejected, id, at.UnixMicro(), x.Source, x.Ref, x.Reason, blob(x.Body))
	}
}

func (e *encoder) poll(id int64, p *pipeline.Poll) {
	e.row(e.t.poll, id, p.Source, int64(p.Number), micros(p.Started), micros(p.Ended), micros(p.At), micros(p.SourceClock), p.Err,
		flag(p.Partial), int64(p.Count), int64(p.Rejected), blob(encodeMarks(p.At, p.Probe, p.Marks)))
}

// observations go in by ref: their index is by ref, and neighbours in it cost less.
func (e *encoder) observations(rows []pipeline.ObservationRow, id int64) {
	byRef := func(a, b pipeline.ObservationRow) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Ref, b.Ref))
	}
	if !slices.IsSortedFunc(rows, byRef) {
		rows = slices.SortedStableFunc(slices.Values(rows), byRef)
	}
	for i := range rows {
		o := &rows[i]
		id++
		e.row(e.t.observation, id, o.Source, o.Ref, string(o.Device), micros(o.ObservedAt), micros(o.RecordedAt), string(o.Novelty),
			flag(o.Late), int64(o.Print), o.Body)
	}
}

func (e *encoder) events(r *pipeline.Record) {
	for i := range r.Events {
		v := &r.Events[i]
		var of any
		if v.Device != nil {
			of = string(v.Device.ID)
		}
		e.body(e.t.event, v, v.Seq, v.ID, string(v.Type), micros(v.At), of)
	}
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		e.body(e.t.verdict, v, v.Seq, string(v.Device.ID), micros(v.DecidedAt))
	}
}

func (e *encoder) states(r *pipeline.Record) {
	for _, id := range slices.Sorted(maps.Keys(r.IdentityDevices)) {
		e.body(e.t.identityDevice, r.IdentityDevices[id], string(id))
	}
	for _, ref := range slices.SortedFunc(maps.Keys(r.Bindings), device.SourceRef.Compare) {
		var of string
		b := r.Bindings[ref]
		if b != nil {
			of = string(b.Device)
		}
		e.body(e.t.binding, b, ref.Source, ref.Ref, of)
	}
	for _, id := range slices.Sorted(maps.Keys(r.Devices)) {
		e.body(e.t.consensusDevice, r.Devices[id], string(id))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Dates)) {
		e.row(e.t.dates, name, r.Dates[name])
	}
	for _, name := range slices.Sorted(maps.Keys(r.Sources)) {
		e.body(e.t.source, r.Sources[name], name)
	}
	if r.Global != nil {
		e.body(e.t.global, r.Global, int64(1))
	}
	for i := range r.Readings {
		x := &r.Readings[i]
		e.row(e.t.reading, x.Source, x.Ref, x.Component, x.Quantity, x.Value, x.Unit, micros(x.ObservedAt))
	}
}

// body adds the row of keys and, as its last column, the JSON form of what ptr points to.
func (e *encoder) body(t *table, ptr any, keys ...any) {
	if e.dead {
		return
	}
	c := e.room(t)
	from := len(c.buf)
	var err error
	if c.buf, err = e.json.append(c.buf, ptr); err != nil {
		e.flush()
		e.send(&chunk{err: fmt.Errorf("encode %T: %w", ptr, err)})
		e.dead = true
		return
	}
	e.row(t, append(keys, c.buf[from:len(c.buf):len(c.buf)])...)
}

func (e *encoder) row(t *table, vals ...any) {
	if e.dead {
		return
	}
	c := e.room(t)
	for _, v := range vals {
		c.args = append(c.args, driver.NamedValue{Value: v})
	}
	c.args = append(c.args, driver.NamedValue{Value: e.sum.row(t.name, vals)})
}

// room returns the chunk that the next row of t goes to.
func (e *encoder) room(t *table) *chunk {
	if e.now != nil && (e.now.t != t || len(e.now.args) == bulkRows*t.n) {
		e.flush()
	}
	if e.now == nil {
		e.now = e.chunk(t)
	}
	return e.now
}

func (e *encoder) chunk(t *table) *chunk {
	select {
	case c := <-e.free:
		c.t, c.args, c.buf = t, c.args[:0], c.buf[:0]
		return c
	default:
		return &chunk{t: t, args: make([]driver.NamedValue, 0, bulkRows*t.n)}
	}
}

func (e *encoder) flush() {
	if e.now != nil {
		e.send(e.now)
		e.now = nil
	}
}

func (e *encoder) send(c *chunk) {
	select {
	case e.out <- c:
	case <-e.stop:
		e.dead = true
	}
}

// micros is the stored form of a time: microseconds since 1970, NULL for none.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// blob is b, NULL where it is empty.
func blob(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}
