// What is said to those who listen to the page: what changed, at most every five seconds.
const QUIET = 5000; // ms between two announcements

const field = document.getElementById("announce");
const spokenOf = new Set(["verdict.changed", "source.suspect", "source.blind", "source.recovered", "incident.opened", "incident.closed", "agent.degraded", "agent.recovered"]);
let spoken = 0;
let waiting = [];
let saying = 0;

// announce says an event, where it is of a kind that is spoken of.
export function announce(event) {
  if (!spokenOf.has(event.type) || !event.text) return;
  waiting.push(event.text);
  if (saying) return;
  saying = setTimeout(
    () => {
      saying = 0;
      spoken = Date.now();
      const more = waiting.length - 2;
      field.textContent = waiting.slice(0, 2).join(". ") + (more > 0 ? `. And ${more} more changes.` : "");
      waiting = [];
    },
    Math.max(200, spoken + QUIET - Date.now()),
  );
}
