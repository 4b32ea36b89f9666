// Colours: chosen here, remembered in a cookie for the server, and the same in every tab.
import { onTold, tell } from "./channel.js";

const theme = document.getElementById("theme");

function paint(name) {
  const root = document.documentElement;
  if (name === "system") delete root.dataset.theme;
  else root.dataset.theme = name;
  document.querySelector("meta[name=color-scheme]").content = name === "system" ? "light dark" : name;
  for (const b of theme.querySelectorAll("button")) b.setAttribute("aria-pressed", String(b.value === name));
}

theme.addEventListener("submit", (e) => {
  const name = e.submitter && e.submitter.value;
  if (!name) return;
  e.preventDefault();
  const life = name === "system" ? 0 : 400 * 24 * 60 * 60;
  document.cookie = `quorate_theme=${name}; path=/; max-age=${life}; samesite=strict${location.protocol === "https:" ? "; secure" : ""}`;
  paint(name);
  tell({ theme: name });
});

onTold((data) => {
  if (data.theme !== undefined) paint(data.theme);
});
