// What every page has around its content, for the other modules.
export const main = document.getElementById("main");

// script is the address of the scripts that this page came with: it names their content.
export const script = document.querySelector("script[src$='/quorate.js']").getAttribute("src");

const live = document.getElementById("live");

// say shows whether the page is live: "on" or "lost", and in words.
export function say(state, text) {
  live.dataset.state = state;
  live.textContent = text;
}
