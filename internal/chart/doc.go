// Package chart draws the pictures of posts and of the page: SVG that the server makes, without script, without
// anything loaded from elsewhere, the same bytes for the same input.
//
// A picture says what it shows in three ways at least: a colour, a pattern or a letter, and a word in the legend or in
// the cell. It has a title and a description for those who do not see it, and the description also names what was left
// out or taken together. Light and dark come from prefers-color-scheme inside the picture, which brings a ground of its
// own, so that it can be read on any page; where style elements are forbidden, the light one is left. Texts keep their
// size down to a width of 360 pixels.
//
// Labels may be anything: they are cut short, cleaned of what turns or hides text, and escaped. That a label may be
// published is for the caller to know: nothing is replaced here.
package chart
