package api

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/agext/levenshtein"
)

// strange finds a parameter that a route does not take: one that is written wrongly must not pass for one that is
// absent.
func strange(q url.Values, taken []string) *Problem {
	var unknown []string
	for name := range q {
		if !slices.Contains(taken, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	name := unknown[0]
	detail := "This route takes no parameter " + quoted(name) + meant(name, taken)
	return newProblem("unknown_parameter", detail, Fault{"query." + short(name), "no such parameter"})
}

// known refuses parameters that a route does not take.
func known(taken []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := strange(r.URL.Query(), taken); p != nil {
			p.Instance, p.RequestID = r.URL.Path, w.Header().Get(requestIDHeader)
			writeProblem(w, p)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// meant ends a sentence about a word: with the nearest of the known ones, where one is near.
func meant(word string, known []string) string {
	best, at := "", 3
	for _, k := range known {
		if d := levenshtein.Distance(short(word), k, nil); d < at && d < len(k) {
			best, at = k, d
		}
	}
	if best == "" {
		return "."
	}
	return "; did you mean " + quoted(best) + "?"
}

// quoted is a word of whoever asked, cut short.
func quoted(word string) string { return strconv.Quote(short(word)) }

func short(word string) string {
	const most = 40
	if r := []rune(word); len(r) > most {
		return string(r[:most])
	}
	return word
}
