package lab

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"
)

func TestJSON(t *testing.T) {
	o := object{{"z", 1}, {"a", `say "hi" \ <b>/ü🙂`}, {"n", nil}, {"f", 1.5}, {"list", []object{{{"x", true}}, {}}}, {"other", []int{1}}}
	plain, err := compact(o)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"z":1,"a":"say \"hi\" \\ <b>/ü🙂","n":null,"f":1.5,"list":[{"x":true},{}],"other":[1]}`
	if string(plain) != want {
		t.Errorf("got  %s\nwant %s", plain, want)
	}
	php, err := likePHP(object{{"a", "b/ü🙂"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := "{\n    \"a\": \"b\\/\\u00fc\\ud83d\\ude42\"\n}"; string(php) != want {
		t.Errorf("got  %s\nwant %s", php, want)
	}
	for _, b := range [][]byte{plain, php} {
		if !json.Valid(b) {
			t.Errorf("not JSON: %s", b)
		}
	}
}

func BenchmarkPRTGSensors(b *testing.B) {
	w, err := NewWorld(Home(), time.Now)
	if err != nil {
		b.Fatal(err)
	}
	p := NewPRTG(w, PRTGOptions{})
	q := url.Values{"content": {"sensors"}, "count": {"5000"},
		"columns": {"objid,parentid,device,sensor,type,status,message,lastvalue,lastcheck,lastup,lastdown,interval,priority,tags,active"}}
	for b.Loop() {
		_, body := p.table(q, time.Now())
		if _, err := compact(body); err != nil {
			b.Fatal(err)
		}
	}
}
