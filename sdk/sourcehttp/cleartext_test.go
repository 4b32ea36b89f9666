package sourcehttp

import "testing"

func TestEncrypted(t *testing.T) {
	for url, want := range map[string]string{
		"http://monitor.example.net":           "https://monitor.example.net",
		"http://monitor.example.net:8080/path": "https://monitor.example.net/path",
		"http://[2001:db8::1]:8080":            "https://[2001:db8::1]",
		"http://192.0.2.1":                     "https://192.0.2.1",
		"https://monitor.example.net:8443":     "",
		"http://localhost:8080":                "",
		"http://127.0.0.1:8080":                "",
		"http://[::1]:8080":                    "",
	} {
		c, err := New(Config{URL: url}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Encrypted(); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}
