package store

import (
	"bufio"
	"bytes"
	"compress/flate"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/quorate/quorate/pipeline"
)

// A checkpoint keeps the state after one instant, so that the polls since can be judged again. It is read from the
// database in one read transaction, beside the commits, which wait only while its one row is stored. Its body is the
// rows of the tables of the state, compressed: per table its name, then every row after a byte of 1, and a byte of 0;
// a value is its type, and its length where that varies, as in a checksum.

// maxCell bounds what a damaged body can make us take: a value is a row's body.
const maxCell = 1 << 30

var errCheckpoint = errors.New("the checkpoint is cut short or malformed")

// Checkpoint keeps the state of the last commit and returns its instant; zero where nothing was committed since the
// newest checkpoint.
func (s *Store) Checkpoint(ctx context.Context) (time.Time, error) {
	at, err := s.keepState(ctx)
	if err != nil {
		return at, fmt.Errorf("checkpoint: %w", err)
	}
	return at, nil
}

func (s *Store) keepState(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, queryLimit)
	defer cancel()
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return time.Time{}, classify(err)
	}
	defer func() { _ = tx.Rollback() }()
	var batch, seq, at, instant, poll, observation, newest int64
	err = tx.QueryRowContext(ctx, `SELECT batch, seq, at, (SELECT coalesce(max(id), 0) FROM instant), (SELECT coalesce(max(id), 0) FROM poll),
		(SELECT coalesce(max(id), 0) FROM observation), (SELECT coalesce(max(batch), 0) FROM checkpoint) FROM last WHERE at IS NOT NULL`).
		Scan(&batch, &seq, &at, &instant, &poll, &observation, &newest)
	if errors.Is(err, sql.ErrNoRows) || err == nil && batch == newest {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, classify(err)
	}
	body, err := s.packState(ctx, tx)
	if err != nil {
		return time.Time{}, err
	}
	if err := tx.Rollback(); err != nil { // the row is stored without holding back the write-ahead log
		return time.Time{}, classify(err)
	}
	err = s.w.update(func() error {
		v, err := s.w.values("SELECT coalesce(max(id), 0) + 1 FROM checkpoint")
		if err != nil {
			return err
		}
		return s.w.put(s.t.checkpoint, columns(v).int(0), at, batch, seq, instant, poll, observation, body)
	})
	return time.UnixMicro(at).UTC(), err
}

func (s *Store) packState(ctx context.Context, tx *sql.Tx) ([]byte, error) {
	var packed bytes.Buffer
	// Speed before size: a day's checkpoint of 10,000 devices is a few megabytes either way.
	z, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriter(z)
	for _, t := range s.t.state() {
		cell := appendCell(nil, t.name)
		if _, err := w.Write(cell); err != nil {
			return nil, err
		}
		err := eachOf(ctx, tx, t.table, t.ordered(), nil, func(c columns) error {
			cell = append(cell[:0], 1)
			for _, v := range c {
				cell = appendCell(cell, v)
			}
			_, err := w.Write(cell)
			return err
		})
		if err != nil {
			return nil, err
		}
		if err := w.WriteByte(0); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(w.Flush(), z.Close()); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

func appendCell(b []byte, v any) []byte {
	switch v := v.(type) {
	case int64:
		return binary.AppendVarint(append(b, 'i'), v)
	case string:
		return append(binary.AppendUvarint(append(b, 't'), uint64(len(v))), v...)
	case []byte:
		return append(binary.AppendUvarint(append(b, 'b'), uint64(len(v))), v...)
	}
	return append(b, 'n') // no table of the state has other types
}

// unpackState reads what packState wrote.
func (r *Reader) unpackState(body []byte) (pipeline.Loaded, error) {
	l := empty()
	known := map[string]stateTable{}
	for _, t := range r.t.state() {
		known[t.name] = t
	}
	in := bufio.NewReader(flate.NewReader(bytes.NewReader(body)))
	var sum summer
	for {
		name, err := readCell(in)
		if errors.Is(err, io.EOF) {
			return l, nil
		}
		if err != nil {
			return l, errCheckpoint
		}
		text, _ := name.(string)
		t, ok := known[text]
		for {
			more, err := in.ReadByte()
			if err != nil || !ok {
				return l, errCheckpoint
			}
			if more == 0 {
				break
			}
			row := make(columns, t.n)
			for i := range row {
				if row[i], err = readCell(in); err != nil {
					return l, errCheckpoint
				}
			}
			if err := t.verify(&sum, row); err != nil {
				return l, err
			}
			if err := t.take(row, &l); err != nil {
				return l, t.corrupt(row, err.Error())
			}
		}
	}
}

// readCell returns io.EOF where there is none.
func readCell(in *bufio.Reader) (any, error) {
	kind, err := in.ReadByte()
	if err != nil {
		return nil, err
	}
	switch kind {
	case 'n':
		return nil, nil
	case 'i':
		v, err := binary.ReadVarint(in)
		return v, unexpected(err)
	case 't', 'b':
		n, err := binary.ReadUvarint(in)
		if err != nil || n > maxCell {
			return nil, errCheckpoint
		}
		b, err := io.ReadAll(io.LimitReader(in, int64(n)))
		if err != nil || uint64(len(b)) != n {
			return nil, errCheckpoint
		}
		if kind == 't' {
			return string(b), nil
		}
		return b, nil
	}
	return nil, errCheckpoint
}

// unexpected makes the end of the bytes within a value an error.
func unexpected(err error) error {
	if err != nil {
		return errCheckpoint
	}
	return nil
}

// LastCheckpoint returns the instant of the newest checkpoint, zero where there is none.
func (r *Reader) LastCheckpoint(ctx context.Context) (time.Time, error) {
	var at sql.NullInt64
	if err := r.db.QueryRowContext(ctx, "SELECT max(at) FROM checkpoint").Scan(&at); err != nil {
		return time.Time{}, fmt.Errorf("newest checkpoint: %w", classify(err))
	}
	if !at.Valid {
		return time.Time{}, nil
	}
	return time.UnixMicro(at.Int64).UTC(), nil
}
