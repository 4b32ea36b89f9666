// The dialog that tells of the keys, where they can be switched off, and the button that opens it.
export const help = document.createElement("dialog");
help.setAttribute("aria-labelledby", "help-title");
help.innerHTML = `<h2 id="help-title">Keyboard</h2><dl class="facts"><dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>next, previous row</dd>
<dt><kbd>Enter</kbd> <kbd>o</kbd></dt><dd>open the row</dd><dt><kbd>/</kbd></dt><dd>search</dd><dt><kbd>Esc</kbd></dt><dd>leave the search, close this</dd>
<dt><kbd>?</kbd></dt><dd>this help</dd></dl><p><label class="inline"><input type="checkbox" id="keys-on"> Keys are on</label></p>
<form method="dialog"><button>Close</button></form>`;
document.body.append(help);

// keysOn is the switch.
export const keysOn = help.querySelector("#keys-on");
const remembered = () => {
  try {
    return localStorage.getItem("quorate-keys") !== "off";
  } catch {
    return true;
  }
};
keysOn.checked = keysOn.defaultChecked = remembered();
keysOn.addEventListener("change", () => {
  try {
    localStorage.setItem("quorate-keys", keysOn.checked ? "on" : "off");
  } catch {
    // It holds until the page is left.
  }
});
const opener = document.createElement("button");
opener.type = "button";
opener.className = "keys";
opener.title = "Keyboard shortcuts";
opener.setAttribute("aria-label", "Keyboard shortcuts");
opener.textContent = "?";
opener.addEventListener("click", () => help.showModal());
document.getElementById("theme").before(opener);
