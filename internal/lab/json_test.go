package lab

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

func TestJSON(t *testing.T) {
	o := object{{"z", 1}, {"a", `say "hi" \ <b>/ü🙂`}, {"n", nil}, {"f", 1.5}, {"list", []object{{{"x", true}}, {}}}, {"other", []int{1}}}
	plain, err := appendJSON(nil, o)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"z":1,"a":"say \"hi\" \\ <b>/ü🙂","n":null,"f":1.5,"list":[{"x":true},{}],"other":[1]}`
	if string(plain) != want {
		t.Errorf("got  %s\nwant %s", plain, want)
	}
	php, err := appendPHP(nil, object{{"a", "b/ü🙂"}}, 0)
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
	p := NewPRTG(w, PRTGOptions{APIToken: "k"})
	q := url.Values{"apitoken": {"k"}, "content": {"sensors"}, "count": {"5000"},
		"columns": {"objid,parentid,device,sensor,type,status,message,lastvalue,lastcheck,lastup,lastdown,interval,priority,tags,active"}}
	for b.Loop() {
		w := httptest.NewRecorder()
		p.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/table.json?"+q.Encode(), nil))
		if w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
