package leakcheck

import (
	"bytes"
	"encoding/binary"
)

// container names the image format of b, "" for text.
func container(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return "png"
	case bytes.HasPrefix(b, []byte{0xff, 0xd8, 0xff}):
		return "jpeg"
	}
	return ""
}

// image reads what an image says besides its pixels. Exif is a finding in itself: it may hold the place, the owner and
// the camera's serial number in binary form.
func (c *Checker) image(kind string, b []byte) []hit {
	if kind == "png" {
		return c.png(b)
	}
	return c.jpeg(b)
}

func (c *Checker) png(b []byte) []hit {
	var hits []hit
	for at := 8; at+12 <= len(b); {
		n := int(binary.BigEndian.Uint32(b[at:]))
		if n < 0 || at+12+n > len(b) {
			return append(hits, hit{"image_metadata", at, len(b)})
		}
		body := b[at+8 : at+8+n]
		switch string(b[at+4 : at+8]) {
		case "tEXt", "iTXt":
			for _, h := range c.bytes(body) {
				hits = append(hits, hit{h.kind, at + 8 + h.start, at + 8 + h.end})
			}
		case "zTXt", "eXIf":
			hits = append(hits, hit{"image_metadata", at, at + 12 + n})
		}
		at += 12 + n
		if at == len(b) {
			return hits
		}
	}
	return append(hits, hit{"image_metadata", len(b) - 1, len(b)}) // cut short, or something hangs behind
}

func (c *Checker) jpeg(b []byte) []hit {
	var hits []hit
	for at := 2; at+4 <= len(b) && b[at] == 0xff && b[at+1] != 0xda; {
		n := int(binary.BigEndian.Uint16(b[at+2:]))
		if n < 2 || at+2+n > len(b) {
			return append(hits, hit{"image_metadata", at, len(b)})
		}
		switch marker := b[at+1]; {
		case marker >= 0xe1 && marker <= 0xef && marker != 0xe2 && marker != 0xee: // Exif, XMP, IPTC; not colour profiles
			hits = append(hits, hit{"image_metadata", at, at + 2 + n})
		case marker == 0xfe:
			for _, h := range c.bytes(b[at+4 : at+2+n]) {
				hits = append(hits, hit{h.kind, at + 4 + h.start, at + 4 + h.end})
			}
		}
		at += 2 + n
	}
	return hits
}
