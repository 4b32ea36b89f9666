package leakcheck

import "bytes"

// rendered is the text as a reader of the page sees it: without tags, comments, emphasis, code marks and Markdown's
// backslashes, and with defanged dots and at signs restored; with comments, what these say stands in it too. It is nil where
// that changes nothing.
func rendered(v *view, comments bool) *view {
	s := v.cased
	if !bytes.ContainsAny(s, "<*`~\\[({") && !bytes.Contains(v.lower, []byte(" dot ")) {
		return nil
	}
	var out *builder
	kept := 0
	for i := 0; i < len(s); {
		text, n := "", markup(s[i:], comments)
		if n == 0 {
			text, n = defanged(v.lower[i:])
		}
		if n == 0 {
			i++
			continue
		}
		if out == nil {
			out = newBuilder(v)
		}
		out.keep(kept, i)
		out.put(text, i, i+n)
		i += n
		kept = i
	}
	if out == nil {
		return nil
	}
	out.keep(kept, len(s))
	return out.out
}

// markup returns the length of the mark that s begins with, 0 for text. A comment is a mark as a whole, or with comments
// its two ends are.
func markup(s []byte, comments bool) int {
	switch s[0] {
	case '*', '`', '~':
		return 1
	case '\\':
		if len(s) > 1 && bytes.IndexByte([]byte(".-_:*@[](){}#+!|`"), s[1]) >= 0 {
			return 1
		}
	case '<':
		if end := bytes.IndexByte(s, '>'); end > 1 && end < 200 && (isAlpha(s[1]) || s[1] == '/') && !bytes.ContainsAny(s[1:end], ":@.<") {
			return end + 1
		}
		if bytes.HasPrefix(s, []byte("<!--")) {
			if comments {
				return 4
			}
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
	var out *builder
	kept := 0
	for i := 0; i < len(s); {
		n := 0
		if i == 0 || !isAlnum(s[i-1]) {
			n = spelledRun(s[i:])
		}
		if n == 0 {
			i++
			continue
		}
		if out == nil {
			out = newBuilder(v)
		}
		out.keep(kept, i)
		for j := i; j < i+n; j += 2 {
			out.keep(j, j+1)
		}
		i += n
		kept = i
	}
	if out == nil {
		return nil
	}
	out.keep(kept, len(s))
	return out.out
}

// betweenLetters are the signs that stand between the letters of a spelled word.
var betweenLetters = []byte(" -._,/:|+*")

func spelledRun(s []byte) int {
	if len(s) < 7 || !isAlnum(s[0]) || bytes.IndexByte(betweenLetters, s[1]) < 0 {
		return 0
	}
	n := 1
	for n+1 < len(s) && s[n] == s[1] && isAlnum(s[n+1]) {
		n += 2
	}
	switch {
	case n < len(s) && isAlnum(s[n]): // the last sign begins a longer word
		n -= 2
	case s[1] == ' ' && n+1 < len(s) && bytes.IndexByte(betweenLetters, s[n]) >= 0 && isAlnum(s[n+1]): // or a word with other signs
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
	var out *builder
	var joints []int
	kept := 0
	for end := 0; end < len(s); {
		n := bytes.IndexByte(s[end:], '\n')
		if n < 0 {
			break
		}
		end += n
		from := end
		for from > kept && (s[from-1] == ' ' || s[from-1] == '\t' || s[from-1] == '\\' || s[from-1] == '\r') {
			from--
		}
		end++
		length := lineBreak(s, from)
		if length == 0 {
			continue
		}
		length += from
		if !keepHyphen && from > kept && s[from-1] == '-' {
			from--
		}
		if out == nil {
			out = newBuilder(v)
		}
		out.keep(kept, from)
		joints = append(joints, len(out.out.cased))
		kept, end = length, max(end, length)
	}
	if out == nil {
		return nil, nil
	}
	out.keep(kept, len(s))
	return out.out, joints
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
