//go:build !race

package posts

const raceEnabled = false
