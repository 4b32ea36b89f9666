package store

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// TestPlansWriteWhatMarshalWrites holds for every type that is stored as a body, with every field of it filled.
func TestPlansWriteWhatMarshalWrites(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	var p jsonPlans
	for _, example := range []any{
		device.Event{}, device.Verdict{}, device.Observation{}, device.Current{},
		identity.Device{}, identity.Binding{},
		consensus.Device{}, consensus.SourceState{}, consensus.Global{},
		odd{},
	} {
		typ := reflect.TypeOf(example)
		t.Run(typ.String(), func(t *testing.T) {
			for range 500 {
				v := reflect.New(typ)
				fill(r, v.Elem(), 0)
				want, wantErr := json.Marshal(v.Interface())
				got, err := p.append([]byte("x"), v.Interface())
				if (err == nil) != (wantErr == nil) {
					t.Fatalf("seed %d: %v, want %v", seed, err, wantErr)
				}
				if err == nil && string(got) != "x"+string(want) {
					t.Fatalf("seed %d:\ngot  %s\nwant x%s", seed, got, want)
				}
			}
		})
	}
}

// odd has what a later type may bring.
type odd struct {
	inner
	device.Name
	Same   string `json:"same"`
	Text   device.Secret
	Any    any            `json:"any,omitempty"`
	Bytes  []byte         `json:"bytes"`
	Map    map[string]int `json:"map,omitempty"`
	Quoted int            `json:"quoted,string"`
	Hidden string         `json:"-"`
	Array  [2]float64     `json:"array,omitzero"`
	Self   *odd           `json:"self,omitempty"`
	Zero   zero           `json:"zero,omitzero"`
}

type inner struct {
	Same int `json:"same"`
}

type zero struct{ N int }

func (z *zero) IsZero() bool { return z.N < 100 }

func fill(r *rand.Rand, v reflect.Value, depth int) {
	if r.IntN(4) == 0 || !v.CanSet() || depth > 6 {
		return
	}
	if t, ok := reflect.TypeAssert[*time.Time](v.Addr()); ok {
		zones := []*time.Location{time.UTC, time.UTC, time.UTC, time.FixedZone("x", 3600), time.Local}
		*t = time.Unix(r.Int64N(1<<32), r.Int64N(3)*r.Int64N(1e9)).In(zones[r.IntN(len(zones))])
		if r.IntN(500) == 0 {
			*t = time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		texts := []string{"nas1", "", "ü", "a\"b\\c", "<b>&", "line\nend", "\xff", "\u2028", "d_0123456789", "~ \x7f"}
		v.SetString(texts[r.IntN(len(texts))])
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(r.Int64() >> r.IntN(64))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(r.Uint64() >> r.IntN(64))
	case reflect.Float64:
		numbers := []float64{0, 1, -0.5, 1.0 / 3, 1e-7, -1e21, 1e300, 5e-324, 123456789.25, math.Copysign(0, -1)}
		v.SetFloat(numbers[r.IntN(len(numbers))])
		if r.IntN(500) == 0 {
			v.SetFloat(math.NaN())
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(r, v.Elem(), depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(3), 3))
		for i := range v.Len() {
			fill(r, v.Index(i), depth+1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range r.IntN(3) {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(r, key, depth+1)
			fill(r, value, depth+1)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		for _, f := range v.Fields() {
			fill(r, f, depth+1)
		}
	}
}

func BenchmarkBody(b *testing.B) {
	r := changed(1, 1)
	d := r.Devices[r.Verdicts[0].Device.ID]
	for name, v := range map[string]any{"event": &r.Events[0], "verdict": &r.Verdicts[0], "device": d} {
		b.Run("marshal/"+name, func(b *testing.B) {
			for b.Loop() {
				if _, err := json.Marshal(v); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("plan/"+name, func(b *testing.B) {
			var p jsonPlans
			var buf []byte
			for b.Loop() {
				var err error
				if buf, err = p.append(buf[:0], v); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(len(buf)))
		})
	}
}
