package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
)

//go:embed static/*
var staticFiles embed.FS

// asset is a static file as it is served.
type asset struct {
	kind  string
	plain []byte
	gz    []byte // nil for what is too small
}

// loadAssets names each static file by its content. All style sheets are one file, so that a page asks once. The scripts
// are modules that import each other by their plain names: they share a folder, which is named by what all of them say.
func (p *pages) loadAssets() error {
	entries, err := fs.ReadDir(staticFiles, "static")
	if err != nil {
		return fmt.Errorf("static files: %w", err)
	}
	// The sheet that the others build on comes first.
	base, err := staticFiles.ReadFile("static/quorate.css")
	if err != nil {
		return fmt.Errorf("static files: %w", err)
	}
	sheets, scripts, all := bytes.NewBuffer(base), map[string][]byte{}, sha256.New()
	for _, e := range entries {
		if e.Name() == "quorate.css" {
			continue
		}
		b, err := staticFiles.ReadFile("static/" + e.Name())
		if err != nil {
			return fmt.Errorf("static file %s: %w", e.Name(), err)
		}
		switch path.Ext(e.Name()) {
		case ".css":
			sheets.Write(b)
		case ".js":
			scripts[e.Name()] = b
			fmt.Fprintf(all, "%s %d\n%s", e.Name(), len(b), b)
		default:
			if err := p.addAsset(e.Name(), hashed(e.Name(), b), b); err != nil {
				return err
			}
		}
	}
	folder := "/static/" + hex.EncodeToString(all.Sum(nil)[:6]) + "/"
	for name, b := range scripts {
		if err := p.addAsset(name, folder+name, b); err != nil {
			return err
		}
	}
	return p.addAsset("quorate.css", hashed("quorate.css", sheets.Bytes()), sheets.Bytes())
}

// hashed is the address of a file with its content in the name.
func hashed(name string, b []byte) string {
	sum, ext := sha256.Sum256(b), path.Ext(name)
	return "/static/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
}

func (p *pages) addAsset(name, url string, b []byte) error {
	kinds := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	var gz bytes.Buffer
	z := gzip.NewWriter(&gz)
	if _, err := z.Write(b); err != nil {
		return fmt.Errorf("compress %s: %w", name, err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("compress %s: %w", name, err)
	}
	p.assets[url], p.urls[name] = asset{kind: kinds[path.Ext(name)], plain: b, gz: gz.Bytes()}, url
	return nil
}

// modules are the addresses of what the script of every page imports: named in the page, they are fetched side by side.
func (p *pages) modules() []string {
	var all []string
	for name, url := range p.urls {
		if path.Ext(name) == ".js" && name != "quorate.js" && name != "events.js" {
			all = append(all, url)
		}
	}
	slices.Sort(all)
	return all
}

func (s *Site) static(w http.ResponseWriter, r *http.Request) {
	a, ok := s.pages.assets[r.URL.Path]
	if n, isIcon := iconNumber(r.URL.Path); isIcon {
		a, ok = iconWith(n), true
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	if a.gz != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		_, _ = w.Write(a.gz)
		return
	}
	_, _ = w.Write(a.plain)
}
