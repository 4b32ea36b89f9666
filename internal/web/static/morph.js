// What is shown is made what the server says, in place: focus, scrolling, open details and what was typed stay.

function sameKind(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id || "") === (b.id || "");
}

// morph makes an element what the server says it is, in place.
export function morph(from, to) {
  if (!sameKind(from, to)) {
    from.replaceWith(document.importNode(to, true));
    return;
  }
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return;
  }
  if (from.dataset.keep !== undefined || touched(from)) return;
  const sameTime = from.dataset.ago !== undefined && from.dateTime === to.dateTime;
  morphAttributes(from, to);
  if (!sameTime) morphChildren(from, to);
}

// touched says that a person has changed a control, or is about to.
export function touched(e) {
  switch (e.nodeName) {
    case "INPUT":
      return e === document.activeElement || e.value !== e.defaultValue || e.checked !== e.defaultChecked;
    case "TEXTAREA":
      return e === document.activeElement || e.value !== e.defaultValue;
    case "SELECT": {
      // Without an option that is marked the first one is chosen.
      const marked = [...e.options].findLastIndex((o) => o.defaultSelected);
      return e === document.activeElement || e.selectedIndex !== Math.max(marked, 0);
    }
  }
  return false;
}

function morphAttributes(from, to) {
  const theirs = from.nodeName === "DETAILS" || from.nodeName === "DIALOG" ? "open" : "";
  for (const { name } of [...from.attributes]) if (name !== theirs && !to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes) if (name !== theirs && from.getAttribute(name) !== value) from.setAttribute(name, value);
}

// morphChildren keeps children by their id, in the new order, and others by their place.
function morphChildren(from, to) {
  const kept = new Map();
  for (const c of from.children) if (c.id) kept.set(c.id, c);
  const wanted = new Set();
  for (const c of to.children) if (c.id) wanted.add(c.id);
  for (const [id, c] of kept) if (!wanted.has(id)) c.remove();
  let at = from.firstChild;
  for (const target of [...to.childNodes]) {
    const old = target.id ? kept.get(target.id) : undefined;
    if (old && old === at) {
      at = at.nextSibling;
      morph(old, target);
    } else if (old) {
      move(from, old, at);
      morph(old, target);
    } else if (!target.id && at && sameKind(at, target)) {
      const next = at.nextSibling;
      morph(at, target);
      at = next;
    } else {
      from.insertBefore(document.importNode(target, true), at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

// move keeps focus and animations where the browser can.
function move(parent, child, before) {
  if (parent.moveBefore) parent.moveBefore(child, before);
  else parent.insertBefore(child, before);
}
