package store

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// summer computes the checksum of rows. It keeps a buffer and is not safe for concurrent use.
type summer struct{ buf []byte }

// row returns the CRC32C over table and the columns of one row, each with its type and length, so that bytes that
// move from one column to the next are seen as well. The columns are as SQLite holds them: nil, int64, float64, string
// or []byte.
func (s *summer) row(table string, columns []any) int64 {
	b := append(s.buf[:0], table...)
	var crc uint32
	for _, c := range columns {
		switch v := c.(type) {
		case nil:
			b = append(b, 'n')
		case int64:
			b = binary.LittleEndian.AppendUint64(append(b, 'i'), uint64(v))
		case float64:
			b = binary.LittleEndian.AppendUint64(append(b, 'f'), math.Float64bits(v))
		case string:
			b = binary.LittleEndian.AppendUint32(append(b, 't'), uint32(len(v)))
			b = append(b, v...)
		case []byte:
			b = binary.LittleEndian.AppendUint32(append(b, 'b'), uint32(len(v)))
			// A body is long: it is read where it is instead of being copied.
			crc = crc32.Update(crc32.Update(crc, castagnoli, b), castagnoli, v)
			b = b[:0]
		}
	}
	s.buf = b
	return int64(crc32.Update(crc, castagnoli, b))
}
