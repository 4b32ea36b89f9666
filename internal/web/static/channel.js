// What the tabs of this browser tell each other.
const others = "BroadcastChannel" in window ? new BroadcastChannel("quorate") : null;

// shares says that one tab can listen for all: where there are no locks, each tab is for itself.
export const shares = Boolean(navigator.locks && others);

// tell reaches every other tab.
export function tell(message) {
  if (others) others.postMessage(message);
}

// onTold has f hear what other tabs tell.
export function onTold(f) {
  if (others) others.addEventListener("message", ({ data }) => f(data));
}
