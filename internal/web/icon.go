package web

import (
	"fmt"
	"strconv"
	"strings"
)

// mostProblems is the highest number that the icon shows; what is more is this and a plus.
const mostProblems = 99

// iconURL is where the icon of the tab is that shows how many problems there are.
func (p *pages) iconURL(problems int) string {
	if problems <= 0 {
		return p.urls["icon.svg"]
	}
	return fmt.Sprintf("/static/icon-%d.svg", min(problems, mostProblems+1))
}

// iconNumber reads the number out of such an address.
func iconNumber(path string) (int, bool) {
	digits, isIcon := strings.CutPrefix(path, "/static/icon-")
	digits, isSVG := strings.CutSuffix(digits, ".svg")
	n, err := strconv.Atoi(digits)
	return n, isIcon && isSVG && err == nil && n > 0 && n <= mostProblems+1 && strconv.Itoa(n) == digits
}

// iconWith draws the icon with a number on it.
func iconWith(problems int) asset {
	text := strconv.Itoa(problems)
	if problems > mostProblems {
		text = strconv.Itoa(mostProblems) + "+"
	}
	size := map[int]int{1: 22, 2: 18, 3: 14}[len(text)]
	svg := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#a4161a"/>`+
		`<text x="16" y="%d" font-family="system-ui, sans-serif" font-size="%d" font-weight="700" text-anchor="middle" fill="#fff">%s</text></svg>`, 16+size*36/100, size, text)
	return asset{kind: "image/svg+xml", plain: []byte(svg)}
}
