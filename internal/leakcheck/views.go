package leakcheck

import "bytes"

// rendered is the text as a reader of the page sees it: without tags, comments, emphasis, code marks and Markdown's
// backslashes, and with defanged dots and at signs restored. It is nil where that changes nothing.
func rendered(v *view) *view {
	s := v.cased
	if !bytes.ContainsAny(s, "<*`~\\[({") && !bytes.Contains(v.lower, []byte(" dot ")) {
		return nil
	}
	out, changed := newBuilder(v), false
	for i := 0; i < len(s); {
		if n := markup(s[i:]); n > 0 {
			i, changed = i+n, true
			continue
		}
		if text, n := defanged(v.lower[i:]); n > 0 {
			out.put(text, i, i+n)
			i, changed = i+n, true
			continue
		}
		out.put(string(s[i:i+1]), i, i+1)
		i++
	}
	if !changed {
		return nil
	}
	return out.done()
}

// markup returns the length of the mark that s begins with, 0 for text.
func markup(s []byte) int {
	switch s[0] {
	case '*', '`', '~':
		return 1
	case '\\':
		if len(s) > 1 && bytes.IndexByte([]byte(".-_:*@[](){}#+!|`"), s[1]) >= 0 {
			return 1
		}
	case '<':
		if end := bytes.IndexByte(s, '>'); end > 1 && end < 200 && (isAlpha(s[1]) || s[1] == '/') && !bytes.ContainsAny(s[1:end], ":@.") {
			return end + 1
		}
		if bytes.HasPrefix(s, []byte("<!--")) { // what a comment says is read in the plain view
			if end := bytes.Index(s, []byte("-->")); end > 0 {
				return end + 3
			}
		}
	case '{':
		if bytes.HasPrefix(s, []byte("{%")) {
			if end := bytes.Index(s, []byte("%}")); end > 0 && end < 40 {
				return end + 2
			}
		}
	}
	return 0
}

func defanged(s []byte) (string, int) {
	if s[0] != '[' && s[0] != '(' && s[0] != '{' && s[0] != ' ' {
		return "", 0
	}
	for _, d := range []struct{ written, meant string }{
		{"[.]", "."}, {"(.)", "."}, {"{.}", "."}, {"[:]", ":"}, {"[@]", "@"},
		{" [dot] ", "."}, {" (dot) ", "."}, {"[dot]", "."}, {"(dot)", "."}, {" {dot} ", "."}, {" dot ", "."},
		{" [at] ", "@"}, {" (at) ", "@"}, {"[at]", "@"}, {"(at)", "@"}, {" {at} ", "@"},
	} {
		if len(s) >= len(d.written) && string(s[:len(d.written)]) == d.written {
			return d.meant, len(d.written)
		}
	}
	return "", 0
}

// spelled joins words written letter by letter with one sign between: "g-o-o-d" reads "good". It is nil where there
// are none.
func spelled(v *view) *view {
	s := v.lower
	out, changed := newBuilder(v), false
	for i := 0; i < len(s); {
		if i == 0 || !isAlnum(s[i-1]) {
			if n := spelledRun(s[i:]); n > 0 {
				for j := i; j < i+n; j += 2 {
					out.put(string(s[j:j+1]), j, j+1)
				}
				i, changed = i+n, true
				continue
			}
		}
		out.put(string(s[i:i+1]), i, i+1)
		i++
	}
	if !changed {
		return nil
	}
	return out.done()
}

func spelledRun(s []byte) int {
	if len(s) < 7 || !isAlnum(s[0]) || bytes.IndexByte([]byte(" -._,/:|+*"), s[1]) < 0 {
		return 0
	}
	n := 1
	for n+1 < len(s) && s[n] == s[1] && isAlnum(s[n+1]) {
		n += 2
	}
	if n < len(s) && isAlnum(s[n]) { // the last sign begins a longer word
		n -= 2
	}
	if n < 7 {
		return 0
	}
	return n
}

// joined takes line breaks out from between two parts of a word, with the blanks, quote marks and hyphen around them.
// A hyphen before a break may belong to the word or to the break. It also returns where the joints are. It is nil
// where there are none.
func joined(v *view, keepHyphen bool) (*view, []int) {
	s := v.cased
	out := newBuilder(v)
	var joints []int
	for i := 0; i < len(s); {
		from := i
		if !keepHyphen && s[i] == '-' {
			from++
		}
		if n := lineBreak(s, from); n > 0 && from < len(s) {
			n += from - i
			joints = append(joints, len(out.out.cased))
			i += n
			continue
		}
		out.put(string(s[i:i+1]), i, i+1)
		i++
	}
	if joints == nil {
		return nil, nil
	}
	return out.done(), joints
}

// lineBreak returns the length of a break in the middle of a word at i, 0 if there is none.
func lineBreak(s []byte, i int) int {
	if i == 0 || !wordByte(s[i-1]) {
		return 0
	}
	n := i
	for n < len(s) && (s[n] == ' ' || s[n] == '\t' || s[n] == '\\' || s[n] == '\r') {
		n++
	}
	if n >= len(s) || s[n] != '\n' {
		return 0
	}
	for n < len(s) && bytes.IndexByte([]byte(" \t\r\n>"), s[n]) >= 0 {
		n++
	}
	if n >= len(s) || !wordByte(s[n]) {
		return 0
	}
	return n - i
}

func wordByte(c byte) bool { return isAlnum(c) || bytes.IndexByte([]byte("+/=_-."), c) >= 0 }
