// Keys that move about the page: j, k, o, / and ?.
import { main } from "./frame.js";
import { help, keysOn } from "./help.js";

function walk(step) {
  const rows = [...main.querySelectorAll("tbody th[scope=row] a")].filter((a) => a.getClientRects().length > 0);
  const at = rows.indexOf(document.activeElement);
  const row = rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)];
  if (!row) return;
  row.focus();
  row.scrollIntoView({ block: "nearest" });
}

addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || help.open) return;
  const on = document.activeElement;
  if (on.matches("input,select,textarea,[contenteditable]")) {
    if (e.key === "Escape" && on.type === "search") on.blur();
    return;
  }
  if (!keysOn.checked) return;
  switch (e.key) {
    case "/": {
      const field = main.querySelector("input[type=search]");
      if (!field) return;
      field.focus();
      field.select();
      break;
    }
    case "j":
      walk(1);
      break;
    case "k":
      walk(-1);
      break;
    case "o":
      if (on.matches("main a")) on.click();
      break;
    case "?":
      help.showModal();
      break;
    default:
      return;
  }
  e.preventDefault();
});
