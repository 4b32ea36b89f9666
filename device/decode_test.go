package device

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestDecodeSnapshot(t *testing.T) {
	for _, tt := range []struct {
		name, line string
		want       func(*testing.T, Snapshot)
		err        string
	}{
		{"a poll", `{"at":"2026-01-01T01:00:00+01:00","source":"librenms","source_clock":"2025-12-31T23:59:58Z","observations":[{"ref":"1","claims":[{"facet":"reach","state":"up","interval":"300s","confidence":0}]}]}`, func(t *testing.T, s Snapshot) {
			if s.Partial || s.Source != "librenms" || len(s.Observations) != 1 || s.At != time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) {
				t.Errorf("%+v", s)
			}
			c := s.Observations[0].Claims[0]
			if c.Sure() != 0 || time.Duration(c.Interval) != 5*time.Minute {
				t.Errorf("%+v", c)
			}
		}, ""},
		{"a part of a poll", `{"at":"2026-01-01T00:00:00Z","source":"a","complete":false}`, func(t *testing.T, s Snapshot) {
			if !s.Partial {
				t.Error("taken for complete")
			}
		}, ""},
		{"a failed poll", `{"at":"2026-01-01T00:00:00Z","source":"a","error":"timeout"}`, func(t *testing.T, s Snapshot) {
			if s.Err != "timeout" {
				t.Errorf("%+v", s)
			}
		}, ""},
		{"the clock", `{"at":"2026-01-01T00:00:00Z"}`, func(*testing.T, Snapshot) {}, ""},
		{"fields of the future", `{"at":"2026-01-01T00:00:00Z","source":"a","mood":1,"observations":[{"ref":"1","mood":{}}]}`, func(t *testing.T, s Snapshot) {
			if len(s.Observations) != 1 || len(s.Rejected) != 0 {
				t.Errorf("%+v", s)
			}
		}, ""},
		{"one bad observation of two", `{"at":"2026-01-01T00:00:00Z","source":"a","observations":[{"ref":"1","claims":[{"facet":"mood","state":"up"}]},{"ref":"2"}]}`, func(t *testing.T, s Snapshot) {
			if len(s.Observations) != 1 || s.Observations[0].Ref != "2" || len(s.Rejected) != 1 || s.Rejected[0].Ref != "1" || !strings.Contains(s.Rejected[0].Reason, "mood") {
				t.Errorf("%+v", s)
			}
		}, ""},
		{"a type that does not fit", `{"at":"2026-01-01T00:00:00Z","source":"a","observations":[{"ref":7},{"ref":"2"}]}`, func(t *testing.T, s Snapshot) {
			if len(s.Observations) != 1 || len(s.Rejected) != 1 {
				t.Errorf("%+v", s)
			}
		}, ""},
		{"no time", `{"source":"a"}`, nil, `"at" is missing`},
		{"no source", `{"at":"2026-01-01T00:00:00Z","observations":[{"ref":"1"}]}`, nil, `"source" is missing`},
		{"failed and told", `{"at":"2026-01-01T00:00:00Z","source":"a","error":"x","observations":[{"ref":"1"}]}`, nil, "carries no observations"},
		{"long ago", `{"at":"1999-01-01T00:00:00Z"}`, nil, "before the year 2000"},
		{"no JSON", `{"at":`, nil, "unexpected end"},
		{"a bare number for a duration", `{"at":"2026-01-01T00:00:00Z","source":"a","observations":[{"ref":"1","claims":[{"facet":"reach","state":"up","interval":300}]}]}`, func(t *testing.T, s Snapshot) {
			if len(s.Rejected) != 1 || !strings.Contains(s.Rejected[0].Reason, `such as "60s"`) {
				t.Errorf("%+v", s.Rejected)
			}
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := DecodeSnapshot([]byte(tt.line))
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("%v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			tt.want(t, s)
		})
	}
}

// What is wrong is said in the words of the format.
func TestDecodeSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{`7`, "number where an object belongs"},
		{`[]`, "array where an object belongs"},
		{`{"at":"yesterday"}`, `"yesterday" is no time such as "2026-01-01T00:00:00Z"`},
		{`{"at":"2026-02-30T00:00:00Z"}`, `"2026-02-30T00:00:00Z" is no time such as "2026-01-01T00:00:00Z"`},
		{`{"at":"2026-01-01T00:00:00Z","source":7}`, "source: number does not fit"},
	} {
		if _, err := DecodeSnapshot([]byte(c.line)); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.line, err, c.want)
		}
	}
	for _, c := range []struct{ line, want string }{
		{`{"ref":"1","claims":[{"confidence":"1"}]}`, "claims.confidence: string does not fit"},
		{`{"ref":"1","claims":[{"confidence":1e400}]}`, "claims.confidence: number 1e400 does not fit"},
		{`{"ref":7}`, "ref: number does not fit"},
		{`null`, "ref is empty"},
	} {
		if _, err := DecodeObservation([]byte(c.line)); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.line, err, c.want)
		}
	}
}

func TestDecodeRefusesBrokenUTF8(t *testing.T) {
	if _, err := DecodeObservation([]byte("{\"ref\":\"nas\xff\"}")); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("broken UTF-8: %v", err)
	}
}

// FuzzDecodeObservation: what is accepted is valid, and survives its own JSON form unchanged.
func FuzzDecodeObservation(f *testing.F) {
	f.Add([]byte(`{"ref":"12","name":"nas1","addresses":["192.0.2.10"],"observed_at":"2026-01-01T00:00:00Z","claims":[{"facet":"reach","state":"up","confidence":1,"interval":"300s"}]}`))
	f.Add([]byte(`{"ref":"1","abstain":"paused","readings":[{"quantity":"load","value":1e300}],"links":[{"component":"port:A1","mac":"00:00:5e:00:53:02"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := DecodeObservation(b)
		if err != nil {
			return
		}
		if err := o.Validate(); err != nil {
			t.Fatalf("accepted and not valid: %v", err)
		}
		again, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		back, err := DecodeObservation(again)
		if err != nil {
			t.Fatalf("its own form is refused: %v\n%s", err, again)
		}
		third, err := json.Marshal(back)
		if err != nil || string(third) != string(again) {
			t.Fatalf("changed on the way:\n%s\n%s", again, third)
		}
	})
}

func TestSnapshotRoundTrip(t *testing.T) {
	want := Snapshot{At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Source: "a", Partial: true, Observations: []Observation{{Identity: Identity{Ref: "1"}}}}
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeSnapshot(b)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}
